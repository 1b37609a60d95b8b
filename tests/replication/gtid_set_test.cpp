// SPDX-License-Identifier: GPL-2.0-or-later
// GTID sets compared.
#include "replication/gtid_set.hpp"

#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/replication/gtid_text.hpp"

using namespace highbase::replication;
using highbase::tests::expanded;

namespace {

GtidSet gtids(std::string_view text) {
    return GtidSet::parse(expanded(text)).value();
}

struct Answer {
    std::string_view a;
    std::string_view b;
    bool subset;                  // GTID_SUBSET(b, a)
    std::string_view difference;  // GTID_SUBTRACT(a, b)
    std::string_view sum;         // GTID_SUBTRACT(CONCAT(a, ',', b), '')
};

}  // namespace

TEST_CASE("sets compare as a server compares them") {
    // what MySQL 9.7.4 answered, without its line ends
    const std::vector<Answer> answers{
        {"", "", true, "", ""},
        {"U:1-9", "", true, "U:1-9", "U:1-9"},
        {"", "U:1-9", false, "", "U:1-9"},
        {"U:1-9", "U:1-9", true, "", "U:1-9"},
        {"U:1-9", "U:4-6", true, "U:1-3:7-9", "U:1-9"},
        {"U:4-6", "U:1-9", false, "", "U:1-9"},
        {"U:1-9", "U:1", true, "U:2-9", "U:1-9"},
        {"U:1-9", "U:9", true, "U:1-8", "U:1-9"},
        {"U:1-5", "U:5-9", false, "U:1-4", "U:1-9"},
        {"U:5-9", "U:1-5", false, "U:6-9", "U:1-9"},
        {"U:1-5", "U:6-9", false, "U:1-5", "U:1-9"},
        {"U:6-9", "U:1-5", false, "U:6-9", "U:1-9"},
        {"U:1-3:7-9", "U:3-7", false, "U:1-2:8-9", "U:1-9"},
        {"U:1-20", "U:2-3:5:7-9:20", true, "U:1:4:6:10-19", "U:1-20"},
        {"U:2-3:5:7-9:20", "U:1-20", false, "", "U:1-20"},
        {"U:1-3:5-7:9-11", "U:2-10", false, "U:1:11", "U:1-11"},
        {"U:1-3:5-7:9-11", "U:4:8", false, "U:1-3:5-7:9-11", "U:1-11"},
        {"U:1-3:5-7:9-11", "U:3-5:7-9", false, "U:1-2:6:10-11", "U:1-11"},
        {"U:1-3:5-7:9-11", "U:1-3:9-11", true, "U:5-7", "U:1-3:5-7:9-11"},
        {"U:1-3:5-7:9-11", "U:1-4", false, "U:5-7:9-11", "U:1-7:9-11"},
        {"U:1-3:5-7", "U:5-8", false, "U:1-3", "U:1-3:5-8"},
        {"U:1-9", "V:1-9", false, "U:1-9", "U:1-9,V:1-9"},
        {"U:1-9,V:1-9", "V:1-9", true, "U:1-9", "U:1-9,V:1-9"},
        {"U:1-9:tag:1-9", "U:1-9", true, "U:tag:1-9", "U:1-9:tag:1-9"},
        {"U:tag:1-9", "U:1-9", false, "U:tag:1-9", "U:1-9:tag:1-9"},
        {"U:1-9", "U:tag:1", false, "U:1-9", "U:1-9:tag:1"},
        {"U:a:1-9:b:1-9", "U:a:5:b:1-9", true, "U:a:1-4:6-9", "U:a:1-9:b:1-9"},
        {"U:1-5:a:7,V:b:1", "U:3:a:1-6:8,V:1", false, "U:1-2:4-5:a:7,V:b:1", "U:1-5:a:1-8,V:1:b:1"},
        {"U:1-9223372036854775806", "U:5", true, "U:1-4:6-9223372036854775806", "U:1-9223372036854775806"},
        {"U:9223372036854775805", "U:9223372036854775806", false, "U:9223372036854775805",
         "U:9223372036854775805-9223372036854775806"},
        {"U:1-9223372036854775806", "U:1-9223372036854775805", true, "U:9223372036854775806",
         "U:1-9223372036854775806"},
    };
    for (const Answer& answer : answers) {
        CAPTURE(answer.a, answer.b);
        const GtidSet a = gtids(answer.a);
        const GtidSet b = gtids(answer.b);
        CHECK(a.contains(b) == answer.subset);
        CHECK(a.minus(b).to_string() == expanded(answer.difference));
        CHECK(a.plus(b).to_string() == expanded(answer.sum));
        CHECK(b.plus(a).to_string() == expanded(answer.sum));
    }
}

TEST_CASE("equal sets are equal, however they were written") {
    CHECK(gtids("V:2:1,U:a:1-3:b:7") == gtids("U:B:7,|3E11FA47-71CA-11E1-9E33-C80AA9429562:A:2-3:1,|V:1-2"));
    CHECK(gtids("U:1-3") != gtids("U:1-4"));
    CHECK(gtids("U:1-3") != gtids("U:a:1-3"));
    CHECK(gtids("U:1-3") != gtids("V:1-3"));
    CHECK(gtids("U:1-3").minus(gtids("U:1-3")) == GtidSet{});
    CHECK(gtids("") == GtidSet{});
}

TEST_CASE("transactions are counted") {
    CHECK(GtidSet{}.count() == 0);
    CHECK(GtidSet{}.empty());
    CHECK_FALSE(gtids("U:1").empty());
    CHECK(gtids("U:1").count() == 1);
    CHECK(gtids("U:1-5:7:tag:1-3,V:9").count() == 10);
    CHECK(gtids("U:1-9223372036854775806").count() == 9'223'372'036'854'775'806U);
    CHECK(gtids("U:1-9223372036854775806,V:1-9223372036854775806").count() == 18'446'744'073'709'551'612U);
    CHECK(gtids("U:1-9223372036854775806:a:1-3,V:1-9223372036854775806").count() ==
          18'446'744'073'709'551'615U);
    CHECK(gtids("U:1-9223372036854775806:a:1-4,V:1-9223372036854775806").count() ==
          18'446'744'073'709'551'615U);
    CHECK(gtids("U:1-9223372036854775806:a:1-9223372036854775806,V:1-9223372036854775806").count() ==
          18'446'744'073'709'551'615U);
}

TEST_CASE("sets of many intervals") {
    std::string even = "U";
    std::string odd = "U";
    for (int i = 1; i <= 30'000; ++i) {
        even += ":" + std::to_string(2 * i);
        odd += ":" + std::to_string(2 * i - 1);
    }
    const GtidSet all = gtids("U:1-60000");
    CHECK(all.minus(gtids(even)) == gtids(odd));
    CHECK(gtids(even).plus(gtids(odd)) == all);
    CHECK(all.contains(gtids(even)));
    CHECK_FALSE(gtids(even).contains(gtids("U:29999")));
    CHECK(gtids(even).minus(gtids(odd)) == gtids(even));
    CHECK(gtids(even).count() == 30'000);
}
