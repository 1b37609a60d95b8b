// SPDX-License-Identifier: GPL-2.0-or-later
// Sessions over TLS, with a real server that has it and with one that has not.
#include <signal.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/mysql/database_server.hpp"
#include "tests/mysql/session_bench.hpp"

namespace highbase::mysql {
namespace {

using namespace std::chrono_literals;

// Made with the program openssl: authorities "ca" and "other", and what they sign.
class Certificates {
public:
    Certificates() {
        for (const std::string name : {"ca", "other"}) {
            run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                         "/CN=" + name, "-keyout", path(name + "-key"), "-out", path(name)});
        }
        sign("server", "ca", "127.0.0.1");
        sign("stranger", "ca", "127.0.0.9");
        sign("client", "ca", "127.0.0.1");
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return directory_.path() / (name + ".pem");
    }

private:
    void sign(const std::string& name, const std::string& authority, const std::string& address) {
        run_program({"openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout",
                     path(name + "-key"), "-out", path(name + "-request")});
        std::ofstream{path(name + "-extensions")} << "subjectAltName=IP:" << address << "\n";
        run_program({"openssl", "x509", "-req", "-in", path(name + "-request"), "-CA", path(authority),
                     "-CAkey", path(authority + "-key"), "-CAcreateserial", "-days", "2", "-extfile",
                     path(name + "-extensions"), "-out", path(name)});
    }

    TemporaryDirectory directory_;
};

const Certificates& certificates() {
    static const Certificates all;
    return all;
}

std::vector<std::string> tls_options(const std::string& name) {
    return {"--ssl-ca=" + certificates().path("ca"), "--ssl-cert=" + certificates().path(name),
            "--ssl-key=" + certificates().path(name + "-key")};
}

const std::string kAccounts =
    "CREATE OR REPLACE USER highbase@'127.0.0.1' IDENTIFIED BY 'secret';\n"
    "CREATE OR REPLACE USER certified@'127.0.0.1' IDENTIFIED BY 'secret' REQUIRE X509;\n";

Target target(const DatabaseServer& server, TlsMode mode, const std::string& ca = "ca") {
    Target target = server.by_tcp("highbase", "secret");
    target.tls.mode = mode;
    if (mode == TlsMode::verify) target.tls.ca = certificates().path(ca);
    return target;
}

std::string refusal(const Target& target) {
    const Failure failure = first_refusal(HIGHBASE_WORKER, target);
    return std::string{name(failure.kind)} + " " + std::to_string(failure.code) + " " + failure.message;
}

TEST_CASE("a server without TLS is refused where TLS is asked for") {
    DatabaseServer server{{}, kAccounts};
    for (const TlsMode mode : {TlsMode::required, TlsMode::verify}) {
        const Failure failure = first_refusal(HIGHBASE_WORKER, target(server, mode));
        CHECK(failure.kind == FailureKind::tls);
        CHECK(failure.code == 2026);
        CHECK_FALSE(failure.message.empty());
    }
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, target(server, TlsMode::off));
    CHECK(bench.ask("SELECT 1").has_value());
}

TEST_CASE("TLS is off, required, or verified") {
    DatabaseServer server{tls_options("server"), kAccounts};
    for (const TlsMode mode : {TlsMode::off, TlsMode::required, TlsMode::verify}) {
        SessionBench bench;
        bench.open(HIGHBASE_WORKER, target(server, mode));
        const std::string cipher = bench.ask("SHOW STATUS LIKE 'Ssl_cipher'").value().at(0, 1).value();
        CHECK(cipher.empty() == (mode == TlsMode::off));
        CHECK(bench.opened.at(0).cipher == cipher);
    }
    Target by_socket = server.by_socket();
    by_socket.tls.mode = TlsMode::required;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, by_socket);
    REQUIRE(bench.wait_open());
    CHECK_FALSE(bench.opened.at(0).cipher.empty());
}

TEST_CASE("certificates that do not fit") {
    DatabaseServer server{tls_options("server"), kAccounts};
    CHECK(first_refusal(HIGHBASE_WORKER, target(server, TlsMode::verify, "other")).kind == FailureKind::tls);
    CHECK(first_refusal(HIGHBASE_WORKER, target(server, TlsMode::verify, "nonexistent")).kind ==
          FailureKind::tls);
    Target by_socket = server.by_socket();
    by_socket.tls = {TlsMode::verify, certificates().path("ca"), "", ""};
    CHECK(refusal(by_socket) == "tls 2026 a Unix socket has no address that a certificate could name");

    DatabaseServer stranger{tls_options("stranger"), kAccounts};
    CHECK(first_refusal(HIGHBASE_WORKER, target(stranger, TlsMode::verify)).kind == FailureKind::tls);
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, target(stranger, TlsMode::required));  // does not look at it
    CHECK(bench.wait_open());
}

TEST_CASE("a certificate of this client") {
    DatabaseServer server{tls_options("server"), kAccounts};
    Target certified = target(server, TlsMode::verify);
    certified.user = "certified";
    CHECK(first_refusal(HIGHBASE_WORKER, certified).kind == FailureKind::refused_credentials);
    certified.tls.certificate = certificates().path("client");
    certified.tls.key = certificates().path("client-key");
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, certified);
    CHECK(bench.ask("SELECT CURRENT_USER()").value().at(0, 0) == "certified@127.0.0.1");
    certified.tls.key = certificates().path("server-key");
    CHECK(first_refusal(HIGHBASE_WORKER, certified).kind == FailureKind::tls);
}

TEST_CASE("too many connections are that, with TLS as without") {
    auto options = tls_options("server");
    options.insert(options.end(), {"--max-connections=10"});
    DatabaseServer server{options, kAccounts};
    std::vector<std::unique_ptr<SessionBench>> others;
    while (others.size() < 11) {  // root has one more than the others
        others.push_back(std::make_unique<SessionBench>());
        others.back()->open(HIGHBASE_WORKER, server.by_socket());
        REQUIRE(others.back()->wait_open());
    }
    const Failure failure = first_refusal(HIGHBASE_WORKER, target(server, TlsMode::verify));
    INFO(failure.code << " " << failure.message);
    CHECK(failure.kind == FailureKind::too_many_connections);
}

TEST_CASE("a server that is killed under a TLS connection is unreachable") {
    DatabaseServer server{tls_options("server"), kAccounts};
    SessionBench idle;
    idle.open(HIGHBASE_WORKER, target(server, TlsMode::verify));
    REQUIRE(idle.ask("SELECT 1"));
    SessionBench busy;
    busy.open(HIGHBASE_WORKER, target(server, TlsMode::verify));
    REQUIRE(busy.ask("SELECT 1"));
    std::optional<SessionBench::Result> result;
    busy.session->query("SELECT SLEEP(100)", 20s, [&](auto got) { result = std::move(got); });
    REQUIRE(idle.run_until([&] {
        return idle.ask("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")
                   .value()
                   .at(0, 0) == "1";
    }));
    server.kill();
    REQUIRE(idle.run_until([&] { return !idle.lost.empty(); }));
    CHECK(idle.lost[0].kind == FailureKind::unreachable);
    REQUIRE(busy.run_until([&] { return result.has_value(); }));
    CHECK(kind_of(*result) == "unreachable");
}

TEST_CASE("a server that is frozen under a TLS connection") {
    DatabaseServer server{tls_options("server"), kAccounts};
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, target(server, TlsMode::required));
    REQUIRE(bench.ask("SELECT 1"));
    server.signal(SIGSTOP);
    CHECK(kind_of(bench.ask("SELECT 1", 200ms)) == "deadline");
    CHECK(bench.took < 2s);
    CHECK(kind_of(bench.ask("SELECT 1", 200ms)) == "deadline");
    CHECK(bench.took < 2s);
    server.signal(SIGCONT);
    CHECK(bench.ask("SELECT 1").has_value());
}

// In the middle of a TLS handshake libmysqlclient 9.7 waits for ever, and Connector/C a second and more.
TEST_CASE("a server that greets, and then says nothing more") {
    using boost::asio::ip::tcp;
    DatabaseServer server{tls_options("server"), kAccounts};
    Target asked = target(server, TlsMode::required);
    auto& endpoint = std::get<TcpEndpoint>(asked.endpoint);

    SessionBench bench;
    const auto loopback = boost::asio::ip::address_v4::loopback();
    tcp::socket real{bench.io};
    real.connect({loopback, endpoint.port});
    std::string greeting(4, '\0');
    boost::asio::read(real, boost::asio::buffer(greeting));
    const auto length = static_cast<std::uint8_t>(greeting[0]);  // of less than 256
    greeting.resize(4U + length);
    boost::asio::read(real, boost::asio::buffer(greeting.data() + 4, length));

    tcp::acceptor acceptor{bench.io, {loopback, 0}};
    endpoint.port = acceptor.local_endpoint().port();
    std::vector<tcp::socket> accepted;
    std::size_t heard = 0;
    std::array<char, 4096> words{};
    acceptor.async_accept([&](const auto&, tcp::socket socket) {
        accepted.push_back(std::move(socket));
        boost::asio::write(accepted[0], boost::asio::buffer(greeting));
        accepted[0].async_read_some(boost::asio::buffer(words),
                                    [&](const auto&, std::size_t count) { heard = count; });
    });
    asked.connect_timeout = 500ms;
    bench.open(HIGHBASE_WORKER, asked);
    CHECK(kind_of(bench.ask("SELECT 1", 200ms)) == "deadline");
    CHECK(bench.took < 2s);
    REQUIRE(bench.run_until([&] { return !bench.refused.empty(); }));
    CHECK(heard > 0);  // the worker was in the handshake
    CHECK(bench.refused[0].message == "no connection within 500 ms");
}

}  // namespace
}  // namespace highbase::mysql
