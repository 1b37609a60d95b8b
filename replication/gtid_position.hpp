// SPDX-License-Identifier: GPL-2.0-or-later
// How far a MariaDB server is, as a value: gtid_slave_pos, Gtid_IO_Pos, gtid_binlog_pos, gtid_current_pos
// (one GTID for each domain), and gtid_binlog_state (the last GTID of each server in each domain).
//
// What to compare with what:
// - Has the replica applied what it received, or what the primary last reported? gtid_slave_pos with
//   Gtid_IO_Pos, or with the primary's gtid_binlog_pos. Not gtid_binlog_pos or gtid_current_pos of the
//   replica: they count what it wrote itself, and at 0-2-8 it would pass for having 0-1-7.
// - What has one server beyond the other? gtid_binlog_state joined with gtid_slave_pos, of both: a binary log
//   that began with a restored copy does not name what came with the copy.
//
// A position names last transactions. What follows from it for others rests on gtid_strict_mode, in which
// numbers rise inside a domain of a binary log: what has 0-1-100 as its last of domain 0 holds no other
// 0-x-100 and will log nothing below. Without it only reaches() and behind() hold, which look at numbers
// alone. Even with it these cannot be decided here, only from the binary logs:
// - Whether a transaction below a server's last one is there. After A wrote 0-1-7 and B, promoted at 0-1-6,
//   wrote 0-2-7, B's 0-1-6 tells on A. Once B has a later 0-1-x it does not. (A diverged server must be
//   emptied before it may write again.) Nor do numbers tell that a server gave twice.
// - Whether a server that a state does not name was received before that binary log began, or never:
//   Evidence::unknown and Evidence::passed.
// - How many transactions lie between two numbers: filters and gtid_seq_no leave gaps.
//
// An empty position is one that was said to be empty; what is not known is no GtidPosition at all.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replication/gtid_fault.hpp"

namespace highbase::replication {

struct Gtid {
    std::uint32_t domain = 0;
    std::uint64_t seq_no = 0;
    std::uint32_t server_id = 0;

    [[nodiscard]] std::string to_string() const;  // "0-1-100": domain, server_id, seq_no
    // By domain, and inside it by number.
    friend auto operator<=>(const Gtid&, const Gtid&) = default;
};

// Why one side seems to lack the last transaction that the other has of a server and domain.
enum class Evidence : std::uint8_t {
    above,    // its number is above every number of the domain there
    taken,    // its number belongs to another server's transaction there
    ended,    // that server is known there, but only up to a lower number
    unknown,  // that server is not known there, only higher numbers of others: most likely never received
    // As `unknown`, but followed here by a GTID that is there: received before that log began, unless numbers
    // were skipped, by hand or by gtid_seq_no.
    passed,
};

struct MissingGtid {
    Gtid gtid;
    Evidence evidence{};
    // On the other side. above: its last of the domain, seq_no 0 if none; taken: its GTID of that number;
    // ended: its last of that server; unknown: its last of the domain; passed: the GTID that followed.
    Gtid there;

    // It is not there, given strict mode and a whole state of that side.
    [[nodiscard]] bool certain() const { return evidence <= Evidence::ended; }
    [[nodiscard]] std::string to_string() const;  // "0-1-7 (server 1 ends with 0-1-6 there)"
    friend bool operator==(const MissingGtid&, const MissingGtid&) = default;
};

// How far a domain is behind, in numbers; there are at least as many as transactions.
struct DomainGap {
    Gtid wanted;            // the other's last one
    std::uint64_t own = 0;  // the number of the own last one; 0: none
    [[nodiscard]] std::uint64_t missing() const { return wanted.seq_no - own; }
    friend bool operator==(const DomainGap&, const DomainGap&) = default;
};

class GtidPosition {
public:
    // Bounds on a text from outside.
    static constexpr std::size_t kLongestText = 1 << 16;  // octets
    static constexpr std::size_t kMostGtids = 1024;

    // Nothing in any domain.
    GtidPosition() = default;

    // "0-1-100,5-2-7", with blanks around any GTID. Each server once in a domain. A GTID with number 0 (a
    // server accepts and prints it) names no transaction and is left out. Nothing but blanks: nothing in any
    // domain.
    static GtidResult<GtidPosition> parse(std::string_view text);
    // By domain; inside it the highest number last, where gtid_binlog_state has the latest too.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool empty() const { return gtids_.empty(); }
    [[nodiscard]] const std::vector<Gtid>& gtids() const { return gtids_; }  // in the order of to_string()

    // In every domain of `other` a number not below the highest there. What MASTER_GTID_WAIT(other, 0)
    // answers on a server whose gtid_slave_pos this is; it looks at no server_id.
    [[nodiscard]] bool reaches(const GtidPosition& other) const;
    // The domains in which this does not reach `other`, in rising order.
    [[nodiscard]] std::vector<DomainGap> behind(const GtidPosition& other) const;
    // Of each server in each domain the higher number of the two: gtid_binlog_state with gtid_slave_pos.
    [[nodiscard]] GtidPosition joined(const GtidPosition& other) const;

    // Which GTIDs of this `other` is not seen to have, in the order of gtids(). It is taken to have those of
    // a server of which it has the same number or a higher one.
    [[nodiscard]] std::vector<MissingGtid> missing_from(const GtidPosition& other) const;
    // reaches(other), and nothing of `other` is certain to be missing here. Of two positions with one GTID a
    // domain it differs from reaches() in one case: the same number of different servers.
    [[nodiscard]] bool covers(const GtidPosition& other) const;

    friend bool operator==(const GtidPosition&, const GtidPosition&) = default;

private:
    std::vector<Gtid> gtids_;  // sorted; each (domain, server_id) once; no seq_no 0
};

}  // namespace highbase::replication
