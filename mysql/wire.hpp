// SPDX-License-Identifier: GPL-2.0-or-later
// Messages as octets, and back. A frame is the length of the rest in four octets, one octet for the type, and
// the fields in order; numbers are little-endian, a text is its length in four octets and itself. What comes
// in is checked completely: the daemon does not trust the worker, which has talked with a stranger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "mysql/message.hpp"
#include "vrrp/octets.hpp"

namespace highbase::mysql {

inline constexpr std::uint32_t kProtocol = 2;              // changes with every change of the wire
inline constexpr std::size_t kLongestFrame = 1024 * 1024;  // octets, without the length
inline constexpr std::size_t kLengthSize = 4;              // octets, of a frame's length and of a text's
inline constexpr std::size_t kMostColumns = 4096;          // a server's own bound
inline constexpr std::size_t kMostValues = 65536;          // of one answer: what it costs to read them
inline constexpr std::size_t kLongestNote = 1024;  // octets; messages, versions and other words to people
inline constexpr std::size_t kMostFirstStatements = 16;
inline constexpr std::size_t kMostWantedColumns = 16;  // of a query that names them
inline constexpr std::chrono::milliseconds kLongestConnectTimeout{std::chrono::hours{1}};

enum class Refusal : std::uint8_t {
    empty,     // a frame without a type
    too_long,  // a frame beyond kLongestFrame
    unknown_type,
    cut_off,       // a field goes beyond the frame
    trailing,      // octets after the last field
    out_of_range,  // a member that an enum does not have, a number beyond its bounds
    too_many,      // columns, values or statements; or values that do not fill the last row
};
inline constexpr std::size_t kRefusalCount = 7;
std::string_view name(Refusal refusal);  // "empty" and so on

// A whole frame. Nothing where it would be longer than kLongestFrame or break another bound of this file.
std::optional<vrrp::OctetString> encode(const Request& request);
std::optional<vrrp::OctetString> encode(const Reply& reply);

// `frame`: without its length, as FrameReader hands it out.
tl::expected<Request, Refusal> decode_request(vrrp::Octets frame);
tl::expected<Reply, Refusal> decode_reply(vrrp::Octets frame);

// Cuts a stream into frames. Never holds more than the longest frame and what one add() has brought, if every
// whole frame is taken before the next add().
class FrameReader {
public:
    void add(vrrp::Octets octets);
    // The next frame without its length, valid until the next add(); nothing: more octets must come. After a
    // refusal the stream cannot be read any further.
    tl::expected<std::optional<vrrp::Octets>, Refusal> next();

private:
    vrrp::OctetString octets_;
    std::size_t taken_ = 0;  // of octets_
};

}  // namespace highbase::mysql
