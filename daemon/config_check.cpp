// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/duration.hpp"
#include "daemon/schema_type.hpp"

namespace highbase::daemon {
namespace {

using vrrp::Family;

// The count of addresses has 8 bits; and an IPv6 packet with 90 of them is the largest that fits an MTU of
// 1500.
constexpr std::size_t kMostIpv4Addresses = 255;
constexpr std::size_t kMostIpv6Addresses = 90;

struct Located {
    vrrp::Prefix prefix;
    Position position;
    [[nodiscard]] const vrrp::IpAddress& address() const { return prefix.address; }
};

// The elements that are addresses, also of a list that has others and is therefore unusable.
std::vector<Located> located(const RouterReading& router, std::string_view key) {
    std::vector<Located> result;
    const Entry* entry = router.table->find(key);
    const Array* array = entry == nullptr ? nullptr : entry->value.as<Array>();
    if (array == nullptr) return result;
    for (const Value& element : *array) {
        const auto* text = element.as<std::string>();
        const auto prefix = text == nullptr ? std::nullopt : parse_prefix(*text);
        if (prefix) result.push_back({*prefix, element.position});
    }
    return result;
}

std::string_view name(Family family) {
    return family == Family::ipv4 ? "IPv4" : "IPv6";
}

Family family_of(const RouterReading& router) {
    return router.configuration.family();
}

void check_families(const std::vector<Located>& addresses, Problems& problems) {
    for (const Located& element : addresses) {
        if (element.address().family() == addresses.front().address().family()) continue;
        problems.error(
            element.position,
            fmt::format("addresses: {} is of another family than the first address {}: write a second "
                        "[[virtual_router]] for it, with the same sync_group in both",
                        element.prefix.to_string(), addresses.front().prefix.to_string()));
        return;
    }
}

void check_first_is_link_local(const std::vector<Located>& addresses, Problems& problems) {
    const Located& first = addresses.front();
    if (first.address().is_ipv4() || first.address().is_link_local()) return;
    const auto link_local = std::ranges::find_if(addresses, [](const Located& element) {
        return !element.address().is_ipv4() && element.address().is_link_local();
    });
    const std::string remedy =
        link_local == addresses.end()
            ? fmt::format("write one before it, such as [\"fe80::100/64\", \"{}\"]", first.prefix.to_string())
            : fmt::format("move {} to the front", link_local->prefix.to_string());
    problems.error(first.position,
                   fmt::format("addresses: the first IPv6 address must be link-local (RFC 9568 section "
                               "5.2.9), found {}: {}",
                               first.prefix.to_string(), remedy));
}

void check_count(const RouterReading& router, const std::vector<Located>& addresses, Problems& problems) {
    const Family family = addresses.front().address().family();
    const std::size_t most = family == Family::ipv4 ? kMostIpv4Addresses : kMostIpv6Addresses;
    if (addresses.size() <= most) return;
    problems.error(
        router.position("addresses"),
        fmt::format("addresses: {} addresses do not fit an advertisement, at most {} of {} do: write more "
                    "virtual routers, with one sync_group in all of them",
                    addresses.size(), most, name(family)));
}

void check_repeated(const std::vector<Located>& addresses, Problems& problems) {
    std::set<vrrp::IpAddress> seen;
    for (const Located& element : addresses) {
        if (seen.insert(element.address()).second) continue;
        problems.error(element.position, fmt::format("addresses: {} stands there twice: leave one out",
                                                     element.address().to_string()));
    }
}

void check_addresses(const RouterReading& router, Problems& problems) {
    const std::vector<Located> addresses = located(router, "addresses");
    if (!addresses.empty()) {
        check_families(addresses, problems);
        check_count(router, addresses, problems);
        check_repeated(addresses, problems);
    }
    if (!router.usable("addresses")) return;  // the element that is no address may be the link-local one
    if (!addresses.empty()) return check_first_is_link_local(addresses, problems);
    problems.error(router.position("addresses"),
                   "addresses: the list is empty: write at least one address, such as [\"192.0.2.100/24\"]");
}

void check_peers(const RouterReading& router, Problems& problems) {
    const std::vector<Located> addresses = located(router, "addresses");
    std::set<vrrp::IpAddress> seen;
    for (const Located& peer : located(router, "unicast_peers")) {
        const auto refuse = [&](std::string_view reason) {
            problems.error(peer.position,
                           fmt::format("unicast_peers: {} {}", peer.address().to_string(), reason));
        };
        if (!seen.insert(peer.address()).second) refuse("stands there twice: leave one out");
        if (addresses.empty()) continue;
        const Family family = addresses.front().address().family();
        if (peer.address().family() != family) {
            refuse(fmt::format("is of another family than the addresses: write an {} address", name(family)));
        }
        const auto found = std::ranges::find(addresses, peer.address(), &Located::address);
        if (found != addresses.end())
            refuse("is one of the virtual addresses: write the other router's own address");
    }
}

void check_lease(const RouterReading& router, Problems& problems) {
    const node::Lease& lease = router.configuration.lease;
    const vrrp::Duration interval{router.configuration.parameters.advertisement_interval};
    if (lease.kind != node::Lease::Kind::fixed || !router.usable("advertisement_interval")) return;
    if (lease.length > interval && lease.length <= 3 * interval) return;
    problems.error(
        router.position("lease"),
        fmt::format("lease: {} is not longer than one advertisement_interval ({}), with which it is "
                    "renewed, and at most three, after which another router may serve: write for "
                    "example lease = \"auto\"",
                    to_text(lease.length), to_text(interval)));
}

void check_timeout(const Reading<health::CheckConfiguration>& check, Problems& problems) {
    const vrrp::Duration interval = check.configuration.interval;
    if (!check.usable("timeout") || !check.usable("interval") || check.configuration.timeout <= interval)
        return;
    problems.error(
        check.position("timeout"),
        fmt::format("timeout: {} is longer than the interval {}: write at most the interval",
                    toml_string(to_text(check.configuration.timeout)), toml_string(to_text(interval))));
}

// Of the server that is asked, if it is one.
std::optional<vrrp::IpAddress> asked_address(const health::CheckConfiguration& check) {
    return std::visit(
        [](const auto& options) -> std::optional<vrrp::IpAddress> {
            if constexpr (requires { options.server.address; }) return options.server.address;
            return std::nullopt;
        },
        check.options);
}

void check_asked_address(const RouterReading& router, const Reading<health::CheckConfiguration>& check,
                         Problems& problems) {
    const std::optional<vrrp::IpAddress> asked = asked_address(check.configuration);
    if (!asked || !check.usable("server")) return;
    const std::vector<Located> addresses = located(router, "addresses");
    if (std::ranges::find(addresses, *asked, &Located::address) == addresses.end()) return;
    problems.error(check.position("server"),
                   fmt::format("server: {} is one of the virtual addresses, which whoever is Active answers: "
                               "write the server's own address",
                               asked->to_string()));
}

void check_service_checks(const RouterReading& router, Problems& problems) {
    std::set<std::string_view> names;
    for (const Reading<health::CheckConfiguration>& check : router.checks) {
        check_timeout(check, problems);
        check_asked_address(router, check, problems);
        const bool is_named = check.table->find("name") != nullptr;
        // The default name is made from other keys.
        if (!check.unusable.empty() && (!is_named || !check.usable("name"))) continue;
        const std::string mistake = std::visit(
            [](const auto& options) { return std::string{options.mistake()}; }, check.configuration.options);
        if (!mistake.empty() && check.unusable.empty()) problems.error(check.header, mistake);
        if (names.insert(check.configuration.name).second) continue;
        problems.error(
            check.position("name"),
            fmt::format("name: another check of this virtual router is called {}: write another name",
                        toml_string(check.configuration.name)));
    }
}

void check_restart(const RouterReading& router, Problems& problems) {
    const health::RestartConfiguration& restart = router.configuration.restart;
    if (!router.usable("on_service_down") || !router.usable("restart_command")) return;
    if (restart.on_service_down == health::OnServiceDown::failover) {
        if (router.table->find("restart_command") != nullptr && !restart.command.empty()) {
            problems.warning(
                router.position("restart_command"),
                "restart_command: has no effect without on_service_down = \"restart-then-failover\"");
        }
        return;
    }
    if (restart.command.empty()) {
        problems.error(router.position("on_service_down"),
                       "on_service_down: there is no restart_command: write for example restart_command = "
                       "[\"/usr/bin/systemctl\", \"restart\", \"mariadb\"]");
    }
    if (router.checks.empty() && !router.database) {
        problems.warning(router.position("on_service_down"),
                         "on_service_down: has no effect without a [[virtual_router.check]] or "
                         "[virtual_router.mysql]");
    }
}

void check_preemption(const RouterReading& router, Problems& problems) {
    const vrrp::Parameters& parameters = router.configuration.parameters;
    if (!router.usable("preempt") || parameters.preempt_mode) return;
    if (router.usable("priority") && parameters.priority == vrrp::kPriorityOwner) {
        problems.warning(
            router.position("preempt"),
            "preempt: false has no effect with priority 255: the address owner always takes over");
    }
    if (router.usable("preempt_delay") && parameters.preempt_delay != vrrp::Duration::zero()) {
        problems.warning(router.position("preempt_delay"),
                         "preempt_delay: has no effect with preempt = false");
    }
}

// Every router of a node has a key of its own, made from usable values only.
template <typename MakeKey, typename Describe>
void check_unique(std::span<const RouterReading> routers, std::string_view blamed, Problems& problems,
                  MakeKey make_key, Describe describe) {
    std::map<std::decay_t<decltype(*make_key(routers.front()))>, const RouterReading*> seen;
    for (const RouterReading& router : routers) {
        const auto key = make_key(router);
        if (!key) continue;
        const auto [first, inserted] = seen.try_emplace(*key, &router);
        if (inserted) continue;
        problems.error(router.position(blamed),
                       fmt::format("{}: {}", blamed, describe(*first->second, router)));
    }
}

void check_names(std::span<const RouterReading> routers, Problems& problems) {
    check_unique(
        routers, "name", problems,
        [](const RouterReading& router) {
            return router.usable("name") ? std::optional{router.configuration.name} : std::nullopt;
        },
        [](const RouterReading& first, const RouterReading& router) {
            return fmt::format("{} is the name of the virtual router in line {} already: choose another",
                               in_quotes(router.configuration.name), first.header.line);
        });
}

void check_vrids(std::span<const RouterReading> routers, Problems& problems) {
    using Key = std::tuple<std::string, vrrp::Vrid, Family>;
    check_unique(
        routers, "vrid", problems,
        [](const RouterReading& router) -> std::optional<Key> {
            const bool usable =
                router.usable("interface") && router.usable("vrid") && router.usable("addresses");
            if (!usable || router.configuration.addresses.empty()) return std::nullopt;
            return Key{router.configuration.interface, router.configuration.vrid, family_of(router)};
        },
        [](const RouterReading& first, const RouterReading& router) {
            return fmt::format(
                "{} is used for {} on {} by the virtual router in line {} already: choose another",
                static_cast<int>(router.configuration.vrid), name(family_of(router)),
                in_quotes(router.configuration.interface), first.header.line);
        });
}

// A link-local address means something else on every link; any other may be in one virtual router only.
void check_shared_addresses(std::span<const RouterReading> routers, Problems& problems) {
    std::map<std::pair<vrrp::IpAddress, std::string>, const RouterReading*> seen;
    for (const RouterReading& router : routers) {
        for (const Located& element : located(router, "addresses")) {
            const vrrp::IpAddress& address = element.address();
            if (address.is_link_local() && !router.usable("interface")) continue;
            const std::string scope =
                address.is_link_local() ? router.configuration.interface : std::string {};
            const auto [first, inserted] = seen.try_emplace({address, scope}, &router);
            if (inserted || first->second == &router) continue;
            problems.error(
                element.position,
                fmt::format("addresses: {} is in the virtual router in line {} already: an address can be in "
                            "one only",
                            address.to_string(), first->second->header.line));
        }
    }
}

using Group = std::vector<const RouterReading*>;

void check_owner_in_group(const Group& group, Problems& problems) {
    for (const RouterReading* member : group) {
        if (!member->usable("priority") || member->configuration.parameters.priority != vrrp::kPriorityOwner)
            continue;
        problems.error(
            member->position("priority"),
            fmt::format(
                "priority: 255 is not possible in the sync_group {} of {} members, because an address "
                "owner takes over by itself and waits for nobody: use at most 254",
                in_quotes(member->configuration.sync_group), group.size()));
    }
}

// The members then decide at different times, or by different rules, what only all of them can do.
template <typename Value, typename ToText>
void check_same_in_group(const Group& group, std::string_view key, Problems& problems, Value value,
                         ToText to_text) {
    const RouterReading& first = *group.front();
    for (const RouterReading* member : group) {
        if (!member->usable(key) || !first.usable(key)) continue;
        if (value(member->configuration.parameters) == value(first.configuration.parameters)) continue;
        problems.warning(
            member->position(key),
            fmt::format(
                "{}: {} differs from {} in line {} of the same sync_group {}: write the same in all members",
                key, to_text(value(member->configuration.parameters)),
                to_text(value(first.configuration.parameters)), first.header.line,
                in_quotes(first.configuration.sync_group)));
    }
}

void check_group(const Group& group, Problems& problems) {
    const RouterReading& first = *group.front();
    if (group.size() == 1) {
        problems.warning(first.position("sync_group"),
                         fmt::format("sync_group: {} has this one member only: write the same in another "
                                     "[[virtual_router]], or leave it out",
                                     in_quotes(first.configuration.sync_group)));
        return;
    }
    check_owner_in_group(group, problems);
    check_same_in_group(
        group, "preempt", problems,
        [](const vrrp::Parameters& parameters) { return parameters.preempt_mode; },
        [](bool preempt) { return preempt ? "true" : "false"; });
    check_same_in_group(
        group, "advertisement_interval", problems,
        [](const vrrp::Parameters& parameters) { return parameters.advertisement_interval; },
        [](vrrp::Centiseconds interval) { return toml_string(to_text(interval)); });
}

void check_sync_groups(std::span<const RouterReading> routers, Problems& problems) {
    std::map<std::string, Group> groups;
    for (const RouterReading& router : routers) {
        if (!router.usable("sync_group") || router.configuration.sync_group.empty()) continue;
        groups[router.configuration.sync_group].push_back(&router);
    }
    for (const auto& [name, group] : groups) check_group(group, problems);
}

}  // namespace

void check_routers(std::span<const RouterReading> routers, Problems& problems) {
    for (const RouterReading& router : routers) {
        check_addresses(router, problems);
        check_peers(router, problems);
        check_lease(router, problems);
        check_preemption(router, problems);
        check_service_checks(router, problems);
        check_restart(router, problems);
    }
    check_names(routers, problems);
    check_vrids(routers, problems);
    check_shared_addresses(routers, problems);
    check_sync_groups(routers, problems);
}

void check_interfaces(std::span<const RouterReading> routers,
                      const std::function<bool(std::string_view)>& exists, Problems& problems) {
    if (!exists) return;
    std::set<std::string_view> asked;
    for (const RouterReading& router : routers) {
        const std::string& interface = router.configuration.interface;
        if (!router.usable("interface") || !asked.insert(interface).second || exists(interface)) continue;
        problems.warning(
            router.position("interface"),
            fmt::format("interface: there is no {} now: the virtual router waits for it; check the name",
                        in_quotes(interface)));
    }
}

}  // namespace highbase::daemon
