// SPDX-License-Identifier: GPL-2.0-or-later
// Every event in Initialize.
// An advertisement teaches 500 ms here: A=500, three of them and the skew of priority 100 are 1804.6875 ms.
#include "tests/vrrp/walk.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("walk: a router that was never started") {
    const auto setting = [] { return Story{}; };
    REQUIRE(setting().state() == "initialize");
    walk(setting,
         std::vector<Step>{
             {5s, Startup{kHigherAddress}, "", "backup A=1000 down=8609.375 preempt=5000 ears=35000"},
             {5s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {5s, Shutdown{}, "", ""},
             {5s, InterfaceLost{}, "", ""},
             {5s, TimerExpired{}, "", ""},
             {5s, TimerExpired{5s}, "", ""},
             {5s, kReleasing, "", ""},
             {5s, kInferior, "", ""},
             {5s, kEqualLower, "", ""},
             {5s, kEqualHigher, "", ""},
             {5s, kSuperior, "", ""},
             {5s, FrameReceived{}, "", ""},
             {5s, AddressesAcquired{}, "", ""},
             {5s, AcquisitionFailed{}, "", ""},
             {5s, Resign{}, "", "initialize held=5000"},
             {5s, Resign{20s}, "", "initialize held=25000"},
             {5s, EligibilityChanged{false}, "", "initialize ineligible"},
             {5s, EligibilityChanged{true}, "", ""},
             {5s, ParametersChanged{}, "", ""},
             {5s, kFaster, "", ""},
             {5s, Contention{}, "", ""},
             {5s, NamedSuccessor{}, "", ""},
             {5s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: an address owner that was never started") {
    const auto setting = [] { return Story{with_priority(255)}; };
    REQUIRE(setting().state() == "initialize");
    walk(setting, std::vector<Step>{
                      {5s, Startup{kHigherAddress}, "send 255, acquire", "active adver=6000 last=5000"},
                      {5s, PrimaryAddressChanged{kHigherAddress}, "", ""},
                      {5s, Shutdown{}, "", ""},
                      {5s, InterfaceLost{}, "", ""},
                      {5s, TimerExpired{}, "", ""},
                      {5s, TimerExpired{5s}, "", ""},
                      {5s, kReleasing, "", ""},
                      {5s, heard(254), "", ""},
                      {5s, heard(255, Centiseconds{50}, kLowerAddress), "", ""},
                      {5s, heard(255, Centiseconds{50}, kHigherAddress), "", ""},
                      {5s, FrameReceived{}, "", ""},
                      {5s, AddressesAcquired{}, "", ""},
                      {5s, AcquisitionFailed{}, "", ""},
                      {5s, Resign{}, "", "initialize held=5000"},
                      {5s, Resign{20s}, "", "initialize held=25000"},
                      {5s, EligibilityChanged{false}, "", "initialize ineligible"},
                      {5s, EligibilityChanged{true}, "", ""},
                      {5s, ParametersChanged{}, "", ""},
                      {5s, kFaster, "", ""},
                      {5s, Contention{}, "", ""},
                      {5s, NamedSuccessor{}, "", ""},
                      {5s, AddressesRestored{}, "", ""},
                  });
}

TEST_CASE("walk: an ineligible router that was never started") {
    const auto setting = [] {
        Story story;
        (void)story.at(0s, EligibilityChanged{false});
        return story;
    };
    REQUIRE(setting().state() == "initialize ineligible");
    walk(setting, std::vector<Step>{
                      {5s, Startup{kHigherAddress}, "",
                       "backup A=1000 down=8609.375 preempt=5000 ears=35000 ineligible"},
                      {5s, PrimaryAddressChanged{kHigherAddress}, "", ""},
                      {5s, Shutdown{}, "", ""},
                      {5s, InterfaceLost{}, "", ""},
                      {5s, TimerExpired{}, "", ""},
                      {5s, TimerExpired{5s}, "", ""},
                      {5s, kReleasing, "", ""},
                      {5s, kInferior, "", ""},
                      {5s, kEqualLower, "", ""},
                      {5s, kEqualHigher, "", ""},
                      {5s, kSuperior, "", ""},
                      {5s, FrameReceived{}, "", ""},
                      {5s, AddressesAcquired{}, "", ""},
                      {5s, AcquisitionFailed{}, "", ""},
                      {5s, Resign{}, "", "initialize held=5000 ineligible"},
                      {5s, Resign{20s}, "", "initialize held=25000 ineligible"},
                      {5s, EligibilityChanged{false}, "", ""},
                      {5s, EligibilityChanged{true}, "", "initialize held=5000"},
                      {5s, ParametersChanged{}, "", ""},
                      {5s, kFaster, "", ""},
                      {5s, Contention{}, "", ""},
                      {5s, NamedSuccessor{}, "", ""},
                      {5s, AddressesRestored{}, "", ""},
                  });
}

TEST_CASE("walk: an address owner that resigned and then lost its interface") {
    const auto setting = [] {
        Story story = serving(with_priority(255));
        (void)story.at(0s, Resign{20s});
        (void)story.at(0s, InterfaceLost{});
        return story;
    };
    REQUIRE(setting().state() == "initialize held=20000");
    walk(setting, std::vector<Step>{
                      {5s, Startup{kHigherAddress}, "",
                       "backup A=1000 down=8003.90625 preempt=5000 ears=35000 held=20000"},
                      {5s, PrimaryAddressChanged{kHigherAddress}, "", ""},
                      {5s, Shutdown{}, "", ""},
                      {5s, InterfaceLost{}, "", ""},
                      {5s, TimerExpired{}, "", ""},
                      {5s, TimerExpired{5s}, "", ""},
                      {5s, kReleasing, "", ""},
                      {5s, heard(254), "", ""},
                      {5s, heard(255, Centiseconds{50}, kLowerAddress), "", ""},
                      {5s, heard(255, Centiseconds{50}, kHigherAddress), "", ""},
                      {5s, FrameReceived{}, "", ""},
                      {5s, AddressesAcquired{}, "", ""},
                      {5s, AcquisitionFailed{}, "", ""},
                      {5s, Resign{}, "", ""},
                      {5s, Resign{20s}, "", "initialize held=25000"},
                      {5s, EligibilityChanged{false}, "", "initialize held=20000 ineligible"},
                      {5s, EligibilityChanged{true}, "", ""},
                      {5s, ParametersChanged{}, "", ""},
                      {5s, kFaster, "", ""},
                      {5s, Contention{}, "", ""},
                      {5s, NamedSuccessor{}, "", ""},
                      {5s, AddressesRestored{}, "", ""},
                  });
}
