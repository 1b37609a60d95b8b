// SPDX-License-Identifier: GPL-2.0-or-later
// The types of configuration values: how each is read, refused with a reason, and written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config_document.hpp"
#include "health/check_configuration.hpp"
#include "node/configuration.hpp"
#include "vrrp/address.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

// Says what is wrong with the value of one key.
class Complaint {
public:
    Complaint(std::string_view key, std::string_view expected, std::string_view example, Problems& problems)
        : key_{key}, expected_{expected}, example_{example}, problems_{problems} {}

    // "KEY: MESSAGE"
    void say(Position position, std::string_view message) const;
    // "KEY: expected EXPECTED, found DESCRIPTION: write KEY = EXAMPLE"
    void unexpected(const Value& value) const;
    // The same for one element of a list.
    void unexpected_element(const Value& value, std::string_view expected) const;

private:
    std::string_view key_;
    std::string_view expected_;
    std::string_view example_;
    Problems& problems_;
};

template <typename T>
struct Type {
    std::string expected;  // "an integer from 1 to 255"
    // Nothing, and at least one complaint, when the value is refused.
    std::function<std::optional<T>(const Value&, const Complaint&)> read;
    std::function<std::string(const T&)> print;  // as TOML
};

Type<std::int64_t> integer(std::int64_t lowest, std::int64_t highest);
Type<bool> boolean();
// From zero.
Type<vrrp::Duration> duration(vrrp::Duration longest);
Type<vrrp::Duration> duration(vrrp::Duration shortest, vrrp::Duration longest);
// What the 12 bits of an advertisement's interval hold (RFC 9568 5.2.7).
Type<vrrp::Centiseconds> advertisement_interval();
// "auto", "off", or a duration.
Type<node::Lease> lease();
// Letters, digits, '.', '_' and '-', the first a letter, digit or '_': safe in logs and on a command line.
Type<std::string> name(std::size_t longest);
Type<std::string> name_or_nothing(std::size_t longest);  // "" too
Type<std::string> interface_name();                      // as the kernel allows them
Type<std::filesystem::path> absolute_path(std::size_t longest);
Type<std::vector<vrrp::Prefix>> prefixes();  // a bare address has the full length
Type<std::vector<vrrp::IpAddress>> addresses(std::size_t most);
Type<vrrp::Endpoint> server();  // an address and a port, no name

// The element of a list of prefixes, without a check of what kind of address it is.
std::optional<vrrp::Prefix> parse_prefix(std::string_view text);

// One word of a closed list and its meaning.
template <typename T>
struct Choice {
    std::string_view word;
    T meaning;
};

// The index of the word; a complaint that names the nearest one where there is none.
std::optional<std::size_t> read_word(const Value&, std::span<const std::string_view> words, const Complaint&);
std::string expected_words(std::span<const std::string_view> words);

// `choices` must live as long as the program.
template <typename T>
Type<T> choice(std::span<const Choice<T>> choices) {
    std::vector<std::string_view> words;
    for (const Choice<T>& candidate : choices) words.push_back(candidate.word);
    Type<T> type;
    type.expected = expected_words(words);
    type.read = [choices, words](const Value& value, const Complaint& complaint) -> std::optional<T> {
        const std::optional<std::size_t> index = read_word(value, words, complaint);
        return index ? std::optional{choices[*index].meaning} : std::nullopt;
    };
    type.print = [choices](const T& meaning) {
        for (const Choice<T>& candidate : choices) {
            if (candidate.meaning == meaning) return toml_string(candidate.word);
        }
        return toml_string({});
    };
    return type;
}

// A type whose values are kept in a member of Owner.
template <typename Owner>
struct BoundType {
    std::string expected;
    // False, and at least one complaint, when the value is refused; the owner then keeps what it had.
    std::function<bool(Owner&, const Value&, const Complaint&)> read;
    std::function<std::string(const Owner&)> print;
};

// `member`: a generic function object that returns a reference to the member of an owner; numbers and the
// closed enumerations over them are converted.
template <typename Owner, typename T, typename Member>
BoundType<Owner> bind(Type<T> type, Member member) {
    using Stored = std::remove_cvref_t<decltype(member(std::declval<Owner&>()))>;
    return {type.expected,
            [type, member](Owner& owner, const Value& value, const Complaint& complaint) {
                std::optional<T> result = type.read(value, complaint);
                if (!result) return false;
                member(owner) = static_cast<Stored>(*std::move(result));
                return true;
            },
            [type, member](const Owner& owner) { return type.print(static_cast<T>(member(owner))); }};
}

}  // namespace highbase::daemon
