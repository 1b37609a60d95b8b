// SPDX-License-Identifier: GPL-2.0-or-later
// The third vote of a real etcd, and what can happen to it.
#include <signal.h>

#include <cstdlib>
#include <future>

#include "tests/catch.hpp"
#include "tests/witness/etcd_cluster.hpp"
#include "tests/witness/swallowing_forwarder.hpp"
#include "witness/etcd.hpp"

namespace highbase::witness {
namespace {

using namespace std::chrono_literals;
using cluster::Epoch;
using Clock = std::chrono::steady_clock;
using Fault = SwallowingForwarder::Fault;

const Record kAlone{Epoch{7}, "gw1", std::nullopt};
const Record kTogether{Epoch{7}, "gw1", "gw2"};
const Record kPromoted{Epoch{8}, "gw2", std::nullopt};
const BeginTerm kFirst{"gw1", Epoch{7}, true};
const InSync kInSync{"gw1", Epoch{7}, "gw2"};
const BeginTerm kBegin{"gw2", Epoch{8}};
const GoAlone kGoAlone{"gw1", Epoch{7}};

constexpr auto kLongest = 20s;  // on a busy machine

// As it looks in a failing test, without what depends on ports.
std::string ask(Etcd& etcd, const Want& want, Clock::duration patience = kLongest,
                const std::string& service = "db") {
    return to_text(etcd.ask(service, want, Clock::now() + patience));
}
std::string ask(const Configuration& configuration, const Want& want, Clock::duration patience = kLongest) {
    Etcd etcd{configuration};
    return ask(etcd, want, patience);
}
std::string yes(const Record& record) {
    return "yes: " + to_text(record);
}
std::string no(Refusal refusal, const Record& record) {
    return to_text(Answer{No{refusal, record}});
}

Configuration through(const SwallowingForwarder& forwarder) {
    Configuration configuration;
    configuration.endpoints = {{false, "127.0.0.1", forwarder.port()}};
    return configuration;
}

// For how long it took, too.
struct Timed {
    explicit Timed(Etcd& etcd, Clock::duration patience) : began{Clock::now()} {
        answer = ask(etcd, kGoAlone, patience);
        took = Clock::now() - began;
    }
    Clock::time_point began;
    Clock::duration took{};
    std::string answer;
};

TEST_CASE("the history of a pair") {
    EtcdCluster cluster;
    Etcd first{cluster.configuration()};
    Etcd second{cluster.configuration()};
    CHECK(ask(second, kBegin) == to_text(Answer{No{Refusal::no_record, std::nullopt}}));
    CHECK(ask(first, kFirst) == yes(kAlone));
    CHECK(ask(second, kBegin) == no(Refusal::not_in_sync, kAlone));
    CHECK(ask(first, kInSync) == yes(kTogether));
    CHECK(ask(first, kInSync) == yes(kTogether));
    CHECK(ask(second, kBegin) == yes(kPromoted));
    CHECK(ask(first, kGoAlone) == no(Refusal::later_epoch, kPromoted));
    CHECK(ask(second, kBegin) == yes(kPromoted));
    CHECK(ask(second, InSync{"gw2", Epoch{8}, "gw1"}) == yes({Epoch{8}, "gw2", "gw1"}));
    // Another service has a record of its own.
    CHECK(to_text(first.ask("other", kGoAlone, Clock::now() + kLongest)).starts_with("no: no_record"));
}

TEST_CASE("one member of three is killed, and it is still a yes; then none is left") {
    EtcdCluster cluster;
    Etcd etcd{cluster.configuration()};
    REQUIRE(ask(etcd, kFirst) == yes(kAlone));
    cluster.kill(0);  // the one that has answered; perhaps the leader, and then the others elect one
    CHECK(ask(etcd, kInSync) == yes(kTogether));
    cluster.kill(1);
    Timed two{etcd, 700ms};
    CHECK(two.answer.starts_with("unknown: "));  // the last one does not know whether it is the last one
    CHECK(two.took < 1s);
    cluster.kill(2);
    Timed none{etcd, 500ms};
    INFO(none.answer);
    CHECK(none.answer.starts_with("unknown: unreachable: https://127.0.0.1:"));
    CHECK(none.took < 800ms);
}

TEST_CASE("members that hang use up their share of the time, and no more") {
    EtcdCluster cluster;
    Etcd etcd{cluster.configuration()};
    REQUIRE(ask(etcd, kFirst) == yes(kAlone));
    cluster.signal(0, SIGSTOP);
    CHECK(ask(etcd, kInSync) == yes(kTogether));
    cluster.signal(1, SIGSTOP);
    cluster.signal(2, SIGSTOP);
    Timed frozen{etcd, 600ms};
    INFO(frozen.answer);
    CHECK(frozen.answer.starts_with("unknown: unreachable: "));
    CHECK(frozen.took < 900ms);
    for (std::size_t i = 0; i < 3; ++i) cluster.signal(i, SIGCONT);
    CHECK(ask(etcd, kGoAlone) == yes(kAlone));
}

TEST_CASE("who asks is stopped while it waits") {
    EtcdCluster cluster{{1, true, "server", false}};
    Etcd etcd{cluster.configuration()};
    REQUIRE(ask(etcd, kFirst) == yes(kAlone));
    cluster.signal(0, SIGSTOP);
    auto answer = std::async(std::launch::async, [&] { return ask(etcd, kGoAlone, 60s); });
    REQUIRE(answer.wait_for(50ms) == std::future_status::timeout);  // it does wait
    etcd.stop();
    REQUIRE(answer.wait_for(2s) == std::future_status::ready);
    CHECK(answer.get().starts_with("unknown: stopped: "));
    CHECK(ask(etcd, kGoAlone, 60s).starts_with("unknown: stopped: "));  // for good
}

TEST_CASE("an answer that is lost is judged by the record") {
    EtcdCluster cluster{{1, false, "server", false}};
    Configuration direct = cluster.configuration();
    REQUIRE(ask(direct, kFirst) == yes(kAlone));

    SECTION("the swap has happened") {
        SwallowingForwarder forwarder{cluster.port(0), Fault::answer, 1};
        CHECK(ask(through(forwarder), kInSync) == yes(kTogether));
        CHECK(forwarder.faults() == 1);
    }
    SECTION("the swap has not happened, and is sent again") {
        SwallowingForwarder forwarder{cluster.port(0), Fault::request, 1};
        CHECK(ask(through(forwarder), kInSync) == yes(kTogether));
        CHECK(forwarder.faults() == 1);
    }
    SECTION("nothing is heard of it") {
        SwallowingForwarder forwarder{cluster.port(0), Fault::silence, 1};
        CHECK(ask(through(forwarder), kInSync, 3s) == yes(kTogether));
        CHECK(forwarder.faults() == 1);
    }
    SECTION("another one was first") {
        REQUIRE(ask(direct, kInSync) == yes(kTogether));
        SwallowingForwarder forwarder{cluster.port(0), Fault::request, 1, [&] { ask(direct, kBegin); }};
        CHECK(ask(through(forwarder), kGoAlone) == no(Refusal::later_epoch, kPromoted));
        CHECK(forwarder.faults() == 1);
    }
    SECTION("nobody tells: unknown, though it has happened") {
        SwallowingForwarder forwarder{cluster.port(0), Fault::answer, 1, [&] { cluster.kill(0); }};
        Etcd etcd{through(forwarder)};
        Timed lost{etcd, 700ms};
        CHECK(lost.answer.starts_with("unknown: unreachable: "));
        CHECK(lost.took < 1s);
        CHECK(forwarder.faults() == 1);
    }
}

TEST_CASE("of two that ask for the same, one has a yes") {
    EtcdCluster cluster{{3, false, "server", false}};
    for (int round = 0; round < 20; ++round) {
        const std::string service = "db" + std::to_string(round);
        const auto first = [&](const std::string& node) {
            Etcd etcd{cluster.configuration()};
            return ask(etcd, BeginTerm{node, Epoch{1}, true}, kLongest, service);
        };
        auto other = std::async(std::launch::async, [&] { return first("gw2"); });
        const std::string one = first("gw1");
        const std::string two = other.get();
        INFO(one << "\n" << two);
        CHECK(one.starts_with("yes: ") != two.starts_with("yes: "));
        CHECK((one.starts_with("no: epoch_taken: ") || two.starts_with("no: epoch_taken: ")));
    }
}

TEST_CASE("certificates that do not fit") {
    EtcdCluster cluster;
    Configuration other = cluster.configuration();
    other.ca_file = certificates().path("other");
    CHECK(ask(other, kFirst).starts_with("unknown: tls: https://127.0.0.1:"));
    other.ca_file = certificates().path("nonexistent");
    CHECK(ask(other, kFirst).starts_with("unknown: tls: "));
    // By its name, and a certificate of the right authority for another address.
    Configuration name = cluster.configuration();
    for (Endpoint& endpoint : name.endpoints) endpoint.host = "localhost";
    CHECK(ask(name, kFirst) == yes(kAlone));
    EtcdCluster stranger{{1, true, "stranger", false}};
    CHECK(ask(stranger.configuration(), kFirst).starts_with("unknown: tls: "));
}

TEST_CASE("a certificate of this client") {
    EtcdCluster cluster{{1, true, "server", true}};
    Configuration configuration = cluster.configuration();
    CHECK(ask(configuration, kFirst, 1s).starts_with("unknown: tls: "));
    configuration.certificate_file = certificates().path("foreigner");
    configuration.key_file = certificates().path("foreigner-key");
    CHECK(ask(configuration, kFirst, 1s).starts_with("unknown: tls: "));
    configuration.certificate_file = certificates().path("client");
    CHECK(ask(configuration, kFirst, 1s).starts_with("unknown: tls: "));  // with another one's key
    configuration.key_file = certificates().path("client-key");
    CHECK(ask(configuration, kFirst) == yes(kAlone));
    // Nobody is asked for its passphrase.
    configuration.key_file = certificates().path("sealed-key");
    CHECK(ask(configuration, kGoAlone, 1s).starts_with("unknown: tls: "));
}

TEST_CASE("TLS is not given up, and not assumed") {
    EtcdCluster plain{{1, false, "server", false}};
    Configuration configuration = plain.configuration();
    configuration.endpoints[0].tls = true;
    CHECK(ask(configuration, kFirst, 1s).starts_with("unknown: tls: "));
    EtcdCluster secured{{1, true, "server", false}};
    configuration = secured.configuration();
    configuration.endpoints[0].tls = false;
    CHECK(ask(configuration, kFirst, 1s).starts_with("unknown: "));
}

TEST_CASE("the proxy of the environment is not asked") {
    EtcdCluster cluster{{1, false, "server", false}};
    const Configuration configuration = cluster.configuration();
    REQUIRE(ask(configuration, kFirst) == yes(kAlone));
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    CHECK(ask(configuration, kGoAlone) == yes(kAlone));
    ::unsetenv("http_proxy");
    ::unsetenv("ALL_PROXY");
}

TEST_CASE("a record that somebody else has written is not guessed at") {
    EtcdCluster cluster{{1, false, "server", false}};
    Configuration configuration = cluster.configuration();
    configuration.prefix = "/";
    // A key that this client writes as another service's, with a name that is not one.
    Etcd etcd{configuration};
    REQUIRE(ask(etcd, kFirst, kLongest, "a") == yes(kAlone));
    const std::string url = configuration.endpoints[0].url();
    const std::string command =
        "curl --silent --show-error --fail --noproxy '*' --data "
        "'{\"key\":\"L2E=\",\"value\":\"eyJ2ZXJzaW9uIjoyfQ==\"}' " +
        url + "/v3/kv/put > /dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    CHECK(
        ask(etcd, kGoAlone, kLongest, "a") ==
        "unknown: malformed: " + url +
            ": what it answers has a value that is no record: it is of version 2, and only 1 is known here");
}

}  // namespace
}  // namespace highbase::witness
