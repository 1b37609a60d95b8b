// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/vote.hpp"

#include <rapidcheck.h>

#include "tests/catch.hpp"

namespace highbase::witness {
namespace {

using cluster::Epoch;

std::string refusal(std::string_view text) {
    const auto record = parse_record(text);
    return record ? "accepted" : record.error();
}

TEST_CASE("a record has one text") {
    const Record both{Epoch{7}, "gw1", "gw2"};
    const Record alone{Epoch{18446744073709551615U}, "a.b_c-D9", std::nullopt};
    CHECK(to_text(both) == R"({"version":1,"epoch":7,"owner":"gw1","in_sync":"gw2"})");
    CHECK(to_text(alone) ==
          R"({"version":1,"epoch":18446744073709551615,"owner":"a.b_c-D9","in_sync":null})");
    CHECK(parse_record(to_text(both)) == both);
    CHECK(parse_record(to_text(alone)) == alone);
}

TEST_CASE("the longest record fits its bound") {
    const Record longest{Epoch{18446744073709551615U}, std::string(64, 'a'), std::string(64, 'b')};
    REQUIRE(is_valid(longest));
    CHECK(to_text(longest).size() <= kLongestRecord);
    CHECK(parse_record(to_text(longest)) == longest);
}

TEST_CASE("whatever else somebody has written is refused") {
    CHECK(refusal("") == "expected \"version\" at octet 0");
    CHECK(refusal("{}") == "expected \"version\" at octet 0");
    CHECK(refusal(R"({"version":2,"epoch":7})") == "it is of version 2, and only 1 is known here");
    CHECK(refusal(R"({"version":x)") == "expected a number at octet 11");
    CHECK(refusal(R"({"version":1,"owner":"gw1"})") == "expected \"epoch\" at octet 12");
    CHECK(refusal(R"({"version":1,"epoch":-7,"owner":"gw1","in_sync":null})") ==
          "expected a number at octet 21");
    CHECK(refusal(R"({"version":1,"epoch":18446744073709551616,"owner":"gw1","in_sync":null})") ==
          "expected a number at octet 21");
    CHECK(refusal(R"({"version":1,"epoch":7,"owner":"g w","in_sync":null})") ==
          "expected a name at octet 32");
    CHECK(refusal(R"({"version":1,"epoch":7,"owner":"gw1)") == "expected the end of a name at octet 35");
    CHECK(refusal(R"({"version":1,"epoch":7,"owner":"gw1","in_sync":7})") == "expected a name at octet 47");
    CHECK(refusal(R"({"version":1,"epoch":7,"owner":"gw1","in_sync":null,"more":1})") ==
          "expected \"}\" at octet 51");
    CHECK(refusal(R"({"version":1,"epoch":7,"owner":"gw1","in_sync":null} )") ==
          "expected the end at octet 52");
    CHECK(refusal(std::string(257, '{')) == "it has more than 256 octets");
}

TEST_CASE("a record that nobody here would write is refused") {
    const std::string why = "it is not a record that anybody here would write";
    CHECK(refusal(R"({"version":1,"epoch":0,"owner":"gw1","in_sync":null})") == why);
    CHECK(refusal(R"({"version":1,"epoch":07,"owner":"gw1","in_sync":null})") == why);
    CHECK(refusal(R"({"version":1,"epoch":7,"owner":"gw1","in_sync":"gw1"})") == why);
}

TEST_CASE("names are those of the configuration") {
    for (const char* name : {"a", "_", "9", "gw1.example-x_Y"}) CHECK(is_name(name));
    CHECK(is_name(std::string(64, 'x')));
    for (const char* name : {"", ".a", "-a", "a b", "a\"", "a/b", "\xc3\xa4"}) CHECK_FALSE(is_name(name));
    CHECK_FALSE(is_name(std::string(65, 'x')));
}

TEST_CASE("one octet that differs is another record, or none") {
    CHECK(rc::check([] {
        std::string text = to_text({Epoch{*rc::gen::inRange<std::uint64_t>(1, 1000)}, "gw1", "gw2"});
        text.at(*rc::gen::inRange<std::size_t>(0, text.size())) = *rc::gen::arbitrary<char>();
        if (const auto record = parse_record(text)) RC_ASSERT(to_text(*record) == text);
    }));
}

}  // namespace
}  // namespace highbase::witness
