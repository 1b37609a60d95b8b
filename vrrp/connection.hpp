// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>

#include "vrrp/endpoint.hpp"

namespace highbase::vrrp {

// A TCP connection, as the host sees it that has `local`. Both addresses are of one family.
struct Connection {
    Endpoint local;
    Endpoint remote;
    friend auto operator<=>(const Connection&, const Connection&) = default;
};

}  // namespace highbase::vrrp
