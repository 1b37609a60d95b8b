// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/node/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vrrp/advertisement.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/neighbor_advertisement.hpp"

namespace highbase::tests {
namespace {

std::string number(netlink::LinkIndex link) {
    return std::to_string(static_cast<int>(link));
}
std::string owner(node::RouterId router) {
    return "#" + std::to_string(static_cast<unsigned>(router));
}

std::string advertisement(const vrrp::IpPacket& packet) {
    const auto decoded = vrrp::decode(packet, [](vrrp::Vrid) { return true; });
    if (!decoded) return "refused: " + std::string{vrrp::name(decoded.error())};
    const vrrp::Advertisement& advert = decoded->advertisement;
    std::string text = "advert " + std::to_string(static_cast<int>(advert.vrid)) + " " +
                       std::to_string(vrrp::number(advert.priority)) + " every " +
                       milliseconds(advert.max_advertise_interval) + " ms, " + packet.source.to_string() +
                       " > " + packet.destination.to_string();
    for (const vrrp::IpAddress& address : advert.addresses) text += ", " + address.to_string();
    const bool pseudo = decoded->checksum_form != vrrp::ChecksumForm::message_only;
    return text + (pseudo ? ", pseudo-header" : "");
}

std::string solicitation(const vrrp::IpPacket& packet) {
    constexpr std::uint8_t kSolicitation = 135;
    const bool is_probe =
        packet.source.is_unspecified() && packet.payload.size() == 24 && packet.payload[0] == kSolicitation;
    if (!is_probe) return "an IPv6 packet";
    return "who has " + vrrp::IpAddress::from_octets(packet.payload.subspan(8, 16)).to_string();
}

std::string ip(const vrrp::EthernetFrame& frame) {
    const auto packet = vrrp::parse_ip(frame.type, frame.payload);
    if (!packet) return "a broken packet";
    if (packet->protocol == vrrp::kProtocolVrrp)
        return advertisement(*packet) + ", mac " + frame.source.to_string();
    const auto neighbor = vrrp::parse_neighbor_advertisement(*packet);
    if (!neighbor) return solicitation(*packet);
    return "neighbor " + neighbor->target.to_string() + " is " +
           neighbor->target_mac.value_or(frame.source).to_string();
}

std::string arp(const vrrp::EthernetFrame& frame) {
    const auto packet = vrrp::parse_arp(frame.payload);
    if (!packet) return "a broken ARP packet";
    if (packet->sender_ip.is_unspecified()) return "who has " + packet->target_ip.to_string();
    const bool request = packet->operation == vrrp::ArpOperation::request;
    return std::string{"arp "} + (request ? "request " : "reply ") + packet->sender_ip.to_string() + " is " +
           packet->sender_mac.to_string();
}

std::string addresses(const std::vector<vrrp::IpAddress>& all) {
    std::string text;
    for (const vrrp::IpAddress& address : all) text += (text.empty() ? "" : ", ") + address.to_string();
    return text.empty() ? "nothing" : text;
}

struct InWords {
    std::string operator()(const node::OpenPort& a) const { return "open " + a.link.name; }
    std::string operator()(const node::ClosePort& a) const { return "close " + number(a.link); }
    std::string operator()(const node::SetScope& a) const {
        return "scope " + number(a.link) + (a.scope == vrrp::CaptureScope::any ? " any" : " protocol");
    }
    std::string operator()(const node::SendFrame& a) const {
        const auto frame = vrrp::parse_ethernet(a.frame);
        const std::string where = owner(a.router) + " " + number(a.link) + ": ";
        if (!frame) return where + "a broken frame";
        return where + (frame->type == vrrp::EtherType::arp ? arp(*frame) : ip(*frame));
    }
    std::string operator()(const node::SendDatagram& a) const {
        return owner(a.router) + " " + number(a.link) + ": datagram " +
               advertisement({a.source, a.destination, vrrp::kHopLimit, vrrp::kProtocolVrrp, a.payload});
    }
    std::string operator()(const node::PutAddresses& a) const {
        std::string text;
        for (const netlink::AddressRequest& request : a.addresses) {
            text +=
                (text.empty() ? " put " : ", ") + request.prefix.to_string() + " on " + number(request.link);
            if (request.lifetime != std::chrono::seconds{3}) text += " of another lifetime";
            if (!request.prefix_route) text += " routeless";
        }
        return owner(a.router) + text;
    }
    std::string operator()(const node::DeleteAddress& a) const {
        return owner(a.router) + " delete " + a.prefix.to_string() + " on " + number(a.link);
    }
    std::string operator()(const node::EndConnections& a) const {
        return fmt::format("{} end {} {}connections", owner(a.router), a.addresses.size(),
                           a.forwarded ? "forwarded " : "");
    }
    // "forward 192.0.2.100 port 3306 to 198.51.100.4:3307 masqueraded", or "to nobody"
    std::string operator()(const node::Forward& a) const {
        std::string text = "forward";
        for (const netlink::Forward& port : a.ports)
            text += fmt::format(" {} port {} to {}{}", port.address.to_string(), port.port,
                                port.server ? port.server->to_string() : "nobody",
                                port.masquerade ? " masqueraded" : "");
        return text;
    }
    std::string operator()(const node::Guard& a) const { return "guard " + addresses(a.addresses); }
    std::string operator()(const node::RenewLease& a) const {
        return fmt::format("{} lease of {} for {} us", owner(a.router), addresses(a.addresses),
                           std::chrono::floor<std::chrono::microseconds>(a.length).count());
    }
    std::string operator()(const node::EndLease& a) const {
        return fmt::format("{} end of the lease of {}, refused for {} us", owner(a.router),
                           addresses(a.addresses),
                           std::chrono::floor<std::chrono::microseconds>(a.refuse_for).count());
    }
    std::string operator()(const node::TickleClients& a) const {
        return fmt::format("tickle the clients of {} addresses", a.addresses.size());
    }
    std::string operator()(const node::CreateMacvlan& a) const {
        return owner(a.router) + " macvlan " + a.request.name + " on " + number(a.request.parent) + " with " +
               a.request.mac.to_string();
    }
    std::string operator()(const node::DeleteLink& a) const { return "delete link " + number(a.link); }
    std::string operator()(const node::ServiceTask& a) const {
        return fmt::format("{}: task {}", a.service, a.task.number);
    }
    std::string operator()(const node::SayState& a) const {
        return fmt::format("say the state of {} services", a.state.services.size());
    }
    std::string operator()(const node::LeaveWill& a) const {
        return fmt::format("leave a will of {} frames", a.will.frames.size() + a.will.datagrams.size());
    }
    std::string operator()(const node::SwitchoverAnswer& a) const {
        return fmt::format("{}: switchover {}", a.service, a.result.done ? "done" : "not done");
    }
    std::string operator()(const node::OrderAnswered& a) const {
        return fmt::format("{}: order {}", a.service, a.answer.done ? "done" : "refused");
    }
    std::string operator()(const node::ReadyToStop&) const { return "ready to stop"; }
    std::string operator()(const node::RefusePackets& a) const { return "refuse " + addresses(a.addresses); }
    std::string operator()(const node::Tell& a) const {
        std::string router;
        std::string rest;
        for (const node::Field& field : a.report.fields) {
            if (field.name == "router") router = field.value + " ";
            const bool spoken = field.name == "router" || (field.name == "interface" && !router.empty());
            if (!spoken) rest += " " + field.name + "=" + field.value;
        }
        return "tell " + router + std::string{node::describe(a.report.id).identifier} + rest;
    }
};

}  // namespace

std::string describe(const node::Action& action) {
    return std::visit(InWords{}, action);
}

Lines describe(const node::Actions& actions) {
    Lines lines;
    for (const node::Action& action : actions) {
        if (!std::holds_alternative<node::LeaveWill>(action)) lines.push_back(describe(action));
    }
    return lines;
}

std::string describe(const Performed& performed) {
    return milliseconds(performed.at - kBeginning) + " " + describe(performed.action);
}

Lines describe(const std::vector<Performed>& log) {
    Lines lines;
    for (const Performed& performed : log) lines.push_back(describe(performed));
    return lines;
}

Lines only(const Lines& lines, const std::string& word) {
    Lines result;
    std::ranges::copy_if(lines, std::back_inserter(result),
                         [&](const std::string& line) { return line.find(word) != std::string::npos; });
    return result;
}

Lines without(const Lines& lines, const std::string& word) {
    Lines result;
    std::ranges::copy_if(lines, std::back_inserter(result),
                         [&](const std::string& line) { return line.find(word) == std::string::npos; });
    return result;
}

std::string milliseconds(vrrp::Duration duration) {
    constexpr std::int64_t kPerMillisecond = 1'000'000;
    const std::int64_t count = duration.count();
    std::string fraction = std::to_string(kPerMillisecond + count % kPerMillisecond);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    fraction.front() = '.';  // the carried 1
    return std::to_string(count / kPerMillisecond) + (fraction == "." ? "" : fraction);
}

}  // namespace highbase::tests
