// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/dialect.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace highbase::replication {
namespace {

constexpr Version kOldestMysql{8, 4, 0};
constexpr Version kBeyondMysql{10, 0, 0};
constexpr Version kOldestMariadb{10, 11, 0};
constexpr Version kBeyondMariadb{13, 0, 0};

// A number and the dot after it, if there is one.
std::optional<int> take_number(std::string_view& text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) text.remove_prefix(1);
    return number;
}

std::optional<Version> parse(std::string_view text) {
    const auto major = take_number(text);
    const auto minor = take_number(text);
    const auto patch = take_number(text);
    if (!major || !minor || !patch) return std::nullopt;
    return Version{*major, *minor, *patch};
}

}  // namespace

tl::expected<Dialect, std::string> Dialect::of(std::string_view version) {
    const std::optional<Version> parsed = parse(version);
    const bool mariadb = version.find("MariaDB") != std::string_view::npos;
    const Version& oldest = mariadb ? kOldestMariadb : kOldestMysql;
    const Version& beyond = mariadb ? kBeyondMariadb : kBeyondMysql;
    if (parsed && *parsed >= oldest && *parsed < beyond)
        return Dialect{mariadb ? Flavour::mariadb : Flavour::mysql, *parsed};
    return tl::make_unexpected(fmt::format(
        "the server's version is \"{}\"; supported are MySQL 8.4 and 9, and MariaDB 10.11 to 12", version));
}

std::string Dialect::to_string() const {
    return fmt::format("{} {}.{}.{}", name(flavour), version.major, version.minor, version.patch);
}

}  // namespace highbase::replication
