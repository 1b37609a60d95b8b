// SPDX-License-Identifier: GPL-2.0-or-later
// nftables: runs commands as nft(8) reads them, each call in one transaction. The tables are our own, one for
// each purpose; others are never touched.
#pragma once

#include <memory>
#include <string>

#include "netlink/result.hpp"

struct nft_ctx;

namespace highbase::netlink {

class PacketFilter {
public:
    // `what` begins the message of an error.
    Result<void> run(const std::string& commands, const std::string& what);

private:
    struct Free {
        void operator()(nft_ctx* context) const;
    };
    std::unique_ptr<nft_ctx, Free> context_;  // made when first needed: most configurations never do
};

// The beginning of a transaction that replaces a table, also one that an earlier life of the daemon has left.
[[nodiscard]] std::string without_table(const char* table, const char* family = "inet");

}  // namespace highbase::netlink
