// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vrrp/describe.hpp"

namespace highbase::tests {
namespace {

struct InWords {
    vrrp::TimePoint origin{};

    std::string operator()(const vrrp::SendAdvertisement& action) const {
        return "send " + std::to_string(vrrp::number(action.priority));
    }
    std::string operator()(const vrrp::AcquireAddresses&) const { return "acquire"; }
    std::string operator()(const vrrp::RenewAddresses&) const { return "renew"; }
    std::string operator()(const vrrp::ReleaseAddresses&) const { return "release"; }
    std::string operator()(const vrrp::AnnounceAddresses&) const { return "announce"; }

    std::string operator()(const vrrp::Initialize&) const { return "initialize"; }
    std::string operator()(const vrrp::Backup& backup) const {
        std::string text = "backup A=" + milliseconds(backup.active_adver_interval);
        text += at(" down=", backup.active_down_timer) + at(" preempt=", backup.preempt_from);
        if (backup.ears_open_by) text += at(" ears=", *backup.ears_open_by);
        return backup.listening_again ? text + " again" : text;
    }
    std::string operator()(const vrrp::Active& active) const {
        std::string text = at("active adver=", active.adver_timer) + at(" last=", active.last_advertisement);
        if (!active.serving) return text;
        text += at(" renew=", active.serving->renewal_timer);
        const std::optional<vrrp::TimePoint> announcement = active.serving->announcements.next();
        return text + (announcement ? at(" announce=", *announcement) : " announce=never");
    }

private:
    [[nodiscard]] std::string at(const char* label, vrrp::TimePoint time) const {
        return label + milliseconds(time - origin);
    }
};

void add(std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

std::string describe(const vrrp::Action& action) {
    return std::visit(InWords{}, action);
}

std::string describe(const vrrp::Actions& actions) {
    std::string list;
    for (const vrrp::Action& action : actions) add(list, describe(action));
    return list;
}

std::string describe(const vrrp::MemberActions& actions) {
    std::string list;
    for (const auto& [member, action] : actions) add(list, std::to_string(member) + ": " + describe(action));
    return list;
}

std::string describe(const vrrp::VirtualRouter& router, vrrp::TimePoint origin) {
    std::string text = std::visit(InWords{origin}, router.state());
    const bool held = router.held_down_until() != vrrp::TimePoint{};
    if (held) text += " held=" + milliseconds(router.held_down_until() - origin);
    return router.is_eligible() ? text : text + " ineligible";
}

std::string milliseconds(vrrp::Duration duration) {
    constexpr std::int64_t kPerMillisecond = 1'000'000;
    const std::int64_t count = duration.count();
    std::string fraction = std::to_string(kPerMillisecond + (count < 0 ? -count : count) % kPerMillisecond);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    fraction.front() = '.';  // the carried 1
    const std::string sign = count < 0 ? "-" : "";
    return sign + std::to_string((count < 0 ? -count : count) / kPerMillisecond) +
           (fraction == "." ? "" : fraction);
}

}  // namespace highbase::tests
