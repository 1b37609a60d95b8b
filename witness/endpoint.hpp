// SPDX-License-Identifier: GPL-2.0-or-later
// Where a member of the etcd cluster is, as the configuration names it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace highbase::witness {

struct Endpoint {
    bool tls = true;   // https
    std::string host;  // a numeric address without brackets, or a name, which has to be resolved each time
    std::uint16_t port = 0;                 // etcd's own is 2379
    [[nodiscard]] std::string url() const;  // "https://192.0.2.11:2379", "https://[2001:db8::11]:2379"
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "http" or "https", an address or a name, a port, and nothing else but one '/' at the end. The error says
// what is wrong and what to write, as the end of a sentence: "has no port: write https://192.0.2.11:2379".
tl::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

}  // namespace highbase::witness
