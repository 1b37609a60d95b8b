// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/peer_message.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace highbase::cluster {
namespace {

using vrrp::Octets;
using vrrp::OctetString;

constexpr std::uint8_t kAccepted = 1;
constexpr std::uint8_t kIpv4 = 4;
constexpr std::uint8_t kIpv6 = 6;
constexpr std::uint32_t kHeldUnknown = 0xffffffff;

constexpr std::uint8_t kInSync = 1 << 0;
constexpr std::uint8_t kDrainKnown = 1 << 1;
constexpr std::uint8_t kResigns = 1 << 2;
constexpr std::uint8_t kReleases = 1 << 3;
constexpr std::uint8_t kExecutedOmitted = 1 << 4;
constexpr std::uint8_t kReceivedOmitted = 1 << 5;
constexpr std::uint8_t kFinalOmitted = 1 << 6;
constexpr std::uint8_t kForeignTerm = 1 << 7;
// Beside the role.
constexpr unsigned kServes = 16;
constexpr unsigned kVotes = 128;

constexpr std::uint8_t kGreatestScore = 254;  // 255 is the address owner's, which has no service to judge

// ---- what can be sent

constexpr bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As in the configuration: a letter, a digit or '_', then also '.' and '-'.
bool is_name(std::string_view text) {
    if (text.empty() || text.size() > kLongestName || text.front() == '.' || text.front() == '-')
        return false;
    return std::ranges::all_of(
        text, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
}

// Positions become a part of SQL statements: nothing that could end a string there.
bool is_position(std::string_view text) {
    if (text.size() > kLongestPosition) return false;
    return std::ranges::all_of(text, [](char c) {
        return is_letter_or_digit(c) || std::string_view{":,_- \n"}.find(c) != std::string_view::npos;
    });
}

// The one node that the services are resigned to; empty: nobody resigns.
std::string successor_of(const NodeState& state) {
    for (const ServiceState& service : state.services) {
        if (const auto* resign = std::get_if<Resign>(&service.word)) return resign->successor;
    }
    return {};
}

std::optional<std::string> fault_of(const ServiceState& service, const std::string& successor) {
    if (!is_name(service.name)) return "\"" + service.name + "\" is no name for a service";
    if (vrrp::number(service.score) > kGreatestScore) return service.name + ": a score is at most 254";
    const auto* resign = std::get_if<Resign>(&service.word);
    if (resign != nullptr && !is_name(resign->successor))
        return service.name + ": \"" + resign->successor + "\" is no name for a successor";
    if (resign != nullptr && resign->successor != successor)
        return service.name + ": a pair has one other node, and not two successors";
    return std::nullopt;
}

// ---- what fits

constexpr std::size_t kFixedSize = 47 + 1;     // up to the names, and the number of clients
constexpr std::size_t kFixedServiceSize = 21;  // with the lengths of name and positions
constexpr std::size_t kResignSize = 8 + 2;     // with the length of the position
constexpr std::size_t kReleaseSize = 8;

std::size_t size_of(const ServiceState& service) {
    std::size_t size =
        kFixedServiceSize + service.name.size() + service.executed.text.size() + service.received.text.size();
    if (const auto* resign = std::get_if<Resign>(&service.word))
        size += kResignSize + resign->final_position.text.size();
    if (std::holds_alternative<Release>(service.word)) size += kReleaseSize;
    return size;
}

std::size_t size_of(const NodeState& state) {
    std::size_t size = kFixedSize + 1 + state.node.size() + 1 + successor_of(state).size() + 1;
    for (const ServiceState& service : state.services) size += size_of(service);
    return size;
}

void omit(Position& position) {
    position = {"", true};
}

// Each list in the order in which they may be omitted; the pointers are into `state`.
void collect_positions(NodeState& state, std::vector<Position*>& common, std::vector<Position*>& final) {
    for (ServiceState& service : state.services) {
        common.push_back(&service.executed);
        common.push_back(&service.received);
        if (auto* resign = std::get_if<Resign>(&service.word)) final.push_back(&resign->final_position);
    }
}

void omit_longest(std::vector<Position*>& positions, std::size_t& size) {
    const auto longer = [](const Position* a, const Position* b) { return a->text.size() > b->text.size(); };
    std::ranges::stable_sort(positions, longer);
    for (Position* position : positions) {
        if (size <= kLargestMessage || position->text.empty()) return;
        size -= position->text.size();
        omit(*position);
    }
}

std::size_t size_of(const vrrp::Connection& client) {
    constexpr std::size_t kFamilyAndPorts = 1 + 2 + 2;
    return kFamilyAndPorts + 2 * client.local.address.octets().size();
}

// The same with positions omitted until it fits; too large still when the names are.
NodeState fitted(NodeState state) {
    std::vector<Position*> common;
    std::vector<Position*> final;
    collect_positions(state, common, final);
    for (std::vector<Position*>* positions : {&common, &final}) {
        for (Position* position : *positions) {
            if (position->omitted || !is_position(position->text)) omit(*position);
        }
    }
    std::size_t size = size_of(state);
    omit_longest(common, size);
    omit_longest(final, size);
    return state;
}

// ---- writing

class Writer {
public:
    template <typename Unsigned>
    void number(Unsigned value) {
        for (int shift = std::numeric_limits<Unsigned>::digits - 8; shift >= 0; shift -= 8) {
            octets_.push_back(static_cast<std::uint8_t>(value >> shift & 0xff));
        }
    }
    void octet(std::size_t value) { octets_.push_back(static_cast<std::uint8_t>(value)); }
    void name(std::string_view text) {
        octet(text.size());
        octets_.insert(octets_.end(), text.begin(), text.end());
    }
    void position(const Position& position) {
        number(static_cast<std::uint16_t>(position.text.size()));
        octets_.insert(octets_.end(), position.text.begin(), position.text.end());
    }
    void endpoint(const vrrp::Endpoint& endpoint) {
        const auto address = endpoint.address.octets();
        octets_.insert(octets_.end(), address.begin(), address.end());
        number(endpoint.port);
    }
    OctetString take() { return std::move(octets_); }

private:
    OctetString octets_;
};

void write(Writer& writer, const Stamp& stamp) {
    writer.number(static_cast<std::uint64_t>(stamp.session));
    writer.number(static_cast<std::uint64_t>(stamp.number));
    writer.number(static_cast<std::uint64_t>(stamp.echoed_session));
    writer.number(static_cast<std::uint64_t>(stamp.echoed_number));
    writer.octet(stamp.accepted ? kAccepted : 0);
    writer.number(static_cast<std::uint16_t>(stamp.interval.count()));
    writer.number(static_cast<std::uint64_t>(stamp.path_number));
    const bool sayable = stamp.held && stamp.held->count() >= 0 && stamp.held->count() < kHeldUnknown;
    writer.number(sayable ? static_cast<std::uint32_t>(stamp.held->count()) : kHeldUnknown);
}

std::uint8_t flags_of(const ServiceState& service) {
    int flags = service.in_sync ? kInSync : 0;
    if (service.foreign_term) flags |= kForeignTerm;
    if (service.drain) flags |= kDrainKnown;
    if (service.executed.omitted) flags |= kExecutedOmitted;
    if (service.received.omitted) flags |= kReceivedOmitted;
    if (std::holds_alternative<Release>(service.word)) flags |= kReleases;
    if (const auto* resign = std::get_if<Resign>(&service.word)) {
        flags |= kResigns;
        if (resign->final_position.omitted) flags |= kFinalOmitted;
    }
    return static_cast<std::uint8_t>(flags);
}

void write(Writer& writer, const ServiceState& service) {
    constexpr std::int64_t kLongestDrain = std::numeric_limits<std::uint32_t>::max();
    writer.name(service.name);
    writer.octet(static_cast<std::size_t>(service.role) | (service.votes ? kVotes : 0U) |
                 (service.serves ? kServes : 0U));
    writer.number(static_cast<std::uint64_t>(service.epoch));
    writer.octet(static_cast<std::size_t>(service.score));
    writer.octet(static_cast<std::size_t>(service.eligibility));
    writer.octet(flags_of(service));
    const std::int64_t drain = service.drain ? service.drain->count() : 0;
    writer.number(static_cast<std::uint32_t>(std::clamp<std::int64_t>(drain, 0, kLongestDrain)));
    writer.position(service.executed);
    writer.position(service.received);
    if (const auto* release = std::get_if<Release>(&service.word))
        writer.number(static_cast<std::uint64_t>(release->epoch));
    if (const auto* resign = std::get_if<Resign>(&service.word)) {
        writer.number(static_cast<std::uint64_t>(resign->epoch));
        writer.position(resign->final_position);
    }
}

void write(Writer& writer, const vrrp::Connection& client) {
    writer.octet(client.local.address.is_ipv4() ? kIpv4 : kIpv6);
    writer.endpoint(client.local);
    writer.endpoint(client.remote);
}

// ---- reading

// The first thing that is wrong ends it: whatever is read afterwards is empty, and the first refusal stays.
class Reader {
public:
    explicit Reader(Octets octets) : rest_{octets} {}

    template <typename Unsigned>
    Unsigned number() {
        std::uint64_t value = 0;
        for (const std::uint8_t octet : take(sizeof(Unsigned))) value = value << 8 | octet;
        return static_cast<Unsigned>(value);
    }
    std::uint8_t octet() { return number<std::uint8_t>(); }
    std::string text(std::size_t size) {
        const Octets octets = take(size);
        return {octets.begin(), octets.end()};
    }
    std::string name() {
        std::string read = text(octet());
        require(is_name(read), Refusal::name);
        return read;
    }
    Position position(bool omitted) {
        Position read{text(number<std::uint16_t>()), omitted};
        require(is_position(read.text) && (!omitted || read.text.empty()), Refusal::position);
        return read;
    }
    vrrp::Endpoint endpoint(vrrp::Family family) {
        const Octets address = take(vrrp::address_size(family));
        if (refusal_) return {};
        return {vrrp::IpAddress::from_octets(address), number<std::uint16_t>()};
    }
    // An octet that numbers the members of an enumeration.
    template <typename Enumeration>
    Enumeration member(std::size_t count) {
        const std::uint8_t value = octet();
        require(value < count, Refusal::value);
        return Enumeration{value};
    }
    void require(bool holds, Refusal refusal) {
        if (!holds && !refusal_) fail(refusal);
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] std::optional<Refusal> refusal() const { return refusal_; }

private:
    Octets take(std::size_t size) {
        require(size <= rest_.size(), Refusal::length);
        if (refusal_) return {};
        const Octets taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    void fail(Refusal refusal) {
        refusal_ = refusal;
        rest_ = {};
    }

    Octets rest_;
    std::optional<Refusal> refusal_;
};

Stamp read_stamp(Reader& reader) {
    Stamp stamp;
    stamp.session = SessionId{reader.number<std::uint64_t>()};
    stamp.number = MessageNumber{reader.number<std::uint64_t>()};
    stamp.echoed_session = SessionId{reader.number<std::uint64_t>()};
    stamp.echoed_number = MessageNumber{reader.number<std::uint64_t>()};
    const std::uint8_t flags = reader.octet();
    stamp.accepted = flags == kAccepted;
    stamp.interval = std::chrono::milliseconds{reader.number<std::uint16_t>()};
    stamp.path_number = MessageNumber{reader.number<std::uint64_t>()};
    const auto held = reader.number<std::uint32_t>();
    if (held != kHeldUnknown) stamp.held = std::chrono::microseconds{held};

    const bool echoes = stamp.echoed_session != kNoSession;
    reader.require(flags <= kAccepted, Refusal::value);
    reader.require(stamp.session != kNoSession && stamp.number != kNoNumber, Refusal::stamp);
    reader.require(echoes == (stamp.echoed_number != kNoNumber), Refusal::stamp);
    reader.require(echoes || !stamp.accepted, Refusal::stamp);
    reader.require(stamp.path_number <= stamp.echoed_number, Refusal::stamp);
    reader.require(stamp.path_number != kNoNumber || !stamp.held, Refusal::stamp);
    reader.require(stamp.interval >= kShortestPeerInterval && stamp.interval <= kLongestPeerInterval,
                   Refusal::stamp);
    return stamp;
}

Word read_word(Reader& reader, std::uint8_t flags, const std::string& successor) {
    reader.require((flags & kResigns) == 0 || (flags & kReleases) == 0, Refusal::word);
    reader.require((flags & kResigns) != 0 || (flags & kFinalOmitted) == 0, Refusal::word);
    if ((flags & kReleases) != 0) return Release{Epoch{reader.number<std::uint64_t>()}};
    if ((flags & kResigns) == 0) return {};
    reader.require(!successor.empty(), Refusal::word);
    const Epoch epoch{reader.number<std::uint64_t>()};
    return Resign{epoch, successor, reader.position((flags & kFinalOmitted) != 0)};
}

ServiceState read_service(Reader& reader, const std::string& successor) {
    ServiceState service;
    service.name = reader.name();
    const std::uint8_t role = reader.octet();
    service.votes = (role & kVotes) != 0;
    service.serves = (role & kServes) != 0;
    service.role = static_cast<Role>(role & ~(kVotes | kServes));
    reader.require(static_cast<std::size_t>(service.role) < kRoleCount, Refusal::value);
    service.epoch = Epoch{reader.number<std::uint64_t>()};
    service.score = reader.member<vrrp::Priority>(kGreatestScore + 1);
    service.eligibility = reader.member<Eligibility>(kEligibilityCount);
    const std::uint8_t flags = reader.octet();
    service.in_sync = (flags & kInSync) != 0;
    service.foreign_term = (flags & kForeignTerm) != 0;
    const auto drain = reader.number<std::uint32_t>();
    if ((flags & kDrainKnown) != 0) service.drain = std::chrono::milliseconds{drain};
    reader.require(service.drain || drain == 0, Refusal::value);
    service.executed = reader.position((flags & kExecutedOmitted) != 0);
    service.received = reader.position((flags & kReceivedOmitted) != 0);
    service.word = read_word(reader, flags, successor);
    return service;
}

vrrp::Connection read_client(Reader& reader) {
    const std::uint8_t version = reader.octet();
    reader.require(version == kIpv4 || version == kIpv6, Refusal::value);
    const vrrp::Family family = version == kIpv4 ? vrrp::Family::ipv4 : vrrp::Family::ipv6;
    const vrrp::Endpoint local = reader.endpoint(family);
    return {local, reader.endpoint(family)};
}

}  // namespace

std::optional<std::string> fault_of(const NodeState& state) {
    if (!is_name(state.node)) return "\"" + state.node + "\" is no name for a node";
    if (state.services.size() > kMostServices)
        return std::to_string(state.services.size()) + " services, at most 16 are possible";
    const std::string successor = successor_of(state);
    std::set<std::string_view> names;
    for (const ServiceState& service : state.services) {
        if (auto fault = fault_of(service, successor)) return fault;
        if (!names.insert(service.name).second) return "two services are named \"" + service.name + "\"";
    }
    if (const std::size_t size = size_of(fitted(state)); size > kLargestMessage) {
        return "a message of " + std::to_string(size) + " octets, at most " +
               std::to_string(kLargestMessage) + " are possible: shorten the names of the services";
    }
    return std::nullopt;
}

PeerMessage fitted(PeerMessage message) {
    message.state = fitted(std::move(message.state));
    std::size_t size = size_of(message.state);
    std::size_t clients = 0;
    for (const vrrp::Connection& client : message.clients) {
        size += size_of(client);
        if (clients == kMostClientsInMessage || size > kLargestMessage) break;
        ++clients;
    }
    message.clients.resize(clients);
    return message;
}

tl::expected<OctetString, std::string> encode(const PeerMessage& message) {
    if (auto fault = fault_of(message.state)) return tl::make_unexpected(std::move(*fault));
    const PeerMessage sent = fitted(message);
    Writer writer;
    write(writer, sent.stamp);
    writer.name(sent.state.node);
    writer.name(successor_of(sent.state));
    writer.octet(sent.state.services.size());
    for (const ServiceState& service : sent.state.services) write(writer, service);
    writer.octet(sent.clients.size());
    for (const vrrp::Connection& client : sent.clients) write(writer, client);
    return writer.take();
}

tl::expected<PeerMessage, Refusal> decode(Octets octets) {
    Reader reader{octets};
    reader.require(octets.size() <= kLargestMessage, Refusal::length);
    PeerMessage message;
    message.stamp = read_stamp(reader);
    message.state.node = reader.name();
    const std::string successor = reader.text(reader.octet());
    reader.require(successor.empty() || is_name(successor), Refusal::name);
    const std::size_t count = reader.octet();
    reader.require(count <= kMostServices, Refusal::services);
    for (std::size_t i = 0; i < count && !reader.refusal(); ++i) {
        ServiceState service = read_service(reader, successor);
        reader.require(message.state.find(service.name) == nullptr, Refusal::services);
        message.state.services.push_back(std::move(service));
    }
    const std::size_t clients = reader.octet();
    reader.require(clients <= kMostClientsInMessage, Refusal::value);
    for (std::size_t i = 0; i < clients && !reader.refusal(); ++i)
        message.clients.push_back(read_client(reader));
    reader.require(reader.at_end(), Refusal::length);
    reader.require(successor_of(message.state) == successor, Refusal::word);
    if (const auto refusal = reader.refusal()) return tl::make_unexpected(*refusal);
    return message;
}

std::optional<std::string> fault_of_names(std::string_view node, const std::vector<std::string>& services) {
    NodeState worst{std::string{node}, {}};
    const std::string successor(kLongestName, 'x');  // the peer's name is not known before it speaks
    for (const std::string& service : services) {
        worst.services.push_back({.name = service, .word = Resign{{}, successor, {}}});
    }
    return fault_of(worst);
}

}  // namespace highbase::cluster
