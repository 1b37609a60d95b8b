// SPDX-License-Identifier: GPL-2.0-or-later
// What an error of the client library or of the server means, whichever of the two servers and libraries it
// comes from. Above all: whether it says anything against the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace highbase::mysql {

enum class FailureKind : std::uint8_t {
    unreachable,            // nobody listens, or the connection broke
    deadline,               // asked, and no answer in time
    shutting_down,          // the server says so
    refused_credentials,    // wrong password, unknown or locked account, expired password
    host_blocked,           // the server does not speak with this box, or no more
    too_many_connections,   // the server's limit, the account's, or no thread for one more
    tls,                    // refused, missing where it is required, or a certificate that does not fit
    authentication_method,  // one that library and server do not share, or that needs TLS
    offline,                // offline_mode, and the account may not enter
    read_only,              // refused because the server or the transaction only reads
    lock_wait,              // a lock was not granted; the statement can be tried again
    killed,                 // statement or connection ended by somebody, or by a limit of time
    missing_privilege,      // the account may not do this
    replication,            // refused because of the state of replication threads, channels or GTIDs
    storage,                // the server cannot write: disk full, file error
    statement,              // syntax, or an unknown variable, table, column, function
    too_large,              // a statement or an answer beyond the bounds of this link
    busy,                   // not sent in time, or at all: earlier statements of the same session took it
    local,                  // this box's own trouble: the worker, permissions, descriptors, ports, memory
    other,
};
inline constexpr std::size_t kFailureKindCount = 20;

std::string_view name(FailureKind kind);  // "unreachable" and so on

// Whether it counts against the server in a check: it does not answer, or it is about to end. Everything else
// is unknown to a check that asks whether the server lives: what this box is not allowed to ask, or cannot,
// must never move an address.
constexpr bool is_against_server(FailureKind kind) {
    return kind == FailureKind::unreachable || kind == FailureKind::deadline ||
           kind == FailureKind::shutting_down;
}

// An error 2026 is TLS trouble while connecting, and a broken connection afterwards: libraries report a
// server that was killed under a TLS connection so.
enum class Phase : std::uint8_t { connecting, connected };

// `code`: errno of the MySQL protocol, of server (1 to 1999, 3000 and more) or client library (2000 to 2999,
// 5000 to 5999). `message` is looked at where the code alone does not tell: system errors that are this
// box's own ("... (13)"), and an error that the server sent before TLS stood, which Connector/C 3.3 hands on
// as 2002.
FailureKind classify(std::uint32_t code, Phase phase, std::string_view message);

// Whether the library has made this error up itself; the connection is of no use after it.
constexpr bool is_of_client(std::uint32_t code) {
    return (code >= 2000 && code <= 2999) || (code >= 5000 && code <= 5999);
}

}  // namespace highbase::mysql
