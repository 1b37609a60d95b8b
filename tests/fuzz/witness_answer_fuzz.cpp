// SPDX-License-Identifier: GPL-2.0-or-later
// What comes from an etcd, or from whoever answers in its place: the first octet says as what it is read, and
// half of the time the rest is the record alone.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/require.hpp"
#include "witness/base64.hpp"
#include "witness/endpoint.hpp"
#include "witness/etcd_messages.hpp"

namespace {

using namespace highbase::witness;

constexpr std::string_view kKey = "/highbase/db";

bool is_reason(const std::string& text) {
    return !text.empty() && text.size() < 200 && text.find('\n') == std::string::npos;
}

void check(const Found& found) {
    FUZZ_REQUIRE(found.record.has_value() == (found.revision != Revision{0}));
    if (!found.record) return;
    FUZZ_REQUIRE(is_valid(*found.record));
    FUZZ_REQUIRE(parse_record(to_text(*found.record)) == *found.record);
}

void read_range(std::string_view body) {
    const auto found = parse_range(body, kKey);
    if (found) return check(*found);
    FUZZ_REQUIRE(is_reason(found.error()));
}

void read_swap(std::string_view body) {
    const auto result = parse_swap(body, kKey);
    FUZZ_REQUIRE(result.has_value() || is_reason(result.error()));
    if (!result) return;
    if (const auto* conflict = std::get_if<Conflict>(&*result)) check(conflict->found);
}

void read_error(std::string_view body) {
    const std::string text = error_text(body);
    FUZZ_REQUIRE(text.size() <= kLongestErrorText);
    for (const char c : text) FUZZ_REQUIRE(c >= ' ' && c <= '~');
}

void read_record(std::string_view text) {
    const auto record = parse_record(text);
    FUZZ_REQUIRE(record ? to_text(*record) == text : is_reason(record.error()));
    read_range(R"({"header":{"revision":"9"},"kvs":[{"key":")" + to_base64(kKey) +
               R"(","mod_revision":"5","value":")" + to_base64(text) + "\"}]}");
}

void read_text(std::string_view text) {
    FUZZ_REQUIRE(from_base64(to_base64(text)) == text);
    if (const auto octets = from_base64(text)) FUZZ_REQUIRE(to_base64(*octets) == text);
    const auto endpoint = parse_endpoint(text);
    if (endpoint) {
        FUZZ_REQUIRE(parse_endpoint(endpoint->url()) == *endpoint);
    } else {
        FUZZ_REQUIRE(is_reason(endpoint.error()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0] % 8) {
        case 0: read_range(rest); break;
        case 1: read_swap(rest); break;
        case 2: read_error(rest); break;
        case 3: read_text(rest); break;
        default: read_record(rest); break;
    }
    return 0;
}
