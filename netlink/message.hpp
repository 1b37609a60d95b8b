// SPDX-License-Identifier: GPL-2.0-or-later
// One netlink message: built for a request, or read where it lies in a buffer.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace highbase::netlink {

// A request. An attribute that does not fit into its buffer is a bug, and aborts.
class Message {
public:
    static constexpr std::size_t kAttributesSize = 480;  // the largest of a link, a macvlan, takes half of it

    // `type` is RTM_*, `flags` are NLM_F_* beside NLM_F_REQUEST and NLM_F_ACK, which every request carries;
    // `room`: for the attributes, in octets.
    template <typename Header>
    Message(std::uint16_t type, int flags, const Header& header, std::size_t room = kAttributesSize)
        : Message(type, flags, NLMSG_ALIGN(sizeof header) + room) {
        append(&header, sizeof header);
    }

    void put(int attribute, std::span<const std::uint8_t> value);
    void put(int attribute, std::string_view text);
    void put(int attribute, std::uint32_t value);
    template <typename T>
    void put_struct(int attribute, const T& value) {
        put_raw(attribute, &value, sizeof value);
    }
    // `fill` puts the attributes inside.
    template <std::invocable Fill>
    void nest(int attribute, Fill fill) {
        nlattr* outer = begin_nest(attribute);
        fill();
        end_nest(outer);
    }

    [[nodiscard]] nlmsghdr& header() { return *nlmsg_hdr(message_.get()); }

private:
    Message(std::uint16_t type, int flags, std::size_t payload);
    void append(const void* data, std::size_t size);
    void put_raw(int attribute, const void* data, std::size_t size);
    nlattr* begin_nest(int attribute);
    void end_nest(nlattr* outer);

    struct Free {
        void operator()(nl_msg* message) const { nlmsg_free(message); }
    };
    std::unique_ptr<nl_msg, Free> message_;
};

// Attributes as the kernel wrote them; nothing where the attribute is absent or shorter than its type.
std::optional<std::uint32_t> read_u32(const nlattr* attribute);
std::optional<std::uint8_t> read_u8(const nlattr* attribute);
std::string_view read_text(const nlattr* attribute);  // empty where absent
std::span<const std::uint8_t> read_octets(const nlattr* attribute);

}  // namespace highbase::netlink
