// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/schema.hpp"

#include <array>
#include <utility>

#include "daemon/schema_check.hpp"
#include "daemon/schema_check_type.hpp"

namespace highbase::daemon {
namespace {

using Router = node::RouterConfiguration;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestGroup = 32;
constexpr std::size_t kLongestPath = 4095;       // PATH_MAX without the zero
constexpr std::size_t kLongestSocketPath = 107;  // sun_path of unix(7) without the zero
constexpr std::size_t kMostPeers = 64;
constexpr std::size_t kMostRouters = 1000;
constexpr vrrp::Duration kDay = std::chrono::hours{24};
constexpr vrrp::Duration kHour = std::chrono::hours{1};

constexpr auto kLogLevels = std::to_array<Choice<node::Level>>({{"debug", node::Level::debug},
                                                                {"info", node::Level::info},
                                                                {"notice", node::Level::notice},
                                                                {"warning", node::Level::warning},
                                                                {"error", node::Level::error}});
constexpr auto kMacModes = std::to_array<Choice<node::MacMode>>(
    {{"interface", node::MacMode::interface}, {"virtual", node::MacMode::virtual_}});
constexpr auto kChecksums =
    std::to_array<Choice<node::ChecksumPolicy>>({{"rfc9568", node::ChecksumPolicy::rfc9568},
                                                 {"pseudo-header", node::ChecksumPolicy::pseudo_header},
                                                 {"auto", node::ChecksumPolicy::automatic}});
constexpr auto kAnnouncements =
    std::to_array<Choice<vrrp::AnnouncePolicy>>({{"none", vrrp::AnnouncePolicy::none},
                                                 {"on-takeover", vrrp::AnnouncePolicy::on_takeover},
                                                 {"refresh", vrrp::AnnouncePolicy::refresh}});

template <typename T, std::size_t size>
Type<T> one_of(const std::array<Choice<T>, size>& choices) {
    return choice<T>(std::span{choices});
}

std::vector<Key<Config>> watchdog_keys() {
    return {
        {{.name = "watchdog",
          .reload = Reload::needs_restart,
          .example = "\"/dev/watchdog\"",
          .help = "A watchdog of the hardware, which resets the machine when this daemon does not feed it.",
          .doc = "Also one of the kernel's own (softdog) or of a hypervisor. It is not fed any more when the "
                 "daemon hangs or is gone for watchdog_timeout, or when the kernel does not take an address "
                 "away that has to go. Stopping the daemon in order disarms it. Nobody else may use the "
                 "device (RuntimeWatchdogSec= of systemd), and the unit must be allowed to open it.",
          .default_note = "none"},
         bind<Config>(
             or_nothing(path_text(), std::string{}), [](auto& config) -> auto& { return config.watchdog; })},
        {{.name = "watchdog_timeout",
          .reload = Reload::needs_restart,
          .example = "\"10s\"",
          .help = "After this time without being fed the watchdog resets the machine.",
          .doc = "Whole seconds, longer than the service manager needs to start the daemon again."},
         bind<Config>(
             duration(std::chrono::seconds{1}, kHour),
             [](auto& config) -> auto& { return config.watchdog_timeout; })},
    };
}

std::vector<Key<Config>> node_keys() {
    return {
        {{.name = "name",
          .example = "\"gw1\"",
          .help = "Name of this node in logs and status.",
          .doc = "Give each box a name of its own.",
          .default_note = "the host name"},
         bind<Config>(
             name(kLongestName), [](auto& config) -> auto& { return config.node.name; })},
        {{.name = "state_directory",
          .reload = Reload::needs_restart,
          .example = "\"/var/lib/highbase\"",
          .help = "Directory for what must outlive a restart."},
         bind<Config>(
             absolute_path(kLongestPath), [](auto& config) -> auto& { return config.state_directory; })},
        {{.name = "control_socket",
          .reload = Reload::needs_restart,
          .example = "\"/run/highbase/hbvrrp.sock\"",
          .help = "Unix socket on which hbctl reaches the daemon.",
          .doc = "It is created with mode 0660. The kernel limits the length of its path."},
         bind<Config>(
             absolute_path(kLongestSocketPath), [](auto& config) -> auto& { return config.control_socket; })},
        {{.name = "control_group",
          .reload = Reload::needs_restart,
          .example = "\"highbase\"",
          .help = "Group that may use the control socket.",
          .doc = "Where the system has no such group, or with \"\", only root may."},
         bind<Config>(
             name_or_nothing(kLongestGroup), [](auto& config) -> auto& { return config.control_group; })},
        {{.name = "realtime",
          .reload = Reload::needs_restart,
          .example = "true",
          .help = "Run the speaker with real-time priority and locked memory.",
          .doc = "A busy disk or processor then delays no advertisement; a delayed one is taken for a dead "
                 "router. Turn it off only where the system does not allow it, as in some containers."},
         bind<Config>(
             boolean(), [](auto& config) -> auto& { return config.realtime; })},
        {{.name = "sentinel",
          .reload = Reload::needs_restart,
          .example = "true",
          .help = "Run a second, small process that gives up the addresses when the daemon dies.",
          .doc = "It is the parent of the daemon's own process. Where that is killed, or aborts, it ends the "
                 "lease of the addresses, says priority 0 for it and deletes them, within milliseconds: the "
                 "other box takes over as after a resignation, and not only when it has heard nothing for "
                 "three intervals."},
         bind<Config>(
             boolean(), [](auto& config) -> auto& { return config.sentinel; })},
        {{.name = "log_level",
          .example = "\"info\"",
          .help = "The least important messages that are logged.",
          .doc = "The option --log-level has precedence."},
         bind<Config>(
             one_of(kLogLevels), [](auto& config) -> auto& { return config.log_level; })},
    };
}

std::vector<Key<Config>> all_node_keys() {
    std::vector<Key<Config>> keys = node_keys();
    for (auto&& key : watchdog_keys()) keys.push_back(std::move(key));
    return keys;
}

// What a virtual router is and has.
std::vector<Key<Router>> identity_keys() {
    return {
        {{.name = "name",
          .presence = Presence::required,
          .reload = Reload::stops_router,
          .example = "\"db\"",
          .help = "How hbctl and the logs call this virtual router.",
          .doc = "Unique on this node."},
         bind<Router>(
             name(kLongestName), [](auto& router) -> auto& { return router.name; })},
        {{.name = "interface",
          .presence = Presence::required,
          .reload = Reload::stops_router,
          .example = "\"eth0\"",
          .help = "Where advertisements are sent and the addresses are put.",
          .doc = "An interface that is not there yet is waited for."},
         bind<Router>(
             interface_name(), [](auto& router) -> auto& { return router.interface; })},
        {{.name = "vrid",
          .presence = Presence::required,
          .reload = Reload::stops_router,
          .example = "51",
          .help = "Virtual Router Identifier: the same on all boxes that share the addresses.",
          .doc = "No other virtual router on the same network may use it, whatever program speaks for it. An "
                 "IPv4 and an IPv6 virtual router may have the same one."},
         bind<Router>(
             integer(1, 255), [](auto& router) -> auto& { return router.vrid; })},
        {{.name = "priority",
          .example = "150",
          .help = "The highest priority becomes Active.",
          .doc = "255 is for the address owner: the router whose interface has the address anyway. It takes "
                 "over at once and ignores preempt. Between equal priorities the higher address of the "
                 "interface decides, and only when both became Active at the same time. Keep at least 10 "
                 "between two boxes, and 50 with an advertisement_interval of 10ms, or both may take over "
                 "together."},
         bind<Router>(
             integer(1, 255), [](auto& router) -> auto& { return router.parameters.priority; })},
        {{.name = "addresses",
          .presence = Presence::required,
          .example = "[\"192.0.2.100/24\"]",
          .help = "The virtual addresses, each with the length of its subnet's prefix.",
          .doc = "All of one family, at most 255 of IPv4 or 90 of IPv6, in the same order on all boxes. The "
                 "first IPv6 address must be link-local (RFC 9568 section 5.2.9). For a service with an IPv4 "
                 "and an IPv6 address write two virtual routers and tie them with sync_group. A bare address "
                 "is one with the length 32 or 128: it brings no route to its subnet. Addresses come and go "
                 "while the router is Active; only a change of the family stops it."},
         bind<Router>(
             prefixes(), [](auto& router) -> auto& { return router.addresses; })},
    };
}

// When it takes over and when it gives way.
std::vector<Key<Router>> timing_keys() {
    return {
        {{.name = "advertisement_interval",
          .example = "\"100ms\"",
          .help = "How often the Active advertises itself.",
          .doc = "A Backup takes over after three silent intervals and a part of a fourth that is smaller "
                 "the higher its priority is. Backups learn the interval of their Active; still write the "
                 "same on all boxes."},
         bind<Router>(
             advertisement_interval(),
             [](auto& router) -> auto& { return router.parameters.advertisement_interval; })},
        {{.name = "preempt",
          .example = "false",
          .help = "Take over from an Active of lower priority.",
          .doc = "With false a router that comes back leaves the address where it is."},
         bind<Router>(
             boolean(), [](auto& router) -> auto& { return router.parameters.preempt_mode; })},
        {{.name = "preempt_delay",
          .example = "\"30s\"",
          .help = "Wait this long after the start before taking over from an Active of lower priority.",
          .doc = "It also counts from the return of a router that was not eligible. The takeover from an "
                 "Active that is silent is never delayed."},
         bind<Router>(
             duration(kDay), [](auto& router) -> auto& { return router.parameters.preempt_delay; })},
        {{.name = "hold_down",
          .example = "\"10s\"",
          .help = "How long a router stays Backup after it could not serve.",
          .doc = "For instance because the kernel refused an address. It keeps two boxes from throwing the "
                 "address to and fro."},
         bind<Router>(
             duration(kHour), [](auto& router) -> auto& { return router.parameters.hold_down; })},
        {{.name = "ears_open_timeout",
          .example = "\"30s\"",
          .help = "How long a silent link may be only deaf after it came up.",
          .doc = "A switch port often forwards nothing in its first seconds. No router takes over before it "
                 "has received a frame on the link, or this time has passed. With \"0s\" it takes over on "
                 "silence alone."},
         bind<Router>(
             duration(kHour), [](auto& router) -> auto& { return router.parameters.ears_open_timeout; })},
        {{.name = "lease",
          .example = "\"auto\"",
          .help = "How long the kernel lets the addresses be served without a word from this daemon.",
          .doc = "The daemon says it with each advertisement. One that is killed, stopped or hangs falls "
                 "silent by that, ARP included, before another router serves. \"auto\": two and a half "
                 "advertisement intervals; another router waits for more than three. A duration has to be "
                 "longer than one interval, and at most three. \"off\": nothing is guarded. A kernel that "
                 "cannot do it (it takes nf_tables with the families inet and arp) needs that: without a "
                 "guard the addresses are not served. An address owner has no lease."},
         bind<Router>(
             lease(), [](auto& router) -> auto& { return router.lease; })},
        {{.name = "sync_group",
          .reload = Reload::stops_router,
          .example = "\"db\"",
          .help = "Virtual routers of one group are Active together or not at all.",
          .doc =
              "For instance the IPv4 and the IPv6 address of one service. Use the same groups on all boxes."},
         bind<Router>(
             name_or_nothing(kLongestName), [](auto& router) -> auto& { return router.sync_group; })},
    };
}

// How it speaks, and how its addresses appear on the network.
std::vector<Key<Router>> network_keys() {
    return {
        {{.name = "accept",
          .example = "true",
          .help = "The Active accepts packets to the virtual addresses (Accept_Mode).",
          .doc = "With false it only forwards packets that pass through them."},
         bind<Router>(
             boolean(), [](auto& router) -> auto& { return router.accept; })},
        {{.name = "mac",
          .reload = Reload::stops_router,
          .example = "\"virtual\"",
          .help = "The MAC address that the virtual addresses are announced with.",
          .doc = "\"interface\": that of the interface. \"virtual\": 00:00:5e:00:01:VRID or "
                 "00:00:5e:00:02:VRID, on a macvlan device; neighbours then need not learn a new one, but "
                 "each switch between them must."},
         bind<Router>(
             one_of(kMacModes), [](auto& router) -> auto& { return router.mac; })},
        {{.name = "checksum",
          .example = "\"auto\"",
          .help = "Form of the checksum that is sent with IPv4.",
          .doc =
              "Every form is accepted from others. \"rfc9568\": over the message alone. "
              "\"pseudo-header\": also over a pseudo-header, as keepalived and FRR send it; those of Debian "
              "12 (2.2.7, 8.4.4) also refuse the other form, so beside one of them this has to be changed. "
              "\"auto\": as the current Active sends it."},
         bind<Router>(
             one_of(kChecksums), [](auto& router) -> auto& { return router.checksum; })},
        {{.name = "announce",
          .example = "\"on-takeover\"",
          .help = "When neighbours are told the MAC address of the virtual addresses.",
          .doc =
              "With gratuitous ARP or unsolicited Neighbor Advertisements. \"on-takeover\": seven times in "
              "the first five seconds, and again when another host claims an address. \"refresh\": also once "
              "a minute for ever. \"none\": never, for networks that move addresses by other means."},
         bind<Router>(
             one_of(kAnnouncements), [](auto& router) -> auto& { return router.parameters.announce; })},
        {{.name = "unicast_peers",
          .example = "[\"192.0.2.2\"]",
          .help = "Send advertisements to these routers instead of the multicast group.",
          .doc = "For networks without multicast. Write the address of each other router's interface, not a "
                 "virtual one, of the same family as addresses."},
         bind<Router>(
             addresses(kMostPeers), [](auto& router) -> auto& { return router.unicast_peers; })},
    };
}

std::vector<Key<Router>> router_keys() {
    std::vector<Key<Router>> keys = identity_keys();
    for (auto&& group : {timing_keys(), network_keys(), service_keys()})
        keys.insert(keys.end(), group.begin(), group.end());
    return keys;
}

template <typename Owner>
SectionFacts section_facts(const Section<Owner>& section) {
    SectionFacts result{section.title(), std::string{section.name}, section.help, {}};
    for (const Key<Owner>& key : section.keys) result.keys.push_back(facts(key, Owner{}));
    return result;
}

}  // namespace

const Section<Config>& node_section() {
    static const Section<Config> section{
        "node", std::nullopt, "This box. May be left out.", all_node_keys(), {}};
    return section;
}

const Section<Router>& router_section() {
    static const Section<Router> section{
        "virtual_router",
        Repetition{"virtual router", kMostRouters},
        "One virtual router: the addresses that move together, on one interface. One or more of them.",
        router_keys(),
        {}};
    return section;
}

const std::vector<SectionFacts>& schema() {
    static const std::vector<SectionFacts> sections = [] {
        std::vector<SectionFacts> result{section_facts(node_section()), section_facts(peer_section()),
                                         section_facts(witness_section()), section_facts(router_section())};
        for (SectionFacts& section : check_facts()) result.push_back(std::move(section));
        result.push_back(section_facts(database_section()));
        result.push_back(section_facts(hook_section()));
        result.push_back(section_facts(forward_section()));
        return result;
    }();
    return sections;
}

std::span<const Choice<node::Level>> log_levels() {
    return kLogLevels;
}

}  // namespace highbase::daemon
