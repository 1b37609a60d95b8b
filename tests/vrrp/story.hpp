// SPDX-License-Identifier: GPL-2.0-or-later
// A virtual router whose clock is in the test's hands. Times count from the start of the story.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>

#include "tests/vrrp/describe.hpp"
#include "vrrp/sync_group.hpp"
#include "vrrp/virtual_router.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;

inline constexpr vrrp::Duration kNever = vrrp::Duration::max();

// Three hosts on a link. Ours is in the middle, so that each tie can be broken both ways.
inline constexpr auto kLowerAddress = vrrp::IpAddress::v4(192, 0, 2, 5);
inline constexpr auto kOwnAddress = vrrp::IpAddress::v4(192, 0, 2, 10);
inline constexpr auto kHigherAddress = vrrp::IpAddress::v4(192, 0, 2, 20);

inline const vrrp::Actions kNothing{};
inline constexpr vrrp::AcquireAddresses kAcquire{};
inline constexpr vrrp::RenewAddresses kRenew{};
inline constexpr vrrp::ReleaseAddresses kRelease{};
inline constexpr vrrp::AnnounceAddresses kAnnounce{};
constexpr vrrp::SendAdvertisement send(int priority) {
    return {vrrp::Priority{static_cast<std::uint8_t>(priority)}};
}

// An advertisement as it comes from the codec; by default of another host with the default interval.
constexpr vrrp::AdvertisementReceived heard(int priority,
                                            vrrp::Centiseconds interval = vrrp::Centiseconds{100},
                                            vrrp::IpAddress source = kLowerAddress) {
    return {vrrp::Priority{static_cast<std::uint8_t>(priority)}, interval, source};
}
// The same, told `age` after it arrived.
constexpr vrrp::AdvertisementReceived heard_late(int priority, vrrp::Duration age) {
    vrrp::AdvertisementReceived late = heard(priority);
    late.age = age;
    return late;
}

constexpr vrrp::Parameters with_priority(int priority) {
    return {.priority = vrrp::Priority{static_cast<std::uint8_t>(priority)}};
}

class Story {
public:
    explicit Story(vrrp::Parameters parameters = {}) : router_{parameters} {}

    vrrp::Actions at(vrrp::Duration time, const vrrp::Event& event) {
        if (time < now_) throw std::logic_error{"a story does not go back in time"};
        now_ = time;
        return router_.handle(origin_ + time, event);
    }
    // What the driver does when the deadline has come.
    vrrp::Actions wake_in_time() { return at(deadline(), vrrp::TimerExpired{}); }
    vrrp::Actions wake_late(vrrp::Duration late) { return at(deadline() + late, vrrp::TimerExpired{late}); }
    // What came before was only the setting: times count from here.
    void begin_here() {
        origin_ += now_;
        now_ = vrrp::Duration::zero();
    }

    [[nodiscard]] vrrp::Duration deadline() const {
        const std::optional<vrrp::TimePoint> time = router_.next_deadline();
        return time ? *time - origin_ : kNever;
    }
    [[nodiscard]] bool is_active() const { return router_.is_active(); }
    [[nodiscard]] bool is_backup() const { return std::holds_alternative<vrrp::Backup>(router_.state()); }
    [[nodiscard]] bool is_initialize() const {
        return std::holds_alternative<vrrp::Initialize>(router_.state());
    }
    [[nodiscard]] std::string state() const { return describe(router_, origin_); }
    [[nodiscard]] const vrrp::VirtualRouter& router() const { return router_; }

private:
    vrrp::VirtualRouter router_;
    vrrp::TimePoint origin_ = kStart;
    vrrp::Duration now_{0};
};

// A Backup since 0 whose ears are open: a frame arrived that says nothing else.
inline Story backup(vrrp::Parameters parameters = {}) {
    Story story{parameters};
    (void)story.at(0s, vrrp::Startup{kOwnAddress});
    (void)story.at(0s, vrrp::FrameReceived{});
    return story;
}

// An Active that took over at 0, and has no addresses yet.
inline Story active(vrrp::Parameters parameters = {}) {
    Story story = backup(parameters);
    (void)story.wake_in_time();
    story.begin_here();
    return story;
}

// An Active that took over at 0, and got its addresses at once.
inline Story serving(vrrp::Parameters parameters = {}) {
    Story story = active(parameters);
    (void)story.at(0s, vrrp::AddressesAcquired{});
    return story;
}

}  // namespace highbase::tests
