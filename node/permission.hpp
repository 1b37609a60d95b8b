// SPDX-License-Identifier: GPL-2.0-or-later
// Who may do what, on which evidence: the table that decides, that says what is missing, and that
// docs/permissions.md prints. One for each mode; the first row that fits and holds is the one that counts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "node/service_facts.hpp"

namespace highbase::node {

// What is permitted. Both weaken what protects the data, if the other box did the same.
enum class Act : std::uint8_t {
    begin_term,  // of a box that has won the election: its server becomes the primary
    go_alone,    // of a primary: its commits wait for no replica any more
};

// Who is asked before it is done.
enum class Ask : std::uint8_t {
    nobody,
    peer,              // it must have written down that the term is not its own
    witness,           // where there is one it must say yes; or the peer that hands over, in its place
    witness_if_there,  // where there is one it must not say no
};
[[nodiscard]] std::string_view sentence(Ask ask);

struct Permission {
    std::string_view name;
    Act act{};
    std::string_view who;       // in which situation
    std::string_view evidence;  // what must be so
    Ask ask{};
    bool (*fits)(const ServiceFacts&) = nullptr;   // the situation
    bool (*holds)(const ServiceFacts&) = nullptr;  // the evidence
    // Where nothing permits it: what such a box is, why, and what an operator can do. Of go_alone a box is
    // what it is.
    cluster::Eligibility lack{};
    std::string_view missing;
    std::string_view remedy;
    std::string_view reason{};  // of go_alone: what is told when it is done
};
[[nodiscard]] std::span<const Permission> permissions(Mode mode);

// The row that permits it now; else null. The server is looked at, and the journal is read.
[[nodiscard]] const Permission* permitted(Act act, const ServiceFacts& facts);
// Where none does: the last row whose situation it is.
[[nodiscard]] const Permission& missing(Act act, const ServiceFacts& facts);

// Of a primary whose commits wait for a replica that is gone, where nothing permits it to go on alone, or
// the witness does not answer: what is missing, and what helps; else empty.
[[nodiscard]] std::string waits_in_vain(const ServiceFacts& facts);

// What keeps a box from the election, however eligible its server is: a positive sign that the other one's
// server may take writes.
struct Veto {
    std::string_view name;
    bool (*stands)(const ServiceFacts&) = nullptr;
    std::string_view says;    // after the name of the other box
    std::string_view remedy;  // what an operator can do
};
[[nodiscard]] std::span<const Veto> vetoes();
// The first that stands; else null.
[[nodiscard]] const Veto* standing_veto(const ServiceFacts& facts);

// Of a journal: nobody else can have begun a term since.
[[nodiscard]] bool writes_alone(const cluster::Journal& journal);

}  // namespace highbase::node
