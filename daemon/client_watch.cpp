// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/client_watch.hpp"

#include "daemon/clock.hpp"

namespace highbase::daemon {
namespace {

// The kernel walks its table of connections, which takes well below a millisecond (netlink/connections.hpp).
constexpr std::chrono::seconds kInterval{1};

}  // namespace

ClientWatch::ClientWatch(boost::asio::io_context& io, netlink::Kernel& kernel, Found found, TellReport tell)
    : kernel_{kernel}, found_{std::move(found)}, tell_{std::move(tell)}, timer_{io, [this] { look(); }} {}

void ClientWatch::look_at(std::vector<vrrp::IpAddress> addresses) {
    if (addresses == addresses_) return;
    addresses_ = std::move(addresses);
    timer_.expire_at(boottime_now() + kInterval);
}

void ClientWatch::look() {
    timer_.expire_at(addresses_.empty() ? std::nullopt : std::optional{boottime_now() + kInterval});
    const auto connections = kernel_.connections_to(addresses_);
    const std::string trouble = connections ? "" : connections.error().message;
    if (trouble != trouble_ && !trouble.empty())
        tell_({node::EventId::clients_unknown, {{"error", trouble}}});
    trouble_ = trouble;
    found_(connections.value_or(std::vector<vrrp::Connection>{}));
}

}  // namespace highbase::daemon
