// SPDX-License-Identifier: GPL-2.0-or-later
// GTID sets as texts. What a server printed or answered was MySQL 9.7.4.
#include <string>

#include "replication/gtid_set.hpp"
#include "tests/catch.hpp"
#include "tests/replication/gtid_text.hpp"

using namespace highbase::replication;
using highbase::tests::expanded;

namespace {

std::string canonical(std::string_view text) {
    const auto set = GtidSet::parse(expanded(text));
    return set ? set->to_string() : set.error().to_string();
}

GtidError fault(std::string_view text) {
    const auto set = GtidSet::parse(expanded(text));
    return set ? GtidError{} : set.error();
}

std::string intervals(std::size_t count) {
    std::string text = "U";
    for (std::size_t i = 1; i <= count; ++i) text += ":" + std::to_string(2 * i);
    return expanded(text);
}

}  // namespace

TEST_CASE("a set as a replica prints it") {
    // gtid_executed with a tag set by gtid_next = 'AUTOMATIC:Batch_1', and RECEIVED_TRANSACTION_SET
    CHECK(canonical("11111111-71ca-11e1-9e33-c80aa9429562:7,|"
                    "3e11fa47-71ca-11e1-9e33-c80aa9429562:7,|"
                    "c9b47ff7-e5bd-11f1-bc3f-02fc00000001:1-6:app:1-2:batch_1:1") ==
          "11111111-71ca-11e1-9e33-c80aa9429562:7,"
          "3e11fa47-71ca-11e1-9e33-c80aa9429562:7,"
          "c9b47ff7-e5bd-11f1-bc3f-02fc00000001:1-6:app:1-2:batch_1:1");
    CHECK(canonical("").empty());
    CHECK(canonical(" | ").empty());
}

TEST_CASE("the server's canonical form") {
    // each right-hand side: SELECT GTID_SUBTRACT(left-hand side, '')
    CHECK(canonical("3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5:7") == expanded("U:1-5:7"));
    CHECK(canonical(" 3E11FA47-71CA-11E1-9E33-C80AA9429562 : 1 - 5 : 7 ") == expanded("U:1-5:7"));
    CHECK(canonical("U:7:1-5:6") == expanded("U:1-7"));
    CHECK(canonical("U:1-5:3-9:11") == expanded("U:1-9:11"));
    CHECK(canonical("U:1-9:3-5:11") == expanded("U:1-9:11"));
    CHECK(canonical("U:Tag_B:5-9:1-3:7:tag_a:1") == expanded("U:tag_a:1:tag_b:1-3:5-9"));
    CHECK(canonical("U:tag_b:5-9:1-3:tag_a:1,U:1-8,00000000-0000-0000-0000-000000000001:9") ==
          expanded("00000000-0000-0000-0000-000000000001:9,U:1-8:tag_a:1:tag_b:1-3:5-9"));
    CHECK(canonical("U:tag:1:other:2:tag:3") == expanded("U:other:2:tag:1:3"));
    CHECK(canonical("U:1:tag:2,U:2") == expanded("U:1-2:tag:2"));
    CHECK(canonical("U:a:1:_:2:aa:4:a_:3:a0:4:b:5:z:1:1-4") ==
          expanded("U:_:2:a:1:a0:4:a_:3:aa:4:b:5:z:1-4"));
    CHECK(canonical("U :a :1 : 3 -  4|,|  V:7\t") == expanded("U:a:1:3-4,V:7"));
    CHECK(canonical("U:3-3") == expanded("U:3"));
    CHECK(canonical("U:AZaz_09:1") == expanded("U:azaz_09:1"));
    CHECK(canonical("U:Z:1") == expanded("U:z:1"));
    CHECK(canonical("U:01-005") == expanded("U:1-5"));
    CHECK(canonical("U:010") == expanded("U:10"));
    CHECK(canonical("U:abcdefghijklmnopqrstuvwxyz012345:1") ==
          expanded("U:abcdefghijklmnopqrstuvwxyz012345:1"));
    CHECK(canonical("U:1-9223372036854775806") == expanded("U:1-9223372036854775806"));
    CHECK(canonical("U:9223372036854775806:9223372036854775805") ==
          expanded("U:9223372036854775805-9223372036854775806"));
}

TEST_CASE("every kind of blank separates") {
    CHECK(canonical("\t\v\f\r| U\r|:\t1-\v2\f,\r|V:1") == expanded("U:1-2,V:1"));
}

TEST_CASE("what a server refuses is refused, and where is said") {
    CHECK(fault("U:") == GtidError{GtidFault::number, 37});
    CHECK(fault("U:tag:") == GtidError{GtidFault::number, 41});
    CHECK(fault("U:tag:1:") == GtidError{GtidFault::number, 43});
    CHECK(fault("U:1-") == GtidError{GtidFault::number, 39});
    CHECK(fault("U:1--3") == GtidError{GtidFault::number, 39});
    CHECK(fault("U:+1") == GtidError{GtidFault::number, 37});
    CHECK(fault("U:-1") == GtidError{GtidFault::number, 37});
    CHECK(fault("U:0") == GtidError{GtidFault::range, 37});
    CHECK(fault("U:0-3") == GtidError{GtidFault::range, 37});
    CHECK(fault("U:9223372036854775807") == GtidError{GtidFault::range, 37});
    CHECK(fault("U:1-9223372036854775807") == GtidError{GtidFault::range, 39});
    CHECK(fault("U:1-99999999999999999999999") == GtidError{GtidFault::range, 39});
    CHECK(fault("U:1 2") == GtidError{GtidFault::comma, 39});
    CHECK(fault("U:1 U:2") == GtidError{GtidFault::comma, 39});
    CHECK(fault("U:1a:1") == GtidError{GtidFault::comma, 38});
    CHECK(fault("U:1;") == GtidError{GtidFault::comma, 38});
    CHECK(fault(std::string_view{"U:1\0", 4}) == GtidError{GtidFault::comma, 38});
    CHECK(fault("U:a-b:1") == GtidError{GtidFault::colon, 38});
    CHECK(fault("U:abcdefghijklmnopqrstuvwxyz0123456:1") == GtidError{GtidFault::tag, 37});
    CHECK(fault("3e11fa47-71ca-11e1-9e33-c80aa942956:1") == GtidError{GtidFault::uuid, 0});
    CHECK(fault("U:1,V2:1") == GtidError{GtidFault::colon, 75});
    CHECK(fault("U:1, x") == GtidError{GtidFault::uuid, 40});
    CHECK(fault("automatic") == GtidError{GtidFault::uuid, 0});
    CHECK(fault("NULL") == GtidError{GtidFault::uuid, 0});
    CHECK(fault("0-1-100") == GtidError{GtidFault::uuid, 0});
    CHECK(fault("U:1,\\nV:1") ==
          GtidError{GtidFault::uuid, 39});  // as a client in batch mode writes a line end
}

TEST_CASE("what no server prints is refused, though it takes some of it") {
    CHECK(fault("U") == GtidError{GtidFault::colon, 36});
    CHECK(fault("U:tag") == GtidError{GtidFault::colon, 40});
    CHECK(fault("U:tag,") == GtidError{GtidFault::colon, 40});
    CHECK(fault("U:tag:tog:1") == GtidError{GtidFault::number, 41});
    CHECK(fault("U:1:tag") == GtidError{GtidFault::colon, 42});
    CHECK(fault("U:1,") == GtidError{GtidFault::uuid, 39});
    CHECK(fault("U:1,| ") == GtidError{GtidFault::uuid, 41});
    CHECK(fault("U:1,,V:1") == GtidError{GtidFault::uuid, 39});
    CHECK(fault(",U:1") == GtidError{GtidFault::uuid, 0});
    CHECK(fault(",") == GtidError{GtidFault::uuid, 0});
    CHECK(fault("U:5-3") == GtidError{GtidFault::order, 39});
    CHECK(fault("U:5-0") == GtidError{GtidFault::order, 39});
    CHECK(fault("3e11fa4771ca11e19e33c80aa9429562:1") == GtidError{GtidFault::uuid, 0});
    CHECK(fault("{U}:1") == GtidError{GtidFault::uuid, 0});
}

TEST_CASE("a text has a greatest length and a greatest number of intervals") {
    const std::string longest = expanded("U:1") + std::string((1 << 20) - 38, ' ');
    CHECK(longest.size() == 1'048'576);
    CHECK(GtidSet::parse(longest).has_value());
    CHECK(fault(longest + " ") == GtidError{GtidFault::too_long, 1'048'576});

    CHECK(GtidSet::parse(intervals(65'536))->count() == 65'536);
    const auto too_many = GtidSet::parse(intervals(65'537));
    REQUIRE_FALSE(too_many);
    CHECK(too_many.error() == GtidError{GtidFault::too_many, intervals(65'536).size() + 1});
    // The bound is on all sources together, and on what was read, not on what it comes to.
    CHECK(GtidSet::parse(intervals(65'535) + expanded(",V:1")).has_value());
    CHECK(GtidSet::parse(intervals(65'535) + expanded(",V:1:1")).error().fault == GtidFault::too_many);
}

TEST_CASE("every fault has its words") {
    CHECK(GtidError{GtidFault::uuid, 39}.to_string() == "after 39 octets: expected a UUID");
    CHECK(name(GtidFault::too_long) == "the text is too long");
    CHECK(name(GtidFault::too_many) == "too many intervals or GTIDs");
    CHECK(name(GtidFault::tag) == "a tag has at most 32 characters");
    CHECK(name(GtidFault::number) == "expected a number");
    CHECK(name(GtidFault::range) == "the number is out of range");
    CHECK(name(GtidFault::order) == "the interval ends before it begins");
    CHECK(name(GtidFault::colon) == "expected ':'");
    CHECK(name(GtidFault::hyphen) == "expected '-'");
    CHECK(name(GtidFault::comma) == "expected ',' or the end");
    CHECK(name(GtidFault::duplicate) == "the same server and domain a second time");
}
