// SPDX-License-Identifier: GPL-2.0-or-later
// MariaDB's positions as texts, and as MASTER_GTID_WAIT compares them.
#include "replication/gtid_position.hpp"

#include <limits>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace highbase::replication;

namespace {

GtidPosition position(std::string_view text) {
    return GtidPosition::parse(text).value();
}

std::string canonical(std::string_view text) {
    const auto result = GtidPosition::parse(text);
    return result ? result->to_string() : result.error().to_string();
}

GtidError fault(std::string_view text) {
    const auto result = GtidPosition::parse(text);
    return result ? GtidError{} : result.error();
}

std::string servers(int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) text += (i == 1 ? "0-" : ",0-") + std::to_string(i) + "-1";
    return text;
}

}  // namespace

TEST_CASE("positions as MariaDB 10.11.19 prints them") {
    CHECK(canonical("").empty());
    CHECK(canonical("0-1-100,5-2-7") == "0-1-100,5-2-7");
    CHECK(canonical("0-1-4,1-4294967295-1,2-4294967295-1,5-3-2,10-4294967295-1,"
                    "4294967295-4294967295-18446744073709551614") ==
          "0-1-4,1-4294967295-1,2-4294967295-1,5-3-2,10-4294967295-1,"
          "4294967295-4294967295-18446744073709551614");
    // gtid_binlog_state
    CHECK(canonical("0-2-3,0-1-4,1-4294967295-1,5-7-1,5-3-2") == "0-2-3,0-1-4,1-4294967295-1,5-7-1,5-3-2");
}

TEST_CASE("positions as MariaDB reads them") {
    CHECK(canonical("5-2-7,0-1-100") == "0-1-100,5-2-7");
    CHECK(canonical("0-1-4,0-2-3") == "0-2-3,0-1-4");
    CHECK(canonical("05-02-007") == "5-2-7");
    CHECK(canonical(" 1-1-1") == "1-1-1");
    CHECK(canonical("1-1-1, 2-1-1") == "1-1-1,2-1-1");
    CHECK(canonical(" \n 1-1-1 \t, 2-1-1 \n") ==
          "1-1-1,2-1-1");  // not the server, which takes no blank before ','
    CHECK(canonical("4294967295-4294967295-18446744073709551615") ==
          "4294967295-4294967295-18446744073709551615");
    CHECK(position("4294967295-4294967294-18446744073709551615").gtids() ==
          std::vector<Gtid>{{4294967295U, 18446744073709551615U, 4294967294U}});
}

TEST_CASE("number 0 is no transaction") {
    CHECK(position("0-1-0") == GtidPosition{});
    CHECK(position("0-0-0").empty());
    CHECK(canonical("0-1-0,1-1-1,2-0-0") == "1-1-1");
}

TEST_CASE("what is no position is refused, and where is said") {
    CHECK(fault("5-2") == GtidError{GtidFault::hyphen, 3});
    CHECK(fault("5") == GtidError{GtidFault::hyphen, 1});
    CHECK(fault("5-2-") == GtidError{GtidFault::number, 4});
    CHECK(fault("5--2-1") == GtidError{GtidFault::number, 2});
    CHECK(fault("5-2-7,") == GtidError{GtidFault::number, 6});
    CHECK(fault(",5-2-7") == GtidError{GtidFault::number, 0});
    CHECK(fault("1-1-1,,2-1-1") == GtidError{GtidFault::number, 6});
    CHECK(fault("-1-1-1") == GtidError{GtidFault::number, 0});
    CHECK(fault("+1-1-1") == GtidError{GtidFault::number, 0});
    CHECK(fault("1-1-+1") == GtidError{GtidFault::number, 4});
    CHECK(fault("0 - 1 - 5") == GtidError{GtidFault::hyphen, 1});
    CHECK(fault("0- 1-5") == GtidError{GtidFault::number, 2});
    CHECK(fault("1-1-1 2-1-1") == GtidError{GtidFault::comma, 6});
    CHECK(fault("1-1-1-1") == GtidError{GtidFault::comma, 5});
    CHECK(fault(std::string_view{"1-1-1\0", 6}) == GtidError{GtidFault::comma, 5});
    CHECK(fault("4294967296-2-7") == GtidError{GtidFault::range, 0});
    CHECK(fault("4294967295-4294967296-7") == GtidError{GtidFault::range, 11});
    CHECK(fault("1-1-18446744073709551616") == GtidError{GtidFault::range, 4});
    CHECK(fault("0-1-100,0-1-7") == GtidError{GtidFault::duplicate, 8});
    CHECK(fault("0-1-0, 0-1-7") == GtidError{GtidFault::duplicate, 7});
    CHECK(fault("NULL") == GtidError{GtidFault::number, 0});
    CHECK(fault("3e11fa47-71ca-11e1-9e33-c80aa9429562:1") == GtidError{GtidFault::hyphen, 1});
}

TEST_CASE("a position has a greatest length and a greatest number of GTIDs") {
    const std::string longest = "0-1-1" + std::string(65'531, ' ');
    CHECK(position(longest) == position("0-1-1"));
    CHECK(fault(longest + " ") == GtidError{GtidFault::too_long, 65'536});
    CHECK(position(servers(1024)).gtids().size() == 1024);
    CHECK(fault(servers(1025)) == GtidError{GtidFault::too_many, servers(1024).size() + 1});
}

TEST_CASE("a position reaches another as MASTER_GTID_WAIT says") {
    // MariaDB 10.11.19 with this gtid_slave_pos: MASTER_GTID_WAIT(text, 0) answered 0 (reached) or -1
    const GtidPosition own = position("0-1-100,5-2-7");
    CHECK(own.reaches(position("0-1-100")));
    CHECK(own.reaches(position("0-1-99")));
    CHECK_FALSE(own.reaches(position("0-1-101")));
    CHECK(own.reaches(position("0-9-100")));
    CHECK(own.reaches(position("0-9-50")));
    CHECK(own.reaches(position("0-9-50,5-2-7")));
    CHECK_FALSE(own.reaches(position("0-9-50,5-2-8")));
    CHECK(own.reaches(position("5-2-7")));
    CHECK_FALSE(own.reaches(position("7-2-1")));
    CHECK(own.reaches(position("7-2-0")));
    CHECK_FALSE(own.reaches(position("7-2-18446744073709551615")));
    CHECK(own.reaches(position("0-1-100,0-2-100")));
    CHECK(own.reaches(position("")));
    CHECK_FALSE(own.reaches(position("0-1-100,5-2-7,7-1-1")));
    CHECK_FALSE(position("").reaches(own));
}

TEST_CASE("how far each domain is behind") {
    const GtidPosition own = position("0-1-100,5-2-7");
    CHECK(own.behind(own).empty());
    CHECK(own.behind(position("0-2-110,3-1-5,5-2-7")) ==
          std::vector<DomainGap>{{{0, 110, 2}, 100}, {{3, 5, 1}, 0}});
    CHECK(own.behind(position("0-2-110,3-1-5")).front().missing() == 10);
    CHECK(own.behind(position("0-2-110,3-1-5")).back().missing() == 5);
    // the highest of a domain counts, on either side
    CHECK(position("0-1-100,0-2-120").behind(position("0-1-119,0-3-80")).empty());
    CHECK(position("0-1-100,0-2-120").behind(position("0-1-121,0-3-80")) ==
          std::vector<DomainGap>{{{0, 121, 1}, 120}});
    CHECK(position("").behind(position("1-1-18446744073709551615")).front().missing() ==
          18'446'744'073'709'551'615U);
}

TEST_CASE("a state joined with a position names the later of each server") {
    CHECK(position("0-1-6,0-2-11").joined(position("0-1-6")) == position("0-1-6,0-2-11"));
    CHECK(position("0-1-12").joined(position("0-2-11")) == position("0-2-11,0-1-12"));
    CHECK(position("0-1-12,1-1-3").joined(position("0-1-14,2-1-1")) == position("0-1-14,1-1-3,2-1-1"));
    CHECK(position("0-1-14").joined(position("0-1-12")) == position("0-1-14"));
    CHECK(position("").joined(position("0-1-12")) == position("0-1-12"));
    CHECK(position("0-1-12").joined(position("")) == position("0-1-12"));
}
