// SPDX-License-Identifier: GPL-2.0-or-later
// How far a server is, MySQL or MariaDB: what a promotion waits for and what peers tell each other.
//
// There is no Position for what is not known; that is an empty std::optional. Positions of different flavours
// have nothing in common: none covers the other, not even an empty one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "replication/gtid_fault.hpp"
#include "replication/gtid_position.hpp"
#include "replication/gtid_set.hpp"

namespace highbase::replication {

enum class Flavour : std::uint8_t { mysql, mariadb };

std::string_view name(Flavour flavour);  // "MySQL", "MariaDB"

// Who wrote a transaction.
struct Origin {
    std::string uuid;             // of MySQL
    std::uint32_t server_id = 0;  // of MariaDB
    friend bool operator==(const Origin&, const Origin&) = default;
};

class Position {
public:
    explicit Position(GtidSet set) : value_{std::move(set)} {}
    explicit Position(GtidPosition position) : value_{std::move(position)} {}

    // As GtidSet::parse or GtidPosition::parse.
    static GtidResult<Position> parse(Flavour flavour, std::string_view text);
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] Flavour flavour() const;
    [[nodiscard]] bool empty() const;

    // Nothing of `other` is missing here. GtidSet::contains, or GtidPosition::covers with its limits.
    [[nodiscard]] bool covers(const Position& other) const;

    // What this has and `other` has not, for an operator; empty if other.covers(*this). Of MySQL a GTID set
    // that mysqlbinlog --include-gtids takes; of MariaDB the last GTID of each server, and why. It may be as
    // long as the text of this position, for MariaDB several times that.
    [[nodiscard]] std::string missing_from(const Position& other) const;
    // What is to be held against a server at this position that returns to one at `other`: missing_from(),
    // and of MariaDB what most likely never got there (Evidence::unknown). Empty: it may follow. Of MariaDB
    // ask with gtid_binlog_state joined with gtid_slave_pos on both sides; gtid_position.hpp says what cannot
    // be decided.
    [[nodiscard]] std::string errant_against(const Position& other) const;
    // Only of what `origin` wrote: a replica that receives is ahead of what its source has told, and only
    // what it wrote itself is its own fault.
    [[nodiscard]] std::string errant_against(const Position& other, const Origin& origin) const;
    // For display. Of MySQL exact. Of MariaDB the numbers between the last GTIDs of each domain, of which
    // there are at least as many as transactions, and one for each GTID that is certain to be missing below
    // them. 0 if this covers `other`, nothing if the flavours differ; at most 2^64-1.
    [[nodiscard]] std::optional<std::uint64_t> transactions_behind(const Position& other) const;

    friend bool operator==(const Position&, const Position&) = default;

private:
    std::variant<GtidSet, GtidPosition> value_;
};

}  // namespace highbase::replication
