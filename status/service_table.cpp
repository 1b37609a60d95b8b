// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/service_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "status/table_row.hpp"
#include "status/wall_time.hpp"

namespace highbase::status {
namespace {

constexpr std::size_t kLongestPosition = 60;

std::string ago(const Json& object, const char* key) {
    const Json& value = member(object, key);
    if (!value.is_number() || !(std::abs(value.get<double>()) < 1e15)) return "?";
    return to_words(std::chrono::milliseconds{static_cast<std::int64_t>(value.get<double>())});
}

std::string yes_or_no(const Json& object, const char* key) {
    if (!member(object, key).is_boolean()) return "?";
    return flag(object, key) ? "yes" : "no";
}

bool is_given(const Json& object, const char* key) {
    return member(object, key).is_string();
}

// Whole sets of GTIDs are for `hbctl status --json`.
std::string position(const Json& object, const char* key) {
    std::string result = text(object, key);
    if (result.empty()) return "nothing";
    if (result.size() <= kLongestPosition) return result;
    result.resize(kLongestPosition);
    return result + "...";
}

std::string eligible(const Json& service) {
    const std::string why = text(service, "eligibility");
    if (why == "eligible") return "yes";
    return why == "?" ? why : "no: " + why;
}

std::string server_cell(const Json& service) {
    const Json& server = member(service, "server");
    std::string state = text(server, "state");
    if (!is_given(server, "product")) return state;
    const std::string product = text(server, "product");
    if (state != "up") return fmt::format("{}, {}", product, state);
    return fmt::format("{}, {}", product, flag(server, "writable") ? "writable" : "read-only");
}

Row row(const Json& service) {
    return {text(service, "name"), text(service, "role"),  yes_or_no(service, "in_sync"),
            eligible(service),     text(service, "epoch"), server_cell(service)};
}

Paint role_paint(const std::string& role) {
    if (role == "primary") return Paint::green;
    return role == "replica" ? Paint::none : Paint::yellow;
}

Paints paints(const Row& row) {
    Paints result{};
    result[1] = role_paint(row[1]);
    result[2] = row[2] == "yes" ? Paint::none : Paint::yellow;
    result[3] = row[3] == "yes" ? Paint::none : Paint::yellow;
    return result;
}

std::string drain(const Json& object) {
    return member(object, "drain_ms").is_number() ? fmt::format("; {} ms to apply", text(object, "drain_ms"))
                                                  : "";
}

std::string place(const Json& service) {
    const Json& server = member(service, "server");
    std::string result = fmt::format("{}, at {}", text(service, "mode"), position(server, "executed"));
    const Json& source = member(server, "source");
    if (source.is_object()) {
        result += fmt::format("; follows {} port {}, received {}", text(source, "host"), text(source, "port"),
                              position(source, "received"));
    }
    if (is_given(service, "led_to")) result += "; clients are led to " + text(service, "led_to");
    return result + drain(service);
}

const Json& of_peer(const Json& peer, const std::string& service) {
    for (const Json& one : list(peer, "services")) {
        if (text(one, "name") == service) return one;
    }
    static const Json none;
    return none;
}

std::string peer_name(const Json& peer) {
    return is_given(peer, "node") ? text(peer, "node") : "the other box";
}

std::string peer_line(const Json& peer, const std::string& service) {
    std::string result = fmt::format("peer {}: {}", peer_name(peer), text(peer, "standing"));
    const Json& state = of_peer(peer, service);
    if (!state.is_object()) return result;
    if (text(peer, "standing") != "fresh") result += fmt::format(", {} ago", ago(peer, "age_ms"));
    const bool in_sync = flag(state, "in_sync");
    const std::string why = text(state, "eligibility");
    result += fmt::format(": {}, {}, {}, term {}", text(state, "role"), in_sync ? "in sync" : "not in sync",
                          why == "eligible" ? why : "not eligible: " + why, text(state, "epoch"));
    return result + drain(state);
}

std::string witness_line(const Json& witness) {
    const Json& record = member(witness, "record");
    if (!record.is_object())
        return flag(witness, "has_told") ? "witness: it has no record" : "witness: not asked yet";
    return fmt::format(
        "witness: term {} is {}'s, {}", text(record, "epoch"), text(record, "owner"),
        is_given(record, "in_sync") ? "and " + text(record, "in_sync") + " is in sync" : "alone");
}

std::string transition_line(const Json& transition) {
    const Json& took = member(transition, "ms");
    return fmt::format("last: {} of term {}, {} ago, {} {} ms", text(transition, "what"),
                       text(transition, "epoch"), ago(transition, "began_ms_ago"),
                       flag(transition, "done") ? "took" : "failed after",
                       took.is_number() ? fmt::format("{:.1f}", took.get<double>()) : "?");
}

void add_thread(std::vector<std::string>& all, const Json& source, const char* thread) {
    const Json& state = member(source, thread);
    if (!state.is_object()) return;
    if (const Json& number = member(state, "error_number"); number.is_number() && number != 0) {
        all.push_back(
            fmt::format("{}: error {}: {}", thread, text(state, "error_number"), text(state, "error")));
    } else if (!flag(state, "running")) {
        all.push_back(fmt::format("the {} is stopped", thread));
    }
}

std::vector<std::string> warnings(const Json& service, const Json& peer) {
    std::vector<std::string> all;
    const Json& server = member(service, "server");
    const std::string state = text(server, "state");
    const bool is_primary = text(service, "role") == "primary";
    if (is_given(server, "reason"))
        all.push_back(fmt::format("server {}: {}", state, text(server, "reason")));
    const bool judged = is_given(service, "eligibility") && text(service, "eligibility") != "eligible";
    // Of a server that is down the reason is the same.
    if (judged && state == "up" && is_given(service, "reason"))
        all.push_back("cannot take over: " + text(service, "reason") +
                      (is_given(service, "remedy") ? "; what helps: " + text(service, "remedy") : ""));
    if (flag(service, "maintenance"))
        all.emplace_back("in maintenance: this box changes no role by itself until hbctl maintenance off");
    if (const Json& witness = member(service, "witness"); witness.is_object()) {
        if (is_given(witness, "trouble"))
            all.push_back("the witness does not answer: " + text(witness, "trouble"));
        if (member(witness, "counts") == false)
            all.emplace_back(
                "the other box does not ask the witness, so it does not count: write [witness] there");
    }
    if (is_given(service, "waits_in_vain")) all.push_back("commits wait: " + text(service, "waits_in_vain"));
    if (flag(service, "too_many_failovers"))
        all.emplace_back("too many takeovers: this box takes over no more until hbctl ack");
    if (is_primary && member(service, "in_sync") == false &&
        !flag(member(server, "semi_sync"), "source_on")) {
        all.emplace_back("no commit waits for a replica: what is acknowledged now is on this server alone");
        if (const Json& risk = member(service, "at_risk"); risk.is_number() && risk != 0)
            all.back() += fmt::format(" ({} transactions)", text(service, "at_risk"));
    }
    add_thread(all, member(server, "source"), "receiver");
    add_thread(all, member(server, "source"), "applier");
    if (peer.is_object() && is_given(peer, "standing") && text(peer, "standing") != "fresh")
        all.push_back(fmt::format("{} is {} on the peer link", peer_name(peer), text(peer, "standing")));
    const Json& transition = member(service, "last_transition");
    if (is_given(transition, "reason")) {
        all.push_back(
            fmt::format("the last {} failed: {}", text(transition, "what"), text(transition, "reason")));
    }
    return all;
}

std::string details(const Json& service, const Json& peer, const std::string& indent, Colour colour) {
    std::string result;
    const auto add = [&](const std::string& sentence) {
        result += indent + paint(sentence, Paint::dim, colour) + '\n';
    };
    add(place(service));
    if (peer.is_object()) add(peer_line(peer, text(service, "name")));
    if (const Json& witness = member(service, "witness"); witness.is_object()) add(witness_line(witness));
    if (const Json& transition = member(service, "last_transition"); transition.is_object())
        add(transition_line(transition));
    for (const std::string& warning : warnings(service, peer))
        result += warning_line(warning, indent, colour);
    return result;
}

}  // namespace

std::string service_table(const Json& status, Colour colour) {
    const Json& services = list(status, "services");
    if (services.empty()) return "";
    std::vector<Row> rows{{"DATABASE", "ROLE", "IN SYNC", "ELIGIBLE", "TERM", "SERVER"}};
    for (const Json& service : services) rows.push_back(row(service));
    const Widths columns = widths(rows);
    std::string result = heading(rows.front(), columns, colour);
    for (std::size_t i = 0; i < services.size(); ++i) {
        result += line(rows[i + 1], columns, paints(rows[i + 1]), colour);
        result += details(services[i], member(status, "peer"), std::string(columns[0] + 2, ' '), colour);
    }
    return result;
}

}  // namespace highbase::status
