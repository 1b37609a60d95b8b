// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vrrp/walk.hpp"

#include <set>

namespace highbase::tests {
namespace {

// Each has its tables in walk_*_test.cpp.
static_assert(std::variant_size_v<vrrp::State> == 3, "a new state needs a table of its own");

// Advertisements fall into the classes that RFC 9568 6.4 tells apart; every other event is a class of its
// own.
std::string class_of(const vrrp::Event& event, vrrp::Priority own) {
    const auto* advertisement = std::get_if<vrrp::AdvertisementReceived>(&event);
    if (advertisement == nullptr) return "event " + std::to_string(event.index());
    if (advertisement->priority == vrrp::kPriorityReleasing) return "priority 0";
    if (advertisement->priority < own) return "inferior";
    if (advertisement->priority > own) return "superior";
    return advertisement->source > kOwnAddress ? "equal, higher address" : "equal, lower address";
}

}  // namespace

void walk(const std::function<Story()>& setting, std::span<const Step> steps) {
    const vrrp::Priority own = setting().router().parameters().priority;
    std::set<std::string> classes;
    for (const Step& step : steps) {
        const std::string name = class_of(step.event, own);
        classes.insert(name);
        Story story = setting();
        const std::string before = story.state();
        CAPTURE(name, step.at, before);
        CHECK(describe(story.at(step.at, step.event)) == step.actions);
        const std::string expected = step.state;
        CHECK(story.state() == (expected.empty() ? before : expected));
    }
    // An owner (255) cannot hear anybody superior.
    const std::size_t kinds_of_advertisement = own == vrrp::kPriorityOwner ? 4 : 5;
    CHECK(classes.size() == std::variant_size_v<vrrp::Event> - 1 + kinds_of_advertisement);
}

}  // namespace highbase::tests
