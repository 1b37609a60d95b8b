// SPDX-License-Identifier: GPL-2.0-or-later
// A real loop in a test waits for a condition and never for a time.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace highbase::tests {

// On a busy machine: what is waited for takes far less, and a test that fails far more.
constexpr std::chrono::seconds kLongestWait{20};

// Whether `condition` came true. It may also depend on what the loop does not see: another process, a file.
template <typename Condition>
bool run_until(boost::asio::io_context& io, Condition condition,
               std::chrono::nanoseconds longest = kLongestWait) {
    const auto end = std::chrono::steady_clock::now() + longest;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds{5});
    }
    return condition();
}

}  // namespace highbase::tests
