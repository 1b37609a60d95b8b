// SPDX-License-Identifier: GPL-2.0-or-later
// One question to the witness, from the first look at the record to the answer. A pure machine: it says what
// is to be done next, and is told what came of it.
//
// A swap whose answer was lost may have happened, may not have happened, and may still happen. The record is
// read again, and judged:
//  - It is what was wanted, and newer than what was to be replaced: that was the swap, or one that said the
//    same for the same node.
//  - It is the one that was to be replaced: the swap is sent again, with the same comparison. If the first
//    one still comes, one of the two fails.
//  - It is another one: the lost swap compares with what is gone, so it can never happen any more.
// Therefore a no is a no, and what is not known is said to be unknown, never yes. After an unknown the swap
// may still happen: who asked goes on as if it had and as if it had not, whichever is the more careful,
// until a later question is answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "witness/rules.hpp"
#include "witness/trouble.hpp"
#include "witness/vote.hpp"

namespace highbase::witness {

// Of the key in etcd: changes with each change of it, and only grows. 0: there is no such key.
enum class Revision : std::int64_t {};

// A record, or that there is none, at a revision.
struct Found {
    Revision revision{};
    std::optional<Record> record{};
    friend bool operator==(const Found&, const Found&) = default;
};

// What is to be done.
struct Read {
    friend bool operator==(const Read&, const Read&) = default;
};
struct Swap {
    Revision expected{};  // replace the record only if it still has this revision
    Record record;
    friend bool operator==(const Swap&, const Swap&) = default;
};
// What is answered.
struct Yes {
    Record record;  // as it is now
    friend bool operator==(const Yes&, const Yes&) = default;
};
struct No {
    Refusal refusal{};
    std::optional<Record> record{};  // that stands against it
    friend bool operator==(const No&, const No&) = default;
};
struct Unknown {
    Trouble trouble;
    friend bool operator==(const Unknown&, const Unknown&) = default;
};
using Answer = std::variant<Yes, No, Unknown>;
using Step = std::variant<Read, Swap, Answer>;

// What came of it; Found, of a Read.
struct Swapped {};
struct Conflict {
    Found found;  // in place of what was expected
};
struct Lost {
    Trouble trouble;
};
// Of a Read; or of a Swap that was certainly not sent.
struct Failed {
    Trouble trouble;
};
using Outcome = std::variant<Found, Swapped, Conflict, Lost, Failed>;

inline constexpr std::size_t kMostSwaps = 16;  // of one question: more would mean that something is wrong

class Question {
public:
    explicit Question(Want want) : want_{std::move(want)} {}

    // The first step, and then the next one after each outcome, until it is an Answer.
    [[nodiscard]] static Step begin() { return Read{}; }
    [[nodiscard]] Step handle(const Outcome& outcome);

private:
    Step take(const Found& found);
    Step take(const Swapped& swapped);
    Step take(const Conflict& conflict);
    Step take(const Lost& lost);
    Step take(const Failed& failed);

    Want want_;
    Swap swap_{};             // the last one
    bool swap_lost_ = false;  // and nothing is known of it
    std::size_t swaps_ = 0;
};

// For the operator: "yes: ...", "no: ...", "unknown: ...".
std::string to_text(const Answer& answer);

}  // namespace highbase::witness
