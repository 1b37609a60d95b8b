// SPDX-License-Identifier: GPL-2.0-or-later Which change of the record a node may make. The record is
// changed by compare-and-swap, so all changes of it stand in one order, and each was judged by the record
// that it replaced.
//
// Nothing acknowledged is lost, and no two servers acknowledge alone:
//  - Only the owner of the record's epoch acknowledges, and it does so either with the replica in sync (each
//    commit waits for it) or alone.
//  - It says `InSync` only after its commits wait for that replica, which has received all that was
//    acknowledged before; and it goes on waiting until a `GoAlone` was answered with yes. So as long as the
//    record has in_sync = B, everything that was acknowledged is on B as well.
//  - B begins a term only from a record with in_sync = B (the owner itself from its own): with everything
//    acknowledged. After that swap the record has a later epoch, and the old owner's `GoAlone` is refused
//    for ever: what it still commits waits for B, which has closed its receiver.
//  - If `GoAlone` comes first the record has in_sync = none, and B's `BeginTerm` is refused. One of the two
//    swaps is first, and the other one fails.
//  - An epoch is begun by a swap to a greater number, so it has one owner.
// A node may also begin a term without the witness, where it has the other node's word for it, on that one's
// disk: from then on the other one asks for nothing and acknowledges nothing, whatever the record lets it do.
// Such a term is `undisputed`: the record, which is behind, is replaced whatever it says, and until it is the
// owner is refused `GoAlone`. An operator's word that the other node is off counts for the same.
// A yes always follows from a swap, also where the record says so already: the swap makes whatever was sent
// before, and may still be under way, too late (question.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "witness/vote.hpp"

namespace highbase::witness {

// "I begin the term `epoch`", which is greater than any that the asker has heard of. It asks only while its
// own journal says that it may be promoted: the record does not know of a relay log that was lost since.
struct BeginTerm {
    std::string asker;
    cluster::Epoch epoch{};
    // It may make the first record: `undisputed`, and the other node asks the witness as well. One that did
    // not would begin terms that no record knows of.
    bool first = false;
    // The asker's server holds this term already, or held the last one alone, or the other node has it on
    // disk that this term is not its own, or an operator has said that the other node is off.
    bool undisputed = false;
    friend bool operator==(const BeginTerm&, const BeginTerm&) = default;
};
// "My server acknowledges without the replica": asked before its commits stop waiting.
struct GoAlone {
    std::string asker;
    cluster::Epoch epoch{};  // that the asker holds
    friend bool operator==(const GoAlone&, const GoAlone&) = default;
};
// "Everything acknowledged is on `replica`, and my commits wait for it." An owner that could not open its
// server for the term gives it back so: what was acknowledged is on the old owner, which may begin the next.
struct InSync {
    std::string asker;
    cluster::Epoch epoch{};  // that the asker holds
    std::string replica;     // a node
    friend bool operator==(const InSync&, const InSync&) = default;
};
using Want = std::variant<BeginTerm, GoAlone, InSync>;

enum class Refusal : std::uint8_t {
    bad_question,     // a name that is none, epoch 0, or in sync with itself
    no_record,        // there is none, and the asker may not make the first
    not_in_sync,      // BeginTerm: the record names another node, or none
    epoch_taken,      // BeginTerm: the record has that epoch, or a later one
    later_epoch,      // the asker's term is over
    epoch_not_begun,  // the record knows an earlier epoch only
    other_owner,      // another node holds that epoch
};
inline constexpr std::size_t kRefusalCount = 7;

std::string_view name(Refusal refusal);      // "not_in_sync"
std::string_view sentence(Refusal refusal);  // what it means, for the operator; no full stop

// Who asks.
const std::string& asker(const Want& want);

// The record that the want would make of the one that there is, which may be the same; or why not.
tl::expected<Record, Refusal> judge(const std::optional<Record>& record, const Want& want);

}  // namespace highbase::witness
