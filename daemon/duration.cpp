// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>

#include "daemon/config_diagnostic.hpp"

namespace highbase::daemon {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
};

constexpr std::array<Unit, 6> kUnits{{{"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};
constexpr std::uint64_t kLongest = std::numeric_limits<std::int64_t>::max();
// 10^15 and the longest unit's 3.6 * 10^12 are both far from the limit of 64 bits.
constexpr std::size_t kMostDecimals = 15;

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

std::string_view take_digits(std::string_view& text) {
    const auto end = std::ranges::find_if_not(text, is_digit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

// `whole` times `unit` in nanoseconds; nothing when it does not fit.
std::optional<std::uint64_t> whole_part(std::string_view whole, std::uint64_t unit) {
    const std::uint64_t most = kLongest / unit;
    std::uint64_t count = 0;
    for (const char character : whole) {
        const auto digit = static_cast<std::uint64_t>(character - '0');
        if (digit > most || count > (most - digit) / 10) return std::nullopt;
        count = count * 10 + digit;
    }
    return count * unit;
}

// 0.`decimals` times `unit` in nanoseconds; nothing when that is not a whole number.
std::optional<std::uint64_t> fraction_part(std::string_view decimals, std::uint64_t unit) {
    const std::size_t last = decimals.find_last_not_of('0');
    decimals = last == std::string_view::npos ? std::string_view{} : decimals.substr(0, last + 1);
    if (decimals.size() > kMostDecimals) return std::nullopt;
    std::uint64_t numerator = 0;
    std::uint64_t denominator = 1;
    for (const char digit : decimals) {
        numerator = numerator * 10 + static_cast<std::uint64_t>(digit - '0');
        denominator *= 10;
    }
    const std::uint64_t common = std::gcd(denominator, unit);
    if (numerator % (denominator / common) != 0) return std::nullopt;
    return numerator / (denominator / common) * (unit / common);
}

// The exact text of `nanoseconds` in this unit; nothing when it would begin with 0 or not end.
std::optional<std::string> text_in(const Unit& unit, std::uint64_t nanoseconds) {
    if (nanoseconds < unit.nanoseconds) return std::nullopt;
    std::string decimals;
    std::uint64_t rest = nanoseconds % unit.nanoseconds;
    while (rest != 0 && decimals.size() < kMostDecimals) {
        rest *= 10;
        decimals += static_cast<char>('0' + rest / unit.nanoseconds);
        rest %= unit.nanoseconds;
    }
    if (rest != 0) return std::nullopt;
    return fmt::format("{}{}{}{}", nanoseconds / unit.nanoseconds, decimals.empty() ? "" : ".", decimals,
                       unit.name);
}

}  // namespace

tl::expected<vrrp::Duration, std::string> parse_duration(std::string_view text) {
    constexpr std::string_view kForm =
        "write one number and its unit (h, m, s, ms, us or ns), such as \"1.5s\"";
    const auto refuse = [&](std::string_view reason, std::string_view remedy) {
        return tl::make_unexpected(fmt::format("{} {}: {}", in_quotes(text), reason, remedy));
    };
    std::string_view rest = text;
    const std::string_view whole = take_digits(rest);
    const bool has_point = rest.starts_with('.');
    if (has_point) rest.remove_prefix(1);
    const std::string_view decimals = has_point ? take_digits(rest) : std::string_view{};
    if (whole.empty() || (has_point && decimals.empty())) return refuse("is not a duration", kForm);
    if (rest.empty() && text.size() < 12) {
        return refuse("has no unit",
                      fmt::format("write \"{0}s\" for seconds or \"{0}ms\" for milliseconds", text));
    }
    const auto unit = std::ranges::find(kUnits, rest, &Unit::name);
    if (unit == kUnits.end()) return refuse("is not a duration", kForm);
    const std::optional<std::uint64_t> fraction = fraction_part(decimals, unit->nanoseconds);
    if (!fraction) return refuse("is not a whole number of nanoseconds", "use fewer decimals");
    const std::optional<std::uint64_t> large = whole_part(whole, unit->nanoseconds);
    if (!large || *fraction > kLongest - *large) return refuse("is too long", "the longest is 292 years");
    return vrrp::Duration{static_cast<std::int64_t>(*large + *fraction)};
}

std::string to_text(vrrp::Duration duration) {
    if (duration == vrrp::Duration::zero()) return "0s";
    const bool negative = duration < vrrp::Duration::zero();
    // Unsigned first: the lowest number has no positive counterpart.
    const auto count = static_cast<std::uint64_t>(duration.count());
    const std::uint64_t nanoseconds = negative ? 0 - count : count;
    std::string shortest;
    for (const Unit& unit : kUnits) {
        const std::optional<std::string> text = text_in(unit, nanoseconds);
        if (text && (shortest.empty() || text->size() < shortest.size())) shortest = *text;
    }
    return negative ? "-" + shortest : shortest;
}

}  // namespace highbase::daemon
