// SPDX-License-Identifier: GPL-2.0-or-later
// Looks at both servers of a pair, and finds what is wrong with them (replication/preflight.hpp). Waits for
// neither: one that does not answer is not looked at, and that is said.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "daemon/account_reader.hpp"
#include "daemon/settings_reader.hpp"
#include "node/database_configuration.hpp"
#include "replication/preflight.hpp"

namespace highbase::daemon {

struct Examination {
    node::DatabaseConfiguration database;
    std::vector<std::string> virtual_addresses;                       // without the length of their prefix
    replication::ServerRole role = replication::ServerRole::unknown;  // of the own server
};

class Doctor {
public:
    // The error: why the own server could not be looked at.
    using Findings = tl::expected<std::vector<replication::Finding>, std::string>;
    // Called once for each call, never from within it, unless the doctor is destroyed first.
    using Done = std::function<void(const Findings&)>;

    // `io` outlives it.
    explicit Doctor(boost::asio::io_context& io, const SettingsReader::Bounds& bounds = {})
        : io_{io}, bounds_{bounds} {}
    Doctor(const Doctor&) = delete;
    Doctor& operator=(const Doctor&) = delete;
    ~Doctor() = default;

    // One at a time: who asks while it is under way gets what comes of that one.
    void examine(const Examination& examination, Done done);

private:
    // What is asked of one of the servers, and what came of it.
    struct Side {
        std::unique_ptr<SettingsReader> reader;
        std::optional<SettingsReader::Result> settings;
        std::unique_ptr<AccountReader> account_reader;  // none: replicas sign in as hbvrrp does
        std::optional<AccountReader::Result> account;

        [[nodiscard]] bool is_done() const { return settings && (account || !account_reader); }
        [[nodiscard]] std::optional<replication::ServerSettings> found() const;
    };

    void look(Side& side, const mysql::Target& target);
    void judge();
    [[nodiscard]] Findings findings() const;

    boost::asio::io_context& io_;
    SettingsReader::Bounds bounds_;
    Examination examination_;
    std::vector<Done> waiting_;
    Side own_;
    Side peer_;
};

}  // namespace highbase::daemon
