// SPDX-License-Identifier: GPL-2.0-or-later
// Looks once a second who is connected to the addresses that this box serves, so that the other box knows
// them should it take over.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "daemon/deadline_timer.hpp"
#include "netlink/kernel.hpp"
#include "node/event.hpp"
#include "vrrp/connection.hpp"

namespace highbase::daemon {

class ClientWatch {
public:
    using Found = std::function<void(std::vector<vrrp::Connection>)>;
    using TellReport = std::function<void(const node::Report&)>;

    // `io` and `kernel` outlive it.
    ClientWatch(boost::asio::io_context& io, netlink::Kernel& kernel, Found found, TellReport tell);

    // From now on; not at once, because who has just taken over has no time for it.
    void look_at(std::vector<vrrp::IpAddress> addresses);

private:
    void look();

    netlink::Kernel& kernel_;
    Found found_;
    TellReport tell_;
    std::vector<vrrp::IpAddress> addresses_;
    std::string trouble_;  // that was told
    DeadlineTimer timer_;
};

}  // namespace highbase::daemon
