// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/schema_check_type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

namespace highbase::daemon {
namespace {

constexpr std::size_t kLongestPath = 4095;  // PATH_MAX without the zero
constexpr std::size_t kMostWords = 64;
constexpr std::size_t kLongestWord = 4096;

struct Unit {
    std::string_view name;
    std::uint64_t octets;
};
// The largest first: amounts are written with the largest unit that fits.
constexpr std::array<Unit, 4> kUnits{
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}}};
constexpr std::uint64_t kMostUnits = 1'000'000;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}
bool is_blank_or_control(char c) {
    return c == ' ' || is_control(c);
}

// Nothing, and a complaint, unless the value is a list of words.
std::optional<std::vector<std::string>> read_words(const Value& value, const Complaint& complaint) {
    const auto* array = value.as<Array>();
    if (array == nullptr || array->size() > kMostWords) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    std::vector<std::string> result;
    for (const Value& element : *array) {
        const auto* text = element.as<std::string>();
        if (text == nullptr || text->size() > kLongestWord || std::ranges::any_of(*text, is_control)) {
            complaint.unexpected_element(element, "a string without control characters");
            return std::nullopt;
        }
        result.push_back(*text);
    }
    return result;
}

std::string print_words(const std::vector<std::string>& list) {
    std::vector<std::string> quoted;
    quoted.reserve(list.size());
    for (const std::string& one : list) quoted.push_back(toml_string(one));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::optional<health::Amount> parse_amount(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text == "%" && number <= 100) return health::Amount{0, static_cast<std::uint32_t>(number)};
    const auto unit = std::ranges::find(kUnits, text, &Unit::name);
    if (unit == kUnits.end() || number > kMostUnits) return std::nullopt;
    return health::Amount{number * unit->octets, 0};
}

std::string print_amount(const health::Amount& amount) {
    if (amount.octets == 0) return toml_string(fmt::format("{}%", amount.percent));
    const auto* unit = std::ranges::find_if(
        kUnits, [&](const Unit& candidate) { return amount.octets % candidate.octets == 0; });
    return toml_string(fmt::format("{}{}", amount.octets / unit->octets, unit->name));
}

}  // namespace

Type<std::string> path_text() {
    const Type<std::filesystem::path> path = absolute_path(kLongestPath);
    return {path.expected,
            [path](const Value& value, const Complaint& complaint) -> std::optional<std::string> {
                const auto result = path.read(value, complaint);
                return result ? std::optional{result->native()} : std::nullopt;
            },
            [](const std::string& text) { return toml_string(text); }};
}

Type<std::string> word(std::size_t longest) {
    return {fmt::format("a word of at most {} characters without blanks", longest),
            [longest](const Value& value, const Complaint& complaint) -> std::optional<std::string> {
                const auto* text = value.as<std::string>();
                if (text != nullptr && !text->empty() && text->size() <= longest &&
                    std::ranges::none_of(*text, is_blank_or_control)) {
                    return *text;
                }
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](const std::string& text) { return toml_string(text); }};
}

Type<std::vector<std::string>> words() {
    return {fmt::format("a list of at most {} strings", kMostWords), read_words, print_words};
}

Type<std::vector<std::string>> command_line(bool is_required) {
    return {fmt::format("a list of at most {} strings, the first one an absolute path", kMostWords),
            [is_required](const Value& value,
                          const Complaint& complaint) -> std::optional<std::vector<std::string>> {
                auto result = read_words(value, complaint);
                if (!result) return result;
                const bool is_usable = result->empty() ? !is_required : result->front().starts_with('/');
                if (is_usable) return result;
                complaint.unexpected(value);
                return std::nullopt;
            },
            print_words};
}

Type<vrrp::IpAddress> host() {
    return {"an IPv4 or IPv6 address",
            [](const Value& value, const Complaint& complaint) -> std::optional<vrrp::IpAddress> {
                const auto* text = value.as<std::string>();
                const auto address = text == nullptr ? std::nullopt : vrrp::IpAddress::parse(*text);
                const bool is_usable = address && !address->is_unspecified() && !address->is_multicast() &&
                                       !address->is_loopback() &&
                                       *address != vrrp::IpAddress::v4(255, 255, 255, 255);
                if (is_usable) return address;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](const vrrp::IpAddress& address) { return toml_string(address.to_string()); }};
}

Type<health::Amount> amount() {
    return {"an amount from \"0%\" to \"100%\", or with a unit of KiB, MiB, GiB or TiB",
            [](const Value& value, const Complaint& complaint) -> std::optional<health::Amount> {
                const auto* text = value.as<std::string>();
                const auto result = text == nullptr ? std::nullopt : parse_amount(*text);
                if (!result) complaint.unexpected(value);
                return result;
            },
            print_amount};
}

}  // namespace highbase::daemon
