// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of work that is under way when the configuration changes, and of a road that cannot be closed.
// No server is there, and the loop never runs: what is asked for stays under way.
#include "daemon/services.hpp"

#include <cerrno>

#include "tests/catch.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

// Only the roads matter.
struct RoadKernel final : netlink::Kernel {
    std::vector<vrrp::Endpoint> closed;
    bool refuses = false;

    netlink::Result<void> refuse_connections_to(const std::vector<vrrp::Endpoint>& servers) override {
        if (refuses) return netlink::failure(EPERM, "not permitted");
        closed = servers;
        return {};
    }
    netlink::Result<std::vector<netlink::Link>> links() override { return {}; }
    netlink::Result<std::vector<netlink::LinkAddress>> addresses() override { return {}; }
    netlink::Result<void> put_address(const netlink::AddressRequest&) override { return {}; }
    netlink::Result<void> delete_address(netlink::LinkIndex, const vrrp::Prefix&) override { return {}; }
    netlink::Result<netlink::Link> create_macvlan(const netlink::MacvlanRequest&) override { return {}; }
    netlink::Result<void> delete_link(netlink::LinkIndex) override { return {}; }
    netlink::Result<void> refuse_packets_to(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> guard(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> renew_lease(const std::vector<vrrp::IpAddress>&,
                                      std::chrono::milliseconds) override {
        return {};
    }
    netlink::Result<void> end_lease(const std::vector<vrrp::IpAddress>&, std::chrono::milliseconds) override {
        return {};
    }
    netlink::Result<void> forward(const std::vector<netlink::Forward>&) override { return {}; }
    netlink::Result<void> end_forwarded(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<std::vector<vrrp::Connection>> connections_to(
        const std::vector<vrrp::IpAddress>&) override {
        return {};
    }
    netlink::Result<void> end_connections_to(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> tickle(const std::vector<vrrp::Connection>&) override { return {}; }
    [[nodiscard]] int event_descriptor() const override { return -1; }
    std::vector<netlink::KernelEvent> take_events() override { return {}; }
};

node::RouterConfiguration router(const std::string& name, std::uint16_t peer_port) {
    node::RouterConfiguration result;
    result.name = name;
    result.database.emplace();
    result.database->server = "/nonexistent/mysqld.sock";
    result.database->peer_server = {vrrp::IpAddress::v4(127, 0, 0, 1), peer_port};
    return result;
}

struct Bench {
    TemporaryDirectory directory;
    boost::asio::io_context io{1};
    RoadKernel kernel;
    Config config;
    Words told;  // what became of tasks
    std::function<void()> on_task = [] {};
    std::optional<Services> services;

    Bench() {
        config.state_directory = directory.path();
        config.node.routers = {router("db", 3306), router("other", 3307)};
        services.emplace(
            io, kernel, config, [this](const node::Event& event) { note(event); }, [](const node::Report&) {},
            [](const ServiceVerdict&) {});
        services->start();
    }
    void note(const node::Event& event) {
        const auto* happened = std::get_if<node::ServiceHappened>(&event);
        if (happened == nullptr) return;
        if (const auto* failed = std::get_if<replication::TaskFailed>(&happened->event)) {
            told.push_back(std::to_string(failed->number) + " failed: " + failed->reason +
                           (failed->against_server ? ", against the server" : ""));
            std::exchange(on_task, [] {})();
        } else if (const auto* done = std::get_if<replication::TaskDone>(&happened->event)) {
            told.push_back(std::to_string(done->number) + " done");
        }
    }
    void perform(std::uint32_t number, node::Deed deed, const std::string& service = "db") {
        services->perform({service, node::Task{number, 10s, {}, std::move(deed)}});
    }
    void reload() { services->configure(config.node); }
    node::DatabaseConfiguration& database() { return *config.node.routers[0].database; }
};

TEST_CASE("work that is under way survives what does not concern it") {
    Bench bench;
    bench.perform(1, replication::Execute{{"COMMIT"}});
    bench.database().max_drain = 3s;
    bench.database().mode = node::Mode::available;
    bench.database().hooks.push_back({replication::HookPoint::after_promote, {"/bin/true"}});
    bench.database().interval = 50ms;
    bench.reload();
    CHECK(bench.told == Words{});
    bench.database().password = "another";
    bench.reload();
    CHECK(bench.told == Words{"1 failed: the configuration has changed"});
}

TEST_CASE("what cannot go on with another account is answered, and what is asked then goes to the new one") {
    Bench bench;
    bench.perform(1, replication::Execute{{"COMMIT"}});
    bench.perform(2, replication::Look{});
    bench.on_task = [&] { bench.perform(3, replication::Look{}); };
    bench.database().user = "another";
    bench.reload();
    CHECK(bench.told ==
          Words{"1 failed: the configuration has changed", "2 failed: the configuration has changed"});
    bench.database().user = "a third";
    bench.reload();
    CHECK(bench.told.size() == 3);
    CHECK(bench.told.back() == "3 failed: the configuration has changed");
}

TEST_CASE("a road is closed when the kernel says so, and until it says otherwise") {
    Bench bench;
    const vrrp::Endpoint one{vrrp::IpAddress::v4(127, 0, 0, 1), 3306};
    const vrrp::Endpoint other{vrrp::IpAddress::v4(127, 0, 0, 1), 3307};
    bench.kernel.refuses = true;
    bench.perform(1, replication::CloseRoad{});
    bench.kernel.refuses = false;
    bench.perform(2, replication::CloseRoad{}, "other");
    CHECK(bench.kernel.closed == std::vector{other});
    bench.perform(3, replication::CloseRoad{});
    CHECK(bench.kernel.closed == std::vector{one, other});
    bench.kernel.refuses = true;
    bench.perform(4, replication::OpenRoad{});
    bench.kernel.refuses = false;
    bench.perform(5, replication::OpenRoad{}, "other");
    CHECK(bench.kernel.closed == std::vector{one});
    CHECK(bench.told ==
          Words{"1 failed: not permitted", "2 done", "3 done", "4 failed: not permitted", "5 done"});
    bench.services.reset();
    CHECK(bench.kernel.closed.empty());
}

}  // namespace
}  // namespace highbase::daemon
