// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/cluster/link_story.hpp"

#include <stdexcept>

#include "tests/vrrp/octets.hpp"

namespace highbase::tests {
namespace {

using cluster::MessageNumber;
using cluster::SessionId;

std::string text(SessionId session) {
    const auto value = static_cast<std::uint64_t>(session);
    return value > 9 && value < 16 ? std::string(1, static_cast<char>('A' + value - 10))
                                   : std::to_string(value);
}
std::string text(MessageNumber number) {
    return std::to_string(static_cast<std::uint64_t>(number));
}

std::string describe(const cluster::Send& send) {
    const cluster::Stamp stamp = cluster::decode(send.octets).value().stamp;
    std::string line = std::to_string(send.path) + ": " + text(stamp.number);
    if (stamp.echoed_session == cluster::kNoSession) return line;
    line += stamp.accepted ? " =" : " ~";
    line += text(stamp.echoed_session) + text(stamp.echoed_number);
    if (stamp.path_number == cluster::kNoNumber) return line;
    return line + " (" + text(stamp.path_number) + ", " + std::to_string(stamp.held.value().count()) + "us)";
}

}  // namespace

Deeds describe(const cluster::PeerActions& actions) {
    Deeds deeds;
    for (const cluster::PeerAction& action : actions) {
        const auto* send = std::get_if<cluster::Send>(&action);
        deeds.push_back(send != nullptr ? describe(*send) : "changed");
    }
    return deeds;
}

vrrp::OctetString octets_of(const Said& said) {
    cluster::PeerMessage message;
    cluster::Stamp& stamp = message.stamp;
    stamp.session = said.session;
    stamp.number = MessageNumber{static_cast<std::uint64_t>(said.number)};
    stamp.interval = said.interval;
    if (said.echo != 0) {
        stamp.echoed_session = said.echoed;
        stamp.echoed_number = MessageNumber{static_cast<std::uint64_t>(said.echo)};
        stamp.accepted = said.accepted;
        stamp.path_number = MessageNumber{static_cast<std::uint64_t>(said.path_echo)};
    }
    if (said.path_echo != 0) stamp.held = std::chrono::duration_cast<std::chrono::microseconds>(said.held);
    message.state = {said.node, said.services};
    return cluster::encode(message).value();
}

LinkStory::LinkStory(std::size_t paths, cluster::PeerTiming timing,
                     std::vector<cluster::ServiceState> services)
    : link_{origin_, timing, paths, kA, {"gw1", std::move(services)}} {}

Deeds LinkStory::at(vrrp::Duration time, const cluster::PeerEvent& event) {
    if (time < now_) throw std::logic_error{"a story does not go back in time"};
    now_ = time;
    return describe(link_.handle(origin_ + time, event));
}

Deeds LinkStory::hear(vrrp::Duration time, const Said& said, std::size_t path) {
    const vrrp::OctetString octets = octets_of(said);
    return at(time, cluster::MessageReceived{path, octets});
}

Deeds LinkStory::say(vrrp::Duration time, cluster::ServiceState state) {
    state.name = "db";
    return at(time, cluster::StateChanged{{"gw1", {std::move(state)}}});
}

void LinkStory::pass(vrrp::Duration until) {
    while (deadline() <= until) (void)wake(std::max(now_, deadline()));
    now_ = until;
}

void LinkStory::begin_here() {
    origin_ += now_;
    now_ = vrrp::Duration::zero();
}

std::vector<cluster::Standing> LinkStory::paths() const {
    std::vector<cluster::Standing> standings;
    for (const cluster::PathView& path : view().paths) standings.push_back(path.standing);
    return standings;
}

std::uint64_t LinkStory::refused(cluster::Refusal refusal) const {
    std::uint64_t count = 0;
    for (const cluster::PathView& path : view().paths) count += path.refusals[refusal];
    return count;
}

std::uint64_t LinkStory::refused() const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < cluster::kRefusalCount; ++i)
        count += refused(static_cast<cluster::Refusal>(i));
    return count;
}

LinkStory acquainted(std::size_t paths, cluster::PeerTiming timing) {
    LinkStory story{paths, timing};
    (void)story.wake(0ms);
    (void)story.hear(0ms, {.number = 1, .echo = 1});
    (void)story.wake(10ms);
    for (std::size_t path = 0; path < paths; ++path) {
        (void)story.hear(10ms, {.number = 2, .echo = 2, .path_echo = 2}, path);
    }
    story.begin_here();
    return story;
}

}  // namespace highbase::tests
