// SPDX-License-Identifier: GPL-2.0-or-later
// What one MariaDB server has beyond another: with the states of two real servers (10.11.19, A with server_id
// 1 and B with 2, gtid_strict_mode) at each point of a failover, and case by case.
#include <string>
#include <vector>

#include "replication/gtid_position.hpp"
#include "tests/catch.hpp"

using namespace highbase::replication;

namespace {

GtidPosition position(std::string_view text) {
    return GtidPosition::parse(text).value();
}

// gtid_binlog_state with gtid_slave_pos
GtidPosition held(std::string_view state, std::string_view slave_pos) {
    return position(state).joined(position(slave_pos));
}

std::vector<std::string> missing(const GtidPosition& from, const GtidPosition& there) {
    std::vector<std::string> texts;
    for (const MissingGtid& gtid : from.missing_from(there)) texts.push_back(gtid.to_string());
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("B replicates from A") {
    const GtidPosition a = held("0-1-6", "");
    const GtidPosition b = held("0-1-6", "0-1-6");
    CHECK(missing(a, b).empty());
    CHECK(missing(b, a).empty());
    CHECK(a == b);
}

TEST_CASE("A wrote what B never received, B was promoted and wrote") {
    const GtidPosition a = held("0-1-7", "");
    const GtidPosition b = held("0-1-6,0-2-8", "0-1-6");
    CHECK(missing(a, b) == Texts{"0-1-7 (server 1 ends with 0-1-6 there)"});
    CHECK(a.missing_from(b) == std::vector<MissingGtid>{{{0, 7, 1}, Evidence::ended, {0, 6, 1}}});
    CHECK(missing(b, a) == Texts{"0-2-8 (last there: 0-1-7)"});
    CHECK_FALSE(b.covers(a));

    // Before B wrote, its number was simply the lower one; with B's first write the number 7 was there twice.
    CHECK(missing(a, held("0-1-6", "0-1-6")) == Texts{"0-1-7 (last there: 0-1-6)"});
    CHECK(missing(a, held("0-1-6,0-2-7", "0-1-6")) == Texts{"0-1-7 (this number is 0-2-7 there)"});

    // B's gtid_binlog_pos alone does not show it, its gtid_slave_pos does.
    CHECK(position("0-2-8").reaches(position("0-1-7")));
    CHECK(position("0-2-8").covers(position("0-1-7")));
    CHECK_FALSE(position("0-1-6").covers(position("0-1-7")));
}

TEST_CASE("A was wiped and follows B") {
    const GtidPosition a = held("0-1-1,0-2-9", "0-2-9");
    const GtidPosition b = held("0-1-6,0-2-9", "0-1-6");
    CHECK(missing(b, a) == Texts{"0-1-6 (server 1 ends with 0-1-1 there)"});
    // A had begun to number anew: B's 0-1-6 hides its second 0-1-1.
    CHECK(missing(a, b).empty());
}

TEST_CASE("somebody wrote on the replica A") {
    // A stopped with error 1950: 0-2-10 would be out of order after 0-1-10.
    const GtidPosition a = held("0-2-9,0-1-10", "0-2-9");
    const GtidPosition b = held("0-1-6,0-2-11", "0-1-6");
    CHECK(missing(a, b) == Texts{"0-1-10 (server 1 ends with 0-1-6 there)"});
    CHECK(missing(b, a) == Texts{"0-2-11 (last there: 0-1-10)"});
    // A's gtid_slave_pos counts nothing of it
    CHECK(position("0-2-9").covers(position("0-2-9")));
    CHECK(missing(position("0-2-9"), b).empty());
}

TEST_CASE("A was restored from a copy of B, promoted, and wrote") {
    const GtidPosition a = held("0-1-12", "0-2-11");
    const GtidPosition b = held("0-1-6,0-2-11", "0-1-6");
    CHECK(missing(b, a).empty());
    CHECK(missing(a, b) == Texts{"0-1-12 (last there: 0-2-11)"});
    // without gtid_slave_pos the copy is not seen
    CHECK(missing(b, position("0-1-12")) == Texts{"0-2-11 (server 2 is not known there)"});
}

TEST_CASE("each kind of evidence") {
    const auto of = [](std::string_view own, std::string_view there) {
        return position(own).missing_from(position(there));
    };
    using Missing = std::vector<MissingGtid>;
    CHECK(of("0-1-5", "") == Missing{{{0, 5, 1}, Evidence::above, {0, 0, 0}}});
    CHECK(of("3-1-5", "0-1-9") == Missing{{{3, 5, 1}, Evidence::above, {3, 0, 0}}});
    CHECK(of("0-1-5", "0-1-4") == Missing{{{0, 5, 1}, Evidence::above, {0, 4, 1}}});
    CHECK(of("0-1-5", "0-1-3,0-2-4") == Missing{{{0, 5, 1}, Evidence::above, {0, 4, 2}}});
    CHECK(of("0-1-5", "0-2-5") == Missing{{{0, 5, 1}, Evidence::taken, {0, 5, 2}}});
    CHECK(of("0-1-5", "0-2-5,0-3-9") == Missing{{{0, 5, 1}, Evidence::taken, {0, 5, 2}}});
    CHECK(of("0-1-5", "0-1-4,0-2-5") == Missing{{{0, 5, 1}, Evidence::taken, {0, 5, 2}}});
    CHECK(of("0-1-5", "0-1-4,0-2-9") == Missing{{{0, 5, 1}, Evidence::ended, {0, 4, 1}}});
    CHECK(of("0-1-5", "0-2-9") == Missing{{{0, 5, 1}, Evidence::unknown, {0, 9, 2}}});
    CHECK(of("0-1-5", "0-3-4,0-2-9") == Missing{{{0, 5, 1}, Evidence::unknown, {0, 9, 2}}});
    CHECK(of("0-1-5,0-2-9", "0-2-9") == Missing{{{0, 5, 1}, Evidence::passed, {0, 9, 2}}});
    CHECK(of("0-1-5,0-2-8", "0-2-9") == Missing{{{0, 5, 1}, Evidence::passed, {0, 8, 2}}});
    CHECK(of("0-1-5", "0-1-5").empty());
    CHECK(of("0-1-5", "0-1-6").empty());
    CHECK(of("0-1-5", "0-1-5,0-2-5").empty());
    CHECK(of("", "0-1-5").empty());
}

TEST_CASE("a later GTID vouches only for its own domain, and only if it is there itself") {
    CHECK(missing(position("0-1-5,1-2-9"), position("0-2-9,1-2-9")) ==
          Texts{"0-1-5 (server 1 is not known there)"});
    CHECK(missing(position("0-1-5,0-3-7"), position("0-2-9")) ==
          Texts{"0-1-5 (server 1 is not known there)", "0-3-7 (server 3 is not known there)"});
    CHECK(missing(position("0-2-4,0-1-5"), position("0-2-9")) ==
          Texts{"0-1-5 (server 1 is not known there)"});
    // the operator let A skip 0-2-7 by hand: what was known of server 1 tells, a later GTID does not excuse
    // it
    CHECK(missing(position("0-1-7,0-2-8"), position("0-1-6,0-2-8")) ==
          Texts{"0-1-7 (server 1 ends with 0-1-6 there)"});
}

TEST_CASE("what is missing, in words") {
    CHECK(missing(position("5-2-7,0-1-105,1-1-4"), position("0-1-100")) ==
          Texts{"0-1-105 (last there: 0-1-100)", "1-1-4 (nothing of domain 1 there)",
                "5-2-7 (nothing of domain 5 there)"});
    CHECK(missing(position("0-1-5,0-2-9"), position("0-2-9")) ==
          Texts{"0-1-5 (server 1 is not known there, but 0-2-9 is)"});
}

TEST_CASE("a position covers what it reaches and what nothing speaks against") {
    CHECK(position("0-1-100").covers(position("0-1-100")));
    CHECK(position("0-1-100").covers(position("")));
    CHECK(position("0-2-150").covers(position("0-1-100")));          // unknown
    CHECK(position("0-2-150").covers(position("0-1-100,0-2-150")));  // passed
    CHECK_FALSE(position("0-1-100").covers(position("0-1-101")));
    CHECK_FALSE(position("0-1-100").covers(position("0-2-100")));
    CHECK_FALSE(position("0-1-100,0-2-150").covers(position("0-1-101")));
    CHECK_FALSE(position("").covers(position("0-1-1")));
}
