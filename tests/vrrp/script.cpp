// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vrrp/script.hpp"

#include <array>

#include "tests/vrrp/describe.hpp"
#include "tests/vrrp/watched_group.hpp"

namespace highbase::tests {

using namespace vrrp;
using namespace std::chrono_literals;

namespace {

constexpr std::array<Centiseconds, 4> kIntervals{Centiseconds{1}, Centiseconds{10}, Centiseconds{100},
                                                 Centiseconds{4095}};
constexpr std::array<Duration, 2> kAges{0s, 5ms};
constexpr std::array<Duration, 4> kSpans{0s, 50ms, 5s, 60s};
constexpr std::array<Duration, 12> kPauses{0ns, 1ns, 100us, 1ms, 5ms, 10ms, 100ms, 500ms, 1s, 5s, 60s, 1h};
const std::array<IpAddress, 3> kSources{IpAddress::v4(192, 0, 2, 5), IpAddress::v4(192, 0, 2, 10),
                                        IpAddress::v4(192, 0, 2, 20)};

Parameters parameters_from(Octets octets, bool alone) {
    Parameters parameters;
    const int highest = alone ? 255 : 254;  // an owner has to be alone
    parameters.priority = Priority{static_cast<std::uint8_t>(1 + octets[0] % highest)};
    parameters.advertisement_interval = kIntervals[octets[1] & 3];
    parameters.preempt_mode = (octets[1] & 4) == 0;
    parameters.announce = static_cast<AnnouncePolicy>((octets[1] >> 3) % 3);
    parameters.preempt_delay = kSpans[octets[2] & 3];
    parameters.hold_down = kSpans[octets[2] >> 2 & 3];
    parameters.ears_open_timeout = kSpans[octets[3] & 3];
    return parameters;
}

class Player {
public:
    explicit Player(Octets script) : script_{script}, group_{read_members()} {}

    Played play() {
        while (script_.size() >= 3 && group_.broken().empty()) {
            const Octets step = take(3);
            pass_time(step[0]);
            const bool was_active = group_.is_active();
            happen(step[1], step[2]);
            ++played_.steps;
            if (!was_active && group_.is_active()) ++played_.takeovers;
        }
        played_.broken = group_.broken();
        return played_;
    }

private:
    Octets take(std::size_t count) {
        const Octets taken = script_.first(count);
        script_ = script_.subspan(count);
        return taken;
    }

    std::vector<Parameters> read_members() {
        const std::size_t count = script_.empty() ? 1U : 1U + take(1)[0] % 3U;
        std::vector<Parameters> members;
        while (members.size() < count && script_.size() >= 4) {
            members.push_back(parameters_from(take(4), count == 1));
        }
        if (members.empty()) members.emplace_back();
        return members;
    }

    // Some of a fixed choice, or to the deadline, or past it: a little, by an interval, by more than any
    // patience.
    void pass_time(std::uint8_t octet) {
        const std::optional<TimePoint> deadline = group_.group().next_deadline();
        const Duration to_deadline = deadline && *deadline > now_ ? *deadline - now_ : 0ns;
        switch (octet % 20) {
            case 12: now_ += to_deadline; break;
            case 13: now_ += to_deadline > 0ns ? to_deadline - 1ns : 0ns; break;
            case 14: now_ += to_deadline + 1ns; break;
            case 15: now_ += to_deadline + 30us; break;
            case 16: now_ += to_deadline + 10ms + 1ns; break;
            case 17: now_ += to_deadline + 1s + 1ns; break;
            case 18: now_ += to_deadline + 41s; break;
            case 19: now_ += to_deadline; break;
            default: now_ += kPauses[octet % 20]; break;
        }
    }

    void happen(std::uint8_t what, std::uint8_t value) {
        const std::size_t member = (value >> 6) % group_.group().size();
        if (what % 16 < 4) {
            (void)group_.handle_timer(now_);
        } else {
            (void)group_.handle(now_, member, event(what, value));
        }
    }

    [[nodiscard]] Event event(std::uint8_t what, std::uint8_t value) const {
        const bool alone = group_.group().size() == 1;
        switch (what % 16) {
            case 4: return Startup{kSources[value % 3]};
            case 5:
                return AdvertisementReceived{Priority{value}, kIntervals[what >> 4 & 3],
                                             kSources[(what >> 6) % 3], kAges[value & 1]};
            case 6: return heard_equal(what, value);
            case 7: return FrameReceived{};
            case 8: return AddressesAcquired{};
            case 9: return AcquisitionFailed{};
            case 10: return Resign{kSpans[value & 3]};
            case 11: return EligibilityChanged{(value & 1) != 0};
            case 12: return ParametersChanged{parameters_from(OctetString{value, what, value, what}, alone)};
            case 13: return Contention{};
            case 14: return AddressesRestored{};
            default: break;
        }
        if (value % 4 == 0) return Shutdown{};
        if (value % 4 == 1) return InterfaceLost{};
        if (value % 4 == 2) return NamedSuccessor{};
        return PrimaryAddressChanged{kSources[what >> 6 & 1]};
    }

    // Of the same priority as the member that hears it, which hits by chance too rarely.
    [[nodiscard]] Event heard_equal(std::uint8_t what, std::uint8_t value) const {
        const std::size_t member = (value >> 6) % group_.group().size();
        const Priority priority = group_.group().member(member).parameters().priority;
        return AdvertisementReceived{priority, kIntervals[what >> 4 & 3], kSources[value % 3]};
    }

    Octets script_;
    WatchedGroup group_;
    Played played_;
    TimePoint now_ = kStart;
};

}  // namespace

Played play(Octets script) {
    return Player{script}.play();
}

}  // namespace highbase::tests
