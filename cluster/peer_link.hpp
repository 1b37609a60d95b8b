// SPDX-License-Identifier: GPL-2.0-or-later
// One side of the link between the two boxes of a pair: says what this box is, believes what the other says,
// and knows how old that is. Datagrams may be lost, repeated, reordered, kept back and played again; both
// clocks may be anything.
//
// Each side has a session id, made when it begins, and numbers its messages; each message echoes the other's
// session and the greatest number of it. From this follows what is believed:
//  - Only a message that echoes our session was made since we began. The rest is a greeting: it is answered,
//    so that the other can echo us, and not believed.
//  - A session becomes the peer's with a message that echoes a number which we sent after the last message
//    that we believed. Whatever an earlier session has sent echoes older numbers, and is never believed
//    again.
//  - A message says what holds if its number is greater than all before. Each message goes out on all paths;
//    the further copies only show that their path is alive.
//  - A message that echoes our number n was made after n was sent. If that is longer ago than the timeout, it
//    does not make the peer fresh: it has waited somewhere, perhaps in the socket of a process that slept, or
//    the peer no longer hears us.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/clients.hpp"
#include "cluster/number_window.hpp"
#include "cluster/peer_configuration.hpp"
#include "cluster/peer_message.hpp"
#include "cluster/peer_view.hpp"
#include "cluster/sent_times.hpp"
#include "vrrp/octets.hpp"
#include "vrrp/time.hpp"

namespace highbase::cluster {

// What the seal has let through. Paths are numbered in the order of the configuration.
struct MessageReceived {
    std::size_t path = 0;
    vrrp::Octets octets;
};
// What it has not.
struct DatagramRefused {
    std::size_t path = 0;
    Refusal refusal{};
};
// What this box says from now on, with the name it had before. It is sent at once, but not more often than
// ten times an interval: a state that is replaced sooner is never said. One that cannot be sent (fault_of()
// in peer_message.hpp) is a mistake of the caller, and throws std::logic_error.
struct StateChanged {
    NodeState state;
};
// Whom this box serves from now on. They are told in the messages that are sent anyway.
struct ClientsChanged {
    std::vector<vrrp::Connection> clients;
};
// next_deadline() has come.
struct TimerExpired {};
using PeerEvent = std::variant<MessageReceived, DatagramRefused, StateChanged, ClientsChanged, TimerExpired>;

struct Send {
    std::size_t path = 0;
    vrrp::OctetString octets;  // not sealed yet
    friend bool operator==(const Send&, const Send&) = default;
};
// A standing, the peer's session or what it says has changed, a word has been acknowledged, or something was
// refused on a path for a reason that was not seen there before.
struct Changed {
    friend bool operator==(const Changed&, const Changed&) = default;
};
using PeerAction = std::variant<Send, Changed>;
using PeerActions = std::vector<PeerAction>;

class PeerLink {
public:
    // Speaks for the first time when it is first told that the timer has expired. `session` is random and not
    // kNoSession, `paths` is at least 1. Throws std::logic_error.
    PeerLink(vrrp::TimePoint now, const PeerTiming& timing, std::size_t paths, SessionId session,
             NodeState own);

    [[nodiscard]] PeerActions handle(vrrp::TimePoint now, const PeerEvent& event);
    [[nodiscard]] vrrp::TimePoint next_deadline() const;

    [[nodiscard]] Standing standing(vrrp::TimePoint now) const;
    // What the peer says, if it is fresh; else null. Valid until the next event.
    [[nodiscard]] const NodeState* fresh(vrrp::TimePoint now) const;
    // Whether the peer has believed a message with the word (RESIGN or RELEASE) that this service says now.
    [[nodiscard]] bool is_acknowledged(std::string_view service) const;
    // Whom the peer serves, as far as it has told.
    [[nodiscard]] std::vector<vrrp::Connection> peer_clients() const { return peer_clients_.all(); }
    [[nodiscard]] PeerView view(vrrp::TimePoint now) const;

private:
    using Times = std::optional<vrrp::TimePoint>;

    struct Path {
        NumberWindow window;
        SessionId session{};       // that was heard here last
        MessageNumber greatest{};  // of it
        Times greatest_at;
        Times heard_at;   // anything new of anybody who has the key
        Times echoed_at;  // something that answers what was sent here within the timeout
        MessageNumber measured{};
        std::optional<vrrp::Duration> round_trip;
        RefusalCounters refusals;
    };
    struct SaidWord {
        Word word;
        MessageNumber since{};  // the first message with it
    };
    // What the caller was told last.
    struct Told {
        Standing standing = Standing::silent;
        std::vector<Standing> paths;
        std::uint64_t changes = 0;
        friend bool operator==(const Told&, const Told&) = default;
    };

    void receive(vrrp::TimePoint now, const MessageReceived& event);
    void refuse(Path& path, Refusal refusal);
    std::optional<Refusal> judge(vrrp::TimePoint now, Path& path, const PeerMessage& message);
    std::optional<Refusal> greet(vrrp::TimePoint now, Path& path, const Stamp& stamp);
    void establish(vrrp::TimePoint now, SessionId session);
    void hear(vrrp::TimePoint now, Path& path, const Stamp& stamp);
    void measure(vrrp::TimePoint now, Path& path, const Stamp& stamp);
    void believe(vrrp::TimePoint now, const PeerMessage& message);
    [[nodiscard]] bool says_new_word(const NodeState& state) const;
    void say(vrrp::TimePoint now, const NodeState& state);
    void note_words();
    void send_soon(vrrp::TimePoint now);
    void send(PeerActions& actions, vrrp::TimePoint now);
    [[nodiscard]] Stamp stamp_for(const Path& path, vrrp::TimePoint now) const;
    [[nodiscard]] bool is_hurried() const;
    [[nodiscard]] vrrp::Duration timeout() const;
    [[nodiscard]] bool is_within(const Times& time, vrrp::TimePoint now) const;
    [[nodiscard]] Standing standing(const Path& path, vrrp::TimePoint now) const;
    [[nodiscard]] Told tell(vrrp::TimePoint now) const;

    PeerTiming timing_;
    SessionId session_;
    NodeState own_;
    std::map<std::string, SaidWord, std::less<>> words_;  // by service; of those that have ever said one
    std::vector<Path> paths_;

    MessageNumber number_{};  // of the last message that was sent
    Times last_sent_;
    vrrp::TimePoint send_at_;
    std::size_t hurried_left_ = 0;  // messages that follow quickly because of a new word
    SentTimes sent_;

    SessionId greeted_{};  // a session that was heard of while there was no peer
    MessageNumber greeted_number_{};
    SessionId peer_{};               // kNoSession: none yet
    MessageNumber believed_{};       // the greatest of it
    MessageNumber floor_{};          // another session must echo a greater number than this
    std::optional<NodeState> last_;  // what it said
    vrrp::Duration peer_interval_{0};
    Times current_at_;  // when it last said what holds
    Times proved_at_;   // `last_` was made after this
    MessageNumber acknowledged_{};
    OwnClients own_clients_;
    PeerClients peer_clients_;

    std::uint64_t changes_ = 0;
    Told told_;
};

}  // namespace highbase::cluster
