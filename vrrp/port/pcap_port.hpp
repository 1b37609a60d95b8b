// SPDX-License-Identifier: GPL-2.0-or-later
// The Port of a real link: libpcap for frames, a raw socket of each family for membership and unicast.
#pragma once

#include <pcap/pcap.h>

#include <array>
#include <memory>
#include <string>

#include "netlink/kernel.hpp"
#include "vrrp/port/port.hpp"
#include "vrrp/port/protocol_socket.hpp"

namespace highbase::vrrp {

class PcapPort final : public Port {
public:
    // Errors: ENODEV (no such link, or its name has passed to another one), ENETDOWN, EOPNOTSUPP (not
    // Ethernet), EPERM, and what the kernel says. Where the host has no IPv6 the port opens all the same;
    // only send_datagram to an IPv6 peer tells why.
    static netlink::Result<std::unique_ptr<Port>> open(const netlink::Link& link);

    netlink::Result<void> send_frame(Octets frame) override;
    netlink::Result<void> send_datagram(const IpAddress& source, const IpAddress& destination,
                                        Octets payload) override;
    netlink::Result<void> set_scope(CaptureScope scope) override;
    [[nodiscard]] int descriptor() const override;
    // A frame that is longer than the link's MTU allows (segments that the card has put together) is cut off.
    netlink::Result<std::size_t> receive(const std::function<void(const CapturedFrame&)>& sink,
                                         std::size_t limit) override;

private:
    struct Close {
        void operator()(pcap_t* capture) const { pcap_close(capture); }
    };
    using Capture = std::unique_ptr<pcap_t, Close>;

    // A filter that is compiled once: the compiler takes longer than the change.
    class Filter {
    public:
        Filter() = default;
        Filter(const Filter&) = delete;
        Filter(Filter&&) = delete;
        Filter& operator=(const Filter&) = delete;
        Filter& operator=(Filter&&) = delete;
        ~Filter() { pcap_freecode(&program_); }
        bool compile(pcap_t* capture, const char* text);
        bool apply(pcap_t* capture) { return pcap_setfilter(capture, &program_) == 0; }

    private:
        bpf_program program_{};
    };

    PcapPort(Capture capture, const netlink::Link& link, ProtocolSocket ipv4);
    static netlink::Result<Capture> open_capture(const netlink::Link& link);
    [[nodiscard]] tl::unexpected<netlink::Error> failure(int code, const std::string& what) const;
    // Why nothing comes: 0, ENETDOWN or ENODEV.
    [[nodiscard]] int link_fault() const;

    Capture capture_;
    Filter any_;
    Filter protocol_;
    netlink::LinkIndex link_{};
    std::string link_name_;  // as it was when the port was opened: for messages
    ProtocolSocket ipv4_;
    netlink::Result<ProtocolSocket> ipv6_;
};

// In libpcap's language.
[[nodiscard]] const char* filter_text(CaptureScope scope);

}  // namespace highbase::vrrp
