// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/permission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "node/vote.hpp"

namespace highbase::node {
namespace {

using cluster::Eligibility;
using cluster::Epoch;
using cluster::Role;
using cluster::Standing;
using cluster::Term;

bool always(const ServiceFacts&) {
    return true;
}

// ---- situations

bool is_given_up(const ServiceFacts& facts) {
    return facts.promote && facts.accept_loss;
}
bool follows_nobody(const ServiceFacts& facts) {
    return facts.view && facts.view->channels.empty();
}
bool follows_peer(const ServiceFacts& facts) {
    return facts.channel_to_peer() != nullptr;
}

// ---- evidence to begin a term

// Whether the peer knows what its server has: seen, and answering. What it told before may be less.
bool peer_server_is_known(const ServiceFacts& facts) {
    const Eligibility peer = facts.peer.state->eligibility;
    return peer != Eligibility::starting && peer != Eligibility::service_down &&
           peer != Eligibility::service_unknown && peer != Eligibility::stopping;
}
bool peer_stands_by(const ServiceFacts& facts) {
    return facts.journal && facts.peer_is_fresh() && !facts.peer_writes();
}
bool owned_the_last_term(const ServiceFacts& facts) {
    return peer_stands_by(facts) && facts.journal->term != Term::none &&
           facts.peer.state->epoch <= facts.journal->epoch;
}
// Where no term has ever begun two empty servers look alike: it must be the one that is followed.
bool lacks_nothing_of_peer(const ServiceFacts& facts) {
    if (!peer_stands_by(facts) || !peer_server_is_known(facts)) return false;
    const auto executed = facts.peer_executed();
    if (!executed || !facts.view->history.covers(*executed)) return false;
    return facts.journal->epoch != Epoch{0} || facts.peer.state->role == Role::replica;
}
bool has_received_all_of_peer(const ServiceFacts& facts) {
    if (!facts.peer_is_fresh() || facts.peer_writes() || !peer_server_is_known(facts)) return false;
    const auto executed = facts.peer_executed();
    return executed && !executed->empty() && facts.channel_to_peer()->received.covers(*executed);
}
bool wrote_alone(const ServiceFacts& facts) {
    if (!facts.journal || !writes_alone(*facts.journal)) return false;
    return facts.peer.standing == Standing::silent || owned_the_last_term(facts) ||
           lacks_nothing_of_peer(facts);
}
bool is_in_sync(const ServiceFacts& facts) {
    return facts.in_sync;
}

// ---- evidence to go alone

bool is_released(const ServiceFacts& facts) {
    const auto* release =
        facts.peer_is_fresh() ? std::get_if<cluster::Release>(&facts.peer.state->word) : nullptr;
    return release != nullptr && release->epoch >= facts.journal->epoch;
}
bool is_ordered_alone(const ServiceFacts& facts) {
    return facts.solo;
}

bool has_witness(const ServiceFacts& facts) {
    return asks_witness(facts);
}
bool is_alone_with_witness(const ServiceFacts& facts) {
    return follows_nobody(facts) && asks_witness(facts);
}

// ---- the rows

constexpr std::string_view kFollowsNobody = "a server that follows nobody";
constexpr std::string_view kFollowsPeer = "the replica of the other box's server";
constexpr std::string_view kWaits = "a primary whose commits wait for the replica";
constexpr std::string_view kUnsure = "it follows nobody, and it is not known that it has everything";
constexpr std::string_view kBringBack =
    "bring the other box back; where it is lost for good: hbctl promote --accept-loss";
constexpr std::string_view kNotWaitedFor = "the primary does not wait for this server";
constexpr std::string_view kComeIntoSync =
    "it comes into sync by itself while the primary runs; where the primary is lost for good: "
    "hbctl promote --accept-loss";
constexpr std::string_view kSolo = "bring the replica back; where its box is certainly off: hbctl solo";

constexpr Permission ordered(Ask ask) {
    return {.name = "ordered",
            .act = Act::begin_term,
            .who = "any server",
            .evidence =
                "`hbctl promote --accept-loss`: an operator says that the other box is off, and gives "
                "up what only its server has",
            .ask = ask,
            .fits = is_given_up,
            .holds = always,
            .lack = Eligibility::not_in_sync,
            .missing = {},  // it is never the last that fits
            .remedy = {}};
}
constexpr Permission of_server_alone(std::string_view name, std::string_view evidence, Ask ask,
                                     bool (*holds)(const ServiceFacts&)) {
    return {.name = name,
            .act = Act::begin_term,
            .who = kFollowsNobody,
            .evidence = evidence,
            .ask = ask,
            .fits = follows_nobody,
            .holds = holds,
            .lack = Eligibility::not_receiving,
            .missing = kUnsure,
            .remedy = kBringBack};
}
constexpr Permission of_replica(std::string_view name, std::string_view evidence, Ask ask,
                                bool (*holds)(const ServiceFacts&)) {
    return {.name = name,
            .act = Act::begin_term,
            .who = kFollowsPeer,
            .evidence = evidence,
            .ask = ask,
            .fits = follows_peer,
            .holds = holds,
            .lack = Eligibility::not_in_sync,
            .missing = kNotWaitedFor,
            .remedy = kComeIntoSync};
}
constexpr Permission of_primary(std::string_view name, std::string_view evidence, Ask ask,
                                bool (*holds)(const ServiceFacts&), std::string_view reason) {
    return {.name = name,
            .act = Act::go_alone,
            .who = kWaits,
            .evidence = evidence,
            .ask = ask,
            .fits = always,
            .holds = holds,
            .lack = Eligibility::eligible,
            .missing = "the replica is not heard, and nobody has said that it will not be promoted",
            .remedy = kSolo,
            .reason = reason};
}
constexpr Permission with(Permission row, bool (*fits)(const ServiceFacts&), std::string_view missing) {
    row.fits = fits;
    row.missing = missing;
    return row;
}

constexpr std::string_view kWroteAlone =
    "the journal says that this box wrote alone in the last term, or was about to begin it: nobody else can "
    "have begun one since. The other box is silent, or stands by";
constexpr std::string_view kOwner =
    "the journal says that the last term is this box's, and the other box, which is heard and does not "
    "write, "
    "knows of no later one";
constexpr std::string_view kLacksNothing =
    "the other box's server, which is seen and does not write, has nothing that is not here; where no term "
    "has ever begun, it follows this one";

constexpr std::array<Permission, 10> kLossless{
    ordered(Ask::witness_if_there),
    of_server_alone("wrote_alone", kWroteAlone, Ask::witness_if_there, wrote_alone),
    of_server_alone("owner", kOwner, Ask::peer, owned_the_last_term),
    of_server_alone("lacks_nothing", kLacksNothing, Ask::peer, lacks_nothing_of_peer),
    with(of_server_alone("owner_by_vote",
                         "the journal says that the last term is this box's, the other box is silent, and "
                         "there is a witness",
                         Ask::witness, may_begin_by_vote),
         is_alone_with_witness, kUnsure),
    of_replica("in_sync",
               "it is in sync: the primary acknowledges nothing without it. The other box is silent, or has "
               "handed over (RESIGN)",
               Ask::witness, is_in_sync),
    of_replica("all_received",
               "the other box's server, which is seen and does not write, has nothing that was not received "
               "here",
               Ask::peer, has_received_all_of_peer),
    of_primary(
        "released",
        "RELEASE: the replica's box has written down that its server will not be promoted before it is "
        "in sync again",
        Ask::nobody, is_released, "the replica has said that it goes"),
    of_primary(
        "solo",
        "`hbctl solo`: an operator says that the other server is gone, and that nobody will promote it",
        Ask::witness_if_there, is_ordered_alone, "an operator has said that the replica is gone"),
    with(
        of_primary("vote",
                   "the replica's box is not heard for `solo_after`, no commit is acknowledged, and there is "
                   "a witness",
                   Ask::witness, may_go_alone_by_vote, "the replica is gone, and the witness is asked"),
        has_witness, "the replica is not heard, and the witness does not say yes"),
};

constexpr std::array<Permission, 6> kAvailable{
    ordered(Ask::nobody),
    of_server_alone("wrote_alone", kWroteAlone, Ask::nobody, wrote_alone),
    of_server_alone("owner", kOwner, Ask::nobody, owned_the_last_term),
    of_server_alone("lacks_nothing", kLacksNothing, Ask::nobody, lacks_nothing_of_peer),
    of_replica("what_there_is", "none: what was not received is lost", Ask::nobody, always),
    of_primary("at_once", "none", Ask::nobody, always, "mode available may acknowledge alone"),
};

// ---- vetoes

bool was_in_maintenance(const ServiceFacts& facts) {
    return facts.peer.standing == Standing::silent && facts.peer_maintenance && !facts.promote;
}
// What it last said may be old.
bool is_heard_one_way(const ServiceFacts& facts) {
    return facts.peer.standing == Standing::one_way;
}
bool says_nothing(const ServiceFacts& facts) {
    return facts.peer.standing == Standing::fresh && !facts.peer.state;
}
bool says_that_it_writes(const ServiceFacts& facts) {
    return facts.peer_writes();
}

constexpr std::array<Veto, 4> kVetoes{{
    {"maintenance", was_in_maintenance,
     "was in maintenance when it fell silent: hbctl promote says that it is off", "hbctl promote"},
    {"one_way", is_heard_one_way, "lives, and does not hear this box",
     "mend the network; or switch the other box off"},
    {"no_word", says_nothing, "lives, and says nothing of this service", "give both boxes the same services"},
    {"writes", says_that_it_writes, "says that its server takes writes", "hbctl switchover there"},
}};

}  // namespace

std::string_view sentence(Ask ask) {
    switch (ask) {
        case Ask::nobody: return "nobody";
        case Ask::peer: return "the other box: it must have written down that the term is not its own";
        case Ask::witness: return "the witness, where there is one: it must say yes";
        case Ask::witness_if_there: return "the witness, where there is one: it must not say no";
    }
    return "";
}

std::span<const Permission> permissions(Mode mode) {
    if (mode == Mode::lossless) return kLossless;
    return kAvailable;
}

const Permission* permitted(Act act, const ServiceFacts& facts) {
    const auto rows = permissions(facts.settings.database.mode);
    const auto found = std::ranges::find_if(
        rows, [&](const Permission& row) { return row.act == act && row.fits(facts) && row.holds(facts); });
    return found == rows.end() ? nullptr : &*found;
}

const Permission& missing(Act act, const ServiceFacts& facts) {
    const auto rows = permissions(facts.settings.database.mode);
    const Permission* last = &rows.back();
    for (const Permission& row : rows) {
        if (row.act == act && row.fits(facts)) last = &row;
    }
    return *last;
}

std::string waits_in_vain(const ServiceFacts& facts) {
    if (facts.phase != Phase::primary || !facts.witness.replica_is_missed) return {};
    if (permitted(Act::go_alone, facts) != nullptr && facts.witness.trouble.empty()) return {};
    const Permission& row = missing(Act::go_alone, facts);
    return fmt::format("{}; {}", row.missing, row.remedy);
}

std::span<const Veto> vetoes() {
    return kVetoes;
}

const Veto* standing_veto(const ServiceFacts& facts) {
    const auto found = std::ranges::find_if(kVetoes, [&](const Veto& veto) { return veto.stands(facts); });
    return found == kVetoes.end() ? nullptr : &*found;
}

bool writes_alone(const cluster::Journal& journal) {
    return journal.term == Term::promoting || (journal.term == Term::held && journal.alone);
}

}  // namespace highbase::node
