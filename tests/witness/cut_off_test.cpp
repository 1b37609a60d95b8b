// SPDX-License-Identifier: GPL-2.0-or-later
// A box that the network has cut off from the witness: nothing is refused, everything is lost.
#include "tests/catch.hpp"
#include "tests/netlink/network_namespace.hpp"
#include "tests/witness/etcd_cluster.hpp"
#include "witness/etcd.hpp"

namespace highbase::witness {
namespace {

using namespace std::chrono_literals;
using cluster::Epoch;
using Clock = std::chrono::steady_clock;

std::string ask(Etcd& etcd, const Want& want, Clock::duration patience) {
    return to_text(etcd.ask("db", want, Clock::now() + patience));
}

void drop(const test::NetworkNamespace& network, const EtcdCluster& cluster, std::size_t member) {
    network.run("nft 'table inet cut { chain in { type filter hook input priority 0; tcp dport " +
                std::to_string(cluster.port(member)) + " drop; }; }'");
}

TEST_CASE("cut off from one member, and then from all") {
    const test::NetworkNamespace network;
    const test::NetworkNamespace::Visit visit{network};
    EtcdCluster cluster;
    Etcd etcd{cluster.configuration()};
    REQUIRE(ask(etcd, BeginTerm{"gw1", Epoch{7}, true}, 20s).starts_with("yes: "));

    drop(network, cluster, 0);
    CHECK(ask(etcd, InSync{"gw1", Epoch{7}, "gw2"}, 8s).starts_with("yes: "));

    drop(network, cluster, 1);
    drop(network, cluster, 2);
    const auto began = Clock::now();
    const std::string answer = ask(etcd, GoAlone{"gw1", Epoch{7}}, 600ms);
    const auto took = Clock::now() - began;
    INFO(answer);
    CHECK(answer.starts_with("unknown: unreachable: https://127.0.0.1:"));
    CHECK(took < 900ms);

    network.run("nft delete table inet cut");
    CHECK(ask(etcd, GoAlone{"gw1", Epoch{7}}, 20s) ==
          R"(yes: {"version":1,"epoch":7,"owner":"gw1","in_sync":null})");
}

}  // namespace
}  // namespace highbase::witness
