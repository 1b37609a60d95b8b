// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_server.hpp"

#include "daemon/control_hub.hpp"

namespace highbase::daemon {

ControlServer::ControlServer(ControlSocket socket, ControlServices services, const ControlLimits& limits)
    : hub_{std::make_shared<ControlHub>(std::move(socket), std::move(services), limits)} {
    hub_->start();
    thread_.emplace("hb-control", [hub = hub_.get()] { hub->run(); });
}

ControlServer::~ControlServer() {
    hub_->stop();
    thread_.reset();
    hub_->clear();
}

}  // namespace highbase::daemon
