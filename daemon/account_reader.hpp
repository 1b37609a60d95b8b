// SPDX-License-Identifier: GPL-2.0-or-later
// Tries whether an account may sign in, and asks what it may do, in a session that ends with the answer.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "daemon/settings_reader.hpp"
#include "mysql/session.hpp"
#include "replication/server_settings.hpp"

namespace highbase::daemon {

class AccountReader {
public:
    // Nothing: it is not known, as the server did not answer.
    using Result = std::optional<replication::ReplicationAccount>;
    // Called once, never from within the constructor; it may destroy the reader.
    using Done = std::function<void(const Result&)>;

    // Begins at once. `io` outlives it.
    AccountReader(boost::asio::io_context& io, const mysql::Target& target,
                  const SettingsReader::Bounds& bounds, Done done);
    AccountReader(const AccountReader&) = delete;
    AccountReader& operator=(const AccountReader&) = delete;
    ~AccountReader() = default;

private:
    void ask(vrrp::Duration patience);
    void take(const tl::expected<mysql::Answer, mysql::Failure>& result);

    std::string user_;
    SettingsReader::Bounds bounds_;
    Done done_;
    std::vector<std::string> statements_ = replication::account_statements();
    std::vector<replication::Table> tables_;
    mysql::Session session_;
};

}  // namespace highbase::daemon
