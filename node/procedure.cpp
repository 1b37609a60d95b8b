// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/procedure.hpp"

#include <fmt/format.h>

namespace highbase::node {

const Step* Procedure::begin(vrrp::TimePoint now) {
    began_ = now;
    return &steps_.front();
}

const Step* Procedure::done(vrrp::TimePoint now) {
    if (ended_) return nullptr;
    deeds_.push_back(steps_[at_].deed);
    return advance(now);
}

const Step* Procedure::failed(vrrp::TimePoint now, const std::string& reason, bool against_server) {
    if (ended_) return nullptr;
    const Step& step = steps_[at_];
    if (step.may_fail) return advance(now);
    failure_ = fmt::format("{}: {}", step.name, reason);
    against_server_ = against_server;
    timeline_.push_back({step.name, now - began_});
    ended_ = true;
    return nullptr;
}

const Step* Procedure::handle_timer(vrrp::TimePoint now) {
    const std::optional<vrrp::TimePoint> deadline = next_deadline();
    if (!deadline || now < *deadline) return nullptr;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(steps_[at_].deadline);
    return failed(now, fmt::format("no answer within {} ms", waited.count()), true);
}

std::optional<vrrp::TimePoint> Procedure::next_deadline() const {
    if (ended_) return std::nullopt;
    return began_ + steps_[at_].deadline;
}

const Step* Procedure::advance(vrrp::TimePoint now) {
    timeline_.push_back({steps_[at_].name, now - began_});
    began_ = now;
    if (++at_ < steps_.size()) return &steps_[at_];
    ended_ = true;
    return nullptr;
}

}  // namespace highbase::node
