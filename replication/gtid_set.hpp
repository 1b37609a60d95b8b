// SPDX-License-Identifier: GPL-2.0-or-later
// The transactions that a MySQL server has, as a value: gtid_executed, gtid_purged, Retrieved_Gtid_Set and
// RECEIVED_TRANSACTION_SET, compared without asking a server. What GTID_SUBSET and GTID_SUBTRACT answer,
// these answer too.
//
// An empty set is one that was said to be empty. What is not known (a NULL, a server that did not answer) is
// no GtidSet at all: everything covers an empty one.
//
// Each operation walks its operands once: its cost grows with the sum of their intervals (and with the
// logarithm of the number of sources). parse() does too when the intervals come in rising order, as servers
// print them; otherwise it sorts.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "replication/gtid_fault.hpp"
#include "replication/uuid.hpp"

namespace highbase::replication {

class GtidReader;

class GtidSet {
public:
    // Bounds on a text from outside. What plus() and minus() answer may have as many intervals as both
    // operands together.
    static constexpr std::size_t kLongestText = 1 << 20;  // octets
    static constexpr std::size_t kMostIntervals = 1 << 16;
    static constexpr std::size_t kLongestTag = 32;  // characters
    // GNO_END - 1 in MySQL's sql/rpl_gtid.h: the highest number that a transaction can have.
    static constexpr std::uint64_t kHighest = (std::uint64_t{1} << 63) - 2;

    // Both ends belong to it.
    struct Interval {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        friend bool operator==(const Interval&, const Interval&) = default;
    };
    // Rising, and neither overlapping nor adjacent: each set of numbers has one such list.
    using Intervals = std::vector<Interval>;

    // The empty set.
    GtidSet() = default;

    // uuid[:tag]:interval[:interval]...[:tag:interval...], several with commas. Blanks and line ends may
    // stand between any two of these; UUIDs and tags in either case; sources, tags and intervals in any
    // order, also overlapping. Nothing but blanks is the empty set.
    // Refused, although a server would take it when it is typed in, is what no server prints and what a text
    // that was cut off may look like: a UUID or tag without an interval, an empty place before or after a
    // comma, an interval whose end is below its start.
    static GtidResult<GtidSet> parse(std::string_view text);
    // The server's canonical form, but in one line: uuid:1-5:7:tag:1-3,uuid:2
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool empty() const { return sources_.empty(); }
    // Transactions; at most 2^64-1, which more than two sources could exceed.
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] bool contains(const GtidSet& other) const;  // GTID_SUBSET(other, *this)
    [[nodiscard]] GtidSet minus(const GtidSet& other) const;  // GTID_SUBTRACT(*this, other)
    [[nodiscard]] GtidSet plus(const GtidSet& other) const;
    [[nodiscard]] GtidSet written_by(const Uuid& server) const;  // under any tag

    friend bool operator==(const GtidSet&, const GtidSet&) = default;

private:
    struct Source {
        Uuid uuid;
        std::string tag;  // [a-z_][a-z0-9_]{0,31}, or empty: no tag
        friend auto operator<=>(const Source&, const Source&) = default;
    };
    using Sources = std::map<Source, Intervals>;

    static GtidResult<std::size_t> read_source(GtidReader& reader, Sources& sources, std::size_t room);

    Sources sources_;  // none without an interval
};

}  // namespace highbase::replication
