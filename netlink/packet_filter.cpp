// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_filter.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <cerrno>
#include <string_view>

namespace highbase::netlink {
namespace {

std::string first_line(std::string_view text) {
    return std::string{text.substr(0, text.find('\n'))};
}

}  // namespace

void PacketFilter::Free::operator()(nft_ctx* context) const {
    nft_ctx_free(context);
}

Result<void> PacketFilter::run(const std::string& commands, const std::string& what) {
    if (!context_) {
        context_.reset(nft_ctx_new(NFT_CTX_DEFAULT));
        if (!context_) return failure(ENOMEM, what + ": out of memory");
        nft_ctx_buffer_error(context_.get());
    }
    errno = 0;
    if (nft_run_cmd_from_buffer(context_.get(), commands.c_str()) == 0) return {};
    const int code = errno != 0 ? errno : EIO;
    return failure(
        code, fmt::format("{} (nftables): {}", what, first_line(nft_ctx_get_error_buffer(context_.get()))));
}

// Deleting what is not there is an error, adding what is there is none: so the table is added first.
std::string without_table(const char* table, const char* family) {
    return fmt::format("add table {1} {0}\ndelete table {1} {0}\n", table, family);
}

}  // namespace highbase::netlink
