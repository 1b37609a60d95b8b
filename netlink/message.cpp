// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/message.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace highbase::netlink {
namespace {

void must(bool fits) {
    if (!fits) std::abort();
}

}  // namespace

Message::Message(std::uint16_t type, int flags, std::size_t payload)
    : message_(nlmsg_alloc_size(NLMSG_HDRLEN + payload)) {
    if (!message_) throw std::bad_alloc();
    must(nlmsg_put(message_.get(), NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags | NLM_F_REQUEST | NLM_F_ACK) !=
         nullptr);
}

void Message::append(const void* data, std::size_t size) {
    must(nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO) == 0);
}

void Message::put_raw(int attribute, const void* data, std::size_t size) {
    must(nla_put(message_.get(), attribute, static_cast<int>(size), data) == 0);
}

void Message::put(int attribute, std::span<const std::uint8_t> value) {
    put_raw(attribute, value.data(), value.size());
}

void Message::put(int attribute, std::string_view text) {
    put_raw(attribute, text.data(), text.size());
}

void Message::put(int attribute, std::uint32_t value) {
    put_raw(attribute, &value, sizeof value);
}

nlattr* Message::begin_nest(int attribute) {
    nlattr* outer = nla_nest_start(message_.get(), attribute);
    must(outer != nullptr);
    return outer;
}

void Message::end_nest(nlattr* outer) {
    must(nla_nest_end(message_.get(), outer) == 0);
}

std::span<const std::uint8_t> read_octets(const nlattr* attribute) {
    if (attribute == nullptr) return {};
    return {static_cast<const std::uint8_t*>(nla_data(attribute)),
            static_cast<std::size_t>(nla_len(attribute))};
}

std::optional<std::uint32_t> read_u32(const nlattr* attribute) {
    const auto octets = read_octets(attribute);
    std::uint32_t value = 0;
    if (octets.size() < sizeof value) return std::nullopt;
    std::memcpy(&value, octets.data(), sizeof value);
    return value;
}

std::optional<std::uint8_t> read_u8(const nlattr* attribute) {
    const auto octets = read_octets(attribute);
    if (octets.empty()) return std::nullopt;
    return octets[0];
}

std::string_view read_text(const nlattr* attribute) {
    const auto octets = read_octets(attribute);
    const auto* text = reinterpret_cast<const char*>(octets.data());
    return octets.empty() ? std::string_view{} : std::string_view{text, ::strnlen(text, octets.size())};
}

}  // namespace highbase::netlink
