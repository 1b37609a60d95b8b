// SPDX-License-Identifier: GPL-2.0-or-later
// What is said to etcd and what it answers, as the JSON of its gateway (version 3 of its interface: POST
// /v3/kv/range and /v3/kv/txn). Keys and values are base64, numbers of 64 bits are strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "witness/question.hpp"

namespace highbase::witness {

inline constexpr std::string_view kRangePath = "/v3/kv/range";
inline constexpr std::string_view kTransactionPath = "/v3/kv/txn";
inline constexpr std::size_t kLongestAnswer = 65536;  // octets
inline constexpr int kDeepestAnswer = 8;              // objects and lists within each other
inline constexpr std::size_t kLongestErrorText = 200;

// Asks for one key; linearizable, which is etcd's default: a member that is cut off from the others does not
// answer it.
std::string range_request(std::string_view key);
// Writes the record if the key still has the revision that is expected (0: if there is none), and else
// answers what is there.
std::string swap_request(std::string_view key, const Swap& swap);

// The bodies of answers with HTTP status 200, at most kLongestAnswer octets. The error says what is wrong
// with them, as the end of a sentence. What is there under the key and is no record is an error too.
tl::expected<Found, std::string> parse_range(std::string_view body, std::string_view key);
tl::expected<std::variant<Swapped, Conflict>, std::string> parse_swap(std::string_view body,
                                                                      std::string_view key);

// What etcd says in an answer with another status, at most kLongestErrorText printable characters; empty:
// nothing that can be understood.
std::string error_text(std::string_view body);

}  // namespace highbase::witness
