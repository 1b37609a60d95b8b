// SPDX-License-Identifier: GPL-2.0-or-later
// Who is told that this daemon lives, and can do what it is there for: the service manager, and a watchdog of
// the hardware. By the speaker's own thread: it is to be watched whether that one lives.
#include <algorithm>

#include "daemon/clock.hpp"
#include "daemon/daemon.hpp"

namespace highbase::daemon {
namespace {

// Often enough for any device, and rarely enough to cost nothing.
constexpr vrrp::Duration kFeed = std::chrono::seconds{1};
// An address that the kernel does not take away at once may be a matter of a moment.
constexpr vrrp::Duration kRelease = std::chrono::seconds{1};

}  // namespace

// A box that serves without a watchdog is better than one that does not serve.
void Daemon::open_watchdog() {
    const std::string& device = config_.watchdog;
    if (device.empty()) return;
    const auto tell_trouble = [&](const std::string& trouble) {
        log_.write({node::EventId::watchdog_failed, {{"device", device}, {"error", trouble}}});
    };
    auto opened =
        HardwareWatchdog::open(device, std::chrono::ceil<std::chrono::seconds>(config_.watchdog_timeout));
    if (!opened) return tell_trouble(opened.error().message);
    if (!opened->trouble().empty()) tell_trouble(opened->trouble());
    hardware_watchdog_ = std::move(*opened);
}

void Daemon::feed_watchdogs() {
    const std::optional<vrrp::Duration> interval = service_manager_.watchdog_interval();
    if (!interval && !hardware_watchdog_) return;
    if (may_feed()) {
        if (interval) tell_service_manager(service_manager_.keep_alive());
        if (hardware_watchdog_) (void)hardware_watchdog_->feed();
    }
    vrrp::Duration next = interval.value_or(kFeed);
    if (hardware_watchdog_) next = std::min({next, kFeed, config_.watchdog_timeout / 4});
    watchdog_.expires_after(next);
    watchdog_.async_wait([this](const boost::system::error_code& error) {
        if (!error) feed_watchdogs();
    });
}

// Not where an address that has to go does not go: another box may serve it.
bool Daemon::may_feed() {
    speaker_.release_again();
    const std::optional<Speaker::Unreleased> unreleased = speaker_.unreleased();
    const bool starves = unreleased && boottime_now() - unreleased->since >= kRelease;
    if (starves && !starves_)
        log_.write({node::EventId::watchdog_starved, {{"address", unreleased->address}}});
    if (!starves && starves_) log_.write({node::EventId::watchdog_fed, {}});
    starves_ = starves;
    return !starves;
}

}  // namespace highbase::daemon
