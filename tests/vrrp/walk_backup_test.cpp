// SPDX-License-Identifier: GPL-2.0-or-later
// Every event in Backup.
// An advertisement teaches 500 ms here: A=500, three of them and the skew of priority 100 are 1804.6875 ms.
#include "tests/vrrp/walk.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("walk: a Backup that has heard nothing on its link") {
    const auto setting = [] {
        Story story;
        (void)story.at(0s, Startup{kOwnAddress});
        return story;
    };
    REQUIRE(setting().state() == "backup A=1000 down=3609.375 preempt=0 ears=30000");
    walk(setting,
         std::vector<Step>{
             {1s, Startup{kHigherAddress}, "", ""},
             {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {1s, Shutdown{}, "", "initialize"},
             {1s, InterfaceLost{}, "", "initialize"},
             {1s, TimerExpired{}, "", ""},
             {30s, TimerExpired{}, "send 100, acquire", "active adver=31000 last=30000"},
             {31s, TimerExpired{1s}, "send 100, acquire", "active adver=32000 last=31000"},
             {32s, TimerExpired{2s}, "", "backup A=1000 down=33609.375 preempt=0 ears=30000 again"},
             {1s, kReleasing, "", "backup A=1000 down=1609.375 preempt=0"},
             {1s, kInferior, "", "backup A=1000 down=4609.375 preempt=0"},
             {1s, kEqualLower, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kEqualHigher, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kSuperior, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, FrameReceived{}, "", "backup A=1000 down=4609.375 preempt=0"},
             {1s, AddressesAcquired{}, "", ""},
             {1s, AcquisitionFailed{}, "", "backup A=1000 down=3609.375 preempt=0 ears=30000 held=11000"},
             {1s, Resign{}, "", "backup A=1000 down=3609.375 preempt=0 ears=30000 held=1000"},
             {1s, Resign{20s}, "", "backup A=1000 down=3609.375 preempt=0 ears=30000 held=21000"},
             {1s, EligibilityChanged{false}, "",
              "backup A=1000 down=3609.375 preempt=0 ears=30000 ineligible"},
             {1s, EligibilityChanged{true}, "", ""},
             {1s, ParametersChanged{}, "", ""},
             {1s, kFaster, "", "backup A=1000 down=3414.0625 preempt=0 ears=30000"},
             {1s, Contention{}, "", ""},
             {1s, NamedSuccessor{}, "", "backup A=1000 down=1000 preempt=0"},
             {1s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: a Backup that has learned an interval of 500 ms") {
    const auto setting = [] {
        Story story = backup();
        (void)story.at(0s, heard(200, Centiseconds{50}));
        return story;
    };
    REQUIRE(setting().state() == "backup A=500 down=1804.6875 preempt=0");
    walk(setting,
         std::vector<Step>{
             {1s, Startup{kHigherAddress}, "", ""},
             {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {1s, Shutdown{}, "", "initialize"},
             {1s, InterfaceLost{}, "", "initialize"},
             {1s, TimerExpired{}, "", ""},
             {1'804'687'500ns, TimerExpired{}, "send 100, acquire", "active adver=2804.6875 last=1804.6875"},
             {2'304'687'500ns, TimerExpired{500ms}, "send 100, acquire",
              "active adver=3304.6875 last=2304.6875"},
             {2'304'687'501ns, TimerExpired{500'000'001ns}, "",
              "backup A=500 down=3109.375001 preempt=0 again"},
             {1s, kReleasing, "", "backup A=500 down=1304.6875 preempt=0"},
             {1s, kInferior, "", ""},
             {1s, kEqualLower, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kEqualHigher, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kSuperior, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, FrameReceived{}, "", ""},
             {1s, AddressesAcquired{}, "", ""},
             {1s, AcquisitionFailed{}, "", "backup A=500 down=1804.6875 preempt=0 held=11000"},
             {1s, Resign{}, "", "backup A=500 down=1804.6875 preempt=0 held=1000"},
             {1s, Resign{20s}, "", "backup A=500 down=1804.6875 preempt=0 held=21000"},
             {1s, EligibilityChanged{false}, "", "backup A=500 down=1804.6875 preempt=0 ineligible"},
             {1s, EligibilityChanged{true}, "", ""},
             {1s, ParametersChanged{}, "", ""},
             {1s, kFaster, "", "backup A=500 down=1707.03125 preempt=0"},
             {1s, Contention{}, "", ""},
             {1s, NamedSuccessor{}, "", "backup A=500 down=1000 preempt=0"},
             {1s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: a Backup within its preempt delay") {
    const auto setting = [] { return backup({.preempt_delay = 60s}); };
    REQUIRE(setting().state() == "backup A=1000 down=3609.375 preempt=60000");
    walk(setting,
         std::vector<Step>{
             {1s, Startup{kHigherAddress}, "", ""},
             {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {1s, Shutdown{}, "", "initialize"},
             {1s, InterfaceLost{}, "", "initialize"},
             {1s, TimerExpired{}, "", ""},
             {3'609'375us, TimerExpired{}, "send 100, acquire", "active adver=4609.375 last=3609.375"},
             {9s, TimerExpired{5'390'625us}, "", "backup A=1000 down=10609.375 preempt=60000 again"},
             {1s, kReleasing, "", "backup A=1000 down=1609.375 preempt=60000"},
             {1s, kInferior, "", "backup A=500 down=2804.6875 preempt=60000"},
             {1s, kEqualLower, "", "backup A=500 down=2804.6875 preempt=60000"},
             {1s, kEqualHigher, "", "backup A=500 down=2804.6875 preempt=60000"},
             {1s, kSuperior, "", "backup A=500 down=2804.6875 preempt=60000"},
             {1s, FrameReceived{}, "", ""},
             {1s, AddressesAcquired{}, "", ""},
             {1s, AcquisitionFailed{}, "", "backup A=1000 down=3609.375 preempt=60000 held=11000"},
             {1s, Resign{}, "", "backup A=1000 down=3609.375 preempt=60000 held=1000"},
             {1s, Resign{20s}, "", "backup A=1000 down=3609.375 preempt=60000 held=21000"},
             {1s, EligibilityChanged{false}, "", "backup A=1000 down=3609.375 preempt=60000 ineligible"},
             {1s, EligibilityChanged{true}, "", ""},
             {1s, ParametersChanged{}, "", ""},
             {1s, kFaster, "", "backup A=1000 down=3414.0625 preempt=60000"},
             {1s, Contention{}, "", ""},
             {1s, NamedSuccessor{}, "", "backup A=1000 down=1000 preempt=60000"},
             {1s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: a Backup without Preempt_Mode") {
    const auto setting = [] { return backup({.preempt_mode = false}); };
    REQUIRE(setting().state() == "backup A=1000 down=3609.375 preempt=0");
    walk(setting,
         std::vector<Step>{
             {1s, Startup{kHigherAddress}, "", ""},
             {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {1s, Shutdown{}, "", "initialize"},
             {1s, InterfaceLost{}, "", "initialize"},
             {1s, TimerExpired{}, "", ""},
             {3'609'375us, TimerExpired{}, "send 100, acquire", "active adver=4609.375 last=3609.375"},
             {9s, TimerExpired{5'390'625us}, "", "backup A=1000 down=10609.375 preempt=0 again"},
             {1s, kReleasing, "", "backup A=1000 down=1609.375 preempt=0"},
             {1s, kInferior, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kEqualLower, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kEqualHigher, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, kSuperior, "", "backup A=500 down=2804.6875 preempt=0"},
             {1s, FrameReceived{}, "", ""},
             {1s, AddressesAcquired{}, "", ""},
             {1s, AcquisitionFailed{}, "", "backup A=1000 down=3609.375 preempt=0 held=11000"},
             {1s, Resign{}, "", "backup A=1000 down=3609.375 preempt=0 held=1000"},
             {1s, Resign{20s}, "", "backup A=1000 down=3609.375 preempt=0 held=21000"},
             {1s, EligibilityChanged{false}, "", "backup A=1000 down=3609.375 preempt=0 ineligible"},
             {1s, EligibilityChanged{true}, "", ""},
             {1s, ParametersChanged{}, "", ""},
             {1s, kFaster, "", "backup A=1000 down=3414.0625 preempt=0"},
             {1s, Contention{}, "", ""},
             {1s, NamedSuccessor{}, "", "backup A=1000 down=1000 preempt=0"},
             {1s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: an ineligible Backup") {
    const auto setting = [] {
        Story story = backup();
        (void)story.at(0s, EligibilityChanged{false});
        return story;
    };
    REQUIRE(setting().state() == "backup A=1000 down=3609.375 preempt=0 ineligible");
    walk(setting,
         std::vector<Step>{
             {1s, Startup{kHigherAddress}, "", ""},
             {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {1s, Shutdown{}, "", "initialize ineligible"},
             {1s, InterfaceLost{}, "", "initialize ineligible"},
             {1s, TimerExpired{}, "", ""},
             {3'609'375us, TimerExpired{}, "", ""},
             {9s, TimerExpired{5'390'625us}, "", ""},
             {1s, kReleasing, "", "backup A=1000 down=1609.375 preempt=0 ineligible"},
             {1s, kInferior, "", "backup A=500 down=2804.6875 preempt=0 ineligible"},
             {1s, kEqualLower, "", "backup A=500 down=2804.6875 preempt=0 ineligible"},
             {1s, kEqualHigher, "", "backup A=500 down=2804.6875 preempt=0 ineligible"},
             {1s, kSuperior, "", "backup A=500 down=2804.6875 preempt=0 ineligible"},
             {1s, FrameReceived{}, "", ""},
             {1s, AddressesAcquired{}, "", ""},
             {1s, AcquisitionFailed{}, "", "backup A=1000 down=3609.375 preempt=0 held=11000 ineligible"},
             {1s, Resign{}, "", "backup A=1000 down=3609.375 preempt=0 held=1000 ineligible"},
             {1s, Resign{20s}, "", "backup A=1000 down=3609.375 preempt=0 held=21000 ineligible"},
             {1s, EligibilityChanged{false}, "", ""},
             {1s, EligibilityChanged{true}, "", "backup A=1000 down=3609.375 preempt=1000 held=1000"},
             {1s, ParametersChanged{}, "", ""},
             {1s, kFaster, "", "backup A=1000 down=3414.0625 preempt=0 ineligible"},
             {1s, Contention{}, "", ""},
             {1s, NamedSuccessor{}, "", "backup A=1000 down=1000 preempt=0 ineligible"},
             {1s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: a Backup that is held down") {
    const auto setting = [] {
        Story story = backup();
        (void)story.at(0s, Resign{20s});
        return story;
    };
    REQUIRE(setting().state() == "backup A=1000 down=3609.375 preempt=0 held=20000");
    walk(setting, std::vector<Step>{
                      {1s, Startup{kHigherAddress}, "", ""},
                      {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
                      {1s, Shutdown{}, "", "initialize held=20000"},
                      {1s, InterfaceLost{}, "", "initialize held=20000"},
                      {1s, TimerExpired{}, "", ""},
                      {20s, TimerExpired{}, "send 100, acquire", "active adver=21000 last=20000 held=20000"},
                      {22s, TimerExpired{2s}, "", "backup A=1000 down=23609.375 preempt=0 again held=20000"},
                      {1s, kReleasing, "", "backup A=1000 down=1609.375 preempt=0 held=20000"},
                      {1s, kInferior, "", "backup A=500 down=2804.6875 preempt=0 held=20000"},
                      {1s, kEqualLower, "", "backup A=500 down=2804.6875 preempt=0 held=20000"},
                      {1s, kEqualHigher, "", "backup A=500 down=2804.6875 preempt=0 held=20000"},
                      {1s, kSuperior, "", "backup A=500 down=2804.6875 preempt=0 held=20000"},
                      {1s, FrameReceived{}, "", ""},
                      {1s, AddressesAcquired{}, "", ""},
                      {1s, AcquisitionFailed{}, "", ""},
                      {1s, Resign{}, "", ""},
                      {1s, Resign{20s}, "", "backup A=1000 down=3609.375 preempt=0 held=21000"},
                      {1s, EligibilityChanged{false}, "",
                       "backup A=1000 down=3609.375 preempt=0 held=20000 ineligible"},
                      {1s, EligibilityChanged{true}, "", ""},
                      {1s, ParametersChanged{}, "", ""},
                      {1s, kFaster, "", "backup A=1000 down=3414.0625 preempt=0 held=20000"},
                      {1s, Contention{}, "", ""},
                      {1s, NamedSuccessor{}, "", "backup A=1000 down=1000 preempt=0 held=20000"},
                      {1s, AddressesRestored{}, "", ""},
                  });
}

TEST_CASE("walk: a Backup that woke late and listens again") {
    const auto setting = [] {
        Story story = backup();
        (void)story.wake_late(1'390'625us);
        return story;
    };
    REQUIRE(setting().state() == "backup A=1000 down=6609.375 preempt=0 again");
    walk(setting,
         std::vector<Step>{
             {5s, Startup{kHigherAddress}, "", ""},
             {5s, PrimaryAddressChanged{kHigherAddress}, "", ""},
             {5s, Shutdown{}, "", "initialize"},
             {5s, InterfaceLost{}, "", "initialize"},
             {5s, TimerExpired{}, "", ""},
             {6'609'375us, TimerExpired{}, "send 100, acquire", "active adver=7609.375 last=6609.375"},
             {9s, TimerExpired{2'390'625us}, "send 100, acquire", "active adver=10000 last=9000"},
             {5s, kReleasing, "", "backup A=1000 down=5609.375 preempt=0 again"},
             {5s, kInferior, "", ""},
             {5s, kEqualLower, "", "backup A=500 down=6804.6875 preempt=0"},
             {5s, kEqualHigher, "", "backup A=500 down=6804.6875 preempt=0"},
             {5s, kSuperior, "", "backup A=500 down=6804.6875 preempt=0"},
             {5s, FrameReceived{}, "", ""},
             {5s, AddressesAcquired{}, "", ""},
             {5s, AcquisitionFailed{}, "", "backup A=1000 down=6609.375 preempt=0 again held=15000"},
             {5s, Resign{}, "", "backup A=1000 down=6609.375 preempt=0 again held=5000"},
             {5s, Resign{20s}, "", "backup A=1000 down=6609.375 preempt=0 again held=25000"},
             {5s, EligibilityChanged{false}, "", "backup A=1000 down=6609.375 preempt=0 again ineligible"},
             {5s, EligibilityChanged{true}, "", ""},
             {5s, ParametersChanged{}, "", ""},
             {5s, kFaster, "", "backup A=1000 down=6414.0625 preempt=0 again"},
             {5s, Contention{}, "", ""},
             {5s, NamedSuccessor{}, "", ""},
             {5s, AddressesRestored{}, "", ""},
         });
}

TEST_CASE("walk: an address owner that gave way to another") {
    const auto setting = [] {
        Story story = active(with_priority(255));
        (void)story.at(0s, heard(255, Centiseconds{100}, kHigherAddress));
        return story;
    };
    REQUIRE(setting().state() == "backup A=1000 down=3003.90625 preempt=0");
    walk(
        setting,
        std::vector<Step>{
            {1s, Startup{kHigherAddress}, "", ""},
            {1s, PrimaryAddressChanged{kHigherAddress}, "", ""},
            {1s, Shutdown{}, "", "initialize"},
            {1s, InterfaceLost{}, "", "initialize"},
            {1s, TimerExpired{}, "", ""},
            {3'003'906'250ns, TimerExpired{}, "send 255, acquire", "active adver=4003.90625 last=3003.90625"},
            {9s, TimerExpired{5'996'093'750ns}, "", "backup A=1000 down=10003.90625 preempt=0 again"},
            {1s, kReleasing, "", "backup A=1000 down=1003.90625 preempt=0"},
            {1s, heard(254, Centiseconds{50}), "", ""},
            {1s, heard(255, Centiseconds{50}, kLowerAddress), "", "backup A=500 down=2501.953125 preempt=0"},
            {1s, heard(255, Centiseconds{50}, kHigherAddress), "", "backup A=500 down=2501.953125 preempt=0"},
            {1s, FrameReceived{}, "", ""},
            {1s, AddressesAcquired{}, "", ""},
            {1s, AcquisitionFailed{}, "", "backup A=1000 down=3003.90625 preempt=0 held=11000"},
            {1s, Resign{}, "", "backup A=1000 down=3003.90625 preempt=0 held=1000"},
            {1s, Resign{20s}, "", "backup A=1000 down=3003.90625 preempt=0 held=21000"},
            {1s, EligibilityChanged{false}, "", "backup A=1000 down=3003.90625 preempt=0 ineligible"},
            {1s, EligibilityChanged{true}, "", ""},
            {1s, ParametersChanged{}, "", "backup A=1000 down=3609.375 preempt=0"},
            {1s, kFaster, "", "backup A=1000 down=3414.0625 preempt=0"},
            {1s, Contention{}, "", ""},
            {1s, NamedSuccessor{}, "", "backup A=1000 down=1000 preempt=0"},
            {1s, AddressesRestored{}, "", ""},
        });
}
