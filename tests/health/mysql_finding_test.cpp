// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/mysql_finding.hpp"

#include <map>
#include <string>

#include "tests/catch.hpp"

namespace highbase::health {
namespace {

using mysql::FailureKind;

const mysql::Endpoint kSocket = mysql::UnixEndpoint{"/run/mysqld/mysqld.sock"};
const mysql::Endpoint kServer = mysql::TcpEndpoint{vrrp::IpAddress::v4(192, 0, 2, 1), 3306};

TEST_CASE("only a server that does not answer, or that ends, has failed") {
    const std::map<FailureKind, Sample> wanted{
        {FailureKind::unreachable, Sample::failed},
        {FailureKind::deadline, Sample::failed},
        {FailureKind::shutting_down, Sample::failed},
        {FailureKind::refused_credentials, Sample::unknown},
        {FailureKind::host_blocked, Sample::unknown},
        {FailureKind::too_many_connections, Sample::unknown},
        {FailureKind::tls, Sample::unknown},
        {FailureKind::authentication_method, Sample::unknown},
        {FailureKind::offline, Sample::unknown},
        {FailureKind::read_only, Sample::unknown},
        {FailureKind::lock_wait, Sample::unknown},
        {FailureKind::killed, Sample::unknown},
        {FailureKind::missing_privilege, Sample::unknown},
        {FailureKind::replication, Sample::unknown},
        {FailureKind::storage, Sample::unknown},
        {FailureKind::statement, Sample::unknown},
        {FailureKind::too_large, Sample::unknown},
        {FailureKind::busy, Sample::unknown},
        {FailureKind::local, Sample::unknown},
        {FailureKind::other, Sample::unknown},
    };
    CHECK(wanted.size() == mysql::kFailureKindCount);
    for (const auto& [kind, sample] : wanted) {
        INFO(mysql::name(kind));
        CHECK(sample_of(kind) == sample);
    }
}

mysql::Failure failure(std::uint32_t code, const std::string& message) {
    return {mysql::classify(code, mysql::Phase::connecting, message), code, "", message, false};
}

TEST_CASE("who refuses a connection, or has no socket any more, does not listen") {
    const std::string local = "Can't connect to local server through socket '/run/mysqld/mysqld.sock' ";
    const std::string remote = "Can't connect to server on '192.0.2.1' ";
    CHECK(says_nobody_listens(failure(2002, local + "(111)"), kSocket));
    CHECK(says_nobody_listens(failure(2002, local + "(2)"), kSocket));
    CHECK(says_nobody_listens(failure(2002, remote + "(111)"), kServer));
    CHECK(says_nobody_listens(failure(2003, "Can't connect to MySQL server on '192.0.2.1:3306' (111)"),
                              kServer));
    CHECK(says_nobody_listens(failure(2002, local + "(111 \"Connection refused\")"), kSocket));
}

TEST_CASE("nothing else says so") {
    const std::string remote = "Can't connect to server on '192.0.2.1' ";
    for (const char* error :
         {"(110)", "(113)", "(101)", "(11)", "(1110)", "(2)", "(13)", "(24)", "", "111"}) {
        INFO(error);
        CHECK_FALSE(says_nobody_listens(failure(2002, remote + error), kServer));
    }
    CHECK_FALSE(says_nobody_listens(failure(2002, "socket (13)"), kSocket));
    CHECK_FALSE(says_nobody_listens(failure(2013, "Lost connection (111)"), kServer));
    CHECK_FALSE(says_nobody_listens(failure(1045, "Access denied (111)"), kServer));
    const std::string unverified =
        "Received error packet before completion of TLS handshake. The authenticity of the following error "
        "cannot be verified: 1040 - Too many connections (111)";
    CHECK_FALSE(says_nobody_listens(failure(2002, unverified), kServer));
    const mysql::Failure in_time{FailureKind::deadline, 0, "", "no connection within 3000 ms (111)", false};
    CHECK_FALSE(says_nobody_listens(in_time, kServer));
}

}  // namespace
}  // namespace highbase::health
