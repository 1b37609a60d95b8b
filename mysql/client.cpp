// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/client.hpp"

#include <mysql.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "mysql/wire.hpp"

namespace highbase::mysql {
namespace {

constexpr std::uint32_t kTlsError = 2026;  // CR_SSL_CONNECTION_ERROR
// A row is one packet, and servers send up to 16 MiB (MariaDB) or 64 MiB (MySQL) unless they are told to send
// more. Rows too long for an answer are counted here: Connector/C 3.3 reports a packet that is too long for
// it as a lost connection.
constexpr unsigned long kLongestPacket = 64UL * 1024 * 1024;

Failure failure_of(std::uint32_t code, std::string_view sql_state, std::string_view message, Phase phase) {
    return {.kind = classify(code, phase, message),
            .code = code,
            .sql_state = std::string{sql_state.substr(0, kLongestNote)},
            .message = std::string{message.substr(0, kLongestNote)},
            .in_doubt = false};
}

std::string text_of(const char* text) {
    return text == nullptr ? std::string{} : std::string{text}.substr(0, kLongestNote);
}

struct ResultCloser {
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using ResultHandle = std::unique_ptr<MYSQL_RES, ResultCloser>;

// MariaDB up to 10.11 announces itself as "5.5.5-10.11.19-MariaDB" for the sake of old replicas.
std::string version_of(const std::string& version) {
    constexpr std::string_view kPrefix = "5.5.5-";
    return version.starts_with(kPrefix) ? version.substr(kPrefix.size()) : version;
}

void set(MYSQL* handle, mysql_option option, const void* value) {
    mysql_options(handle, option, value);
}

void set_tls(MYSQL* handle, const Tls& tls) {
#ifdef LIBMARIADB
    const my_bool enforce = tls.mode != TlsMode::off;
    const my_bool verify = tls.mode == TlsMode::verify;
    set(handle, MYSQL_OPT_SSL_ENFORCE, &enforce);
    set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
    const unsigned int mode = tls.mode == TlsMode::off        ? SSL_MODE_DISABLED
                              : tls.mode == TlsMode::required ? SSL_MODE_REQUIRED
                                                              : SSL_MODE_VERIFY_IDENTITY;
    set(handle, MYSQL_OPT_SSL_MODE, &mode);
#endif
    if (tls.mode == TlsMode::verify) set(handle, MYSQL_OPT_SSL_CA, tls.ca.c_str());
    if (tls.mode == TlsMode::off || tls.certificate.empty()) return;
    set(handle, MYSQL_OPT_SSL_CERT, tls.certificate.c_str());
    set(handle, MYSQL_OPT_SSL_KEY, tls.key.c_str());
}

void set_options(MYSQL* handle, const Target& target) {
    // The second barrier only, in whole seconds: the daemon ends this process before.
    const auto whole_seconds = std::chrono::ceil<std::chrono::seconds>(target.connect_timeout).count();
    const auto timeout = static_cast<unsigned int>(whole_seconds + 1);
    set(handle, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    set(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &kLongestPacket);
    // A server may ask for any file of this box in answer to any statement.
    const unsigned int no_local_files = 0;
    set(handle, MYSQL_OPT_LOCAL_INFILE, &no_local_files);
    const bool is_local = std::holds_alternative<UnixEndpoint>(target.endpoint);
    const unsigned int protocol = is_local ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    set(handle, MYSQL_OPT_PROTOCOL, &protocol);
#ifdef LIBMARIADB
    // Not mysql_clear_password, which would hand the password to whoever asks, nor dialog, which asks a
    // terminal. Oracle's library has the first one off by itself.
    set(handle, static_cast<mysql_option>(MARIADB_OPT_RESTRICTED_AUTH),
        "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519");
#else
    // caching_sha2_password without TLS, as Connector/C does it by itself.
    const bool ask_for_key = target.tls.mode == TlsMode::off;
    set(handle, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &ask_for_key);
#endif
    set_tls(handle, target.tls);
}

bool open(MYSQL* handle, const UnixEndpoint& endpoint, const Target& target) {
    return mysql_real_connect(handle, nullptr, target.user.c_str(), target.password.c_str(), nullptr, 0,
                              endpoint.path.c_str(), 0) != nullptr;
}

bool open(MYSQL* handle, const TcpEndpoint& endpoint, const Target& target) {
    return mysql_real_connect(handle, endpoint.address.to_string().c_str(), target.user.c_str(),
                              target.password.c_str(), nullptr, endpoint.port, nullptr, 0) != nullptr;
}

int descriptor_of(MYSQL* handle) {
#ifdef LIBMARIADB
    return mysql_get_socket(handle);
#else
    return handle->net.fd;
#endif
}

}  // namespace

struct Client::Connection {
    explicit Connection(MYSQL* opened) : handle{opened} {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { mysql_close(handle); }

    MYSQL* handle;
};

Client::Client() {
    if (mysql_library_init(0, nullptr, nullptr) != 0) throw std::runtime_error{"mysql_library_init"};
}

Client::~Client() {
    connection_.reset();
    mysql_library_end();
}

std::string Client::library() {
#ifdef LIBMARIADB
    const std::string name = "Connector/C ";
#else
    const std::string name = "libmysqlclient ";
#endif
    return name + mysql_get_client_info();
}

int Client::descriptor() const {
    return connection_ ? descriptor_of(connection_->handle) : -1;
}

// What the library itself makes up leaves the connection in no state to go on with.
Failure Client::fail(Phase phase) {
    MYSQL* const handle = connection_->handle;
    Failure failure = failure_of(mysql_errno(handle), mysql_sqlstate(handle), mysql_error(handle), phase);
    if (phase == Phase::connecting || is_of_client(failure.code)) connection_.reset();
    return failure;
}

tl::expected<Server, Failure> Client::connect(const Target& target) {
    connection_.reset();
    if (target.tls.mode == TlsMode::verify && std::holds_alternative<UnixEndpoint>(target.endpoint)) {
        return tl::make_unexpected(failure_of(
            kTlsError, "", "a Unix socket has no address that a certificate could name", Phase::connecting));
    }
    connection_ = std::make_unique<Connection>(mysql_init(nullptr));
    MYSQL* const handle = connection_->handle;
    if (handle == nullptr) throw std::runtime_error{"mysql_init"};
    set_options(handle, target);
    if (!std::visit([&](const auto& endpoint) { return open(handle, endpoint, target); }, target.endpoint)) {
        return tl::make_unexpected(fail(Phase::connecting));
    }
    const std::string cipher = text_of(mysql_get_ssl_cipher(handle));
    // Connector/C 3.3 connects in clear to a server without TLS, and says nothing.
    if (target.tls.mode != TlsMode::off && cipher.empty()) {
        connection_.reset();
        return tl::make_unexpected(failure_of(
            kTlsError, "", "TLS is required, but the server does not offer it", Phase::connecting));
    }
    if (auto failure = begin(target.first_statements)) return tl::make_unexpected(std::move(*failure));
    return Server{version_of(text_of(mysql_get_server_info(handle))), mysql_thread_id(handle), cipher};
}

std::optional<Failure> Client::begin(std::vector<std::string> statements) {
    // Not in the handshake: MariaDB does not know the number of MySQL's collation, and falls back to latin1.
    statements.insert(statements.begin(), "SET NAMES utf8mb4");
    for (const std::string& statement : statements) {
        auto answer = query(statement);
        if (answer) continue;
        connection_.reset();
        return std::move(answer.error());
    }
    return std::nullopt;
}

std::optional<Failure> Client::look() {
    if (mysql_ping(connection_->handle) == 0) return std::nullopt;
    Failure failure = fail(Phase::connected);
    connection_.reset();
    return failure;
}

tl::expected<Answer, Failure> Client::query(const std::string& sql, const std::vector<std::string>& columns) {
    if (!connection_) {
        return tl::make_unexpected(failure_of(2006, "", "there is no connection", Phase::connected));
    }
    if (mysql_real_query(connection_->handle, sql.data(), sql.size()) != 0) {
        return tl::make_unexpected(fail(Phase::connected));
    }
    return read_answer(columns);
}

tl::expected<Answer, Failure> Client::read_answer(const std::vector<std::string>& columns) {
    MYSQL* const handle = connection_->handle;
    Answer answer;
    if (mysql_field_count(handle) == 0) {
        answer.affected = mysql_affected_rows(handle);
    } else if (!read_rows(answer, columns)) {
        return tl::make_unexpected(refuse_large());
    }
    answer.warnings = mysql_warning_count(handle);  // of a result set, known after its last row
    if (mysql_errno(handle) != 0 || !skip_other_results()) {
        return tl::make_unexpected(fail(Phase::connected));
    }
    return answer;
}

// False: more than an answer may hold. An error of the server in between is left for mysql_errno().
bool Client::read_rows(Answer& answer, const std::vector<std::string>& columns) {
    MYSQL* const handle = connection_->handle;
    const ResultHandle result{mysql_use_result(handle)};
    if (!result) return true;
    const std::size_t count = mysql_num_fields(result.get());
    const MYSQL_FIELD* const fields = mysql_fetch_fields(result.get());
    std::size_t octets = 0;
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name{fields[i].name, fields[i].name_length};
        if (!columns.empty() && std::ranges::find(columns, name) == columns.end()) continue;
        wanted.push_back(i);
        octets += answer.columns.emplace_back(name).size();
    }
    while (const MYSQL_ROW row = mysql_fetch_row(result.get())) {
        const unsigned long* const lengths = mysql_fetch_lengths(result.get());
        for (const std::size_t i : wanted) octets += kLengthSize + (row[i] == nullptr ? 0 : lengths[i]);
        if (octets > kLongestFrame || answer.values.size() + wanted.size() > kMostValues) {
            // To free a result reads the rest of it, however long.
            ::shutdown(descriptor_of(handle), SHUT_RDWR);
            return false;
        }
        for (const std::size_t i : wanted) {
            row[i] == nullptr ? answer.values.emplace_back()
                              : answer.values.emplace_back(std::in_place, row[i], lengths[i]);
        }
    }
    return true;
}

// One statement, but a procedure may answer it several times.
bool Client::skip_other_results() {
    MYSQL* const handle = connection_->handle;
    int more = 0;
    while ((more = mysql_next_result(handle)) == 0) const ResultHandle skipped{mysql_use_result(handle)};
    return more < 0;
}

Failure Client::refuse_large() {
    connection_.reset();
    return {.kind = FailureKind::too_large,
            .code = 0,
            .sql_state = "",
            .message = "the answer is longer than 1 MiB or has more than 65536 values",
            .in_doubt = true};
}

}  // namespace highbase::mysql
