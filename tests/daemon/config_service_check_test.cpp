// SPDX-License-Identifier: GPL-2.0-or-later
// [[virtual_router.check]]: a repeated section in a repeated section.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Checks = std::vector<health::CheckConfiguration>;

const std::string kHeader = "[[virtual_router.check]]\n";
const std::string kServer = "server = \"127.0.0.1:3306\"\n";

// A virtual router in lines 1 to 5, and below it `checks`.
std::string file_with(const std::string& checks) {
    return with_line("priority = 7") + checks;
}
Lines said(const std::string& checks) {
    return complaints(file_with(checks));
}
Checks read(const std::string& checks) {
    return parse_config(file_with(checks), test_host()).config.value().node.routers.at(0).checks;
}
// What is said about a check with this line, which is line 8 of the file, and a right server.
std::string check_refusal(const std::string& line) {
    const bool server = line.starts_with("server");
    const Lines lines = said(kHeader + line + "\n" + (server ? "" : kServer));
    CAPTURE(line, lines);
    REQUIRE(lines.size() == 1);
    return lines[0];
}
const health::TcpOptions& tcp(const health::CheckConfiguration& check) {
    return std::get<health::TcpOptions>(check.options);
}
vrrp::Endpoint server_of(const std::string& text) {
    return tcp(read(kHeader + "server = \"" + text + "\"\n").at(0)).server;
}

TEST_CASE("a check needs its server only") {
    const Checks checks = read(kHeader + kServer);
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].name == "tcp-3306");
    CHECK(tcp(checks[0]).server == vrrp::Endpoint{vrrp::IpAddress::v4(127, 0, 0, 1), 3306});
    CHECK(checks[0].interval == 500ms);
    CHECK(checks[0].timeout == 200ms);
    CHECK(checks[0].thresholds == health::Thresholds{2, 3});
    CHECK(checks[0].weight == 0);
    CHECK(said(kHeader) == Lines{"7:1: error: [[virtual_router.check]] has no server: write for example "
                                 "server = \"127.0.0.1:3306\""});
}

TEST_CASE("every key of a check is taken over") {
    const Checks checks = read(kHeader + R"(name = "web"
type = "tcp"
server = "[::1]:80"
interval = "10ms"
timeout = "10ms"
rise = 1000
fall = 1
weight = 254
)");
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].name == "web");
    CHECK(tcp(checks[0]).server.to_string() == "[::1]:80");
    CHECK(checks[0].interval == 10ms);
    CHECK(checks[0].timeout == 10ms);
    CHECK(checks[0].thresholds == health::Thresholds{1000, 1});
    CHECK(checks[0].weight == 254);
}

TEST_CASE("checks belong to the virtual router above them") {
    const std::string second =
        "[[virtual_router]]\nname = \"b\"\ninterface = \"eth0\"\nvrid = 2\n"
        "addresses = [\"192.0.2.102/24\"]\n";
    const ParseResult result = parse_config(with_line("") + kHeader + kServer + kHeader +
                                                "server = \"127.0.0.1:80\"\n" + second + kHeader + kServer,
                                            test_host());
    REQUIRE(result.config);
    const auto& routers = result.config->node.routers;
    REQUIRE(routers.size() == 2);
    REQUIRE(routers[0].checks.size() == 2);
    CHECK(routers[0].checks[1].name == "tcp-80");
    CHECK(routers[1].checks.size() == 1);  // the same name in another router
}

TEST_CASE("a server is an address and a port") {
    CHECK(server_of("192.0.2.1:1") == vrrp::Endpoint{vrrp::IpAddress::v4(192, 0, 2, 1), 1});
    CHECK(server_of("[2001:DB8::1]:65535").to_string() == "[2001:db8::1]:65535");
    const std::string place = "8:10: error: server: ";
    const std::string expected =
        place + "expected an address and a port, IPv6 in brackets, found the string \"";
    const std::string write = "\": write for example server = \"127.0.0.1:3306\"";
    for (const std::string wrong :
         {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.1:1 ",
          "2001:db8::1:3306", "::1", "[127.0.0.1]:1", "[::1]", "[::1]:x", "[::g]:1"}) {
        CHECK(check_refusal("server = \"" + wrong + "\"") == expected + wrong + write);
    }
    CHECK(check_refusal("server = 3306") ==
          place +
              "expected an address and a port, IPv6 in brackets, found the integer 3306: write for example "
              "server = \"127.0.0.1:3306\"");
    const std::string name =
        " is no address: write one, because nothing that a failover waits for resolves names";
    CHECK(check_refusal("server = \"localhost:3306\"") == place + "\"localhost\"" + name);
    CHECK(check_refusal("server = \":3306\"") == place + "\"\"" + name);
    const std::string own = ": write the server's own address";
    CHECK(check_refusal("server = \"0.0.0.0:1\"") == place + "\"0.0.0.0\" is the unspecified address" + own);
    CHECK(check_refusal("server = \"[ff02::1]:1\"") == place + "\"ff02::1\" is a multicast address" + own);
    CHECK(check_refusal("server = \"[fe80::1]:1\"") ==
          place + "\"fe80::1\" is a link-local address, which needs an interface" + own);
    CHECK(check_refusal("server = \"192.0.2.100:1\"") ==
          place + "192.0.2.100 is one of the virtual addresses, which whoever is Active answers" + own);
}

TEST_CASE("a check's times and numbers have bounds") {
    const std::string duration =
        "expected a duration with its unit, from \"10ms\" to \"1h\", found the string ";
    CHECK(check_refusal("interval = \"9ms\"\ntimeout = \"10ms\"") ==
          "8:12: error: interval: " + duration + "\"9ms\": write for example interval = \"1s\"");
    CHECK(check_refusal("interval = \"61m\"").find("found the string \"61m\"") != std::string::npos);
    CHECK(check_refusal("timeout = \"9ms\"") ==
          "8:11: error: timeout: " + duration + "\"9ms\": write for example timeout = \"100ms\"");
    CHECK(read(kHeader + kServer + "interval = \"1h\"\ntimeout = \"1h\"\n").at(0).timeout == 1h);
    CHECK(
        check_refusal("timeout = \"501ms\"") ==
        "8:11: error: timeout: \"501ms\" is longer than the interval \"500ms\": write at most the interval");
    // The default of 200ms, told at the header.
    CHECK(check_refusal("interval = \"100ms\"") ==
          "7:1: error: timeout: \"200ms\" is longer than the interval \"100ms\": write at most the interval");
    for (const std::string key : {"rise", "fall"}) {
        CHECK(check_refusal(key + " = 0")
                  .starts_with("8:8: error: " + key + ": expected an integer from 1 to 1000"));
        CHECK(check_refusal(key + " = 1001").find("found the integer 1001") != std::string::npos);
    }
    CHECK(check_refusal("type = \"tpc\"") ==
          "8:8: error: type: unknown value \"tpc\": did you mean \"tcp\"?");
    CHECK(check_refusal("type = 5").starts_with("8:8: error: type: expected one of \"tcp\""));
    CHECK(
        check_refusal("weight = 255").starts_with("8:10: error: weight: expected an integer from 0 to 254"));
    CHECK(check_refusal("weight = -1").starts_with("8:10: error: weight: expected an integer from 0 to 254"));
}

TEST_CASE("the checks of one virtual router have different names") {
    CHECK(said(kHeader + kServer + kHeader + kServer) ==
          Lines{"9:1: error: name: another check of this virtual router is called \"tcp-3306\": write "
                "another name"});
    CHECK(
        said(kHeader + kServer + "name = \"a\"\n" + kHeader + kServer + "name = \"a\"\n") ==
        Lines{"12:8: error: name: another check of this virtual router is called \"a\": write another name"});
    CHECK(said(kHeader + kServer + kHeader + kServer + "name = \"a\"\n").empty());
    CHECK(said(kHeader + "name = \"a b\"\n" + kServer).size() == 1);
}

TEST_CASE("checks stand where and as often as they should") {
    CHECK(
        said("[virtual_router.check]\n" + kServer) ==
        Lines{
            "7:17: error: expected [[virtual_router.check]], once for each check, found a table: write it as "
            "[[virtual_router.check]]"});
    CHECK(said("check = []\n") == Lines{"7:1: error: check: the list is empty: write at least one"});
    CHECK(said("check = [5]\n") == Lines{"7:10: error: expected [[virtual_router.check]], once for each "
                                         "check, found the integer 5: write it "
                                         "as [[virtual_router.check]]"});
    CHECK(read("check = [{ server = \"127.0.0.1:1\" }]\n").size() == 1);
    CHECK(said("[[check]]\n" + kServer) ==
          Lines{"7:3: error: unknown table \"check\": write it as [[virtual_router.check]]"});
    CHECK(said(kHeader + kServer + "vrid = 5\nintervall = \"1s\"\n") ==
          Lines{"9:1: error: unknown key \"vrid\" in [[virtual_router.check]]: it belongs below "
                "[[virtual_router]]",
                "10:1: error: unknown key \"intervall\" in [[virtual_router.check]]: did you mean "
                "\"interval\"?"});
    CHECK(said("[[virtual_router.chekc]]\n" + kServer) ==
          Lines{"7:18: error: unknown table \"chekc\" in [[virtual_router]]: did you mean \"check\"?"});

    std::string many;
    for (int i = 1; i <= 16; ++i) many += kHeader + "server = \"127.0.0.1:" + std::to_string(i) + "\"\n";
    CHECK(read(many).size() == 16);
    CHECK(said(many + kHeader + kServer) == Lines{"39:1: error: 17 checks, at most 16 are possible"});
}

TEST_CASE("a check has the options of its type, and no others") {
    const Checks checks = read(kHeader + "type = \"process\"\npid_file = \"/run/x.pid\"\n" + kHeader +
                               "type = \"exec\"\ncommand = [\"/bin/true\", \"-v\"]\n");
    REQUIRE(checks.size() == 2);
    CHECK(checks[0].name == "process");
    CHECK(std::get<health::ProcessOptions>(checks[0].options) ==
          health::ProcessOptions{"/run/x.pid", "/run/mysqld/mysqld.sock", "", 3s});
    CHECK(checks[1].name == "exec");
    CHECK(std::get<health::ExecOptions>(checks[1].options).command ==
          std::vector<std::string>{"/bin/true", "-v"});
    const Lines other = said(kHeader + "type = \"process\"\n" + kServer);
    REQUIRE(other.size() == 1);
    CHECK(other[0].starts_with(
        "9:1: error: unknown key \"server\" in [[virtual_router.check]]: it belongs below "
        "[[virtual_router.check]] with type = \"tcp\" or [[virtual_router.check]] with "
        "type = \"mysql\""));
    CHECK(said(kHeader + "type = \"exec\"\n") ==
          Lines{"7:1: error: [[virtual_router.check]] has no command: write for example command = "
                "[\"/usr/lib/nagios/plugins/check_load\", \"-c\", \"20,20,20\"]"});
    CHECK(said(kHeader + "type = \"process\"\nsocket = \"\"\n") ==
          Lines{"7:1: error: a check of type \"process\" needs a pid_file or a socket"});
    // Of a type that there is not, any option may be meant; what is none is told.
    CHECK(said(kHeader + "type = \"exce\"\ncommand = [\"/bin/true\"]\npid_file = \"/x\"\nx = 1\n") ==
          Lines{"8:8: error: type: unknown value \"exce\": did you mean \"exec\"?",
                "11:1: error: unknown key \"x\" in [[virtual_router.check]]: leave it out, or look for its "
                "name in hbvrrp.toml(5)"});
}

TEST_CASE("an amount is a part or so many octets") {
    const auto amount = [](const std::string& text) {
        const Checks checks = read(kHeader + "type = \"disk\"\npath = \"/\"\nmin_free = \"" + text + "\"\n");
        return std::get<health::DiskOptions>(checks.at(0).options).min_free;
    };
    CHECK(amount("0%") == health::Amount{0, 0});
    CHECK(amount("100%") == health::Amount{0, 100});
    CHECK(amount("3KiB") == health::Amount{3072, 0});
    CHECK(amount("2048MiB") == health::Amount{2147483648, 0});
    CHECK(amount("1TiB") == health::Amount{1099511627776, 0});
    for (const char* wrong : {"", "5", "%", "101%", "-1%", "5 %", "1.5GiB", "5GB", "1000001KiB", "5KiBx"}) {
        const Lines lines = said(kHeader + "type = \"disk\"\npath = \"/\"\nmin_free = \"" + wrong + "\"\n");
        INFO(wrong);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].starts_with(
            "10:12: error: min_free: expected an amount from \"0%\" to \"100%\", or with a "
            "unit of KiB, MiB, GiB or TiB, found the string"));
    }
}

TEST_CASE("a gateway is a neighbour's address on an interface") {
    const std::string gateway = kHeader + "type = \"gateway\"\ninterface = \"eth0\"\n";
    CHECK(
        std::get<health::GatewayOptions>(read(gateway + "address = \"fe80::1\"\n").at(0).options).target() ==
        "fe80::1 on eth0");
    for (const char* wrong :
         {"", "0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "x"}) {
        INFO(wrong);
        CHECK(said(gateway + "address = \"" + wrong + "\"\n") ==
              Lines{"10:11: error: address: expected an IPv4 or IPv6 address, found the string \"" +
                    std::string{wrong} + "\": write for example address = \"192.0.2.1\""});
    }
}

TEST_CASE("a database server is asked by its socket or by TCP") {
    const auto options = [](const std::string& lines) {
        return std::get<health::MysqlOptions>(read(kHeader + "type = \"mysql\"\n" + lines).at(0).options);
    };
    CHECK(options("") == health::MysqlOptions{"/run/mysqld/mysqld.sock", {}, "highbase", "", ""});
    CHECK(options("server = \"[::1]:3306\"\n").target() == "[::1]:3306");
    CHECK(options("server = \"\"\n").target() == "/run/mysqld/mysqld.sock");
    const std::string mysql = kHeader + "type = \"mysql\"\n";
    CHECK(said(mysql + "server = \"192.0.2.100:3306\"\n") ==
          Lines{"9:10: error: server: 192.0.2.100 is one of the virtual addresses, which whoever is Active "
                "answers: write the server's own address"});
    CHECK(said(mysql + "user = \"a b\"\n")
              .at(0)
              .starts_with("9:8: error: user: expected a word of at most 80"));
    CHECK(said(mysql + "password_file = \"x\"\n")
              .at(0)
              .starts_with(
                  "9:17: error: password_file: expected an absolute path of at most 4095 octets, or \"\""));
}

TEST_CASE("a restart needs its command, and a check") {
    const std::string restart = "on_service_down = \"restart-then-failover\"\n";
    const std::string command = "restart_command = [\"/bin/true\", \"a b\"]\n";
    const auto parsed = parse_config(
        with_line(restart + command + "restart_budget = \"10s\"") + kHeader + kServer, test_host());
    REQUIRE(parsed.config);
    CHECK(parsed.diagnostics.empty());
    CHECK(parsed.config->node.routers[0].restart ==
          health::RestartConfiguration{
              health::OnServiceDown::restart_then_failover, {"/bin/true", "a b"}, 10s});
    CHECK(router_with("").restart == health::RestartConfiguration{health::OnServiceDown::failover, {}, 5s});
    CHECK(
        complaints(with_line(restart) + kHeader + kServer) ==
        Lines{
            "6:19: error: on_service_down: there is no restart_command: write for example restart_command = "
            "[\"/usr/bin/systemctl\", \"restart\", \"mariadb\"]"});
    CHECK(complaints(with_line(restart + command)) ==
          Lines{"6:19: warning: on_service_down: has no effect without a [[virtual_router.check]] or "
                "[virtual_router.mysql]"});
    CHECK(complaints(with_line(restart + command) + R"([virtual_router.mysql]
peer_server = "198.51.100.9:3306"
password_file = "/etc/highbase/mysql.password"
[peer]
paths = ["198.51.100.2"]
key_file = "/etc/highbase/peer.key"
)") == Lines{});
    CHECK(complaints(with_line(command) + kHeader + kServer) ==
          Lines{"6:19: warning: restart_command: has no effect without on_service_down = "
                "\"restart-then-failover\""});
}

TEST_CASE("a restart command is a program and its arguments") {
    const auto refused = [](const std::string& value) {
        const Lines lines = complaints(with_line("restart_command = " + value));
        CAPTURE(value, lines);
        REQUIRE(lines.size() == 1);
        return lines[0];
    };
    const std::string place =
        "6:19: error: restart_command: expected a list of at most 64 strings, the first "
        "one an absolute path, found ";
    CHECK(refused("\"/bin/true\"").starts_with(place + "the string \"/bin/true\""));
    CHECK(refused("[\"true\"]").starts_with(place));
    CHECK(
        refused("[\"/bin/true\", 5]")
            .starts_with("6:33: error: restart_command: expected a string without control characters in the "
                         "list, found the integer 5"));
    CHECK(refused("[\"/bin/true\", \"\\n\"]").starts_with("6:33: error: restart_command: expected a string"));
    CHECK(complaints(with_line("restart_command = []")).empty());
}

}  // namespace
}  // namespace highbase::daemon
