// SPDX-License-Identifier: GPL-2.0-or-later
// What a running daemon takes over from a changed file, and what it says of the rest.
#include <algorithm>
#include <functional>

#include "daemon/schema.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using Keys = std::vector<std::string>;
using Router = node::RouterConfiguration;

// A router of two with a database, one of its own, and one without.
Config running() {
    return parse_config(R"([peer]
paths = ["198.51.100.2"]
key_file = "/etc/highbase/peer.key"

[witness]
etcd = ["https://198.51.100.3:2379"]
ca_file = "/etc/highbase/ca.pem"

[[virtual_router]]
name = "db"
interface = "eth0"
vrid = 51
addresses = ["192.0.2.100/24"]
sync_group = "db"

[virtual_router.mysql]
server = "198.51.100.8:3306"
peer_server = "198.51.100.9:3306"
password_file = "/etc/highbase/mysql.password"

[[virtual_router.mysql.hook]]
on = "after-promote"
command = ["/bin/true"]

[virtual_router.forward]

[[virtual_router]]
name = "more"
interface = "eth0"
vrid = 53
addresses = ["192.0.2.101/24"]
sync_group = "db"

[[virtual_router]]
name = "web"
interface = "eth0"
vrid = 52
addresses = ["192.0.2.200/24"]
)",
                        test_host())
        .config.value();
}

// Another value of the key, whatever its type.
template <typename Owner>
void change(const Key<Owner>& key, Owner& owner) {
    const std::string before = key.type.print(owner);
    for (const std::string& text :
         {std::string{R"("another")"}, std::string{key.text.example}, std::string{R"("/another")"},
          std::string{R"(["192.0.2.7/24"])"}, std::string{R"("127.0.0.1:3307")"}, std::string{R"("25ms")"},
          std::string{"7"}, std::string{"false"}, std::string{R"("required")"}, std::string{R"("available")"},
          std::string{R"("debug")"}, std::string{R"("none")"}, std::string{R"("before-demote")"},
          std::string{R"("reboot")"}, std::string{R"("45s")"}}) {
        Problems problems;
        const Document document = read_document("key = " + text, problems);
        const Complaint complaint{key.text.name, key.type.expected, key.text.example, problems};
        if (key.type.read(owner, document.root.entries.at(0).value, complaint) &&
            key.type.print(owner) != before)
            return;
    }
    FAIL("no other value is known of " << key.text.name);
}

// Every key of a section, one after the other. `find`: its owner.
template <typename Owner, typename Find>
std::size_t change_each(const Section<Owner>& section, bool belongs_to_database, Find find) {
    for (const Key<Owner>& key : section.keys) {
        INFO(section.name << "." << key.text.name);
        const Config before = running();
        Config wanted = before;
        change(key, find(wanted));
        const bool is_kept = key.text.reload == Reload::needs_restart;
        const bool is_another = key.text.reload == Reload::stops_router && belongs_to_database;
        Keys expected;
        if (is_kept) expected.push_back(std::string{section.name} + "." + std::string{key.text.name});
        if (is_another) expected.emplace_back("virtual_router");
        CHECK(needs_restart(before, wanted) == expected);
        CHECK(print_config(without_restart(before, wanted)) ==
              print_config(expected.empty() ? wanted : before));
    }
    return section.keys.size();
}

TEST_CASE("every key is applied, or said to need a restart and kept, as its page says") {
    std::size_t count = change_each(
        node_section(), false, [](Config & c) -> auto& { return c; });
    count += change_each(
        peer_section(), false, [](Config & c) -> auto& { return *c.peer; });
    count += change_each(
        witness_section(), false, [](Config & c) -> auto& { return *c.witness; });
    count += change_each(
        router_section(), true, [](Config & c) -> auto& { return c.node.routers[0]; });
    count += change_each(
        database_section(), true, [](Config & c) -> auto& { return *c.node.routers[0].database; });
    count += change_each(
        hook_section(), true, [](Config & c) -> auto& { return c.node.routers[0].database->hooks[0]; });
    count += change_each(
        forward_section(), true, [](Config & c) -> auto& { return *c.node.routers[0].forward; });
    for (const SectionFacts& section : schema()) {
        const bool is_check = section.name.starts_with("virtual_router.check");
        for (const KeyFacts& key : section.keys) {
            INFO(section.name << "." << key.text.name);
            if (is_check) CHECK(key.text.reload == Reload::at_once);
            if (!is_check) --count;
        }
    }
    CHECK(count == 0);
    change_each(
        router_section(), false, [](Config & c) -> auto& { return c.node.routers[2]; });
    change_each(
        router_section(), true, [](Config & c) -> auto& { return c.node.routers[1]; });
}

TEST_CASE("a way to the servers that comes or goes needs a restart") {
    const Config with = running();
    Config without = with;
    without.node.routers[0].forward.reset();
    CHECK(needs_restart(with, without) == Keys{"virtual_router"});
    CHECK(needs_restart(without, with) == Keys{"virtual_router"});
    CHECK(without_restart(with, without) == with);
}

TEST_CASE("a link to the other box that comes or goes needs a restart") {
    const Config with = running();
    Config without = with;
    without.peer.reset();
    CHECK(needs_restart(with, without) == Keys{"peer"});
    CHECK(needs_restart(without, with) == Keys{"peer"});
    CHECK(without_restart(with, without) == with);
    CHECK(without_restart(without, with) == without);
}

TEST_CASE("a witness that comes or goes needs a restart") {
    const Config with = running();
    Config without = with;
    without.witness.reset();
    CHECK(needs_restart(with, without) == Keys{"witness"});
    CHECK(needs_restart(without, with) == Keys{"witness"});
    CHECK(without_restart(with, without) == with);
    CHECK(without_restart(without, with) == without);
}

TEST_CASE("no virtual router changes where one with a database comes, goes or is another") {
    const Config before = running();
    Config other = before;
    other.node.routers[2].parameters.priority = vrrp::Priority{7};
    CHECK(needs_restart(before, other) == Keys{});
    const auto refuses = [&](const std::function<void(std::vector<node::RouterConfiguration>&)>& change) {
        Config wanted = other;
        change(wanted.node.routers);
        CHECK(needs_restart(before, wanted) == Keys{"virtual_router"});
        CHECK(without_restart(before, wanted) == before);
    };
    // Its section comes, its section goes; it goes itself, another member of its group does, or comes.
    refuses([](auto& routers) { routers[2].database = routers[0].database; });
    refuses([](auto& routers) { routers[0].database.reset(); });
    refuses([](auto& routers) { routers.erase(routers.begin()); });
    refuses([](auto& routers) { routers.erase(routers.begin() + 1); });
    refuses([](auto& routers) { routers[2].sync_group = "db"; });
    // Its family is another, or its name and its server are.
    refuses([](auto& routers) {
        routers[0].addresses = {vrrp::Prefix{vrrp::IpAddress::parse("fe80::51").value(), 64}};
    });
    refuses([](auto& routers) {
        routers[0].name = "other";
        routers[0].database->server = "/other";
    });
}

TEST_CASE("virtual routers without a database come and go, in any order") {
    const Config before = running();
    Config wanted = before;
    std::rotate(wanted.node.routers.begin(), wanted.node.routers.begin() + 2, wanted.node.routers.end());
    wanted.node.routers[0].interface = "eth1";
    wanted.node.routers.push_back(wanted.node.routers[0]);
    wanted.node.routers.back().name = "new";
    CHECK(needs_restart(before, wanted) == Keys{});
    CHECK(without_restart(before, wanted) == wanted);
}

TEST_CASE("what is read next is compared with what is in effect") {
    const Config before = running();
    Config wanted = before;
    wanted.state_directory = "/srv";
    wanted.node.routers[0].database->server = "/other";
    wanted.node.routers[0].database->max_drain = std::chrono::seconds{3};
    const Keys kept{"node.state_directory", "virtual_router.mysql.server"};
    CHECK(needs_restart(before, wanted) == kept);
    Config in_effect = before;
    in_effect.node.routers[0].database->max_drain = std::chrono::seconds{3};
    CHECK(without_restart(before, wanted) == in_effect);
    CHECK(needs_restart(in_effect, wanted) == kept);
}

}  // namespace
}  // namespace highbase::daemon
