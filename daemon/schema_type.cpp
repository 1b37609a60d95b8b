// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/schema_type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "daemon/duration.hpp"

namespace highbase::daemon {
namespace {

constexpr vrrp::Centiseconds kShortestInterval{1};
constexpr vrrp::Centiseconds kLongestInterval{4095};
constexpr std::size_t kLongestInterfaceName = 15;  // IFNAMSIZ without the zero
// A limit on how many elements are looked at; how many fit a packet is told by config_check.cpp.
constexpr std::size_t kMostPrefixes = 1000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}
bool is_name_start(char c) {
    return is_letter_or_digit(c) || c == '_';
}
bool is_name_character(char c) {
    return is_name_start(c) || c == '.' || c == '-';
}
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

std::optional<std::string> read_name(const Value& value, std::size_t longest, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    if (text == nullptr) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    if (text->empty() || text->size() > longest || !is_name_start(text->front()) ||
        !std::ranges::all_of(*text, is_name_character)) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    return *text;
}

// Why no virtual router or VRRP router can have this address; nothing when it can.
std::optional<std::string_view> unusable(const vrrp::IpAddress& address) {
    if (address.is_unspecified()) return "is the unspecified address";
    if (address.is_loopback()) return "is a loopback address, which is the same on every host";
    if (address.is_multicast()) return "is a multicast address";
    if (address == vrrp::IpAddress::v4(255, 255, 255, 255)) return "is the broadcast address";
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (!address.is_ipv4() && std::ranges::equal(address.octets().first(12), kMapped)) {
        return "is an IPv4 address in IPv6 form";
    }
    return std::nullopt;
}

// Whether the address has only bits of this value behind its prefix.
bool host_part_is_all(bool bit, const vrrp::Prefix& prefix) {
    const std::span<const std::uint8_t> octets = prefix.address.octets();
    for (std::size_t i = prefix.length; i < 8 * octets.size(); ++i) {
        if (((octets[i / 8] >> (7 - i % 8)) & 1) != static_cast<int>(bit)) return false;
    }
    return true;
}

// Subnets of one or two addresses have none to spare (RFC 3021, RFC 6164).
std::optional<std::string_view> unusable_in_subnet(const vrrp::Prefix& prefix) {
    if (prefix.length + 1U >= 8 * prefix.address.octets().size()) return std::nullopt;
    if (host_part_is_all(false, prefix)) return "is the subnet itself and not an address in it";
    if (prefix.address.is_ipv4() && host_part_is_all(true, prefix))
        return "is the broadcast address of its subnet";
    return std::nullopt;
}

std::optional<vrrp::Prefix> read_prefix(const Value& value, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    const std::optional<vrrp::Prefix> prefix = text == nullptr ? std::nullopt : parse_prefix(*text);
    if (!prefix) {
        complaint.unexpected_element(value, "an address with its prefix length");
        return std::nullopt;
    }
    const auto refuse = [&](std::string_view reason) {
        complaint.say(value.position,
                      fmt::format("{} {}: write a unicast address of the service", in_quotes(*text), reason));
        return std::nullopt;
    };
    if (const auto reason = unusable(prefix->address)) return refuse(*reason);
    if (prefix->length == 0)
        return refuse("has the prefix length 0, which would route everything to the interface");
    if (const auto reason = unusable_in_subnet(*prefix)) return refuse(*reason);
    return prefix;
}

std::optional<vrrp::IpAddress> read_address(const Value& value, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    const std::optional<vrrp::IpAddress> address =
        text == nullptr ? std::nullopt : vrrp::IpAddress::parse(*text);
    if (!address) {
        complaint.unexpected_element(value, "an address");
        return std::nullopt;
    }
    if (const auto reason = unusable(*address)) {
        complaint.say(value.position,
                      fmt::format("{} {}: write the address of the other router", in_quotes(*text), *reason));
        return std::nullopt;
    }
    return address;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

// Why no check can reach a server there; nothing when it can.
std::optional<std::string_view> unreachable(const vrrp::IpAddress& address) {
    if (address.is_loopback()) return std::nullopt;
    if (!address.is_ipv4() && address.is_link_local())
        return "is a link-local address, which needs an interface";
    return unusable(address);
}

std::optional<vrrp::Endpoint> read_server(const Value& value, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    const std::size_t colon = text == nullptr ? std::string::npos : text->rfind(':');
    const auto port =
        colon == std::string::npos ? std::nullopt : parse_port(std::string_view{*text}.substr(colon + 1));
    if (!port) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    std::string_view host = std::string_view{*text}.substr(0, colon);
    const auto refuse = [&](std::string_view reason) {
        complaint.say(value.position, fmt::format("{} {}", in_quotes(host), reason));
        return std::nullopt;
    };
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    const std::optional<vrrp::IpAddress> address = vrrp::IpAddress::parse(host);
    if (!address && host.find(':') == std::string_view::npos)
        return refuse("is no address: write one, because nothing that a failover waits for resolves names");
    if (!address || address->is_ipv4() == brackets) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    if (const auto reason = unreachable(*address))
        return refuse(fmt::format("{}: write the server's own address", *reason));
    return vrrp::Endpoint{*address, *port};
}

// All elements, or nothing if one is refused; each wrong one is complained about.
template <typename T, typename ReadElement>
std::optional<std::vector<T>> read_list(const Value& value, std::size_t most, const Complaint& complaint,
                                        ReadElement read_element) {
    const auto* array = value.as<Array>();
    if (array == nullptr) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    if (array->size() > most) {
        complaint.say(value.position,
                      fmt::format("{} elements, at most {} are possible", array->size(), most));
        return std::nullopt;
    }
    std::vector<T> result;
    for (const Value& element : *array) {
        if (const std::optional<T> read = read_element(element, complaint)) result.push_back(*read);
    }
    if (result.size() != array->size()) return std::nullopt;
    return result;
}

template <typename T, typename ToText>
std::string print_list(const std::vector<T>& list, ToText to_text) {
    std::vector<std::string> elements;
    elements.reserve(list.size());
    for (const T& element : list) elements.push_back(toml_string(to_text(element)));
    return fmt::format("[{}]", fmt::join(elements, ", "));
}

std::optional<vrrp::Duration> read_duration(const Value& value, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    if (text == nullptr) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    const tl::expected<vrrp::Duration, std::string> duration = parse_duration(*text);
    if (!duration) {
        complaint.say(value.position, duration.error());
        return std::nullopt;
    }
    return *duration;
}

std::optional<vrrp::Centiseconds> read_interval(const Value& value, const Complaint& complaint) {
    const std::optional<vrrp::Duration> duration = read_duration(value, complaint);
    if (!duration) return std::nullopt;
    const auto refuse = [&](std::string_view remedy) {
        complaint.say(
            value.position,
            fmt::format("{} does not fit an advertisement, which counts from 1 to 4095 steps of 10ms: {}",
                        value.description(), remedy));
        return std::nullopt;
    };
    const auto below = std::chrono::floor<vrrp::Centiseconds>(*duration);
    if (below < kShortestInterval)
        return refuse(fmt::format("the nearest is \"{}\"", to_text(kShortestInterval)));
    if (*duration > kLongestInterval)
        return refuse(fmt::format("the nearest is \"{}\"", to_text(kLongestInterval)));
    if (below != *duration) {
        return refuse(fmt::format("the nearest are \"{}\" and \"{}\"", to_text(below),
                                  to_text(below + vrrp::Centiseconds{1})));
    }
    return below;
}

}  // namespace

void Complaint::say(Position position, std::string_view message) const {
    problems_.error(position, fmt::format("{}: {}", key_, message));
}

void Complaint::unexpected(const Value& value) const {
    say(value.position, fmt::format("expected {}, found {}: write for example {} = {}", expected_,
                                    value.description(), key_, example_));
}

void Complaint::unexpected_element(const Value& value, std::string_view expected) const {
    say(value.position, fmt::format("expected {} in the list, found {}: write for example {} = {}", expected,
                                    value.description(), key_, example_));
}

Type<std::int64_t> integer(std::int64_t lowest, std::int64_t highest) {
    return {fmt::format("an integer from {} to {}", lowest, highest),
            [=](const Value& value, const Complaint& complaint) -> std::optional<std::int64_t> {
                const auto* number = value.as<std::int64_t>();
                if (number != nullptr && *number >= lowest && *number <= highest) return *number;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](std::int64_t number) { return std::to_string(number); }};
}

Type<bool> boolean() {
    return {"true or false",
            [](const Value& value, const Complaint& complaint) -> std::optional<bool> {
                if (const auto* truth = value.as<bool>()) return *truth;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](bool truth) { return std::string{truth ? "true" : "false"}; }};
}

Type<node::Lease> lease() {
    using Kind = node::Lease::Kind;
    return {"\"auto\", \"off\", or a duration with its unit",
            [](const Value& value, const Complaint& complaint) -> std::optional<node::Lease> {
                const auto* text = value.as<std::string>();
                if (text != nullptr && *text == "auto") return node::Lease{Kind::automatic, {}};
                if (text != nullptr && *text == "off") return node::Lease{Kind::off, {}};
                if (text == nullptr || text->empty() || !is_digit(text->front())) {
                    complaint.unexpected(value);
                    return std::nullopt;
                }
                const std::optional<vrrp::Duration> length = read_duration(value, complaint);
                if (!length) return std::nullopt;
                return node::Lease{Kind::fixed, *length};
            },
            [](const node::Lease& lease) {
                if (lease.kind == Kind::fixed) return toml_string(to_text(lease.length));
                return toml_string(lease.kind == Kind::off ? "off" : "auto");
            }};
}

Type<vrrp::Duration> duration(vrrp::Duration longest) {
    return {fmt::format("a duration with its unit, at most \"{}\"", to_text(longest)),
            [=](const Value& value, const Complaint& complaint) -> std::optional<vrrp::Duration> {
                const std::optional<vrrp::Duration> duration = read_duration(value, complaint);
                if (!duration || *duration <= longest) return duration;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](vrrp::Duration duration) { return toml_string(to_text(duration)); }};
}

Type<vrrp::Duration> duration(vrrp::Duration shortest, vrrp::Duration longest) {
    return {
        fmt::format("a duration with its unit, from \"{}\" to \"{}\"", to_text(shortest), to_text(longest)),
        [=](const Value& value, const Complaint& complaint) -> std::optional<vrrp::Duration> {
            const std::optional<vrrp::Duration> duration = read_duration(value, complaint);
            if (!duration || (*duration >= shortest && *duration <= longest)) return duration;
            complaint.unexpected(value);
            return std::nullopt;
        },
        [](vrrp::Duration duration) { return toml_string(to_text(duration)); }};
}

Type<vrrp::Centiseconds> advertisement_interval() {
    return {"a duration with its unit, from \"10ms\" to \"40.95s\" in steps of 10ms", read_interval,
            [](vrrp::Centiseconds interval) { return toml_string(to_text(interval)); }};
}

Type<std::string> name(std::size_t longest) {
    return {
        fmt::format("a name of at most {} letters, digits, '.', '_' and '-'", longest),
        [=](const Value& value, const Complaint& complaint) { return read_name(value, longest, complaint); },
        [](const std::string& text) { return toml_string(text); }};
}

Type<std::string> name_or_nothing(std::size_t longest) {
    Type<std::string> type = name(longest);
    type.expected += ", or \"\"";
    type.read = [read = type.read](const Value& value,
                                   const Complaint& complaint) -> std::optional<std::string> {
        const auto* text = value.as<std::string>();
        return text != nullptr && text->empty() ? std::optional{*text} : read(value, complaint);
    };
    return type;
}

Type<std::string> interface_name() {
    return {fmt::format("the name of an interface, at most {} characters without spaces, '/' and ':'",
                        kLongestInterfaceName),
            [](const Value& value, const Complaint& complaint) -> std::optional<std::string> {
                const auto* text = value.as<std::string>();
                const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != ':'; };
                const bool valid = text != nullptr && !text->empty() &&
                                   text->size() <= kLongestInterfaceName &&
                                   std::ranges::all_of(*text, fits) && *text != "." && *text != "..";
                if (valid) return *text;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](const std::string& text) { return toml_string(text); }};
}

Type<std::filesystem::path> absolute_path(std::size_t longest) {
    return {fmt::format("an absolute path of at most {} octets", longest),
            [=](const Value& value, const Complaint& complaint) -> std::optional<std::filesystem::path> {
                const auto* text = value.as<std::string>();
                const bool valid = text != nullptr && text->starts_with('/') && text->size() <= longest &&
                                   std::ranges::none_of(*text, is_control);
                if (valid) return *text;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](const std::filesystem::path& path) { return toml_string(path.native()); }};
}

Type<std::vector<vrrp::Prefix>> prefixes() {
    return {"a list of IPv4 or IPv6 addresses with their prefix lengths",
            [](const Value& value, const Complaint& complaint) {
                return read_list<vrrp::Prefix>(value, kMostPrefixes, complaint, read_prefix);
            },
            [](const std::vector<vrrp::Prefix>& list) {
                return print_list(list, [](const vrrp::Prefix& prefix) { return prefix.to_string(); });
            }};
}

Type<std::vector<vrrp::IpAddress>> addresses(std::size_t most) {
    return {fmt::format("a list of at most {} IPv4 or IPv6 addresses", most),
            [=](const Value& value, const Complaint& complaint) {
                return read_list<vrrp::IpAddress>(value, most, complaint, read_address);
            },
            [](const std::vector<vrrp::IpAddress>& list) {
                return print_list(list, [](const vrrp::IpAddress& address) { return address.to_string(); });
            }};
}

std::optional<vrrp::Prefix> parse_prefix(std::string_view text) {
    if (text.find('/') != std::string_view::npos) return vrrp::Prefix::parse(text);
    const std::optional<vrrp::IpAddress> address = vrrp::IpAddress::parse(text);
    if (!address) return std::nullopt;
    return vrrp::Prefix{*address, static_cast<std::uint8_t>(address->is_ipv4() ? 32 : 128)};
}

Type<vrrp::Endpoint> server() {
    return {"an address and a port, IPv6 in brackets", read_server,
            [](const vrrp::Endpoint& server) { return toml_string(server.to_string()); }};
}

std::optional<std::size_t> read_word(const Value& value, std::span<const std::string_view> words,
                                     const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    const auto found = text == nullptr ? words.end() : std::ranges::find(words, *text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const std::optional<std::string_view> meant = text == nullptr ? std::nullopt : nearest(*text, words);
    if (meant) {
        complaint.say(value.position,
                      fmt::format("unknown value {}: did you mean \"{}\"?", in_quotes(*text), *meant));
    } else {
        complaint.unexpected(value);
    }
    return std::nullopt;
}

std::string expected_words(std::span<const std::string_view> words) {
    std::vector<std::string> quotes;
    for (const std::string_view word : words) quotes.push_back(toml_string(word));
    return fmt::format("one of {}", fmt::join(quotes, ", "));
}

}  // namespace highbase::daemon
