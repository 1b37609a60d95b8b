// SPDX-License-Identifier: GPL-2.0-or-later
// What positions say of two servers, beside what their binary logs really hold.
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "replication/gtid_position.hpp"
#include "tests/catch.hpp"

using namespace highbase::replication;

namespace {

// A server in gtid_strict_mode with one domain.
struct Server {
    std::uint32_t id = 0;
    std::vector<Gtid> log;
    std::set<Gtid> transactions;  // all that it holds, also what came before its log began
    Gtid slave_pos;               // seq_no 0: none
    std::uint64_t log_begins_after = 0;

    [[nodiscard]] std::uint64_t last() const {
        return transactions.empty() ? 0 : transactions.rbegin()->seq_no;
    }

    void commit(const Gtid& gtid) {
        log.push_back(gtid);
        transactions.insert(gtid);
    }

    void write() { commit({0, last() + 1, id}); }

    // One transaction from there, unless that server, or strict mode here, refuses.
    void replicate(const Server& source) {
        if (slave_pos.seq_no < source.log_begins_after) return;  // purged there
        if (slave_pos.seq_no != 0 && !source.transactions.contains(slave_pos)) return;
        const auto next = std::ranges::upper_bound(source.log, slave_pos.seq_no, {}, &Gtid::seq_no);
        if (next == source.log.end() || next->seq_no <= last()) return;
        commit(*next);
        slave_pos = *next;
    }

    // MASTER_DEMOTE_TO_SLAVE (MariaDB 10.10)
    void demote() {
        if (!transactions.empty()) slave_pos = *transactions.rbegin();
    }

    // Restored from a copy; the log begins anew.
    void restore(const Server& source) {
        log.clear();
        transactions = source.transactions;
        slave_pos = transactions.empty() ? Gtid{} : *transactions.rbegin();
        log_begins_after = last();
    }

    // gtid_binlog_state joined with gtid_slave_pos
    [[nodiscard]] GtidPosition held() const {
        std::map<std::uint32_t, std::uint64_t> state;
        for (const Gtid& gtid : log) state[gtid.server_id] = gtid.seq_no;
        std::string text;
        for (const auto& [server, seq_no] : state) {
            text += (text.empty() ? "0-" : ",0-") + std::to_string(server) + "-" + std::to_string(seq_no);
        }
        const GtidPosition position = GtidPosition::parse(text).value();
        return position.joined(GtidPosition::parse(slave_pos.to_string()).value());
    }
};

void step(Server& server, Server& other) {
    switch (*rc::gen::weightedElement<int>({{6, 0}, {10, 1}, {2, 2}, {1, 3}})) {
        case 0: return server.write();
        case 1: return server.replicate(other);
        case 2: return server.demote();
        default: return server.restore(other);
    }
}

// Whether what is said of `from` beside `there` is so.
void judge(const Server& from, const Server& there) {
    const std::vector<MissingGtid> missing = from.held().missing_from(there.held());
    for (const MissingGtid& gtid : missing) {
        RC_ASSERT(from.transactions.contains(gtid.gtid));
        if (gtid.certain()) RC_ASSERT(!there.transactions.contains(gtid.gtid));
        if (gtid.evidence == Evidence::passed) RC_ASSERT(there.transactions.contains(gtid.gtid));
    }
    // Two servers that each write under their own server_id only, and skip nothing: no errant one is
    // overlooked.
    const bool held_against = std::ranges::any_of(
        missing, [](const MissingGtid& gtid) { return gtid.evidence != Evidence::passed; });
    const bool all_there = std::ranges::includes(there.transactions, from.transactions);
    if (!all_there) RC_ASSERT(held_against);
    RC_ASSERT(there.held().covers(from.held()) == std::ranges::none_of(missing, &MissingGtid::certain));
}

GtidPosition any_position() {
    const auto count = *rc::gen::inRange(0, 8);
    std::string text;
    std::set<std::pair<int, int>> named;
    for (int i = 0; i < count; ++i) {
        const int domain = *rc::gen::inRange(0, 3);
        const int server = *rc::gen::inRange(1, 4);
        if (!named.emplace(domain, server).second) continue;
        if (!text.empty()) text += *rc::gen::element<std::string>(",", ", ", " ,\n");
        text += std::to_string(domain) + "-" + std::to_string(server) + "-" +
                std::to_string(*rc::gen::inRange(0, 6));
    }
    return GtidPosition::parse(text).value();
}

}  // namespace

TEST_CASE("two servers in strict mode") {
    CHECK(rc::check("what is certain to be missing is, and no errant transaction is overlooked", [] {
        Server a;
        a.id = 1;
        Server b;
        b.id = 2;
        const auto steps = *rc::gen::inRange(0, 40);
        for (int i = 0; i < steps; ++i) {
            const bool first = *rc::gen::arbitrary<bool>();
            step(first ? a : b, first ? b : a);
            judge(a, b);
            judge(b, a);
        }
    }));
}

TEST_CASE("laws of positions") {
    CHECK(rc::check("of any three", [] {
        const GtidPosition a = any_position();
        const GtidPosition b = any_position();
        const GtidPosition c = any_position();
        RC_ASSERT(GtidPosition::parse(a.to_string()).value() == a);
        RC_ASSERT(a.reaches(a));
        RC_ASSERT(a.covers(a));
        if (a.reaches(b) && b.reaches(c)) RC_ASSERT(a.reaches(c));
        if (a.covers(b)) RC_ASSERT(a.reaches(b));
        RC_ASSERT(a.reaches(b) == a.behind(b).empty());
        RC_ASSERT(a.joined(b) == b.joined(a));
        RC_ASSERT(a.joined(b).joined(c) == a.joined(b.joined(c)));
        RC_ASSERT(a.joined(b).covers(a));
        RC_ASSERT(a.missing_from(a.joined(b)).empty());
    }));
}
