// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and a database worker tell each other. Plain values; wire.hpp puts them into octets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mysql/failure_kind.hpp"
#include "vrrp/address.hpp"

namespace highbase::mysql {

// ---- where and as whom

struct UnixEndpoint {
    std::string path;
    friend bool operator==(const UnixEndpoint&, const UnixEndpoint&) = default;
};
// No name: resolving one has no bound in time.
struct TcpEndpoint {
    vrrp::IpAddress address;
    std::uint16_t port = 3306;
    friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};
using Endpoint = std::variant<UnixEndpoint, TcpEndpoint>;

enum class TlsMode : std::uint8_t {
    off,
    required,  // whoever answers: against listeners, not against somebody in between
    verify,    // the chain up to `ca`, and the endpoint's address among the certificate's names
};

// Paths of PEM files, as the worker sees them.
struct Tls {
    TlsMode mode = TlsMode::off;
    std::string ca;           // with `verify`
    std::string certificate;  // of this client; with `key`, or both empty
    std::string key;
    friend bool operator==(const Tls&, const Tls&) = default;
};

struct Target {
    Endpoint endpoint;
    std::string user;
    std::string password;
    Tls tls;
    std::chrono::milliseconds connect_timeout{3000};
    std::vector<std::string>
        first_statements;  // after each connect, such as SET SESSION; one fails, all fails
    friend bool operator==(const Target&, const Target&) = default;
};

// ---- what comes back

using Value = std::optional<std::string>;  // as the server writes it; nothing: NULL

// A result set, row by row in one list: values[row * columns.size() + column].
struct Answer {
    std::vector<std::string> columns;  // none: the statement has no result set
    std::vector<Value> values;
    std::uint64_t affected = 0;  // rows; 0 with a result set
    std::uint32_t warnings = 0;

    [[nodiscard]] std::size_t row_count() const {
        return columns.empty() ? 0 : values.size() / columns.size();
    }
    // `row` and `column` must exist.
    [[nodiscard]] const Value& at(std::size_t row, std::size_t column) const {
        return values.at(row * columns.size() + column);
    }
    // The first column of that exact name; nothing where there is none, and for NULL.
    [[nodiscard]] std::optional<std::string_view> find(std::size_t row, std::string_view column) const;
    friend bool operator==(const Answer&, const Answer&) = default;
};

struct Failure {
    FailureKind kind = FailureKind::other;
    std::uint32_t code = 0;  // errno of server or client library; 0 where neither was asked
    std::string sql_state;   // five characters, or empty
    std::string message;     // for people; octets from outside, not to be trusted with a terminal
    // The statement may have been carried out all the same, or still be under way on the server.
    bool in_doubt = false;
    friend bool operator==(const Failure&, const Failure&) = default;
};
// "error 1045: Access denied"; the message alone where neither server nor library gave a code.
[[nodiscard]] std::string in_words(const Failure& failure);

struct Server {
    std::string version;              // "10.11.19-MariaDB-log", "9.7.4"
    std::uint64_t connection_id = 0;  // of CONNECTION_ID(), for KILL
    std::string cipher;               // empty: no TLS
    friend bool operator==(const Server&, const Server&) = default;
};

// ---- from the daemon; each is answered once, with its number

struct Connect {
    std::uint32_t number = 0;
    Target target;
    friend bool operator==(const Connect&, const Connect&) = default;
};
struct Query {
    std::uint32_t number = 0;
    std::string sql;
    // Of a result set, by their exact names: what else it has is dropped, and not counted. Empty: all.
    std::vector<std::string> columns{};
    friend bool operator==(const Query&, const Query&) = default;
};
using Request = std::variant<Connect, Query>;

// ---- from the worker

// The first word of a worker. A package may be replaced while the daemon runs, and its worker with it.
struct Ready {
    std::uint32_t protocol = 0;
    std::string library;  // and its version
    friend bool operator==(const Ready&, const Ready&) = default;
};
struct Connected {
    std::uint32_t number = 0;
    Server server;
    friend bool operator==(const Connected&, const Connected&) = default;
};
struct Answered {
    std::uint32_t number = 0;
    Answer answer;
    friend bool operator==(const Answered&, const Answered&) = default;
};
struct Failed {
    std::uint32_t number = 0;
    Failure failure;
    bool connected = false;  // whether there still is a connection
    friend bool operator==(const Failed&, const Failed&) = default;
};
// Unasked: the server has closed the connection while nothing was asked.
struct Lost {
    Failure failure;
    friend bool operator==(const Lost&, const Lost&) = default;
};
using Reply = std::variant<Ready, Connected, Answered, Failed, Lost>;

}  // namespace highbase::mysql
