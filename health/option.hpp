// SPDX-License-Identifier: GPL-2.0-or-later
// How each type of check describes its options, so that they can be read, refused, printed and documented
// without anybody else knowing them. A type of check is a struct of options with
//
//   static constexpr std::string_view kType, kHelp;        the word of `type`, and what it asks (a sentence)
//   static std::vector<Option<TheStruct>> options();       those that a file may set
//   [[nodiscard]] std::string default_name() const;        of a check without a name
//   [[nodiscard]] std::string target() const;              what is asked, for people
//   [[nodiscard]] std::string mistake() const;             rules between options: what is wrong, or ""
//   friend bool operator==(const TheStruct&, const TheStruct&) = default;
//   std::unique_ptr<Checker> make_checker(const CheckContext&, const TheStruct&);
//
// in NAME_checker.hpp and NAME_checker.cpp, and one entry in check_configuration.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vrrp/endpoint.hpp"
#include "vrrp/time.hpp"

namespace highbase::health {

class Checker;
struct CheckContext;

struct OptionText {
    std::string_view name;
    bool required = false;
    std::string_view example = {};       // a value, as it is written in TOML
    std::string_view help = {};          // one line
    std::string_view doc = {};           // more, in sentences
    std::string_view default_note = {};  // where the default is no fixed value
};

// An amount of something that has a whole: of it a part, or so many octets.
struct Amount {
    std::uint64_t octets = 0;   // of `percent` is 0
    std::uint32_t percent = 0;  // 0 to 100
    friend bool operator==(const Amount&, const Amount&) = default;
};

// The kinds of values, each with the member that keeps it.
template <typename Owner>
struct Flag {
    bool Owner::*member;
};
template <typename Owner>
struct TimeSpan {
    vrrp::Duration Owner::*member;
    vrrp::Duration shortest;
    vrrp::Duration longest;
};
template <typename Owner>
struct Path {  // absolute; an optional one may be ""
    std::string Owner::*member;
};
template <typename Owner>
struct Word {  // printable, without blanks; may be ""
    std::string Owner::*member;
    std::size_t longest;
};
template <typename Owner>
struct InterfaceName {
    std::string Owner::*member;
};
template <typename Owner>
struct Host {
    vrrp::IpAddress Owner::*member;
};
template <typename Owner>
struct Server {  // an optional one may be "": port 0
    vrrp::Endpoint Owner::*member;
};
template <typename Owner>
struct CommandLine {  // the first word is an absolute path
    std::vector<std::string> Owner::*member;
};
template <typename Owner>
struct Words {
    std::vector<std::string> Owner::*member;
};
template <typename Owner>
struct AmountOf {
    Amount Owner::*member;
};

template <typename Owner>
struct Option {
    OptionText text;
    std::variant<Flag<Owner>, TimeSpan<Owner>, Path<Owner>, Word<Owner>, InterfaceName<Owner>, Host<Owner>,
                 Server<Owner>, CommandLine<Owner>, Words<Owner>, AmountOf<Owner>>
        value;
};

}  // namespace highbase::health
