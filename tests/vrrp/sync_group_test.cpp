// SPDX-License-Identifier: GPL-2.0-or-later
// An IPv4 and an IPv6 virtual router of one service: members 0 and 1, priority 100, interval 1 s unless told
// otherwise. Active_Down_Interval 3.609375 s.
#include "vrrp/sync_group.hpp"

#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

class Group {
public:
    explicit Group(const std::vector<Parameters>& members) : group_{members} {}

    std::string at(Duration time, std::size_t member, const Event& event) {
        return describe(group_.handle(kStart + time, member, event));
    }
    std::string wake(Duration time) { return describe(group_.handle_timer(kStart + time)); }
    std::string wake_in_time() { return wake(deadline()); }
    [[nodiscard]] Duration deadline() const {
        const std::optional<TimePoint> time = group_.next_deadline();
        return time ? *time - kStart : kNever;
    }
    [[nodiscard]] std::string state(std::size_t member) const { return describe(group_.member(member)); }
    [[nodiscard]] const SyncGroup& group() const { return group_; }

private:
    SyncGroup group_;
};

Group backups(const std::vector<Parameters>& members) {
    Group group{members};
    for (std::size_t i = 0; i < members.size(); ++i) {
        (void)group.at(0s, i, Startup{kOwnAddress});
        (void)group.at(0s, i, FrameReceived{});
    }
    return group;
}

// Active since 3.609375 s, addresses acquired then. Wake-ups at multiples of 1 s after that.
Group servants() {
    Group group = backups({{}, {}});
    (void)group.wake_in_time();
    (void)group.at(3'609'375us, 0, AddressesAcquired{});
    (void)group.at(3'609'375us, 1, AddressesAcquired{});
    return group;
}

constexpr auto kAllTakeOver = "0: send 100, 0: acquire, 1: send 100, 1: acquire";

}  // namespace

// ---- taking over

TEST_CASE("a group takes over when the Active is silent on every member") {
    Group group = backups({{}, {}});
    CHECK(group.deadline() == 3'609'375us);
    CHECK(group.wake(3'609'374'999ns).empty());
    CHECK(group.wake_in_time() == kAllTakeOver);
    CHECK(group.group().member(0).is_active());
    CHECK(group.group().member(1).is_active());
}

TEST_CASE("one path that fails alone moves nothing") {
    Group group = backups({{}, {}});
    CHECK(group.at(3s, 1, heard(200)).empty());
    CHECK(group.deadline() == 6'609'375us);
    CHECK(group.wake(3'609'375us).empty());
    CHECK(group.at(6s, 1, heard(200)).empty());
    CHECK(group.wake(6'609'375us).empty());
    CHECK(group.state(0) == "backup A=1000 down=3609.375 preempt=0");
    CHECK(group.wake_in_time() == kAllTakeOver);  // at 9.609375 s, when it is silent there too
}

TEST_CASE("members whose silence ended long ago did not wake late") {
    Group group = backups({{}, {}});
    CHECK(group.at(3s, 1, heard(200, Centiseconds{1000})).empty());
    CHECK(group.deadline() == 39'093'750us);
    CHECK(group.wake_in_time() == kAllTakeOver);
}

TEST_CASE("a group whose Active resigns on every member takes over after the longest skew") {
    Group group = backups({with_priority(100), with_priority(200)});
    CHECK(group.at(1s, 0, heard(0)).empty());
    CHECK(group.deadline() == 3'218'750us);
    CHECK(group.at(1s, 1, heard(0)).empty());
    CHECK(group.deadline() == 1'609'375us);
    CHECK(group.wake_in_time() == "0: send 100, 0: acquire, 1: send 200, 1: acquire");
}

TEST_CASE("a group waits for a member that is not there, or may not") {
    Group not_started{{{}, {}}};
    (void)not_started.at(0s, 0, Startup{kOwnAddress});
    (void)not_started.at(0s, 0, FrameReceived{});
    CHECK(not_started.deadline() == kNever);
    CHECK(not_started.wake(1h).empty());
    Group ineligible = backups({{}, {}});
    (void)ineligible.at(0s, 1, EligibilityChanged{false});
    CHECK(ineligible.deadline() == kNever);
    CHECK(ineligible.wake(1h).empty());
    (void)ineligible.at(2h, 1, EligibilityChanged{true});
    CHECK(ineligible.deadline() == 2h);
    CHECK(ineligible.wake_in_time() == kAllTakeOver);
}

TEST_CASE("a group waits for a member that is held down, or has heard nothing on its link") {
    Group held = backups({{}, {}});
    (void)held.at(0s, 0, Resign{20s});
    CHECK(held.deadline() == 20s);
    Group deaf{{{}, {}}};
    (void)deaf.at(0s, 0, Startup{kOwnAddress});
    (void)deaf.at(0s, 1, Startup{kOwnAddress});
    (void)deaf.at(0s, 0, FrameReceived{});
    CHECK(deaf.deadline() == 30s);
    CHECK(deaf.wake_in_time() == kAllTakeOver);
}

TEST_CASE("a group preempts only where it is superior on every member") {
    Group group = backups({{}, {}});
    CHECK(group.at(1s, 0, heard(1)).empty());
    CHECK(group.at(1s, 1, heard(200)).empty());
    CHECK(group.deadline() == 4'609'375us);
    CHECK(group.at(4s, 0, heard(1)).empty());
    CHECK(group.at(4s, 1, heard(1)).empty());
    CHECK(group.wake_in_time() == kAllTakeOver);
}

// ---- leaving

TEST_CASE("when one member has to leave, the others resign") {
    Group group = servants();
    CHECK(group.at(3'700ms, 1, heard(200)) == "1: release, 0: release, 0: send 0");
    CHECK(group.state(0) == "backup A=1000 down=7309.375 preempt=3700 held=3700");
    CHECK(group.state(1) == "backup A=1000 down=7309.375 preempt=3700");
}

TEST_CASE("whatever the reason is") {
    const auto after = [](const Event& event) { return servants().at(3'700ms, 0, event); };
    CHECK(after(heard(200)) == "0: release, 1: release, 1: send 0");
    CHECK(after(Resign{}) == "0: release, 0: send 0, 1: release, 1: send 0");
    CHECK(after(AcquisitionFailed{}) == "0: release, 0: send 0, 1: release, 1: send 0");
    CHECK(after(Shutdown{}) == "0: release, 0: send 0, 1: release, 1: send 0");
    CHECK(after(InterfaceLost{}) == "0: release, 1: release, 1: send 0");
}

TEST_CASE("what does not make a member leave leaves the others alone") {
    const auto after = [](const Event& event) { return servants().at(3'700ms, 0, event); };
    CHECK(after(heard(1)) == "0: send 100, 0: announce");
    CHECK(after(heard(0)) == "0: send 100");
    CHECK(after(FrameReceived{}).empty());
    CHECK(after(EligibilityChanged{false}).empty());
    CHECK(after(ParametersChanged{with_priority(150)}) == "0: send 150");
    CHECK(after(Startup{kOwnAddress}).empty());
}

TEST_CASE("the hold-down of the member that could not serve holds the group") {
    Group group = servants();
    (void)group.at(4s, 0, AcquisitionFailed{});
    CHECK(group.deadline() == 14s);
    CHECK(group.wake(7'609'375us).empty());
    CHECK(group.wake_in_time() == kAllTakeOver);
}

TEST_CASE("a member that leaves twice is heard once") {
    Group group = servants();
    CHECK(group.at(4s, 0, Shutdown{}) == "0: release, 0: send 0, 1: release, 1: send 0");
    CHECK(group.at(4s, 1, Shutdown{}).empty());
    CHECK(group.deadline() == kNever);
}

TEST_CASE("only a takeover is announced as one") {
    Group group = backups({{}, {}});
    CHECK(group.group().next_takeover() == kStart + 3'609'375us);
    (void)group.wake_in_time();
    CHECK(group.group().next_takeover() == std::nullopt);
    CHECK(group.deadline() == 4'609'375us);
    (void)group.at(4s, 0, EligibilityChanged{false});
    (void)group.at(4s, 0, Resign{});
    CHECK(group.group().next_takeover() == std::nullopt);
}

// ---- while Active

TEST_CASE("the deadline of an Active group is the first of its members'") {
    Group group = backups(
        {{.advertisement_interval = Centiseconds{10}}, {.advertisement_interval = Centiseconds{100}}});
    CHECK(group.deadline() == 3'609'375us);
    CHECK(group.wake_in_time() == kAllTakeOver);
    CHECK(group.deadline() == 3'709'375us);
    CHECK(group.wake_in_time() == "0: send 100");
    CHECK(group.deadline() == 3'809'375us);
}

TEST_CASE("a group of Actives that overslept lets go of everything, and says nothing") {
    Group group = servants();
    CHECK(group.wake(20s) == "0: release, 1: release");
    CHECK(group.deadline() == 21'609'375us);
    CHECK(group.wake_in_time() == kAllTakeOver);
}

TEST_CASE("where only one of them overslept, the other resigns") {
    Group group = backups(
        {{.advertisement_interval = Centiseconds{10}}, {.advertisement_interval = Centiseconds{100}}});
    (void)group.wake_in_time();
    // 500 ms later: more than the 360.9375 ms of member 0, not even an interval of member 1.
    CHECK(group.wake(4'109'375us) == "0: release, 1: release, 1: send 0");
    CHECK_FALSE(group.group().member(0).is_active());
    CHECK_FALSE(group.group().member(1).is_active());
}

TEST_CASE("the same where the sleeper is the last of them: the first, due to advertise, does not") {
    Group group =
        backups({{.advertisement_interval = Centiseconds{20}}, {.advertisement_interval = Centiseconds{10}}});
    (void)group.wake_in_time();
    CHECK(group.wake(1'121'875us) == "1: release, 0: release, 0: send 0");
}

TEST_CASE("a frame that wakes a group that overslept makes it let go too") {
    Group group = servants();
    CHECK(group.at(20s, 1, FrameReceived{}) == "1: release, 0: release");
    CHECK(group.deadline() == 21'609'375us);
}

// ---- a late Backup

TEST_CASE("a group of Backups that wakes late listens again, once") {
    Group group = backups({{}, {}});
    CHECK(group.wake(10s).empty());
    CHECK(group.state(0) == "backup A=1000 down=11609.375 preempt=0 again");
    CHECK(group.state(1) == "backup A=1000 down=11609.375 preempt=0 again");
    CHECK(group.wake(20s) == kAllTakeOver);
}

TEST_CASE("while one member wants to listen again, none takes over") {
    Group group = backups({{}, {}});
    (void)group.at(1s, 0, heard(200, Centiseconds{10}));  // due at 1.3609375 s
    CHECK(group.deadline() == 3'609'375us);
    // 500 ms late: more than the interval that member 0 learned, less than that of member 1.
    CHECK(group.wake(4'109'375us).empty());
    CHECK(group.state(0) == "backup A=100 down=4270.3125 preempt=0 again");
    CHECK(group.state(1) == "backup A=1000 down=3609.375 preempt=0");
    CHECK(group.deadline() == 4'270'312'500ns);
    CHECK(group.wake_in_time() == kAllTakeOver);
}

TEST_CASE("a group that is always late takes over at last") {
    Group group = backups({{}, {}});
    (void)group.at(1s, 0, heard(200, Centiseconds{10}));
    CHECK(group.wake(4'109'375us).empty());  // member 0 listens
    CHECK(group.wake(5'500ms).empty());      // 1.2 s late: now member 1 does
    CHECK(group.wake(60s) == kAllTakeOver);
}

// ---- groups of one, and what is no group

TEST_CASE("a group of one is its member") {
    Group group = backups({with_priority(200)});
    CHECK(group.deadline() == 3'218'750us);
    CHECK(group.wake_in_time() == "0: send 200, 0: acquire");
    CHECK(group.at(4s, 0, AddressesAcquired{}) == "0: announce");
    CHECK(group.deadline() == 4'020ms);
    CHECK(group.at(4'010ms, 0, heard(1)) == "0: send 200");
    CHECK(group.at(4'010ms, 0, heard(201)) == "0: release");
    CHECK(group.at(4'020ms, 0, Shutdown{}).empty());
    CHECK(group.deadline() == kNever);
}

TEST_CASE("an address owner takes over without waiting for anybody, and so must be alone") {
    Group alone{{with_priority(255)}};
    CHECK(alone.at(0s, 0, Startup{kOwnAddress}) == "0: send 255, 0: acquire");
    CHECK_THROWS_AS(SyncGroup({with_priority(100), with_priority(255)}), std::logic_error);
    Group group = backups({{}, {}});
    CHECK_THROWS_AS(group.at(0s, 1, ParametersChanged{with_priority(255)}), std::logic_error);
}

TEST_CASE("a mistake of the caller is not taken for an event") {
    CHECK_THROWS_AS(SyncGroup({}), std::logic_error);
    Group group = backups({{}, {}});
    CHECK_THROWS_AS(group.at(0s, 2, FrameReceived{}), std::out_of_range);
    CHECK_THROWS_AS(group.at(0s, 0, TimerExpired{}), std::logic_error);  // time is for the whole group
    CHECK(group.group().size() == 2);
}
