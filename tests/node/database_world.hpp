// SPDX-License-Identifier: GPL-2.0-or-later
// A pair of boxes with a database each, in memory: two hosts on one network, their servers, the link between
// the boxes, journals that survive, tasks that take their time, and clients that write wherever a server lets
// them. After every event it looks whether a promise is broken.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/node/fake_server.hpp"
#include "tests/node/fake_witness.hpp"
#include "tests/node/world.hpp"

namespace highbase::tests {

class DatabaseWorld {
public:
    static constexpr std::size_t kBoxes = 2;

    enum class Vote : std::uint8_t { none, witness };
    // Whether a box is a gateway to both servers, which do not share its fate.
    enum class Placement : std::uint8_t { on_box, behind };

    // Both daemons run, and the server of `b` follows that of `a`. `seed`: of the delays.
    explicit DatabaseWorld(std::uint64_t seed, node::Mode mode = node::Mode::lossless, Vote vote = Vote::none,
                           Placement placement = Placement::on_box);
    DatabaseWorld(const DatabaseWorld&) = delete;
    DatabaseWorld& operator=(const DatabaseWorld&) = delete;
    ~DatabaseWorld() = default;

    // Ends early where a promise is broken.
    void run_for(vrrp::Duration duration);
    // The rule that does not hold; empty: all do.
    [[nodiscard]] const std::string& broken() const { return broken_; }
    // What happened, with its times.
    [[nodiscard]] const std::vector<std::string>& story() const { return story_; }

    // ---- faults of box 0 or 1. Each may be asked for at any time.
    void kill_server(std::size_t box);
    void start_server(std::size_t box);
    void freeze_server(std::size_t box);
    void thaw_server(std::size_t box);
    void kill_daemon(std::size_t box);
    void kill_speaker(std::size_t box);  // the same, but for its sentinel
    void start_daemon(std::size_t box);
    void pause_daemon(std::size_t box);
    void resume_daemon(std::size_t box);
    void ask_for_switchover(std::size_t box);
    void order(std::size_t box, node::Order order);
    void ask_to_stop(std::size_t box);  // the daemon ends when it is ready
    void slow_down(std::size_t box, vrrp::Duration each_task);
    void fail_tasks(std::size_t box, int count);  // the next ones
    void slow_applier(std::size_t box, vrrp::Duration each);
    void cut_lan(bool cut);                   // between the boxes: advertisements
    void cut_link(std::size_t to, bool cut);  // what is said to that box
    void cut_replication(bool cut);
    void stop_witness(bool down);
    void cut_witness(std::size_t from, bool cut);
    void lose_votes(int count);       // the next ones, or their answers
    void kill_host(std::size_t box);  // power is off: server and daemon at once
    void start_host(std::size_t box);
    void heal();  // all of the above is well again

    // ---- how it ends
    // Exactly one box serves, and the other one is in sync, or is kept away by what it wrote itself.
    [[nodiscard]] bool is_well() const;
    [[nodiscard]] std::string state() const;  // of both, for a story
    [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }
    [[nodiscard]] const Host& host(std::size_t box) const { return boxes_.at(box)->host; }
    [[nodiscard]] node::ServiceSnapshot service(std::size_t box) const;
    [[nodiscard]] const std::optional<witness::Record>& record() const { return witness_.found.record; }

private:
    // What one box knows of the other: cluster/peer_link.hpp, without its octets.
    struct Link {
        cluster::NodeState said;
        vrrp::TimePoint word_since{};
        bool sends_soon = false;
        std::optional<vrrp::TimePoint> heard_sent;     // the greatest that was heard
        std::optional<vrrp::TimePoint> believed_sent;  // and believed
        std::optional<vrrp::TimePoint> heard_at;
        std::optional<vrrp::TimePoint> current_at;
        std::optional<cluster::NodeState> last;
        bool acknowledged = false;
        std::optional<node::PeerHeard> told;
    };
    struct Message {
        cluster::NodeState state;
        vrrp::TimePoint sent;
        std::optional<vrrp::TimePoint> heard;
        std::optional<vrrp::TimePoint> believed;
    };
    struct Box {
        explicit Box(std::size_t index);
        std::size_t index;
        Host host;
        FakeServer server;
        node::Configuration configuration;
        cluster::Journal disk;
        std::uint64_t life = 0;  // of the daemon
        vrrp::TimePoint started{};
        std::deque<node::Event> waiting;  // while the daemon is paused
        Link link;
        bool link_cut = false;  // nothing arrives here
        bool road_closed = false;
        std::optional<vrrp::TimePoint> failing_since;       // of looks
        std::optional<vrrp::TimePoint> peer_failing_since;  // of those at the other server
        vrrp::TimePoint hand_free{};
        vrrp::TimePoint disk_free{};
        std::vector<std::function<void()>> stuck;  // on a frozen server
        vrrp::Duration slow{0};
        int to_fail = 0;
        vrrp::Duration each_apply = std::chrono::milliseconds{1};
        bool applying = false;
        bool fetching = false;
        bool writing = false;  // a client waits
        bool had_address = false;
        std::size_t logged = 0;
        std::size_t found = 0;  // in its server, of all that was acknowledged
    };
    struct Asked {
        std::size_t box;
        std::uint64_t life;  // of its daemon
        std::uint32_t number;
        witness::Question question;
        bool is_answered = false;
    };
    using Action = std::function<void()>;

    void after(vrrp::Duration delay, Action action);
    void tell(std::size_t box, std::uint64_t life, node::Event event);
    void note(const std::string& line);
    void broke(const std::string& rule);
    vrrp::Duration random(vrrp::Duration most);

    // ---- the daemon's services
    void requested(std::size_t box, const node::Action& action);
    void do_task(std::size_t box, const node::Task& task);
    void write_journal(std::size_t box, const node::Task& task, const cluster::Journal& journal);
    void run_statements(std::size_t box, const node::Task& task);
    void run_now(std::size_t box, std::uint64_t life, const node::Task& task);
    void say(std::size_t box, std::uint64_t life, std::uint32_t number, const replication::Execute& deed);
    void answer(std::size_t box, std::uint64_t life, std::uint32_t number, const std::string& failure,
                std::optional<replication::ServerView> view = std::nullopt);
    void look(std::size_t box, std::uint64_t life);
    void look_at_peer(std::size_t box, std::uint64_t life);

    // ---- the witness
    void ask_witness(std::size_t box, const node::Task& task, const witness::Want& want);
    void ask_witness(const std::shared_ptr<Asked>& asked, const witness::Step& step);
    witness::Outcome swap_at_witness(const witness::Swap& swap);
    void vote(Asked& asked, const witness::Answer& answer);

    // ---- the link
    void beat(std::size_t box, std::uint64_t life);
    void send(std::size_t box);
    void hear(std::size_t box, std::uint64_t life, const Message& message);
    void tell_link(std::size_t box);

    // ---- the servers and their clients
    void move_transactions();
    void connect(Box& replica, Box& source);
    void fetch(std::size_t replica);
    void apply(std::size_t replica);
    void write();
    void acknowledged(std::size_t box, std::uint64_t id);

    // ---- rules
    void look_at_promises();
    [[nodiscard]] bool can_acknowledge(std::size_t box) const;
    // The one that clients of a box with the address come to; nothing: none.
    [[nodiscard]] std::optional<std::size_t> led_to(std::size_t box) const;
    [[nodiscard]] Box& other(std::size_t box) { return *boxes_.at(1 - box); }

    World world_;
    Lan& lan_;
    Placement placement_;
    std::array<std::unique_ptr<Box>, kBoxes> boxes_;
    std::multimap<vrrp::TimePoint, Action> events_;
    std::uint64_t random_;
    bool replication_cut_ = false;
    FakeWitness witness_;
    std::uint64_t last_id_ = 0;
    std::vector<std::uint64_t> acknowledged_;
    std::map<cluster::Epoch, std::size_t> held_;  // by which box
    std::string broken_;
    std::vector<std::string> story_;
};

}  // namespace highbase::tests
