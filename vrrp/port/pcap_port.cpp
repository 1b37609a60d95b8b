// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/port/pcap_port.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

namespace highbase::vrrp {
namespace {

using netlink::Result;

// The ring: libpcap divides it into slots of one longest frame each, about 900 of 2048 octets. A speaker that
// is kept from running for 35 ms then loses nothing of what 255 virtual routers advertise at 10 ms.
constexpr int kRingSize = 2 * 1024 * 1024;
constexpr int kShortestSnapshot = 2048;
// 255 IPv6 addresses, 40 octets of IPv6 header, 14 of Ethernet and 4 of a tag: nothing of ours is longer.
constexpr int kLongestSnapshot = 8 + 255 * 16 + 40 + 18;
constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kTag = 4;

int snapshot_for(const netlink::Link& link) {
    return std::clamp(static_cast<int>(link.mtu) + 18, kShortestSnapshot, kLongestSnapshot);
}

int errno_of(int pcap_status) {
    switch (pcap_status) {
        case PCAP_ERROR_NO_SUCH_DEVICE: return ENODEV;
        case PCAP_ERROR_IFACE_NOT_UP: return ENETDOWN;
        case PCAP_ERROR_PERM_DENIED:
        case PCAP_ERROR_PROMISC_PERM_DENIED: return EPERM;
        default: return errno != 0 ? errno : EIO;
    }
}

// IEEE 802.1Q: a tag of VLAN 0 says the frame's priority and nothing else; the frame belongs to this link. (A
// frame of another VLAN keeps its tag, and so is no IP to whoever parses it.)
bool has_priority_tag(Octets frame) {
    return frame.size() >= kEthernetHeader + kTag && frame[12] == 0x81 && frame[13] == 0x00 &&
           (frame[14] & 0x0f) == 0 && frame[15] == 0;
}

// Kernel's receive time and this reading are both of the wall clock, which may have been stepped in between.
Duration age_of(const pcap_pkthdr& header) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    // With PCAP_TSTAMP_PRECISION_NANO the field of microseconds has nanoseconds.
    const Duration age = std::chrono::seconds{now.tv_sec - header.ts.tv_sec} +
                         std::chrono::nanoseconds{now.tv_nsec - header.ts.tv_usec};
    return std::clamp(age, Duration::zero(), kOldestFrame);
}

struct Sink {
    const std::function<void(const CapturedFrame&)>& deliver;
    std::array<std::uint8_t, kLongestSnapshot> untagged{};
};

void deliver(u_char* user, const pcap_pkthdr* header, const u_char* octets) {
    auto& sink = *reinterpret_cast<Sink*>(user);
    const Octets frame{octets, header->caplen};
    const Duration age = age_of(*header);
    if (!has_priority_tag(frame) || frame.size() > sink.untagged.size()) return sink.deliver({frame, age});
    const auto addresses_end = std::ranges::copy(frame.first(12), sink.untagged.begin()).out;
    std::ranges::copy(frame.subspan(12 + kTag), addresses_end);
    sink.deliver({Octets{sink.untagged}.first(frame.size() - kTag), age});
}

}  // namespace

const char* filter_text(CaptureScope scope) {
    // 136: Neighbor Advertisement.
    return scope == CaptureScope::any ? "ip or ip6 or arp"
                                      : "ip proto 112 or ip6 proto 112 or arp or (icmp6 and ip6[40] = 136)";
}

bool PcapPort::Filter::compile(pcap_t* capture, const char* text) {
    return pcap_compile(capture, &program_, text, 1, PCAP_NETMASK_UNKNOWN) == 0;
}

Result<PcapPort::Capture> PcapPort::open_capture(const netlink::Link& link) {
    std::array<char, PCAP_ERRBUF_SIZE> text{};
    Capture capture{pcap_create(link.name.c_str(), text.data())};
    const auto failed = [&](int code, const char* why) {
        return netlink::failure(code, fmt::format("open a capture on {}: {}", link.name, why));
    };
    if (!capture) return failed(EIO, text.data());
    pcap_t* handle = capture.get();
    pcap_set_snaplen(handle, snapshot_for(link));
    pcap_set_promisc(handle, 0);
    pcap_set_buffer_size(handle, kRingSize);
    if (pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) != 0)
        return failed(EOPNOTSUPP, "no receive times in nanoseconds");
    // Otherwise frames wait until a block is full, up to a tenth of a second.
    pcap_set_immediate_mode(handle, 1);
    errno = 0;
    if (const int status = pcap_activate(handle); status < 0)
        return failed(errno_of(status), pcap_geterr(handle));
    if (pcap_datalink(handle) != DLT_EN10MB) return failed(EOPNOTSUPP, "it is not Ethernet");
    if (pcap_setnonblock(handle, 1, text.data()) != 0) return failed(EIO, text.data());
    // The direction is judged in user space: what goes out would fill the ring, and wake us, all the same.
    const int on = 1;
    ::setsockopt(pcap_fileno(handle), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (pcap_setdirection(handle, PCAP_D_IN) != 0) return failed(EIO, pcap_geterr(handle));
    if (::if_nametoindex(link.name.c_str()) != static_cast<unsigned>(link.index)) {
        return failed(ENODEV, "another link has its name now");
    }
    return capture;
}

Result<std::unique_ptr<Port>> PcapPort::open(const netlink::Link& link) {
    auto capture = open_capture(link);
    if (!capture) return tl::make_unexpected(capture.error());
    auto ipv4 = ProtocolSocket::open(link, Family::ipv4);
    if (!ipv4) return tl::make_unexpected(ipv4.error());
    std::unique_ptr<PcapPort> port{new PcapPort{*std::move(capture), link, *std::move(ipv4)}};
    pcap_t* handle = port->capture_.get();
    if (!port->any_.compile(handle, filter_text(CaptureScope::any)) ||
        !port->protocol_.compile(handle, filter_text(CaptureScope::protocol))) {
        return port->failure(EINVAL, fmt::format("compile a filter: {}", pcap_geterr(handle)));
    }
    if (auto set = port->set_scope(CaptureScope::any); !set) return tl::make_unexpected(set.error());
    return port;
}

PcapPort::PcapPort(Capture capture, const netlink::Link& link, ProtocolSocket ipv4)
    : capture_(std::move(capture)),
      link_(link.index),
      link_name_(link.name),
      ipv4_(std::move(ipv4)),
      ipv6_(ProtocolSocket::open(link, Family::ipv6)) {}

tl::unexpected<netlink::Error> PcapPort::failure(int code, const std::string& what) const {
    return netlink::failure(code, fmt::format("{}: {}", link_name_, what));
}

Result<void> PcapPort::send_frame(Octets frame) {
    // pcap_inject would wait when the socket's buffer is full, and loses the error's number.
    const ssize_t size = ::send(pcap_fileno(capture_.get()), frame.data(), frame.size(), MSG_DONTWAIT);
    if (size >= 0) return {};
    const int code = errno == ENXIO ? ENODEV : errno;
    return failure(code, fmt::format("send a frame: {}", std::strerror(code)));
}

Result<void> PcapPort::send_datagram(const IpAddress& source, const IpAddress& destination, Octets payload) {
    if (source.family() != destination.family())
        return failure(EINVAL, "send between an IPv4 and an IPv6 address");
    if (destination.is_ipv4()) return ipv4_.send(source, destination, payload);
    if (!ipv6_) return tl::make_unexpected(ipv6_.error());
    return ipv6_->send(source, destination, payload);
}

Result<void> PcapPort::set_scope(CaptureScope scope) {
    Filter& filter = scope == CaptureScope::any ? any_ : protocol_;
    if (filter.apply(capture_.get())) return {};
    return failure(EIO, fmt::format("set the filter: {}", pcap_geterr(capture_.get())));
}

int PcapPort::descriptor() const {
    return pcap_get_selectable_fd(capture_.get());
}

Result<std::size_t> PcapPort::receive(const std::function<void(const CapturedFrame&)>& sink,
                                      std::size_t limit) {
    if (limit == 0) return 0;  // to libpcap that would mean no limit
    const int count = static_cast<int>(std::min<std::size_t>(limit, INT_MAX));
    Sink target{sink};
    const int done = pcap_dispatch(capture_.get(), count, deliver, reinterpret_cast<u_char*>(&target));
    if (done > 0) return static_cast<std::size_t>(done);
    // Woken for nothing: libpcap has taken note of the link's end, and does not say so before the link is
    // gone.
    if (const int fault = link_fault(); fault != 0) return failure(fault, std::strerror(fault));
    if (done < 0) return failure(EIO, fmt::format("receive: {}", pcap_geterr(capture_.get())));
    return 0;
}

int PcapPort::link_fault() const {
    const int descriptor = pcap_fileno(capture_.get());
    ifreq request{};
    request.ifr_ifindex = static_cast<int>(link_);
    if (::ioctl(descriptor, SIOCGIFNAME, &request) != 0) return errno == ENODEV ? ENODEV : 0;
    if (::ioctl(descriptor, SIOCGIFFLAGS, &request) != 0) return errno == ENODEV ? ENODEV : 0;
    return (request.ifr_flags & IFF_UP) == 0 ? ENETDOWN : 0;
}

}  // namespace highbase::vrrp
