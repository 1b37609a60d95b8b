// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/failure_kind.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace highbase::mysql {
namespace {

using Codes = std::vector<std::uint32_t>;

FailureKind while_connected(std::uint32_t code) {
    return classify(code, Phase::connected, "");
}

TEST_CASE("each error code has its kind") {
    const std::vector<std::pair<FailureKind, Codes>> expected = {
        {FailureKind::unreachable,
         {1152, 1158, 1159, 1160, 1161, 2002, 2003, 2006, 2012, 2013, 2055, 5013, 5014}},
        {FailureKind::shutting_down, {1053}},
        {FailureKind::refused_credentials, {1044, 1045, 1698, 1820, 1862, 3118, 3955, 4150, 4151}},
        {FailureKind::host_blocked, {1129, 1130}},
        {FailureKind::too_many_connections, {1040, 1135, 1203, 1226}},
        {FailureKind::tls, {3159}},
        {FailureKind::authentication_method, {1251, 1524, 2049, 2054, 2059, 2061, 5010, 5012}},
        {FailureKind::offline, {3032, 6400}},
        {FailureKind::read_only, {1036, 1207, 1290, 1792, 1836, 1874, 4156}},
        {FailureKind::lock_wait, {1205, 1213, 1223, 3572}},
        {FailureKind::killed, {1317, 1927, 1969, 3024, 3169, 4031}},
        {FailureKind::missing_privilege, {1095, 1142, 1143, 1227, 1370}},
        {FailureKind::replication,
         {1198, 1199, 1200, 1201, 1202, 1236, 1617, 1772, 1776, 1777, 1789, 1794, 1871, 1872, 1875,
          1876, 1936, 1942, 1945, 1946, 1947, 1948, 1950, 1955, 3017, 3021, 3074, 3081, 3082, 3085}},
        {FailureKind::storage, {3, 20, 1021, 1026, 1030, 1114, 3675}},
        {FailureKind::statement,
         {1046, 1049, 1054, 1064, 1094, 1146, 1148, 1193, 1229, 1231, 1232, 1235, 1238, 1305, 4166}},
        {FailureKind::too_large, {1153, 2020}},
        {FailureKind::local, {2001, 2004, 2005, 2008}},
        {FailureKind::other, {0, 1, 999, 1000, 1105, 1999, 2000, 2014, 2027, 2999, 9999, 4294967295}},
    };
    for (const auto& [kind, codes] : expected) {
        for (const std::uint32_t code : codes) {
            INFO(code);
            CHECK(name(classify(code, Phase::connecting, "")) == name(kind));
            CHECK(name(while_connected(code)) == name(kind));
        }
    }
}

TEST_CASE("a TLS error is TLS trouble while connecting, and a broken connection afterwards") {
    CHECK(classify(2026, Phase::connecting, "TLS/SSL error: certificate verify failed") == FailureKind::tls);
    CHECK(classify(2026, Phase::connected, "TLS/SSL error: unexpected eof while reading") ==
          FailureKind::unreachable);
    CHECK(classify(3159, Phase::connected, "") == FailureKind::tls);  // the server's own word
}

TEST_CASE("what this box lacks says nothing about the server") {
    const auto over_socket = [](int error) {
        const std::string message =
            "Can't connect to local server through socket '/run/mysqld/mysqld.sock' (";
        return classify(2002, Phase::connecting, message + std::to_string(error) + ")");
    };
    for (const int error : {1, 12, 13, 23, 24, 97, 99, 105}) {  // EPERM, ENOMEM, EACCES, ENFILE, EMFILE, ...
        INFO(error);
        CHECK(over_socket(error) == FailureKind::local);
        CHECK(classify(2003, Phase::connecting, "Can't connect (" + std::to_string(error) + ")") ==
              FailureKind::local);
    }
    for (const int error : {2, 11, 32, 104, 110, 111, 113, 115}) {  // ENOENT, EAGAIN, ..., EHOSTUNREACH
        INFO(error);
        CHECK(over_socket(error) == FailureKind::unreachable);
    }
    CHECK(classify(2002, Phase::connecting, "no number (at all)") == FailureKind::unreachable);
    CHECK(classify(2002, Phase::connecting, "it ends with (") == FailureKind::unreachable);
    CHECK(classify(2013, Phase::connecting, "Lost connection (13)") == FailureKind::unreachable);
    CHECK(classify(2002, Phase::connected, "(13)") == FailureKind::unreachable);
}

TEST_CASE("an error sent before TLS stood is that error") {
    const std::string words =
        "Received error packet before completion of TLS handshake. The authenticity of the following error "
        "cannot be verified: ";
    CHECK(classify(2002, Phase::connecting, words + "1040 - Too many connections") ==
          FailureKind::too_many_connections);
    CHECK(classify(2026, Phase::connecting, words + "1129 - Host is blocked") == FailureKind::host_blocked);
    CHECK(classify(2002, Phase::connecting, words + "2006 - of the client") == FailureKind::other);
    CHECK(classify(2002, Phase::connecting, words + "nothing") == FailureKind::unreachable);
    CHECK(classify(1045, Phase::connecting, words + "1040 - ") == FailureKind::refused_credentials);
}

TEST_CASE("only a server that does not answer, or says that it ends, is held against it") {
    std::set<std::string_view> against;
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kFailureKindCount; ++i) {
        const auto kind = static_cast<FailureKind>(i);
        names.insert(name(kind));
        if (is_against_server(kind)) against.insert(name(kind));
    }
    CHECK(against == std::set<std::string_view>{"unreachable", "deadline", "shutting_down"});
    CHECK(names.size() == kFailureKindCount);
    CHECK(names.count("unknown") == 0);
    CHECK(name(static_cast<FailureKind>(kFailureKindCount)) == "unknown");
}

TEST_CASE("codes that can never cause a failover") {
    const Codes harmless = {1040, 1044, 1045, 1129, 1130, 1203, 1226, 1251, 1290, 1524, 1698, 1820, 1862,
                            2026, 2049, 2054, 2059, 2061, 3032, 3118, 3159, 3955, 4150, 4151, 5010, 5012};
    for (const std::uint32_t code : harmless) {
        INFO(code);
        CHECK_FALSE(is_against_server(classify(code, Phase::connecting, "")));
    }
}

TEST_CASE("errors of the library end the connection, those of the server do not") {
    for (const std::uint32_t code : {2000U, 2013U, 2999U, 5000U, 5013U, 5999U}) CHECK(is_of_client(code));
    for (const std::uint32_t code : {1U, 1045U, 1999U, 3000U, 4999U, 6000U, 6400U}) {
        CHECK_FALSE(is_of_client(code));
    }
}

}  // namespace
}  // namespace highbase::mysql
