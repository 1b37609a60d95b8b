// SPDX-License-Identifier: GPL-2.0-or-later
// One connection through the client library, MariaDB's Connector/C or Oracle's libmysqlclient. Every call may
// block for any time: only the worker process uses it. client.cpp alone includes mysql.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "mysql/message.hpp"

namespace highbase::mysql {

class Client {
public:
    Client();  // throws std::runtime_error where the library cannot be initialised
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    // "Connector/C 3.3.20", "libmysqlclient 9.7.4"
    [[nodiscard]] static std::string library();

    // A connection that was there before is closed first.
    tl::expected<Server, Failure> connect(const Target& target);
    // Of several result sets, those of a procedure, the first; of that, the `columns` with these names, or
    // all where none are named. A failure may have closed the connection.
    tl::expected<Answer, Failure> query(const std::string& sql, const std::vector<std::string>& columns = {});
    // To be called when descriptor() is readable although nothing was asked: what the server has said before
    // it closed the connection, if it did.
    std::optional<Failure> look();

    [[nodiscard]] bool is_connected() const { return connection_ != nullptr; }
    [[nodiscard]] int descriptor() const;  // -1 without a connection

private:
    struct Connection;

    std::optional<Failure> begin(std::vector<std::string> statements);
    Failure fail(Phase phase);
    tl::expected<Answer, Failure> read_answer(const std::vector<std::string>& columns);
    bool read_rows(Answer& answer, const std::vector<std::string>& columns);
    bool skip_other_results();
    Failure refuse_large();

    std::unique_ptr<Connection> connection_;
};

}  // namespace highbase::mysql
