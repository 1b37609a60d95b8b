// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/doctor.hpp"

#include "daemon/database_target.hpp"
#include "daemon/own_address.hpp"

namespace highbase::daemon {
namespace {

using replication::FindingServer;
using replication::ServerAddress;
using replication::ServerSettings;

std::optional<ServerSettings> settings_of(const std::optional<SettingsReader::Result>& result) {
    return result && *result ? std::optional{**result} : std::nullopt;
}

}  // namespace

void Doctor::examine(const Examination& examination, Done done) {
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    examination_ = examination;
    own_settings_.reset();
    peer_settings_.reset();
    own_ = std::make_unique<SettingsReader>(io_, target_of(examination_.database), bounds_,
                                            [this](const SettingsReader::Result& result) {
                                                own_settings_ = result;
                                                judge();
                                            });
    peer_ = std::make_unique<SettingsReader>(io_, target_of_peer(examination_.database), bounds_,
                                             [this](const SettingsReader::Result& result) {
                                                 peer_settings_ = result;
                                                 judge();
                                             });
}

void Doctor::judge() {
    if (!own_settings_ || !peer_settings_) return;
    own_.reset();
    peer_.reset();
    const Findings result = findings();
    // One of them may ask again.
    for (const Done& done : std::exchange(waiting_, {})) done(result);
}

Doctor::Findings Doctor::findings() const {
    if (!*own_settings_) {
        const SettingsReader::Trouble& trouble = own_settings_->error();
        if (trouble.unsupported) return {{unsupported_version(FindingServer::own, trouble.reason)}};
        return tl::make_unexpected("the own server cannot be asked: " + trouble.reason);
    }
    const ServerSettings& own = **own_settings_;
    const std::optional<ServerSettings> peer = settings_of(peer_settings_);
    const node::DatabaseConfiguration& database = examination_.database;
    replication::Expectations expectations;
    expectations.promise = database.mode == node::Mode::lossless ? replication::Promise::lossless
                                                                 : replication::Promise::available;
    expectations.virtual_addresses = examination_.virtual_addresses;
    expectations.own = own_address(database, own, peer);
    expectations.peer = ServerAddress{database.peer_server.address.to_string(), database.peer_server.port};
    expectations.role = examination_.role;
    std::vector<replication::Finding> all = preflight(own, peer, expectations);
    if (!peer && peer_settings_->error().unsupported) {
        all.insert(all.begin(), unsupported_version(FindingServer::peer, peer_settings_->error().reason));
    }
    for (replication::Finding& finding : all) {
        if (finding.id == replication::FindingId::peer_unseen)
            finding.text += ": " + peer_settings_->error().reason;
    }
    return all;
}

}  // namespace highbase::daemon
