// SPDX-License-Identifier: GPL-2.0-or-later
// When a service that went down is started again before anybody else takes over, and when not. Pure: who
// drives it runs the command and keeps the time.
//
// Once: a restart that does not help, or one after which the service soon goes down again, must not stand
// between a failure and its failover. The next one comes after kRestartPause of uninterrupted service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vrrp/time.hpp"

namespace highbase::health {

enum class OnServiceDown : std::uint8_t { failover, restart_then_failover };

struct RestartConfiguration {
    OnServiceDown on_service_down = OnServiceDown::failover;
    std::vector<std::string> command;  // the first word: an absolute path
    vrrp::Duration budget = std::chrono::seconds{5};
    friend bool operator==(const RestartConfiguration&, const RestartConfiguration&) = default;
};

inline constexpr vrrp::Duration kRestartPause = std::chrono::minutes{10};

// ---- events

struct ServiceChanged {
    bool is_up;
};
struct RestartEnded {
    bool has_succeeded;
};
// The time of next_deadline() has come, or any other.
struct RestartWake {};
using RestartEvent = std::variant<ServiceChanged, RestartEnded, RestartWake>;

// ---- actions, to be done in order

struct RunRestart {
    friend bool operator==(const RunRestart&, const RunRestart&) = default;
};
// Should it still be running: what it would do now, it would do after the failover.
struct StopRestart {
    friend bool operator==(const StopRestart&, const StopRestart&) = default;
};
// Others are to know. Never twice the same.
struct TellService {
    bool is_up;
    friend bool operator==(const TellService&, const TellService&) = default;
};
using RestartAction = std::variant<RunRestart, StopRestart, TellService>;
using RestartActions = std::vector<RestartAction>;

class RestartMachine {
public:
    // Counts from the next time that the service goes down.
    void configure(OnServiceDown on_service_down, vrrp::Duration budget) {
        on_service_down_ = on_service_down;
        budget_ = budget;
    }
    RestartActions handle(vrrp::TimePoint now, const RestartEvent& event);
    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const { return gives_up_at_; }

private:
    RestartActions on(vrrp::TimePoint now, const ServiceChanged& event);
    RestartActions on(vrrp::TimePoint now, const RestartEnded& event);
    RestartActions on(vrrp::TimePoint now, const RestartWake& event);
    [[nodiscard]] bool may_restart(vrrp::TimePoint now) const;
    RestartActions give_up(bool is_running);

    OnServiceDown on_service_down_ = OnServiceDown::failover;
    vrrp::Duration budget_{};
    std::optional<bool> told_;                    // what others know
    std::optional<bool> is_up_;                   // what the checks say
    std::optional<vrrp::TimePoint> gives_up_at_;  // while a restart may still help
    bool has_restarted_ = false;                  // ever
    vrrp::TimePoint up_since_{};
};

}  // namespace highbase::health
