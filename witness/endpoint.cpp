// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "vrrp/address.hpp"

namespace highbase::witness {
namespace {

constexpr std::string_view kForm = "https://192.0.2.11:2379";
constexpr std::size_t kLongestHost = 253;  // of a name in DNS
constexpr std::size_t kLongestLabel = 63;

bool is_label(std::string_view label) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, fits);
}

// Its last label is no number: "192.0.2.300" is a mistake, and not a name.
bool is_host_name(std::string_view text) {
    if (text.size() > kLongestHost) return false;
    while (true) {
        const std::size_t dot = text.find('.');
        const std::string_view label = text.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos)
            return !std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
        text.remove_prefix(dot + 1);
    }
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

// Without the brackets of IPv6; empty: neither an address nor a name.
std::string parse_host(std::string_view text) {
    const bool brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
    if (brackets) text = text.substr(1, text.size() - 2);
    const auto address = vrrp::IpAddress::parse(text);
    if (address && address->is_ipv4() != brackets) return address->to_string();
    return !address && !brackets && is_host_name(text) ? std::string{text} : std::string{};
}

}  // namespace

std::string Endpoint::url() const {
    const bool brackets = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", brackets ? "[" : "", host,
                       brackets ? "]" : "", port);
}

tl::expected<Endpoint, std::string> parse_endpoint(std::string_view text) {
    const auto refuse = [](std::string_view what) {
        return tl::make_unexpected(fmt::format("{}: write for example {}", what, kForm));
    };
    Endpoint endpoint;
    endpoint.tls = text.starts_with("https://");
    if (!endpoint.tls && !text.starts_with("http://")) return refuse("does not begin with https://");
    text.remove_prefix(text.find("//") + 2);
    if (text.ends_with('/')) text.remove_suffix(1);
    if (text.find_first_of("/?#") != std::string_view::npos) return refuse("has a path, which etcd has not");
    if (text.find('@') != std::string_view::npos)
        return refuse("has a user in it, and what proves this box to etcd is certificate_file");
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']')) return refuse("has no port");
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return refuse("has no port from 1 to 65535");
    endpoint.port = *port;
    endpoint.host = parse_host(text.substr(0, colon));
    if (endpoint.host.empty()) return refuse("has neither an address nor a name, IPv6 in brackets");
    return endpoint;
}

}  // namespace highbase::witness
