// SPDX-License-Identifier: GPL-2.0-or-later
// The steps from a replica to a primary, as a table, and what is known when the first of them is taken.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "replication/dialect.hpp"
#include "replication/position.hpp"
#include "replication/task.hpp"
#include "vrrp/time.hpp"

namespace highbase::replication {

enum class PromotionStep : std::uint8_t {
    before_hooks,
    ask_peer,
    await_floor,
    close_road,
    stop_receiver,
    read_received,
    drain,
    check_floor,
    ask_witness,
    ask_peer_instead,
    fence_peer,
    record_intent,
    end_applier,
    stop_applier,
    leave_semi_sync,
    forget_source,
    open,
    prove,
    record_term,
};

// One row of the table that the machine follows and the documentation prints.
struct PromotionRow {
    PromotionStep step;
    std::string_view name;
    std::string_view does;
    std::string_view why;
    vrrp::Duration deadline;
};
inline constexpr std::size_t kPromotionSteps = 19;
[[nodiscard]] const std::array<PromotionRow, kPromotionSteps>& promotion_table();
[[nodiscard]] const PromotionRow& row(PromotionStep step);

struct PromotionPlan {
    Dialect dialect;
    std::uint64_t epoch = 1;  // of the term that begins
    std::string node;
    // The source that the server follows; nothing where it follows none: what is there is all there is.
    std::optional<Source> source;
    // Which semi-synchronous parts the server has at all: MySQL's are plug-ins.
    bool has_semi_sync_source = true;
    bool has_semi_sync_replica = true;
    // What the old primary was last known to have committed; nothing: unknown.
    std::optional<Position> floor;
    vrrp::Duration max_drain = std::chrono::seconds{10};
    // Of the look that the promotion was decided on. A server that was restarted since may have thrown its
    // relay log away (MDEV-4698), and does not tell.
    vrrp::TimePoint looked{};
    std::chrono::seconds uptime{0};
    // What it was decided on holds only while the other node does nothing: it must know of this term first.
    bool ask_peer = false;
    // How long a question to the witness may take; nothing: there is none to be asked.
    std::optional<vrrp::Duration> witness{};
    // Where the witness does not answer, nothing else allows this term.
    bool needs_vote = true;
    // The old primary has ended in order with exactly `floor`: that it has arrived is waited for.
    bool await_floor = false;
    std::optional<vrrp::Duration> hooks{};  // how long they may take; nothing: there are none
    // The old primary fell silent, and there is an agent that switches its box off: how long that may take.
    std::optional<vrrp::Duration> fence{};
    bool fence_required = true;  // no promotion unless it says that it has
};

}  // namespace highbase::replication
