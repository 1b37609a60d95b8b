// SPDX-License-Identifier: GPL-2.0-or-later
// When to tell the neighbours which MAC address has the virtual addresses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "vrrp/time.hpp"

namespace highbase::vrrp {

enum class AnnouncePolicy : std::uint8_t {
    none,         // never: something else moves the traffic (a cloud's routing API)
    on_takeover,  // the burst after a takeover and after each sign of contention
    refresh,      // the burst, then once every kAnnouncementRefresh for ever
};

// Seven announcements: at once, soon again in case a switch was still learning, and late enough for one that
// was re-converging. A neighbour that missed all of them meets the slow refresh instead of its own cache's
// hours.
inline constexpr std::array<Duration, 7> kAnnouncementBurst{
    std::chrono::milliseconds{0},   std::chrono::milliseconds{20}, std::chrono::milliseconds{100},
    std::chrono::milliseconds{500}, std::chrono::seconds{1},       std::chrono::seconds{2},
    std::chrono::seconds{5}};
inline constexpr Duration kAnnouncementRefresh = std::chrono::seconds{60};

class AnnouncementSchedule {
public:
    AnnouncementSchedule(AnnouncePolicy policy, TimePoint start) : policy_{policy}, burst_start_{start} {}

    // When the next announcement is due; nothing where none will ever be.
    [[nodiscard]] std::optional<TimePoint> next() const;
    // Whether one is due; moves on to the first that lies after `now`, so that a late wake-up sends one and
    // not many.
    [[nodiscard]] bool take_due(TimePoint now);
    // Somebody else was seen to claim the addresses. Starts the burst again, unless it is younger than a
    // second: then enough of it is still to come, and an inferior Active that shouts 100 times a second makes
    // no storm of ours.
    void contend(TimePoint now);
    // The burst again, at once.
    void restart(TimePoint now);

    friend bool operator==(const AnnouncementSchedule&, const AnnouncementSchedule&) = default;

private:
    AnnouncePolicy policy_;
    TimePoint burst_start_;
    std::size_t sent_ = 0;  // of the burst
    TimePoint last_{};      // the latest announcement; only counts once the burst is over
};

}  // namespace highbase::vrrp
