// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/node/service_story.hpp"

#include <fmt/format.h>

namespace highbase::tests {
namespace {

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
    return all;
}

std::string in_words(const cluster::Journal& journal) {
    std::string text = fmt::format("journal term {}", static_cast<std::uint64_t>(journal.epoch));
    if (journal.term != cluster::Term::none) text += " " + std::string{cluster::name(journal.term)};
    if (journal.alone) text += " alone";
    if (journal.released) text += " released";
    if (journal.in_sync) text += " in sync";
    if (journal.maintenance) text += " maintenance";
    if (journal.maybe_open) text += " maybe open";
    return text;
}

std::string in_words(const witness::BeginTerm& want) {
    return fmt::format("term {} of {}{}{}", static_cast<std::uint64_t>(want.epoch), want.asker,
                       want.first ? " first" : "", want.undisputed ? " undisputed" : "");
}
std::string in_words(const witness::GoAlone& want) {
    return fmt::format("{} alone in term {}", want.asker, static_cast<std::uint64_t>(want.epoch));
}
std::string in_words(const witness::InSync& want) {
    return fmt::format("{} in sync with {} in term {}", want.replica, want.asker,
                       static_cast<std::uint64_t>(want.epoch));
}

struct DeedInWords {
    std::string operator()(const replication::RunHooks& deed) const {
        return "hooks " + std::string{replication::name(deed.point)};
    }
    std::string operator()(const replication::CloseRoad& deed) const {
        return fmt::format("close the road to {} port {}", deed.host, deed.port);
    }
    std::string operator()(const replication::OpenRoad&) const { return "open the road"; }
    std::string operator()(const replication::Execute& deed) const {
        const auto held = [](const std::string& text) { return text.empty() ? text : "[" + text + "]"; };
        const std::string hold = held(joined(deed.hold));
        const std::string release = held(joined(deed.release));
        return hold + (hold.empty() ? "" : " ") + joined(deed.statements) + (release.empty() ? "" : " ") +
               release;
    }
    std::string operator()(const replication::Look&) const { return "look"; }
    std::string operator()(const replication::EvictClients&) const { return "evict clients"; }
    std::string operator()(const replication::EndWaits&) const { return "end waits"; }
    std::string operator()(const replication::EndApplier&) const { return "end the applier"; }
    std::string operator()(const replication::FencePeer&) const { return "fence the peer"; }
    std::string operator()(const node::KillServer& deed) const { return "kill the server: " + deed.reason; }
    std::string operator()(const node::WriteJournal& deed) const { return in_words(deed.journal); }
    std::string operator()(const node::EvictPeerClients&) const { return "evict the peer's clients"; }
    std::string operator()(const node::SaveErrant& deed) const {
        return deed.acknowledged ? "save errant transactions, acknowledged" : "save errant transactions";
    }
    std::string operator()(const node::AskWitness& deed) const {
        return (deed.needs_yes ? "ask the witness: " : "ask the witness, if it is there: ") +
               std::visit([](const auto& want) { return in_words(want); }, deed.want);
    }
};

struct ActionInWords {
    std::string operator()(const node::Judge& a) const { return a.eligible ? "eligible" : "not eligible"; }
    std::string operator()(const node::Advertise& a) const {
        return fmt::format("advertise {}", vrrp::number(a.priority));
    }
    std::string operator()(const node::Succeed&) const { return "succeed"; }
    std::string operator()(const node::Serve& a) const {
        return a.forward_to ? "serve by " + a.forward_to->to_string() : "serve";
    }
    std::string operator()(const node::Pause&) const { return "pause"; }
    std::string operator()(const node::Refuse&) const { return "refuse"; }
    std::string operator()(const node::Leave&) const { return "leave"; }
    std::string operator()(const node::Stopped&) const { return "stopped"; }
    std::string operator()(const node::SwitchoverEnded& a) const {
        std::string text = a.done ? "switchover done" : "switchover not done: " + joined(a.reasons);
        if (a.writes_stopped) text += ", writes stopped for " + milliseconds(*a.writes_stopped) + " ms";
        return text;
    }
    std::string operator()(const node::OrderAnswer& a) const {
        return a.done ? "yes: " + a.message : "no: " + joined(a.reasons);
    }
    std::string operator()(const node::Task& a) const {
        return fmt::format("task {}: {}", a.number, std::visit(DeedInWords{}, a.deed));
    }
    std::string operator()(const node::Report& a) const {
        std::string text{node::describe(a.id).identifier};
        for (const node::Field& field : a.fields) {
            if (field.name != "router") text += " " + field.name + "=" + field.value;
        }
        return text;
    }
};

}  // namespace

std::string describe(const node::ServiceAction& action) {
    return std::visit(ActionInWords{}, action);
}

Lines describe(const node::ServiceActions& actions) {
    Lines lines;
    for (const node::ServiceAction& action : actions) lines.push_back(describe(action));
    return lines;
}

Lines tasks(const Lines& lines) {
    Lines result;
    for (const std::string& line : only(lines, "task ")) result.push_back(line.substr(line.find(": ") + 2));
    return result;
}

}  // namespace highbase::tests
