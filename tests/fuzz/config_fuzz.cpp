// SPDX-License-Identifier: GPL-2.0-or-later
// Any octets as a configuration file: nothing crashes, nothing nests deeper than the scan allows, messages
// hold no control characters, and what is accepted prints as a file that means the same.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "daemon/config.hpp"
#include "daemon/config_document.hpp"
#include "daemon/config_scan.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace highbase::daemon;

std::size_t depth_of(const Table& table);

std::size_t depth_of(const Value& value) {
    std::size_t deepest = 0;
    if (const auto* table = value.as<Table>()) deepest = depth_of(*table);
    if (const auto* array = value.as<Array>()) {
        for (const Value& element : *array) deepest = std::max(deepest, depth_of(element));
    }
    return deepest + 1;
}

std::size_t depth_of(const Table& table) {
    std::size_t deepest = 0;
    for (const Entry& entry : table.entries) deepest = std::max(deepest, depth_of(entry.value));
    return deepest;
}

// Neither the control characters of ASCII nor those that begin with the octet 0xc2 in UTF-8.
bool is_clean(std::string_view message) {
    for (std::size_t i = 0; i < message.size(); ++i) {
        const auto octet = static_cast<unsigned char>(message[i]);
        const bool c1 =
            octet == 0xc2 && i + 1 < message.size() && static_cast<unsigned char>(message[i + 1]) < 0xa0;
        if (octet < 0x20 || octet == 0x7f || c1) return false;
    }
    return true;
}

void check_document(std::string_view text) {
    Problems problems;
    // A header, a key, and brackets with a key in each; every key of the greatest number of parts.
    constexpr std::size_t kDeepest = kMostNesting * (kMostNesting + 3);
    FUZZ_REQUIRE(depth_of(read_document(text, problems).root) <= kDeepest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_document(text);
    const Surroundings surroundings{"gw1", [](std::string_view interface) { return interface == "eth0"; }};
    const ParseResult result = parse_config(text, surroundings);
    bool error = false;
    for (const Diagnostic& diagnostic : result.diagnostics) {
        error = error || diagnostic.severity == Severity::error;
        FUZZ_REQUIRE(is_clean(format(diagnostic, "f")));
    }
    FUZZ_REQUIRE(result.config.has_value() != error);
    if (!result.config) return 0;
    const ParseResult again = parse_config(print_config(*result.config), {"another-host", {}});
    FUZZ_REQUIRE(again.config == result.config);
    return 0;
}
