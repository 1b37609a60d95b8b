// SPDX-License-Identifier: GPL-2.0-or-later
// What the test cases of the contract share.
#pragma once

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>

#include "tests/catch.hpp"
#include "tests/netlink/kernel_contract.hpp"
#include "tests/netlink/kernel_text.hpp"

namespace highbase::test {

using namespace std::chrono_literals;
using netlink::AddressAdded;
using netlink::AddressRemoved;
using netlink::AddressRequest;
using netlink::Kernel;
using netlink::KernelEvent;
using netlink::Link;
using netlink::LinkAddress;
using netlink::LinkChanged;
using netlink::LinkIndex;
using netlink::LinkRemoved;
using netlink::Overrun;
using vrrp::Prefix;

using Events = std::vector<KernelEvent>;

inline constexpr auto kPatience = 10s;
inline constexpr LinkIndex kNoSuchLink{999'999};
inline constexpr vrrp::MacAddress kVirtualMac4{{0x00, 0x00, 0x5e, 0x00, 0x01, 0x0a}};
inline constexpr vrrp::MacAddress kVirtualMac6{{0x00, 0x00, 0x5e, 0x00, 0x02, 0x0a}};

inline Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

inline AddressRequest request(LinkIndex link, const char* text,
                              std::optional<std::chrono::seconds> lifetime = {}) {
    return {link, prefix(text), lifetime, true};
}

inline LinkAddress address(LinkIndex link, const char* text, bool tentative = false) {
    return {link, prefix(text), tentative};
}

// The host under test, and its events that nobody has looked at yet.
class Host {
public:
    Kernel& kernel() { return fixture_->kernel(); }
    KernelFixture* operator->() { return fixture_.get(); }

    // All events up to the first that `is_last`.
    Events until(const std::function<bool(const KernelEvent&)>& is_last) {
        Events events;
        for (auto waited = 0ms; waited < kPatience; waited += kStep) {
            collect();
            while (!waiting_.empty()) {
                events.push_back(waiting_.front());
                waiting_.pop_front();
                if (is_last(events.back())) return events;
            }
            fixture_->pass(kStep);
        }
        FAIL("the event has not come, but only " << Catch::Detail::stringify(events));
        return events;
    }

    Events until(const KernelEvent& last) {
        return until([&last](const KernelEvent& event) { return event == last; });
    }

    LinkChanged until_link(LinkIndex index, const std::function<bool(const Link&)>& is_so) {
        const auto events = until([&](const KernelEvent& event) {
            const auto* changed = std::get_if<LinkChanged>(&event);
            return changed != nullptr && changed->link.index == index && is_so(changed->link);
        });
        return std::get<LinkChanged>(events.back());
    }

    // All events while this long goes by in full.
    Events during(std::chrono::milliseconds duration) {
        const bool real_time = kernel().event_descriptor() >= 0;
        const auto begin = std::chrono::steady_clock::now();
        for (auto waited = 0ms; waited < duration; waited += kStep) {
            fixture_->pass(kStep);
            collect();
            // pass() ends early when something happens.
            if (real_time)
                waited = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::steady_clock::now() - begin);
        }
        return waiting();
    }

    // What is there without waiting.
    Events waiting() {
        collect();
        Events events{waiting_.begin(), waiting_.end()};
        waiting_.clear();
        return events;
    }

private:
    void collect() {
        for (auto& event : kernel().take_events()) waiting_.push_back(event);
    }

    static constexpr auto kStep = 20ms;
    std::unique_ptr<KernelFixture> fixture_ = make_kernel_fixture();
    std::deque<KernelEvent> waiting_;
};

inline std::ptrdiff_t position(const Events& events, const KernelEvent& event) {
    const auto found = std::ranges::find(events, event);
    REQUIRE(found != events.end());
    return found - events.begin();
}

inline bool has_link(Kernel& kernel, const std::string& name) {
    const auto links = kernel.links();
    REQUIRE(links);
    return std::ranges::count(*links, name, &Link::name) == 1;
}

inline Link link_named(Kernel& kernel, const std::string& name) {
    const auto links = kernel.links();
    REQUIRE(links);
    const auto found = std::ranges::find(*links, name, &Link::name);
    REQUIRE(found != links->end());
    return *found;
}

// Those on one link: every host has a loopback address or two besides.
inline std::vector<LinkAddress> addresses_of(Kernel& kernel, LinkIndex link) {
    auto addresses = kernel.addresses();
    REQUIRE(addresses);
    std::erase_if(*addresses, [link](const LinkAddress& address) { return address.link != link; });
    return *addresses;
}

template <typename T>
int code_of(const netlink::Result<T>& result) {
    if (result) return 0;
    CHECK_FALSE(result.error().message.empty());
    return result.error().code;
}

template <typename T>
std::string message_of(const netlink::Result<T>& result) {
    return result ? "no error" : result.error().message;
}

}  // namespace highbase::test
