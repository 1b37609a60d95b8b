// SPDX-License-Identifier: GPL-2.0-or-later
// A list of deeds that are done one after the other, each with a deadline. A pure machine.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/task.hpp"

namespace highbase::node {

struct Step {
    std::string_view name;  // lives for ever
    Deed deed;
    vrrp::Duration deadline{};
    bool may_fail = false;  // then the next one follows all the same
    friend bool operator==(const Step&, const Step&) = default;
};

struct StepTime {
    std::string_view name;
    vrrp::Duration took{};
    friend bool operator==(const StepTime&, const StepTime&) = default;
};

class Procedure {
public:
    // At least one step.
    explicit Procedure(std::vector<Step> steps) : steps_{std::move(steps)} {}

    // The step that is to be done now; nothing once it has ended.
    [[nodiscard]] const Step* begin(vrrp::TimePoint now);
    // After each, the next step where there is one.
    [[nodiscard]] const Step* done(vrrp::TimePoint now);
    [[nodiscard]] const Step* failed(vrrp::TimePoint now, const std::string& reason, bool against_server);
    // Where the deadline of the step has passed, the same as failed(); else nothing has changed.
    [[nodiscard]] const Step* handle_timer(vrrp::TimePoint now);

    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const;
    [[nodiscard]] bool has_ended() const { return ended_; }
    [[nodiscard]] const std::string& failure() const { return failure_; }     // "STEP: REASON"; empty: none
    [[nodiscard]] bool is_against_server() const { return against_server_; }  // the failure
    [[nodiscard]] const std::vector<StepTime>& timeline() const { return timeline_; }
    // Of the steps that succeeded, in order.
    [[nodiscard]] const std::vector<Deed>& deeds_done() const { return deeds_; }

private:
    const Step* advance(vrrp::TimePoint now);

    std::vector<Step> steps_;
    std::size_t at_ = 0;
    vrrp::TimePoint began_{};  // the step
    bool ended_ = false;
    std::string failure_;
    bool against_server_ = false;
    std::vector<StepTime> timeline_;
    std::vector<Deed> deeds_;
};

}  // namespace highbase::node
