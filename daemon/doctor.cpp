// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/doctor.hpp"

#include "daemon/database_target.hpp"
#include "daemon/own_address.hpp"

namespace highbase::daemon {

using replication::FindingServer;
using replication::ServerAddress;
using replication::ServerSettings;

std::optional<ServerSettings> Doctor::Side::found() const {
    if (!settings || !*settings) return std::nullopt;
    ServerSettings result = **settings;
    result.replication =
        account ? *account : replication::ReplicationAccount{result.account, result.grants, ""};
    return result;
}

void Doctor::examine(const Examination& examination, Done done) {
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    examination_ = examination;
    look(own_, target_of(examination_.database));
    look(peer_, target_of_peer(examination_.database));
}

void Doctor::look(Side& side, const mysql::Target& target) {
    side = {};
    side.reader = std::make_unique<SettingsReader>(io_, target, bounds_,
                                                   [this, &side](const SettingsReader::Result& result) {
                                                       side.settings = result;
                                                       judge();
                                                   });
    if (examination_.database.replication_user.empty()) return;
    side.account_reader = std::make_unique<AccountReader>(io_, as_replica(target, examination_.database),
                                                          bounds_, [this, &side](const auto& result) {
                                                              side.account = result;
                                                              judge();
                                                          });
}

void Doctor::judge() {
    if (!own_.is_done() || !peer_.is_done()) return;
    const Findings result = findings();
    own_ = {};
    peer_ = {};
    // One of them may ask again.
    for (const Done& done : std::exchange(waiting_, {})) done(result);
}

Doctor::Findings Doctor::findings() const {
    if (!*own_.settings) {
        const SettingsReader::Trouble& trouble = own_.settings->error();
        if (trouble.unsupported) return {{unsupported_version(FindingServer::own, trouble.reason)}};
        return tl::make_unexpected("the own server cannot be asked: " + trouble.reason);
    }
    const ServerSettings own = *own_.found();
    const std::optional<ServerSettings> peer = peer_.found();
    const node::DatabaseConfiguration& database = examination_.database;
    replication::Expectations expectations;
    expectations.promise = database.mode == node::Mode::lossless ? replication::Promise::lossless
                                                                 : replication::Promise::available;
    expectations.virtual_addresses = examination_.virtual_addresses;
    expectations.own = own_address(database, own, peer);
    expectations.peer = ServerAddress{database.peer_server.address.to_string(), database.peer_server.port};
    expectations.role = examination_.role;
    std::vector<replication::Finding> all = preflight(own, peer, expectations);
    if (!peer && peer_.settings->error().unsupported) {
        all.insert(all.begin(), unsupported_version(FindingServer::peer, peer_.settings->error().reason));
    }
    for (replication::Finding& finding : all) {
        if (finding.id == replication::FindingId::peer_unseen)
            finding.text += ": " + peer_.settings->error().reason;
    }
    return all;
}

}  // namespace highbase::daemon
