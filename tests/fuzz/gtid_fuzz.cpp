// SPDX-License-Identifier: GPL-2.0-or-later
// Any octets as two GTID sets and as two positions, with a ';' between them: what is read prints as the same,
// what is refused says where, and of two that were read neither comparison contradicts another.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "replication/position.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace highbase::replication;

void check_sets(const GtidSet& a, const GtidSet& b) {
    const GtidSet all = a.plus(b);
    const GtidSet rest = a.minus(b);
    FUZZ_REQUIRE(all.contains(a) && all.contains(b));
    FUZZ_REQUIRE(all == b.plus(a));
    FUZZ_REQUIRE(rest.plus(b) == all);
    FUZZ_REQUIRE(a.contains(rest));
    FUZZ_REQUIRE(b.contains(a) == rest.empty());
    FUZZ_REQUIRE(rest.minus(b) == rest);
    FUZZ_REQUIRE(all.minus(rest) == b);
}

void check_positions(const GtidPosition& a, const GtidPosition& b) {
    const GtidPosition both = a.joined(b);
    FUZZ_REQUIRE(both == b.joined(a));
    FUZZ_REQUIRE(both.covers(a) && both.reaches(b));
    FUZZ_REQUIRE(a.missing_from(both).empty());
    FUZZ_REQUIRE(!a.covers(b) || a.reaches(b));
    FUZZ_REQUIRE(a.missing_from(b).size() <= a.gtids().size());
}

void check_comparison(const Position& a, const Position& b) {
    FUZZ_REQUIRE(a.covers(a) && a.errant_against(a).empty());
    FUZZ_REQUIRE(b.covers(a) == a.missing_from(b).empty());
    FUZZ_REQUIRE(b.covers(a) == (b.transactions_behind(a) == 0U));
    FUZZ_REQUIRE(b.covers(a) || !a.errant_against(b).empty());
}

template <typename Value>
std::optional<Value> read(std::string_view text) {
    const auto value = Value::parse(text);
    if (!value) {
        FUZZ_REQUIRE(value.error().at <= text.size());
        FUZZ_REQUIRE(!name(value.error().fault).empty());
        return std::nullopt;
    }
    FUZZ_REQUIRE(Value::parse(value->to_string()).value() == *value);
    return *value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const std::size_t end = std::min(text.find(';'), size);
    const std::string_view first = text.substr(0, end);
    const std::string_view second = text.substr(std::min(end + 1, size));

    const auto set_a = read<GtidSet>(first);
    const auto set_b = read<GtidSet>(second);
    const auto position_a = read<GtidPosition>(first);
    const auto position_b = read<GtidPosition>(second);
    if (set_a && set_b) {
        check_sets(*set_a, *set_b);
        check_comparison(Position{*set_a}, Position{*set_b});
    }
    if (position_a && position_b) {
        check_positions(*position_a, *position_b);
        check_comparison(Position{*position_a}, Position{*position_b});
    }
    if (set_a && position_b) FUZZ_REQUIRE(!Position{*set_a}.covers(Position{*position_b}));
    return 0;
}
