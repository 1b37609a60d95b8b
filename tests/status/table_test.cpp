// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/table.hpp"

#include "tests/catch.hpp"
#include "tests/status/example_status.hpp"

namespace highbase::status {
namespace {

TEST_CASE("The status as a table") {
    CHECK(status_table(to_json(example_status()), Colour::off) ==
          R"(gw1: hbvrrp 0.1.0, pid 4711, running for 3d 3h, real-time

ROUTER  STATE       FOR      ACTIVE ROUTER          PRIORITY  ADDRESSES
db      Active      2h 3min  this node              140       192.0.2.100/24, 192.0.2.101/24
        since 2026-11-21 08:08:08 UTC on eth0, VRID 51; 73000 sent, 17 received, 3 refused, 3 times Active
        check tcp-3306: up, asked 0.2s ago: slow to accept; time=0.8s;0.5;1
        ! 02:00:00:00:00:99 claimed 192.0.2.100 12.0s ago (10 times so far)
web     Backup      40.5s    fe80::1, priority 200  100       fe80::52/64
        since 2026-11-21 10:10:31 UTC on eth0, VRID 52; 0 sent, 0 received, 0 refused, 0 times Active
        ! not eligible: it will not become Active
        ! held down: no takeover for another 7.0s
dns     Initialize  1d 1h    none known             100       198.51.100.53/24
        since 2026-11-20 09:11:12 UTC on eth1, VRID 53; 0 sent, 0 received, 0 refused, 0 times Active
        ! interface eth1 is down or has no carrier; the router starts when it is back
)");
}

TEST_CASE("Colours are only around words, and only when asked for") {
    const Json status = to_json(example_status());
    const std::string plain = status_table(status, Colour::off);
    std::string coloured = status_table(status, Colour::on);
    CHECK(plain.find('\033') == std::string::npos);
    CHECK(coloured.find("\033[1;32mActive      \033[0m") != std::string::npos);
    CHECK(coloured.find("\033[1;33mInitialize  \033[0m") != std::string::npos);
    for (std::size_t at = 0; (at = coloured.find('\033')) != std::string::npos;) {
        coloured.erase(at, coloured.find('m', at) - at + 1);
    }
    CHECK(coloured == plain);
}

TEST_CASE("Checks that are down, stale, pending, and well") {
    const Json status = Json::parse(R"({"routers": [{"name": "db", "checks": [
        {"name": "disk", "verdict": "down", "age_ms": 100, "reason": "read-only\u001b"},
        {"name": "far", "verdict": "up", "stale": true, "age_ms": 100, "reason": "no such host"},
        {"name": "new", "verdict": "pending", "reason": null, "age_ms": null},
        {"name": "gateway", "verdict": "up", "age_ms": 200, "measure": "round trip 0.1 ms"}]}]})");
    const std::string plain = status_table(status, Colour::off);
    CHECK(plain.find("        check disk: down, asked 0.1s ago: read-only?\n") != std::string::npos);
    CHECK(plain.find("        check far: up, not known for long, asked 0.1s ago: no such host\n") !=
          std::string::npos);
    CHECK(plain.find("        check new: pending\n") != std::string::npos);
    CHECK(plain.find("        check gateway: up, asked 0.2s ago; round trip 0.1 ms\n") != std::string::npos);
    const std::string coloured = status_table(status, Colour::on);
    CHECK(coloured.find("\033[1;31mcheck disk") != std::string::npos);
    CHECK(coloured.find("\033[1;33mcheck far") != std::string::npos);
    CHECK(coloured.find("\033[1;33mcheck new") != std::string::npos);
    CHECK(coloured.find("\033[2mcheck gateway") != std::string::npos);
}

TEST_CASE("A daemon that is not real-time and has refused a configuration says so at the top") {
    Status status = example_status();
    status.node.routers.clear();
    status.daemon.realtime = false;
    status.daemon.last_reload = Reload{example_time(), false, "line 3"};
    CHECK(status_table(to_json(status), Colour::off) ==
          "gw1: hbvrrp 0.1.0, pid 4711, running for 3d 3h, not real-time\n"
          "! the configuration read at 2026-11-21T10:11:12.123Z was refused, the one before is in force: "
          "line 3\n"
          "\n"
          "no virtual routers\n");
}

TEST_CASE("What a daemon of another version does not tell is a question mark") {
    CHECK(
        status_table(Json::parse(R"({"routers": [{"name": 5, "addresses": [1], "active": {"self": 1}}, 7]})"),
                     Colour::off) ==
        R"(?: hbvrrp ?, pid ?, running for ?, not real-time

ROUTER  STATE  FOR  ACTIVE ROUTER  PRIORITY  ADDRESSES
5       ?      ?    ?, priority ?  ?         ?
        since ? on ?, VRID ?; ? sent, ? received, 0 refused, ? times Active
?       ?      ?    none known     ?
        since ? on ?, VRID ?; ? sent, ? received, 0 refused, ? times Active
)");
    CHECK(status_table(Json{}, Colour::off) ==
          "?: hbvrrp ?, pid ?, running for ?, not real-time\n\nno virtual routers\n");
}

TEST_CASE("Columns of a name that is not ASCII stay aligned") {
    const std::string table =
        status_table(Json::parse(R"({"routers": [{"name": "größe"}, {"name": "a"}]})"), Colour::off);
    CHECK(table.find("\ngröße   ?") != std::string::npos);
    CHECK(table.find("\na       ?") != std::string::npos);
}

TEST_CASE("Control characters do not reach the terminal") {
    CHECK(printable("a\033[2Jb\x7f\n\tc") == "a?[2Jb???c");
    CHECK(printable("\xc2\x9b\x31m \xc2\xa9 \xc3\xa4") == "?1m \xc2\xa9 \xc3\xa4");
    CHECK(printable("\xc2") == "\xc2");
    CHECK(printable_lines("one\rx\ntwo\n\nthree") == "one?x\ntwo\n\nthree");
}

TEST_CASE("An event as a line") {
    const Event event{12, example_time(), {node::EventId::log_lost, {{"count", "5\n"}}}};
    CHECK(event_text(to_json(event), Colour::off) ==
          "   12  2026-11-21T10:11:12.123Z  warning   HB0401  "
          "5? reports were lost: they came faster than the log could take them\n");
    CHECK(event_text(to_json(event), Colour::on).find("\033[1;33mwarning \033[0m") != std::string::npos);
}

}  // namespace
}  // namespace highbase::status
