// SPDX-License-Identifier: GPL-2.0-or-later
// A MariaDB server in memory, as far as a failover touches it: one domain of GTIDs, a binary log, a relay log
// that is lost where MariaDB loses it (MDEV-4698), semi-synchronous commits that wait after the binary log,
// and read_only. Who owns two of them (tests/node/database_world.hpp) carries what one sends to the other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "replication/server_view.hpp"
#include "vrrp/time.hpp"

namespace highbase::tests {

struct Transaction {
    std::uint64_t id = 0;  // no other has it, on any server
    std::uint64_t seq_no = 0;
    std::uint32_t server_id = 0;
    friend bool operator==(const Transaction&, const Transaction&) = default;
};

class FakeServer {
public:
    enum class Life : std::uint8_t { running, frozen, dead };
    enum class Outcome : std::uint8_t {
        committed,  // and whoever waits is told so
        refused,    // read-only, or no server
        broken,     // the session ended while it waited; the transaction may be there
    };
    using Done = std::function<void(Outcome)>;

    FakeServer(std::uint32_t id, std::string source_host, std::uint16_t source_port)
        : id_{id}, source_host_{std::move(source_host)}, source_port_{source_port} {}

    // ---- what happens to it
    void start(vrrp::TimePoint now);  // read-only and without threads, as its configuration says
    void kill();
    void freeze() { life_ = life_ == Life::running ? Life::frozen : life_; }
    void thaw() { life_ = life_ == Life::frozen ? Life::running : life_; }
    [[nodiscard]] Life life() const { return life_; }
    [[nodiscard]] bool runs() const { return life_ == Life::running; }

    // ---- sessions. Of a server that runs.
    [[nodiscard]] replication::ServerView view(vrrp::TimePoint now) const;
    // Nothing: done. Else the error.
    [[nodiscard]] std::optional<std::string> execute(const std::string& statement);
    // `by_client`: read_only keeps it out.
    void commit(std::uint64_t id, bool by_client, Done done);
    void evict();
    [[nodiscard]] bool is_writable() const { return !read_only_; }

    // ---- replication, as a source
    // What comes after `position`; nothing: this server does not know it (error 1236).
    [[nodiscard]] std::optional<std::vector<Transaction>> after(
        const std::optional<Transaction>& position) const;
    void acknowledge(const Transaction& last);
    // Its commits wait for an acknowledgement.
    [[nodiscard]] bool waits() const { return source_semi_sync_; }
    void set_attached(bool attached) { replica_attached_ = attached; }  // somebody acknowledges

    // ---- as a replica
    [[nodiscard]] bool receives() const {
        return channel_ && channel_->receiver && channel_->receiver_error.empty();
    }
    [[nodiscard]] bool is_connected() const { return receives() && channel_->connected; }
    void set_connected(bool connected);
    [[nodiscard]] bool acknowledges() const { return is_connected() && channel_->acknowledges; }
    [[nodiscard]] std::optional<Transaction> received() const;
    void receive(const Transaction& transaction);
    void cannot_receive(const std::string& error);
    // The next of the relay log. Whether there is more to do.
    bool apply();
    [[nodiscard]] bool can_apply() const;

    [[nodiscard]] const std::vector<Transaction>& transactions() const { return log_; }
    [[nodiscard]] bool has(std::uint64_t id) const { return ids_.contains(id); }
    // So that a story begins with a pair that works.
    void follow();

private:
    struct Channel {
        bool receiver = false;
        bool connected = false;
        bool acknowledges = false;  // this connection does
        bool applier = false;
        std::string receiver_error;
        std::string applier_error;
        std::vector<Transaction> relay;
    };
    struct Waiting {
        Transaction transaction;
        Done done;
    };

    void add(const Transaction& transaction);
    void start_replica(bool receiver, bool applier);
    void release(Outcome outcome);

    std::uint32_t id_;
    std::string source_host_;
    std::uint16_t source_port_;
    Life life_ = Life::dead;
    vrrp::TimePoint started_{};
    bool read_only_ = true;
    std::vector<Transaction> log_;
    std::unordered_set<std::uint64_t> ids_;        // of log_
    std::map<std::uint32_t, std::uint64_t> last_;  // of it, by server
    std::optional<Transaction> applied_;           // gtid_slave_pos
    std::optional<Channel> channel_;
    bool source_semi_sync_ = false;
    bool replica_semi_sync_ = false;
    bool replica_attached_ = false;
    std::vector<Waiting> waiting_;
};

}  // namespace highbase::tests
