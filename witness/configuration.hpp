// SPDX-License-Identifier: GPL-2.0-or-later
// How the witness is reached. Filled by the daemon from its file.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "vrrp/time.hpp"
#include "witness/endpoint.hpp"

namespace highbase::witness {

inline constexpr std::size_t kMostEndpoints = 7;
inline constexpr std::size_t kLongestPrefix = 128;  // octets

struct Configuration {
    std::vector<Endpoint> endpoints;    // members of one etcd cluster, 1 to kMostEndpoints, each once
    std::string ca_file;                // PEM; needed where an endpoint has TLS
    std::string certificate_file;       // PEM, of this client; empty: none
    std::string key_file;               // PEM, of that certificate
    std::string prefix = "/highbase/";  // of the keys; the name of a service follows
    vrrp::Duration timeout = std::chrono::seconds{1};  // of a question, all members and attempts included
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

}  // namespace highbase::witness
