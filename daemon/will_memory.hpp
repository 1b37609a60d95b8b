// SPDX-License-Identifier: GPL-2.0-or-later
// Where a process leaves its will, so that the one that has forked it can read it: memory that both have.
// Both run the same program, so what is in it has no format of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "node/will.hpp"

namespace highbase::daemon {

class WillMemory {
public:
    // Of one will; pages that are not used take no memory. 255 virtual routers of 16 addresses take 0.2 MiB.
    static constexpr std::size_t kLargest = std::size_t{4} << 20U;

    // Throws std::system_error.
    WillMemory();
    WillMemory(const WillMemory&) = delete;
    WillMemory& operator=(const WillMemory&) = delete;
    ~WillMemory();

    // In the place of the former one, which stays if the writer dies meanwhile. False: it is longer than
    // kLargest, and there is none now. One writer.
    bool leave(const node::Will& will);
    // Once the writer lives no more. Nothing: it has left none, or something has written over it.
    [[nodiscard]] std::optional<node::Will> read() const;
    // The memory itself: for tests.
    [[nodiscard]] std::span<std::uint8_t> octets();

private:
    struct Shared;
    Shared* shared_;
};

}  // namespace highbase::daemon
