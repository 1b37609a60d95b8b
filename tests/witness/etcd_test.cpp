// SPDX-License-Identifier: GPL-2.0-or-later
// What the client makes of members that are no etcd, or none that works.
#include "witness/etcd.hpp"

#include <chrono>

#include "tests/catch.hpp"
#include "tests/witness/fake_member.hpp"

namespace highbase::witness {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const BeginTerm kFirst{"gw1", cluster::Epoch{7}, true};
const std::string kYes = R"(yes: {"version":1,"epoch":7,"owner":"gw1","in_sync":null})";
constexpr auto kLongest = 20s;

Configuration with(std::vector<Endpoint> endpoints) {
    Configuration configuration;
    configuration.endpoints = std::move(endpoints);
    return configuration;
}
std::string ask(Etcd& etcd, Clock::duration patience = kLongest) {
    return to_text(etcd.ask("db", kFirst, Clock::now() + patience));
}
// What is said of a member that answers so to everything, without its URL.
std::string of(const std::string& answer, Clock::duration patience = 200ms) {
    FakeMember member{[&](std::string_view) { return answer; }};
    Etcd etcd{with({member.endpoint()})};
    std::string said = ask(etcd, patience);
    const std::string url = member.endpoint().url();
    if (const std::size_t at = said.find(url); at != std::string::npos) said.replace(at, url.size(), "URL");
    return said;
}

TEST_CASE("a member that does as it is told") {
    FakeMember member{willing};
    Etcd etcd{with({member.endpoint()})};
    CHECK(ask(etcd) == kYes);
    CHECK(member.requests() == 2);
}

TEST_CASE("a request is JSON, for the key with its prefix, and on one connection") {
    std::string requests;
    FakeMember member{[&](std::string_view request) {
        requests += request;
        return willing(request);
    }};
    Configuration configuration = with({member.endpoint()});
    configuration.prefix = "/pair-1/";
    Etcd etcd{configuration};
    REQUIRE(ask(etcd) == kYes);
    CHECK(requests.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    CHECK(requests.find("\r\n\r\n{\"key\":\"L3BhaXItMS9kYg==\"}POST /v3/kv/txn") != std::string::npos);
    CHECK(requests.find("Expect:") == std::string::npos);
}

TEST_CASE("what is no answer of etcd") {
    CHECK(of(http("200 OK", "{}")) == "unknown: malformed: URL: what it answers is not one of etcd");
    CHECK(of(http("200 OK", "<html>")) == "unknown: malformed: URL: what it answers is no JSON");
    CHECK(of(http("200 OK", std::string(65537, ' '))) == "unknown: malformed: URL: its answer is too long");
    const std::string flood = "X: " + std::string(1000, 'x') + "\r\n";
    std::string header;
    for (int i = 0; i < 70; ++i) header += flood;
    CHECK(of(http("200 OK", "{}", header)) == "unknown: malformed: URL: its answer is too long");
    CHECK(of("220 mail.example ESMTP\r\n").starts_with("unknown: "));
}

TEST_CASE("another status is told, and a redirection is not followed") {
    CHECK(of(http("503 Service Unavailable", R"({"error":"etcdserver: no leader","code":14})")) ==
          "unknown: status: URL: HTTP status 503: etcdserver: no leader");
    CHECK(of(http("404 Not Found", "404 page not found")) == "unknown: status: URL: HTTP status 404");
    FakeMember elsewhere{willing};
    CHECK(of(http("307 Temporary Redirect", "", "Location: " + elsewhere.endpoint().url() + "\r\n")) ==
          "unknown: status: URL: HTTP status 307");
    CHECK(elsewhere.requests() == 0);
}

TEST_CASE("silence ends with the deadline") {
    const auto began = Clock::now();
    CHECK(of("", 300ms).starts_with("unknown: unreachable: URL: no answer within "));
    CHECK(Clock::now() - began >= 300ms - 60ms);
    CHECK(Clock::now() - began < 2s);
    Etcd late{with({closed_endpoint()})};
    CHECK(ask(late, -1s).starts_with("unknown: unreachable: "));
}

TEST_CASE("members are asked in turn, from the one that answered last") {
    FakeMember silent{[](std::string_view) { return std::string{}; }};
    FakeMember broken{[](std::string_view) { return http("500 Internal Server Error", ""); }};
    FakeMember member{willing};
    Etcd etcd{with({closed_endpoint(), silent.endpoint(), broken.endpoint(), member.endpoint()})};
    CHECK(ask(etcd, 2s) == kYes);
    CHECK(silent.requests() == 1);
    CHECK(broken.requests() == 1);
    CHECK(ask(etcd, 2s) == kYes);
    CHECK(silent.requests() == 1);
    CHECK(member.requests() == 4);
}

TEST_CASE("a swap that a member has refused is looked for at the next one") {
    FakeMember refusing{[](std::string_view request) {
        return request.starts_with("POST /v3/kv/txn") ? http("500 Internal Server Error", "")
                                                      : willing(request);
    }};
    FakeMember member{willing};
    Etcd etcd{with({refusing.endpoint(), member.endpoint()})};
    CHECK(ask(etcd) == kYes);
    CHECK(refusing.requests() == 2);
    CHECK(member.requests() == 2);
}

TEST_CASE("members that refuse at once are tried until the deadline") {
    int refusals = 0;
    FakeMember member{[&](std::string_view request) {
        return ++refusals < 4 ? http("503 Service Unavailable", "") : willing(request);
    }};
    Etcd etcd{with({member.endpoint()})};
    CHECK(ask(etcd) == kYes);
}

TEST_CASE("a name is resolved") {
    FakeMember member{willing};
    Endpoint endpoint = member.endpoint();
    endpoint.host = "localhost";
    Etcd etcd{with({endpoint})};
    CHECK(ask(etcd) == kYes);
}

}  // namespace
}  // namespace highbase::witness
