// SPDX-License-Identifier: GPL-2.0-or-later
// The databases and the other box, as JSON.
#pragma once

#include "cluster/peer_view.hpp"
#include "node/service_snapshot.hpp"
#include "status/json.hpp"

namespace highbase::status {

// `now` is when the snapshot was taken.
Json service_json(const node::ServiceSnapshot& service, vrrp::TimePoint now);
Json peer_json(const cluster::PeerView& peer);

}  // namespace highbase::status
