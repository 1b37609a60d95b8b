// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/failure_kind.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

namespace highbase::mysql {
namespace {

struct Entry {
    std::uint32_t code;
    FailureKind kind;
};

// Ascending. Names: mysqld_error.h and errmsg.h of MySQL 9.7 and of MariaDB 10.11; a number that means two
// things is noted. What is not here is `other`.
constexpr auto kTable = std::to_array<Entry>({
    {3, FailureKind::storage},                   // EE_WRITE
    {20, FailureKind::storage},                  // EE_DISK_FULL
    {1021, FailureKind::storage},                // ER_DISK_FULL
    {1026, FailureKind::storage},                // ER_ERROR_ON_WRITE
    {1030, FailureKind::storage},                // ER_GET_ERRNO: of a storage engine
    {1036, FailureKind::read_only},              // ER_OPEN_AS_READONLY
    {1040, FailureKind::too_many_connections},   // ER_CON_COUNT_ERROR
    {1044, FailureKind::refused_credentials},    // ER_DBACCESS_DENIED_ERROR
    {1045, FailureKind::refused_credentials},    // ER_ACCESS_DENIED_ERROR
    {1046, FailureKind::statement},              // ER_NO_DB_ERROR
    {1049, FailureKind::statement},              // ER_BAD_DB_ERROR
    {1053, FailureKind::shutting_down},          // ER_SERVER_SHUTDOWN
    {1054, FailureKind::statement},              // ER_BAD_FIELD_ERROR
    {1064, FailureKind::statement},              // ER_PARSE_ERROR
    {1094, FailureKind::statement},              // ER_NO_SUCH_THREAD
    {1095, FailureKind::missing_privilege},      // ER_KILL_DENIED_ERROR
    {1114, FailureKind::storage},                // ER_RECORD_FILE_FULL
    {1129, FailureKind::host_blocked},           // ER_HOST_IS_BLOCKED
    {1130, FailureKind::host_blocked},           // ER_HOST_NOT_PRIVILEGED
    {1135, FailureKind::too_many_connections},   // ER_CANT_CREATE_THREAD
    {1142, FailureKind::missing_privilege},      // ER_TABLEACCESS_DENIED_ERROR
    {1143, FailureKind::missing_privilege},      // ER_COLUMNACCESS_DENIED_ERROR
    {1146, FailureKind::statement},              // ER_NO_SUCH_TABLE
    {1148, FailureKind::statement},              // ER_NOT_ALLOWED_COMMAND
    {1152, FailureKind::unreachable},            // ER_ABORTING_CONNECTION
    {1153, FailureKind::too_large},              // ER_NET_PACKET_TOO_LARGE
    {1158, FailureKind::unreachable},            // ER_NET_READ_ERROR
    {1159, FailureKind::unreachable},            // ER_NET_READ_INTERRUPTED
    {1160, FailureKind::unreachable},            // ER_NET_ERROR_ON_WRITE
    {1161, FailureKind::unreachable},            // ER_NET_WRITE_INTERRUPTED
    {1193, FailureKind::statement},              // ER_UNKNOWN_SYSTEM_VARIABLE
    {1198, FailureKind::replication},            // ER_SLAVE_MUST_STOP
    {1199, FailureKind::replication},            // ER_SLAVE_NOT_RUNNING
    {1200, FailureKind::replication},            // ER_BAD_SLAVE
    {1201, FailureKind::replication},            // ER_MASTER_INFO
    {1202, FailureKind::replication},            // ER_SLAVE_THREAD
    {1203, FailureKind::too_many_connections},   // ER_TOO_MANY_USER_CONNECTIONS
    {1205, FailureKind::lock_wait},              // ER_LOCK_WAIT_TIMEOUT
    {1207, FailureKind::read_only},              // ER_READ_ONLY_TRANSACTION
    {1213, FailureKind::lock_wait},              // ER_LOCK_DEADLOCK
    {1223, FailureKind::lock_wait},              // ER_CANT_UPDATE_WITH_READLOCK
    {1226, FailureKind::too_many_connections},   // ER_USER_LIMIT_REACHED
    {1227, FailureKind::missing_privilege},      // ER_SPECIFIC_ACCESS_DENIED_ERROR
    {1229, FailureKind::statement},              // ER_GLOBAL_VARIABLE
    {1231, FailureKind::statement},              // ER_WRONG_VALUE_FOR_VAR
    {1232, FailureKind::statement},              // ER_WRONG_TYPE_FOR_VAR
    {1235, FailureKind::statement},              // ER_NOT_SUPPORTED_YET
    {1236, FailureKind::replication},            // ER_MASTER_FATAL_ERROR_READING_BINLOG
    {1238, FailureKind::statement},              // ER_INCORRECT_GLOBAL_LOCAL_VAR
    {1251, FailureKind::authentication_method},  // ER_NOT_SUPPORTED_AUTH_MODE
    {1290, FailureKind::read_only},              // ER_OPTION_PREVENTS_STATEMENT
    {1305, FailureKind::statement},              // ER_SP_DOES_NOT_EXIST
    {1317, FailureKind::killed},                 // ER_QUERY_INTERRUPTED
    {1370, FailureKind::missing_privilege},      // ER_PROCACCESS_DENIED_ERROR
    {1524, FailureKind::authentication_method},  // ER_PLUGIN_IS_NOT_LOADED
    {1617, FailureKind::replication},            // WARN_NO_MASTER_INFO
    {1698, FailureKind::refused_credentials},    // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    {1772, FailureKind::replication},            // ER_MALFORMED_GTID_SET_SPECIFICATION
    {1776, FailureKind::replication},            // ER_BAD_SLAVE_AUTO_POSITION
    {1777, FailureKind::replication},            // ER_AUTO_POSITION_REQUIRES_GTID_MODE_NOT_OFF
    {1789, FailureKind::replication},            // ER_MASTER_HAS_PURGED_REQUIRED_GTIDS
    {1792, FailureKind::read_only},              // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    {1794, FailureKind::replication},            // ER_SLAVE_CONFIGURATION
    {1820, FailureKind::refused_credentials},    // ER_MUST_CHANGE_PASSWORD
    {1836, FailureKind::read_only},              // ER_READ_ONLY_MODE
    {1862, FailureKind::refused_credentials},    // ER_MUST_CHANGE_PASSWORD_LOGIN
    {1871, FailureKind::replication},            // ER_SLAVE_MI_INIT_REPOSITORY
    {1872, FailureKind::replication},            // ER_SLAVE_RLI_INIT_REPOSITORY
    {1874, FailureKind::read_only},              // ER_INNODB_READ_ONLY
    {1875, FailureKind::replication},            // ER_STOP_SLAVE_SQL_THREAD_TIMEOUT
    {1876, FailureKind::replication},            // ER_STOP_SLAVE_IO_THREAD_TIMEOUT
    {1927, FailureKind::killed},                 // ER_CONNECTION_KILLED, MariaDB
    {1936, FailureKind::replication},            // ER_CANT_START_STOP_SLAVE, MariaDB
    {1942, FailureKind::replication},            // ER_CANNOT_UPDATE_GTID_STATE, MariaDB
    {1945, FailureKind::replication},            // ER_GTID_POSITION_NOT_FOUND_IN_BINLOG, MariaDB
    {1946, FailureKind::replication},            // ER_CANNOT_LOAD_SLAVE_GTID_STATE, MariaDB
    {1947, FailureKind::replication},            // ER_MASTER_GTID_POS_CONFLICTS_WITH_BINLOG, MariaDB
    {1948, FailureKind::replication},            // ER_MASTER_GTID_POS_MISSING_DOMAIN, MariaDB
    {1950, FailureKind::replication},            // ER_GTID_STRICT_OUT_OF_ORDER, MariaDB
    {1955, FailureKind::replication},            // ER_GTID_POSITION_NOT_FOUND_IN_BINLOG2, MariaDB
    {1969, FailureKind::killed},                 // ER_STATEMENT_TIMEOUT, MariaDB
    {2001, FailureKind::local},                  // CR_SOCKET_CREATE_ERROR
    {2002, FailureKind::unreachable},            // CR_CONNECTION_ERROR
    {2003, FailureKind::unreachable},            // CR_CONN_HOST_ERROR
    {2004, FailureKind::local},                  // CR_IPSOCK_ERROR
    {2005, FailureKind::local},                  // CR_UNKNOWN_HOST: names are not resolved here
    {2006, FailureKind::unreachable},            // CR_SERVER_GONE_ERROR
    {2008, FailureKind::local},                  // CR_OUT_OF_MEMORY
    {2012, FailureKind::unreachable},            // CR_SERVER_HANDSHAKE_ERR
    {2013, FailureKind::unreachable},            // CR_SERVER_LOST
    {2020, FailureKind::too_large},              // CR_NET_PACKET_TOO_LARGE
    {2026, FailureKind::tls},                    // CR_SSL_CONNECTION_ERROR
    {2049, FailureKind::authentication_method},  // CR_SECURE_AUTH
    {2054, FailureKind::authentication_method},  // CR_NOT_IMPLEMENTED
    {2055, FailureKind::unreachable},            // CR_SERVER_LOST_EXTENDED
    {2059, FailureKind::authentication_method},  // CR_AUTH_PLUGIN_CANNOT_LOAD
    {2061, FailureKind::authentication_method},  // CR_AUTH_PLUGIN_ERR
    {3017, FailureKind::replication},            // ER_SLAVE_SQL_THREAD_MUST_STOP
    {3021, FailureKind::replication},            // ER_SLAVE_CHANNEL_IO_THREAD_MUST_STOP
    {3024, FailureKind::killed},                 // ER_QUERY_TIMEOUT
    {3032, FailureKind::offline},                // ER_SERVER_OFFLINE_MODE
    {3074, FailureKind::replication},            // ER_SLAVE_CHANNEL_DOES_NOT_EXIST
    {3081, FailureKind::replication},            // ER_SLAVE_CHANNEL_MUST_STOP
    {3082, FailureKind::replication},            // ER_SLAVE_CHANNEL_NOT_RUNNING
    {3085, FailureKind::replication},            // ER_SLAVE_CHANNEL_SQL_THREAD_MUST_STOP
    {3118, FailureKind::refused_credentials},    // ER_ACCOUNT_HAS_BEEN_LOCKED, MySQL
    {3159, FailureKind::tls},                    // ER_SECURE_TRANSPORT_REQUIRED, MySQL
    {3169, FailureKind::killed},                 // ER_SESSION_WAS_KILLED
    {3572, FailureKind::lock_wait},              // ER_LOCK_NOWAIT
    {3675, FailureKind::storage},                // ER_DISK_FULL_NOWAIT
    {3955, FailureKind::refused_credentials},    // account blocked after too many wrong passwords, MySQL
    {4031, FailureKind::killed},                 // ER_CLIENT_INTERACTION_TIMEOUT
    {4150, FailureKind::refused_credentials},    // ER_USER_IS_BLOCKED, MariaDB
    {4151, FailureKind::refused_credentials},    // ER_ACCOUNT_HAS_BEEN_LOCKED, MariaDB
    {4156, FailureKind::read_only},              // MySQL: ER_CANT_CHANGE_SYS_VAR_IN_READ_ONLY_MODE
    {4166, FailureKind::statement},              // ER_LOAD_INFILE_CAPABILITY_DISABLED, MariaDB
    {5010, FailureKind::authentication_method},  // CR_PLUGIN_NOT_ALLOWED, Connector/C
    {5012, FailureKind::authentication_method},  // CR_ERR_LOAD_PLUGIN, Connector/C
    {5013, FailureKind::unreachable},            // CR_ERR_NET_READ, Connector/C
    {5014, FailureKind::unreachable},            // CR_ERR_NET_WRITE, Connector/C
    {6400, FailureKind::offline},                // ER_SERVER_OFFLINE_MODE_REASON, MySQL
});
// Strictly ascending: no code is told twice.
static_assert(std::ranges::adjacent_find(kTable, std::ranges::greater_equal{}, &Entry::code) == kTable.end());

FailureKind look_up(std::uint32_t code) {
    const auto found = std::ranges::lower_bound(kTable, code, {}, &Entry::code);
    return found != kTable.end() && found->code == code ? found->kind : FailureKind::other;
}

// The decimal number that `text` begins with.
std::optional<std::uint32_t> leading_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    return number;
}

// "Can't connect to local server through socket '/run/mysqld/mysqld.sock' (13)"
std::optional<std::uint32_t> system_error(std::string_view message) {
    const std::size_t open = message.rfind('(');
    if (open == std::string_view::npos) return std::nullopt;
    return leading_number(message.substr(open + 1));
}

// A lack of this box says nothing about the server.
bool is_own(std::uint32_t system_error) {
    switch (system_error) {
        case EPERM:
        case EACCES:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT: return true;
        default: return false;
    }
}

// "Received error packet before completion of TLS handshake. The authenticity of the following error cannot
// be verified: 1040 - Too many connections"
std::optional<std::uint32_t> error_before_tls(std::string_view message) {
    constexpr std::string_view kMark = "cannot be verified: ";
    const std::size_t mark = message.find(kMark);
    if (mark == std::string_view::npos) return std::nullopt;
    return leading_number(message.substr(mark + kMark.size()));
}

}  // namespace

std::string_view name(FailureKind kind) {
    switch (kind) {
        case FailureKind::unreachable: return "unreachable";
        case FailureKind::deadline: return "deadline";
        case FailureKind::shutting_down: return "shutting_down";
        case FailureKind::refused_credentials: return "refused_credentials";
        case FailureKind::host_blocked: return "host_blocked";
        case FailureKind::too_many_connections: return "too_many_connections";
        case FailureKind::tls: return "tls";
        case FailureKind::authentication_method: return "authentication_method";
        case FailureKind::offline: return "offline";
        case FailureKind::read_only: return "read_only";
        case FailureKind::lock_wait: return "lock_wait";
        case FailureKind::killed: return "killed";
        case FailureKind::missing_privilege: return "missing_privilege";
        case FailureKind::replication: return "replication";
        case FailureKind::storage: return "storage";
        case FailureKind::statement: return "statement";
        case FailureKind::too_large: return "too_large";
        case FailureKind::busy: return "busy";
        case FailureKind::local: return "local";
        case FailureKind::other: return "other";
    }
    return "unknown";
}

FailureKind classify(std::uint32_t code, Phase phase, std::string_view message) {
    if (phase == Phase::connected) {
        const FailureKind kind = look_up(code);
        return kind == FailureKind::tls && is_of_client(code) ? FailureKind::unreachable : kind;
    }
    if (const auto earlier = error_before_tls(message); earlier && is_of_client(code)) {
        return is_of_client(*earlier) ? FailureKind::other : look_up(*earlier);
    }
    if (code == 2002 || code == 2003) {
        const auto error = system_error(message);
        if (error && is_own(*error)) return FailureKind::local;
    }
    return look_up(code);
}

}  // namespace highbase::mysql
