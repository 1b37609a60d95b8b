// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/joint_restart.hpp"

namespace highbase::daemon {

JointRestart::JointRestart(boost::asio::io_context& io, const process::Slots& slots, std::string router,
                           Observers observers)
    : observers_{std::move(observers)},
      restart_{io, slots, std::move(router),
               ServiceRestart::Observers{[this](bool is_up) {
                                             has_failed_ = !is_up;
                                             if (has_failed_) tell_what_is_down();
                                         },
                                         observers_.restart}} {}

// Whoever restarts a server is not to be disturbed: nobody asks it, and nobody takes over.
void JointRestart::server(const node::ServiceEvent& event) {
    if (const auto* down = std::get_if<node::ServerDown>(&event)) {
        server_is_up_ = false;
        server_down_ = *down;
        judge();
        if (server_down_) observers_.server(node::ServerUnknown{"it is being restarted: " + down->reason});
        return;
    }
    if (std::holds_alternative<node::ServerSeen>(event)) {
        server_is_up_ = true;
        server_down_.reset();
        judge();
    }
    observers_.server(event);
}

void JointRestart::checks(const ServiceVerdict& verdict) {
    checks_are_up_ = verdict.up;
    checks_down_ = verdict.up ? std::nullopt : std::optional{verdict};
    judge();
    if (!verdict.up || told_ == verdict) return;
    told_ = verdict;
    observers_.checks(verdict);
}

void JointRestart::forget_checks() {
    checks_are_up_ = true;
    checks_down_.reset();
    told_.reset();
    judge();
}

void JointRestart::judge() {
    if (!server_is_up_ && checks_are_up_) return;
    const bool server_is_up = server_is_up_.value_or(true);
    if (!server_is_up && server_down_) {
        restart_.judge(false, "mysql", server_down_->reason);
    } else if (!checks_are_up_ && checks_down_) {
        restart_.judge(false, checks_down_->check, checks_down_->reason);
    } else if (server_is_up && checks_are_up_) {
        restart_.judge(true, "", "");
    }
    if (has_failed_) tell_what_is_down();
}

void JointRestart::tell_what_is_down() {
    if (const auto down = std::exchange(server_down_, std::nullopt)) observers_.server(*down);
    const auto down = std::exchange(checks_down_, std::nullopt);
    if (!down) return;
    told_ = *down;
    observers_.checks(*down);
}

}  // namespace highbase::daemon
