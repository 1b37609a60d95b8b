// SPDX-License-Identifier: GPL-2.0-or-later
// Accept_Mode False (RFC 9568 6.1), by an nftables table of our own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netlink/result.hpp"
#include "vrrp/address.hpp"

struct nft_ctx;

namespace highbase::netlink {

// Seen by "nft list table inet highbase_accept", and by nothing else: other tables are not touched.
inline constexpr const char* kRefusalTable = "highbase_accept";

class PacketRefusal {
public:
    // Replaces whatever the table holds, also what a run that was killed has left, in one transaction.
    Result<void> replace(const std::vector<vrrp::IpAddress>& addresses);

private:
    struct Free {
        void operator()(nft_ctx* context) const;
    };
    std::unique_ptr<nft_ctx, Free> context_;  // made when first needed: most configurations never do
};

// The commands of that transaction, as nft(8) reads them.
std::string refusal_commands(const std::vector<vrrp::IpAddress>& addresses);

}  // namespace highbase::netlink
