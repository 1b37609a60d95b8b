// SPDX-License-Identifier: GPL-2.0-or-later
// Any life of a sync group of one to three virtual routers; the rules are those of
// tests/vrrp/watched_group.hpp.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/require.hpp"
#include "tests/vrrp/script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const highbase::tests::Played played = highbase::tests::play({data, size});
    if (!played.broken.empty()) std::fprintf(stderr, "broken: %s\n", played.broken.c_str());
    FUZZ_REQUIRE(played.broken.empty());
    return 0;
}
