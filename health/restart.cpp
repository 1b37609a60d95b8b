// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/restart.hpp"

namespace highbase::health {

RestartActions RestartMachine::handle(vrrp::TimePoint now, const RestartEvent& event) {
    return std::visit([this, now](const auto& one) { return on(now, one); }, event);
}

RestartActions RestartMachine::on(vrrp::TimePoint now, const ServiceChanged& event) {
    if (is_up_ == event.is_up) return {};
    is_up_ = event.is_up;
    if (event.is_up) {
        up_since_ = now;
        gives_up_at_.reset();
        if (told_ == true) return {};
        told_ = true;
        return {TellService{true}};
    }
    if (may_restart(now)) {
        has_restarted_ = true;
        gives_up_at_ = now + budget_;
        return {RunRestart{}};
    }
    told_ = false;
    return {TellService{false}};
}

// A service that was down when it was first looked at is not started: another box may have it.
bool RestartMachine::may_restart(vrrp::TimePoint now) const {
    if (on_service_down_ != OnServiceDown::restart_then_failover || told_ != true) return false;
    return !has_restarted_ || now - up_since_ >= kRestartPause;
}

RestartActions RestartMachine::on(vrrp::TimePoint, const RestartEnded& event) {
    return event.has_succeeded || !gives_up_at_ ? RestartActions{} : give_up(false);
}

RestartActions RestartMachine::on(vrrp::TimePoint now, const RestartWake&) {
    return !gives_up_at_ || now < *gives_up_at_ ? RestartActions{} : give_up(true);
}

RestartActions RestartMachine::give_up(bool is_running) {
    gives_up_at_.reset();
    told_ = false;
    RestartActions actions;
    if (is_running) actions.emplace_back(StopRestart{});
    actions.emplace_back(TellService{false});
    return actions;
}

}  // namespace highbase::health
