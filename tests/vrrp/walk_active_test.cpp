// SPDX-License-Identifier: GPL-2.0-or-later
// Every event in Active.
// An advertisement teaches 500 ms here: A=500, three of them and the skew of priority 100 are 1804.6875 ms.
#include "tests/vrrp/walk.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("walk: an Active without its addresses") {
    const auto setting = [] { return active(); };
    REQUIRE(setting().state() == "active adver=1000 last=0");
    walk(setting,
         std::vector<Step>{
             {200ms, Startup{kHigherAddress}, "", ""},
             {200ms, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {200ms, Shutdown{}, "release, send 0", "initialize"},
             {200ms, InterfaceLost{}, "release", "initialize"},
             {200ms, TimerExpired{}, "", ""},
             {1s, TimerExpired{}, "send 100", "active adver=2000 last=1000"},
             {2'100ms, TimerExpired{1'100ms}, "send 100", "active adver=3100 last=2100"},
             {4s, TimerExpired{3s}, "release", "backup A=1000 down=5609.375 preempt=4000 again"},
             {200ms, kReleasing, "send 100", "active adver=1200 last=200"},
             {200ms, kInferior, "send 100", "active adver=1000 last=200"},
             {200ms, kEqualLower, "send 100", "active adver=1000 last=200"},
             {200ms, kEqualHigher, "release", "backup A=500 down=2004.6875 preempt=200"},
             {200ms, kSuperior, "release", "backup A=500 down=2004.6875 preempt=200"},
             {200ms, FrameReceived{}, "", ""},
             {200ms, AddressesAcquired{}, "announce", "active adver=1000 last=0 renew=1200 announce=220"},
             {200ms, AcquisitionFailed{}, "release, send 0",
              "backup A=1000 down=3809.375 preempt=200 held=10200"},
             {200ms, Resign{}, "release, send 0", "backup A=1000 down=3809.375 preempt=200 held=200"},
             {200ms, Resign{20s}, "release, send 0", "backup A=1000 down=3809.375 preempt=200 held=20200"},
             {200ms, EligibilityChanged{false}, "", "active adver=1000 last=0 ineligible"},
             {200ms, EligibilityChanged{true}, "", ""},
             {200ms, ParametersChanged{}, "", ""},
             {200ms, kFaster, "send 150", "active adver=300 last=200"},
             {200ms, Contention{}, "", ""},
             {200ms, NamedSuccessor{}, "", ""},
             {200ms, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: an Active that serves") {
    const auto setting = [] {
        Story story = serving();
        (void)story.at(100ms, TimerExpired{80ms});
        return story;
    };
    REQUIRE(setting().state() == "active adver=1000 last=0 renew=1000 announce=500");
    walk(setting,
         std::vector<Step>{
             {200ms, Startup{kHigherAddress}, "", ""},
             {200ms, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {200ms, Shutdown{}, "release, send 0", "initialize"},
             {200ms, InterfaceLost{}, "release", "initialize"},
             {200ms, TimerExpired{}, "", ""},
             {1s, TimerExpired{}, "send 100, renew, announce",
              "active adver=2000 last=1000 renew=2000 announce=2000"},
             {2'100ms, TimerExpired{1'100ms}, "send 100, renew, announce",
              "active adver=3100 last=2100 renew=3100 announce=5000"},
             {4s, TimerExpired{3s}, "release", "backup A=1000 down=5609.375 preempt=4000 again"},
             {200ms, kReleasing, "send 100", "active adver=1200 last=200 renew=1000 announce=500"},
             {200ms, kInferior, "send 100", "active adver=1000 last=200 renew=1000 announce=500"},
             {200ms, kEqualLower, "send 100", "active adver=1000 last=200 renew=1000 announce=500"},
             {200ms, kEqualHigher, "release", "backup A=500 down=2004.6875 preempt=200"},
             {200ms, kSuperior, "release", "backup A=500 down=2004.6875 preempt=200"},
             {200ms, FrameReceived{}, "", ""},
             {200ms, AddressesAcquired{}, "", ""},
             {200ms, AcquisitionFailed{}, "release, send 0",
              "backup A=1000 down=3809.375 preempt=200 held=10200"},
             {200ms, Resign{}, "release, send 0", "backup A=1000 down=3809.375 preempt=200 held=200"},
             {200ms, Resign{20s}, "release, send 0", "backup A=1000 down=3809.375 preempt=200 held=20200"},
             {200ms, EligibilityChanged{false}, "",
              "active adver=1000 last=0 renew=1000 announce=500 ineligible"},
             {200ms, EligibilityChanged{true}, "", ""},
             {200ms, ParametersChanged{}, "", ""},
             {200ms, kFaster, "send 150", "active adver=300 last=200 renew=1000 announce=500"},
             {200ms, Contention{}, "", ""},
             {200ms, NamedSuccessor{}, "", ""},
             {200ms, AddressesRestored{}, "announce", "active adver=1000 last=0 renew=1000 announce=220"},
         });
}

TEST_CASE("walk: an Active that is not eligible any more") {
    const auto setting = [] {
        Story story = serving();
        (void)story.at(100ms, EligibilityChanged{false});
        return story;
    };
    REQUIRE(setting().state() == "active adver=1000 last=0 renew=1000 announce=20 ineligible");
    walk(
        setting,
        std::vector<Step>{
            {200ms, Startup{kHigherAddress}, "", ""},
            {200ms, PrimaryAddressChanged{kHigherAddress}, "", ""},
            {200ms, Shutdown{}, "release, send 0", "initialize ineligible"},
            {200ms, InterfaceLost{}, "release", "initialize ineligible"},
            {200ms, TimerExpired{}, "announce",
             "active adver=1000 last=0 renew=1000 announce=500 ineligible"},
            {1s, TimerExpired{}, "send 100, renew, announce",
             "active adver=2000 last=1000 renew=2000 announce=2000 ineligible"},
            {2'100ms, TimerExpired{1'100ms}, "send 100, renew, announce",
             "active adver=3100 last=2100 renew=3100 announce=5000 ineligible"},
            {4s, TimerExpired{3s}, "release", "backup A=1000 down=5609.375 preempt=4000 again ineligible"},
            {200ms, kReleasing, "send 100", "active adver=1200 last=200 renew=1000 announce=20 ineligible"},
            {200ms, kInferior, "send 100, announce",
             "active adver=1000 last=200 renew=1000 announce=500 ineligible"},
            {200ms, kEqualLower, "send 100, announce",
             "active adver=1000 last=200 renew=1000 announce=500 ineligible"},
            {200ms, kEqualHigher, "release", "backup A=500 down=2004.6875 preempt=200 ineligible"},
            {200ms, kSuperior, "release", "backup A=500 down=2004.6875 preempt=200 ineligible"},
            {200ms, FrameReceived{}, "", ""},
            {200ms, AddressesAcquired{}, "", ""},
            {200ms, AcquisitionFailed{}, "release, send 0",
             "backup A=1000 down=3809.375 preempt=200 held=10200 ineligible"},
            {200ms, Resign{}, "release, send 0",
             "backup A=1000 down=3809.375 preempt=200 held=200 ineligible"},
            {200ms, Resign{20s}, "release, send 0",
             "backup A=1000 down=3809.375 preempt=200 held=20200 ineligible"},
            {200ms, EligibilityChanged{false}, "", ""},
            {200ms, EligibilityChanged{true}, "", "active adver=1000 last=0 renew=1000 announce=20 held=200"},
            {200ms, ParametersChanged{}, "", ""},
            {200ms, kFaster, "send 150", "active adver=300 last=200 renew=1000 announce=20 ineligible"},
            {200ms, Contention{}, "announce", "active adver=1000 last=0 renew=1000 announce=500 ineligible"},
            {200ms, NamedSuccessor{}, "", ""},
            {200ms, AddressesRestored{}, "announce",
             "active adver=1000 last=0 renew=1000 announce=220 ineligible"},
        });
}

TEST_CASE("walk: an address owner that announces nothing") {
    const auto setting = [] {
        return serving({.priority = kPriorityOwner, .announce = AnnouncePolicy::none});
    };
    REQUIRE(setting().state() == "active adver=1000 last=0 renew=1000 announce=never");
    walk(setting,
         std::vector<Step>{
             {200ms, Startup{kHigherAddress}, "", ""},
             {200ms, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {200ms, Shutdown{}, "release, send 0", "initialize"},
             {200ms, InterfaceLost{}, "release", "initialize"},
             {200ms, TimerExpired{}, "", ""},
             {1s, TimerExpired{}, "send 255, renew", "active adver=2000 last=1000 renew=2000 announce=never"},
             {4s, TimerExpired{3s}, "release", "backup A=1000 down=5003.90625 preempt=4000 again"},
             {200ms, kReleasing, "send 255", "active adver=1200 last=200 renew=1000 announce=never"},
             {200ms, heard(254, Centiseconds{50}), "send 255",
              "active adver=1000 last=200 renew=1000 announce=never"},
             {200ms, heard(255, Centiseconds{50}, kLowerAddress), "send 255",
              "active adver=1000 last=200 renew=1000 announce=never"},
             {200ms, heard(255, Centiseconds{50}, kHigherAddress), "release",
              "backup A=500 down=1701.953125 preempt=200"},
             {200ms, FrameReceived{}, "", ""},
             {200ms, AddressesAcquired{}, "", ""},
             {200ms, AcquisitionFailed{}, "release, send 0",
              "backup A=1000 down=3203.90625 preempt=200 held=10200"},
             {200ms, Resign{}, "release, send 0", "backup A=1000 down=3203.90625 preempt=200 held=200"},
             {200ms, Resign{20s}, "release, send 0", "backup A=1000 down=3203.90625 preempt=200 held=20200"},
             {200ms, EligibilityChanged{false}, "",
              "active adver=1000 last=0 renew=1000 announce=never ineligible"},
             {200ms, EligibilityChanged{true}, "", ""},
             {200ms, ParametersChanged{}, "send 100", "active adver=1200 last=200 renew=1000 announce=200"},
             {200ms, kFaster, "send 150", "active adver=300 last=200 renew=1000 announce=200"},
             {200ms, Contention{}, "", ""},
             {200ms, NamedSuccessor{}, "", ""},
             {200ms, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: an Active that overslept") {
    const auto setting = [] { return serving(); };
    REQUIRE(setting().state() == "active adver=1000 last=0 renew=1000 announce=20");
    walk(
        setting,
        std::vector<Step>{
            {6s, Startup{kHigherAddress}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, PrimaryAddressChanged{kHigherAddress}, "release",
             "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, Shutdown{}, "release", "initialize"},
            {6s, InterfaceLost{}, "release", "initialize"},
            {6s, TimerExpired{5s}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, kReleasing, "release", "backup A=1000 down=6609.375 preempt=6000 again"},
            {6s, kInferior, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, kEqualLower, "release", "backup A=500 down=7804.6875 preempt=6000"},
            {6s, kEqualHigher, "release", "backup A=500 down=7804.6875 preempt=6000"},
            {6s, kSuperior, "release", "backup A=500 down=7804.6875 preempt=6000"},
            {6s, FrameReceived{}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, AddressesAcquired{}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, AcquisitionFailed{}, "release", "backup A=1000 down=7609.375 preempt=6000 again held=16000"},
            {6s, Resign{}, "release", "backup A=1000 down=7609.375 preempt=6000 again held=6000"},
            {6s, Resign{20s}, "release", "backup A=1000 down=7609.375 preempt=6000 again held=26000"},
            {6s, EligibilityChanged{false}, "release",
             "backup A=1000 down=7609.375 preempt=6000 again ineligible"},
            {6s, EligibilityChanged{true}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, ParametersChanged{}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, kFaster, "release", "backup A=1000 down=7414.0625 preempt=6000 again"},
            {6s, Contention{}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, NamedSuccessor{}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
            {6s, AddressesRestored{}, "release", "backup A=1000 down=7609.375 preempt=6000 again"},
        });
}
