// SPDX-License-Identifier: GPL-2.0-or-later
// A node with one virtual router in each state, for tests of what is made from it.
#pragma once

#include "status/status.hpp"

namespace highbase::status {

inline WallTime example_time() {
    using namespace std::chrono_literals;
    using std::chrono::sys_days;
    return sys_days{std::chrono::year{2026} / 11 / 21} + 10h + 11min + 12s + 123ms;
}

inline vrrp::TimePoint example_now() {
    return vrrp::TimePoint{std::chrono::seconds{100'000}};
}

inline node::RouterSnapshot example_active() {
    using namespace std::chrono_literals;
    node::RouterSnapshot router;
    router.configuration.name = "db";
    router.configuration.interface = "eth0";
    router.configuration.vrid = vrrp::Vrid{51};
    router.configuration.parameters.priority = vrrp::Priority{150};
    router.configuration.parameters.advertisement_interval = vrrp::Centiseconds{10};
    router.configuration.parameters.preempt_delay = 250ms;
    router.configuration.addresses = {{vrrp::IpAddress::v4(192, 0, 2, 100), 24},
                                      {vrrp::IpAddress::v4(192, 0, 2, 101), 24}};
    router.configuration.checksum = node::ChecksumPolicy::automatic;
    router.configuration.sync_group = "pair";
    router.configuration.checks.emplace_back();
    router.configuration.checks[0].name = "tcp-3306";
    router.configuration.checks[0].options = health::TcpOptions{{vrrp::IpAddress::v4(127, 0, 0, 1), 3306}};
    router.state = node::RouterState::active;
    router.since = example_now() - 2h - 3min - 4s - 5ms;
    router.priority = vrrp::Priority{140};  // a check with a weight is down
    router.serving = true;
    router.primary_address = vrrp::IpAddress::v4(192, 0, 2, 1);
    router.service_mac = {{0x02, 0, 0, 0, 0, 0x01}};
    router.next_deadline = example_now() + 60ms;
    router.active = node::ActiveRouter{vrrp::IpAddress::v4(192, 0, 2, 1), vrrp::Priority{150},
                                       vrrp::Centiseconds{10}, example_now() - 40ms, true};
    router.last_conflict =
        node::Conflict{vrrp::IpAddress::v4(192, 0, 2, 100), {{0x02, 0, 0, 0, 0, 0x99}}, example_now() - 12s};
    // Every counter its own number: a mix-up is seen.
    node::RouterCounters& counters = router.counters;
    counters.advertisements_sent = 73'000;
    counters.advertisements_received = 17;
    counters.priority_zero_sent = 1;
    counters.priority_zero_received = 2;
    counters.became_active = 3;
    counters.interval_mismatches = 4;
    counters.address_list_mismatches = 5;
    counters.checksum_rfc9568_received = 6;
    counters.checksum_pseudo_header_received = 7;
    counters.checksum_pseudo_header_group_received = 8;
    counters.announcements_sent = 9;
    counters.address_conflicts = 10;
    counters.addresses_put_back = 11;
    counters.late_wakeups = 12;
    counters.send_errors = 13;
    counters.discards.count(vrrp::Discard::checksum);
    counters.discards.count(vrrp::Discard::checksum);
    counters.discards.count(vrrp::Discard::hop_limit);
    return router;
}

inline node::RouterSnapshot example_backup() {
    using namespace std::chrono_literals;
    node::RouterSnapshot router;
    router.configuration.name = "web";
    router.configuration.interface = "eth0";
    router.configuration.vrid = vrrp::Vrid{52};
    router.configuration.addresses = {{*vrrp::IpAddress::parse("fe80::52"), 64}};
    router.configuration.mac = node::MacMode::virtual_;
    router.configuration.unicast_peers = {*vrrp::IpAddress::parse("fe80::1")};
    router.configuration.parameters.announce = vrrp::AnnouncePolicy::on_takeover;
    router.state = node::RouterState::backup;
    router.since = example_now() - 40s - 500ms;
    router.priority = vrrp::Priority{100};
    router.eligible = false;
    router.held_down = 7s;
    router.primary_address = *vrrp::IpAddress::parse("fe80::2");
    router.service_mac = {{0x00, 0x00, 0x5e, 0x00, 0x02, 52}};
    router.active = node::ActiveRouter{*vrrp::IpAddress::parse("fe80::1"), vrrp::Priority{200},
                                       vrrp::Centiseconds{100}, example_now() - 300ms, false};
    return router;
}

inline node::RouterSnapshot example_initialize() {
    using namespace std::chrono_literals;
    node::RouterSnapshot router;
    router.configuration.name = "dns";
    router.configuration.interface = "eth1";
    router.configuration.vrid = vrrp::Vrid{53};
    router.configuration.addresses = {{vrrp::IpAddress::v4(198, 51, 100, 53), 24}};
    router.state = node::RouterState::initialize;
    router.priority = vrrp::Priority{100};
    router.reason = node::InitializeReason::link_down;
    router.since = example_now() - 24h - 1h;
    return router;
}

inline Status example_status() {
    Status status;
    status.daemon.version = "0.1.0";
    status.daemon.pid = 4711;
    status.daemon.started = example_time() - std::chrono::hours{75};
    status.daemon.realtime = true;
    status.daemon.configuration_file = "/etc/highbase/hbvrrp.toml";
    status.daemon.reports_lost = 3;
    status.node.name = "gw1";
    status.node.now = example_now();
    status.node.routers = {example_active(), example_backup(), example_initialize()};
    status.node.kernel_resynchronisations = 2;
    status.node.discards.count(vrrp::Discard::unknown_vrid);
    status.time = example_time();
    health::CheckStatus check;
    check.verdict = health::Verdict::up;
    check.has_warning = true;
    check.reason = "slow to accept";
    check.failure = "Connection refused";
    check.measure = "time=0.8s;0.5;1";
    status.checks = {{"db", "tcp-3306", check, std::chrono::milliseconds{230}}};
    return status;
}

}  // namespace highbase::status
