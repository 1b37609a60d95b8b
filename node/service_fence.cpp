// SPDX-License-Identifier: GPL-2.0-or-later
// A server that must be closed: its own process, where asking does not help; the other one's box.
#include <fmt/format.h>

#include "node/service.hpp"

namespace highbase::node {

void Service::note_open(bool is_open) {
    facts_.maybe_open = is_open;
    if (is_open) return;
    facts_.opened_here = false;
    facts_.fence_trouble.clear();
}

// Only where this protects somebody: the server may be open, and another box serves, or may. A server that
// only says no, or may not be asked, is not killed; nor one that is seen closed.
void Service::see_to_kill() {
    const DatabaseConfiguration& database = facts_.settings.database;
    const bool others_may_serve = !facts_.peer_is_fresh() || facts_.peer_writes();
    const bool asking_is_vain = facts_.server == ServerState::down ||
                                (facts_.server == ServerState::up && !facts_.fence_trouble.empty());
    const bool wanted = database.is_local() && database.fence.kill_after && facts_.phase == Phase::idle &&
                        facts_.maybe_open && others_may_serve && asking_is_vain;
    if (!wanted) kill_at_.reset();
    if (wanted && !kill_at_) kill_at_ = now_ + *database.fence.kill_after;
    facts_.kill_is_due = kill_at_ && now_ >= *kill_at_;
}

// The end of the ladder, or of one of its rungs: how long each took.
void Service::fence_ended(DutyKind kind, const Procedure& procedure) {
    if (kind != DutyKind::fence && kind != DutyKind::kill) return;
    if (!procedure.failure().empty()) {
        // Whoever says no for another reason, a missing privilege for instance, answers.
        const bool in_vain = procedure.is_against_server() || held_up_;
        if (kind == DutyKind::fence) facts_.fence_trouble = in_vain ? procedure.failure() : std::string{};
        return;
    }
    facts_.fence_trouble.clear();
    if (!role_lost_) return;
    std::string steps;
    for (const StepTime& step : procedure.timeline())
        steps += fmt::format("{}{} {:.1f} ms", steps.empty() ? "" : ", ", step.name,
                             std::chrono::duration<double, std::milli>{step.took}.count());
    const auto since = std::chrono::duration<double, std::milli>{now_ - *role_lost_};
    tell(EventId::fenced, {{"ms", fmt::format("{:.1f}", since.count())}, {"steps", steps}});
    role_lost_.reset();
}

// A primary that is heard and does not write, or that has handed over, is no danger; and what an operator has
// said of it holds.
bool Service::must_fence_peer() const {
    const bool has_agent = !facts_.settings.database.fence.agent.empty();
    return has_agent && facts_.channel_to_peer() != nullptr && !facts_.peer_is_fresh() && !facts_.promote;
}

}  // namespace highbase::node
