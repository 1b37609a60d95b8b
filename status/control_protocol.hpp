// SPDX-License-Identifier: GPL-2.0-or-later
// The language between hbctl and the daemon: one JSON object on each line, described in
// docs/control-protocol.md. Only words, no sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "node/order.hpp"
#include "status/json.hpp"

namespace highbase::status {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::string_view kDefaultControlSocket = "/run/highbase/hbvrrp.sock";
inline constexpr std::chrono::milliseconds kShortestWatchInterval{100};
inline constexpr std::chrono::milliseconds kLongestWatchInterval{std::chrono::hours{1}};
inline constexpr std::size_t kLongestNameArgument = 64;  // octets, of a service or node

struct StatusRequest {
    friend bool operator==(const StatusRequest&, const StatusRequest&) = default;
};
struct WatchRequest {
    std::chrono::milliseconds interval{1000};  // between the two constants above
    friend bool operator==(const WatchRequest&, const WatchRequest&) = default;
};
struct EventsRequest {
    std::uint64_t since = 0;  // only events with a greater sequence number
    bool follow = false;      // do not end with the newest one
    friend bool operator==(const EventsRequest&, const EventsRequest&) = default;
};
struct ReloadRequest {
    friend bool operator==(const ReloadRequest&, const ReloadRequest&) = default;
};
// What is wrong with the servers of a service.
struct DoctorRequest {
    std::string service{};  // the name of its virtual router; empty: the only one
    friend bool operator==(const DoctorRequest&, const DoctorRequest&) = default;
};
// Another node shall be the primary of a service.
struct SwitchoverRequest {
    std::string service{};  // as above
    std::string to{};       // the name of a node; empty: the other one
    bool dry_run = false;   // only tell whether it could be done, and what would be
    friend bool operator==(const SwitchoverRequest&, const SwitchoverRequest&) = default;
};
// The verbs solo, promote, maintenance and ack.
struct OrderRequest {
    node::Order order{};
    std::string service{};  // as above
    bool dry_run = false;
    friend bool operator==(const OrderRequest&, const OrderRequest&) = default;
};
using Request = std::variant<StatusRequest, WatchRequest, EventsRequest, ReloadRequest, DoctorRequest,
                             SwitchoverRequest, OrderRequest>;

enum class ErrorCode : std::uint8_t {
    malformed,            // not a JSON object on one line
    unsupported_version,  // of the protocol
    unknown_verb,
    bad_argument,  // unknown, of the wrong type, or out of range
    too_long,      // the request line
    too_many_clients,
    no_answer,  // the daemon's speaker has not answered in time
    refused,    // it was understood, and the daemon will not do it; the message says why
};
std::string_view name(ErrorCode code);  // "malformed" and so on

struct ProtocolError {
    std::string code;     // name(ErrorCode), or what a newer daemon may know beyond it
    std::string message;  // for people; at most a few hundred characters, but for a refused configuration
    friend bool operator==(const ProtocolError&, const ProtocolError&) = default;
};

ProtocolError protocol_error(ErrorCode code, std::string message);

// `line` without its end. What a client asks for is understood completely or refused: a member that this
// version does not know is an error, not a silent other meaning.
tl::expected<Request, ProtocolError> parse_request(std::string_view line);
std::string to_line(const Request& request);

// `more`: another line of the same answer follows.
std::string answer_line(const Json& result, bool more = false);
std::string answer_line_of_text(std::string_view json_text,
                                bool more = false);  // the result is JSON text already
std::string error_line(const ProtocolError& error);

struct Answer {
    Json result;
    bool more = false;
};
// A daemon's error comes back as it was sent; what is no answer at all has the code "malformed".
tl::expected<Answer, ProtocolError> parse_answer(std::string_view line);

}  // namespace highbase::status
