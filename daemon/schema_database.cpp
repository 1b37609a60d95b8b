// SPDX-License-Identifier: GPL-2.0-or-later
// The sections of a pair with a database: [peer], [virtual_router.mysql], [[virtual_router.mysql.hook]].
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/schema.hpp"
#include "daemon/schema_check_type.hpp"
#include "daemon/schema_fence.hpp"

namespace highbase::daemon {
namespace {

using Database = node::DatabaseConfiguration;
using Hook = node::HookConfiguration;
using Peer = cluster::PeerConfiguration;
using replication::HookPoint;
using Server = std::variant<std::string, vrrp::Endpoint>;

constexpr std::size_t kLongestSocketPath = 107;
constexpr std::size_t kLongestUser = 80;  // of MariaDB; MySQL: 32
constexpr std::size_t kMostHooks = 32;
constexpr vrrp::Duration kMinute = std::chrono::minutes{1};
constexpr vrrp::Duration kHour = std::chrono::hours{1};
constexpr vrrp::Duration kShortestLook = std::chrono::milliseconds{10};
constexpr vrrp::Duration kLongestLook = std::chrono::minutes{1};
constexpr std::int64_t kMostLooks = 1000;
constexpr std::int64_t kMostFailovers = 1000;
constexpr vrrp::Duration kDay = std::chrono::hours{24};

constexpr auto kModes = std::to_array<Choice<node::Mode>>(
    {{"lossless", node::Mode::lossless}, {"available", node::Mode::available}});
constexpr auto kTls = std::to_array<Choice<node::DatabaseTls>>({{"off", node::DatabaseTls::off},
                                                                {"required", node::DatabaseTls::required},
                                                                {"verify", node::DatabaseTls::verify}});
constexpr auto kHookPoints = std::to_array<Choice<HookPoint>>({{"before-promote", HookPoint::before_promote},
                                                               {"after-promote", HookPoint::after_promote},
                                                               {"before-demote", HookPoint::before_demote},
                                                               {"after-demote", HookPoint::after_demote},
                                                               {"before-rejoin", HookPoint::before_rejoin},
                                                               {"after-rejoin", HookPoint::after_rejoin}});

template <typename T, std::size_t size>
Type<T> one_of(const std::array<Choice<T>, size>& choices) {
    return choice<T>(std::span{choices});
}

// A Unix socket, or an address and a port.
Type<Server> database_server() {
    return {"the path of a Unix socket, or an address and a port",
            [](const Value& value, const Complaint& complaint) -> std::optional<Server> {
                const auto* text = value.as<std::string>();
                if (text != nullptr && text->starts_with('/')) {
                    const auto path = absolute_path(kLongestSocketPath).read(value, complaint);
                    return path ? std::optional<Server>{path->native()} : std::nullopt;
                }
                const auto endpoint = server().read(value, complaint);
                return endpoint ? std::optional<Server>{*endpoint} : std::nullopt;
            },
            [](const Server& value) {
                const auto* path = std::get_if<std::string>(&value);
                return path != nullptr ? toml_string(*path) : server().print(std::get<vrrp::Endpoint>(value));
            }};
}

std::optional<cluster::PathConfiguration> read_path(const Value& value, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    const auto bare = text == nullptr ? std::nullopt : vrrp::IpAddress::parse(*text);
    if (!bare) {
        const auto endpoint = server().read(value, complaint);
        if (!endpoint) return std::nullopt;
        return cluster::PathConfiguration{endpoint->address, endpoint->port, std::nullopt};
    }
    const Value with_port{value.position, vrrp::Endpoint{*bare, cluster::kPeerPort}.to_string()};
    const auto endpoint = server().read(with_port, complaint);
    if (!endpoint) return std::nullopt;
    return cluster::PathConfiguration{endpoint->address, endpoint->port, std::nullopt};
}

Type<std::vector<cluster::PathConfiguration>> paths() {
    using Paths = std::vector<cluster::PathConfiguration>;
    return {fmt::format("a list of 1 to {} addresses, each with or without a port", cluster::kMostPaths),
            [](const Value& value, const Complaint& complaint) -> std::optional<Paths> {
                const auto* array = value.as<Array>();
                if (array == nullptr || array->empty() || array->size() > cluster::kMostPaths) {
                    complaint.unexpected(value);
                    return std::nullopt;
                }
                Paths result;
                for (const Value& element : *array) {
                    const auto path = read_path(element, complaint);
                    if (!path) return std::nullopt;
                    if (std::ranges::find(result, *path) != result.end()) {
                        complaint.say(element.position, "the same path is in the list twice: leave one out");
                        return std::nullopt;
                    }
                    result.push_back(*path);
                }
                return result;
            },
            [](const Paths& list) {
                std::string text;
                for (const cluster::PathConfiguration& path : list) {
                    const vrrp::Endpoint endpoint{path.address, path.port};
                    text += (text.empty() ? "" : ", ") + toml_string(endpoint.to_string());
                }
                return "[" + text + "]";
            }};
}

// "0s" stands for nothing: the default, which follows from the intervals of both boxes.
BoundType<Peer> peer_timeout() {
    const Type<vrrp::Duration> type = duration(kHour);
    return {type.expected,
            [type](Peer& peer, const Value& value, const Complaint& complaint) {
                const auto read = type.read(value, complaint);
                if (!read) return false;
                peer.timing.timeout = *read == vrrp::Duration::zero() ? std::nullopt : read;
                return true;
            },
            [type](const Peer& peer) {
                return type.print(peer.timing.timeout.value_or(vrrp::Duration::zero()));
            }};
}

Type<std::string> path_or_nothing() {
    return or_nothing(path_text(), std::string{});
}

std::vector<Key<Peer>> peer_keys() {
    return {
        {{.name = "paths",
          .presence = Presence::required,
          .reload = Reload::needs_restart,
          .example = "[\"198.51.100.2\", \"192.0.2.2\"]",
          .help = "Addresses of the other box, best over more than one network.",
          .doc = "Each message goes out on all of them. As long as the other box is heard on any of them, "
                 "nobody takes over from it. A port other than that of the link may follow: "
                 "\"198.51.100.2:9569\", \"[2001:db8::2]:9569\"."},
         bind<Peer>(
             paths(), [](auto& peer) -> auto& { return peer.paths; })},
        {{.name = "key_file",
          .presence = Presence::required,
          .reload = Reload::needs_restart,
          .example = "\"/etc/highbase/peer.key\"",
          .help = "The key that both boxes have; nobody without it is believed.",
          .doc = "Make it on one box with `hbctl key > /etc/highbase/peer.key`, with mode 0600, and copy it "
                 "to the other."},
         bind<Peer>(
             path_or_nothing(), [](auto& peer) -> auto& { return peer.key_file; })},
        {{.name = "old_key_file",
          .reload = Reload::needs_restart,
          .example = "\"/etc/highbase/peer.key.old\"",
          .help = "A second key that is still accepted, while the key is being changed."},
         bind<Peer>(
             path_or_nothing(), [](auto& peer) -> auto& { return peer.old_key_file; })},
        {{.name = "port",
          .reload = Reload::needs_restart,
          .example = "9568",
          .help = "UDP port of this box on every path, and of the other one where a path names none."},
         bind<Peer>(
             integer(1, 65535), [](auto& peer) -> auto& { return peer.port; })},
        {{.name = "interval",
          .reload = Reload::needs_restart,
          .example = "\"100ms\"",
          .help = "Between two messages when nothing happens.",
          .doc = "What changes is told at once."},
         bind<Peer>(
             duration(std::chrono::milliseconds{10}, std::chrono::seconds{10}),
             [](auto& peer) -> auto& { return peer.timing.interval; })},
        {{.name = "timeout",
          .reload = Reload::needs_restart,
          .example = "\"350ms\"",
          .help = "Without a message for so long the other box is silent.",
          .doc = "At least two intervals. A box takes over from a silent one only after this time, whatever "
                 "the advertisements say.",
          .default_note = "three intervals, of the box with the longer ones, and 50 ms"},
         peer_timeout()},
    };
}

// Where the server is, and who asks it.
std::vector<Key<Database>> server_keys() {
    return {
        {{.name = "server",
          .reload = Reload::needs_restart,
          .example = "\"/run/mysqld/mysqld.sock\"",
          .help = "The database server of this box: its Unix socket, or an address and a port.",
          .doc = "IPv6 in brackets: \"[2001:db8::11]:3306\"."},
         bind<Database>(
             database_server(), [](auto& database) -> auto& { return database.server; })},
        {{.name = "peer_server",
          .presence = Presence::required,
          .reload = Reload::needs_restart,
          .example = "\"198.51.100.2:3306\"",
          .help = "The database server of the other box, as the server of this box reaches it.",
          .doc = "Its own address, never a virtual one: a replica would follow itself after a takeover."},
         bind<Database>(
             server(), [](auto& database) -> auto& { return database.peer_server; })},
        {{.name = "user",
          .example = "\"highbase\"",
          .help = "The account that this daemon uses.",
          .doc = "hbctl doctor says which privileges it lacks."},
         bind<Database>(
             name(kLongestUser), [](auto& database) -> auto& { return database.user; })},
        {{.name = "password_file",
          .presence = Presence::required,
          .example = "\"/etc/highbase/mysql.password\"",
          .help = "A file with its password, on one line.",
          .doc = "Readable for root alone (mode 0600). It is read again with each reload."},
         bind<Database>(
             path_or_nothing(), [](auto& database) -> auto& { return database.password_file; })},
        {{.name = "replication_user",
          .example = "\"replication\"",
          .help = "The account that a replica uses on the other server.",
          .default_note = "as user"},
         bind<Database>(
             name_or_nothing(kLongestUser),
             [](auto& database) -> auto& { return database.replication_user; })},
        {{.name = "replication_password_file",
          .example = "\"/etc/highbase/replication.password\"",
          .help = "A file with its password, on one line.",
          .default_note = "as password_file"},
         bind<Database>(
             path_or_nothing(), [](auto& database) -> auto& { return database.replication_password_file; })},
        {{.name = "tls",
          .example = "\"verify\"",
          .help = "Encryption of connections over TCP, the replica's included.",
          .doc = "\"off\": none. \"required\": whoever answers; a server without TLS is refused. \"verify\": "
                 "also the certificate, up to tls_ca and with the server's address in it. The Unix socket "
                 "needs none. A replica that hbvrrp lets follow the other server is told the same."},
         bind<Database>(
             one_of(kTls), [](auto& database) -> auto& { return database.tls; })},
        {{.name = "tls_ca",
          .example = "\"/etc/highbase/ca.pem\"",
          .help = "The certificates that a server's own must lead up to, in PEM form.",
          .doc =
              "With tls = \"verify\" the server, as a replica, reads the same path: the file must be there "
              "on the server's host as well, readable for the server."},
         bind<Database>(
             path_or_nothing(), [](auto& database) -> auto& { return database.tls_ca; })},
    };
}

// How it is watched, and what is done with it.
std::vector<Key<Database>> behaviour_keys() {
    return {
        {{.name = "mode",
          .example = "\"lossless\"",
          .help = "What comes first when not everything can be had.",
          .doc =
              "\"lossless\": a commit is acknowledged only when the other box has it, and a box takes over "
              "only when it has every acknowledged transaction. \"available\": a box takes over with what "
              "it has."},
         bind<Database>(
             one_of(kModes), [](auto& database) -> auto& { return database.mode; })},
        {{.name = "interval",
          .reload = Reload::needs_restart,
          .example = "\"100ms\"",
          .help = "From the start of one look at the server to the start of the next.",
          .doc = "A look costs the server less than a millisecond. A connection that breaks is noticed at "
                 "once."},
         bind<Database>(
             duration(kShortestLook, kLongestLook),
             [](auto& database) -> auto& { return database.interval; })},
        {{.name = "timeout",
          .reload = Reload::needs_restart,
          .example = "\"150ms\"",
          .help = "A look without an answer after this time has failed."},
         bind<Database>(
             duration(kShortestLook, kLongestLook),
             [](auto& database) -> auto& { return database.timeout; })},
        {{.name = "rise",
          .reload = Reload::needs_restart,
          .example = "2",
          .help = "So many looks in a row must succeed before the server is up."},
         bind<Database>(
             integer(1, kMostLooks), [](auto& database) -> auto& { return database.thresholds.rise; })},
        {{.name = "fall",
          .reload = Reload::needs_restart,
          .example = "3",
          .help = "So many looks in a row must fail before the server is down.",
          .doc = "A server that has closed its connection and refuses another is down at once. What only "
                 "says that this box may not ask (password, TLS, too many connections) never counts."},
         bind<Database>(
             integer(1, kMostLooks), [](auto& database) -> auto& { return database.thresholds.fall; })},
    };
}

// What is waited for, and how often it takes over.
std::vector<Key<Database>> takeover_keys() {
    return {
        {{.name = "max_drain",
          .example = "\"10s\"",
          .help = "A replica that needs longer to apply what it has received is not promoted.",
          .doc = "What it has received is never thrown away for the sake of speed."},
         bind<Database>(
             duration(kHour), [](auto& database) -> auto& { return database.max_drain; })},
        {{.name = "solo_after",
          .example = "\"2s\"",
          .help = "How long a primary waits for a replica whose server is down while its box is heard.",
          .doc = "Mode lossless. Then that box writes down that its server will not be promoted before it is "
                 "in sync again, and the primary's commits wait for nobody. A replica whose box is not heard "
                 "either is waited for until it returns, or an operator says hbctl solo: it may be about to "
                 "take over. With a [witness] that is asked when the box was not heard for so long."},
         bind<Database>(
             duration(kHour), [](auto& database) -> auto& { return database.solo_after; })},
        {{.name = "commit_wait",
          .example = "\"1s\"",
          .help = "Mode available: how long a commit waits for the replica, before it goes on without.",
          .doc = "Then all commits go on without it until it has caught up: what they wrote is lost if this "
                 "server is lost as well, and hbctl status counts it. \"0s\": they never wait. Mode lossless "
                 "waits for ever."},
         bind<Database>(
             duration(kMinute), [](auto& database) -> auto& { return database.commit_wait; })},
        {{.name = "max_failovers",
          .example = "3",
          .help = "So many takeovers to this box within failover_window, and it takes over no more.",
          .doc = "By itself, that is: hbctl ack allows it again. Switchovers and hbctl promote do not count. "
                 "What brings each server down that it moves to is not mended by moving on."},
         bind<Database>(
             integer(1, kMostFailovers), [](auto& database) -> auto& { return database.max_failovers; })},
        {{.name = "failover_window",
          .example = "\"1h\"",
          .help = "The time in which takeovers are counted.",
          .doc = "Those that are longer ago do not count; once there were too many, only hbctl ack helps."},
         bind<Database>(
             duration(kDay), [](auto& database) -> auto& { return database.failover_window; })},
    };
}

std::vector<Key<Database>> database_keys() {
    std::vector<Key<Database>> keys = server_keys();
    for (auto&& key : behaviour_keys()) keys.push_back(std::move(key));
    for (auto&& key : takeover_keys()) keys.push_back(std::move(key));
    for (auto&& key : fence_keys()) keys.push_back(std::move(key));
    return keys;
}

std::vector<Key<Hook>> hook_keys() {
    return {
        {{.name = "on",
          .presence = Presence::required,
          .example = "\"after-promote\"",
          .help = "When it runs."},
         bind<Hook>(
             one_of(kHookPoints), [](auto& hook) -> auto& { return hook.on; })},
        {{.name = "command",
          .presence = Presence::required,
          .example = "[\"/usr/local/sbin/tell-everybody\", \"--loud\"]",
          .help = "The program, by its absolute path, and its arguments.",
          .doc = "No shell is between. HOOKS in hbvrrp.toml(5), and docs/hooks.md, say what it finds on its "
                 "standard input and in its environment."},
         bind<Hook>(
             command_line(true), [](auto& hook) -> auto& { return hook.command; })},
        {{.name = "timeout",
          .example = "\"10s\"",
          .help = "After this time it is ended, with everything that it has started, and has failed."},
         bind<Hook>(
             duration(kShortestLook, kHour), [](auto& hook) -> auto& { return hook.timeout; })},
    };
}

}  // namespace

const Section<Peer>& peer_section() {
    static const Section<Peer> section{
        "peer",
        std::nullopt,
        "The other box, and the link to it. Needed where a [virtual_router.mysql] is; both boxes say over it "
        "what they are, what their servers hold, and who takes over.",
        peer_keys(),
        {}};
    return section;
}

const Section<Database>& database_section() {
    static const Section<Database> section{
        "virtual_router.mysql",
        std::nullopt,
        "The MySQL or MariaDB server behind the addresses. Written below the [[virtual_router]] that it "
        "belongs to; of a sync group, below one of its members. The box that becomes Active promotes its "
        "server before it takes the addresses. To add or remove this section needs a restart of hbvrrp; "
        "until then SIGHUP changes no virtual router.",
        database_keys(),
        {}};
    return section;
}

const Section<Hook>& hook_section() {
    static const Section<Hook> section{
        "virtual_router.mysql.hook",
        Repetition{"hook", kMostHooks},
        "Programs that run when the role of the server changes, in the order of the file. One that comes "
        "before a change and fails stops it; one that comes after is only told.",
        hook_keys(),
        {}};
    return section;
}

}  // namespace highbase::daemon
