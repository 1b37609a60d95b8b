// SPDX-License-Identifier: GPL-2.0-or-later
// The answers are those of etcd 3.4.
#include "witness/etcd_messages.hpp"

#include "tests/catch.hpp"
#include "witness/base64.hpp"

namespace highbase::witness {
namespace {

using cluster::Epoch;

const Record kTogether{Epoch{7}, "gw1", "gw2"};
const std::string kKey = "/highbase/db";
const std::string kHeader = R"("header":{"cluster_id":"1","member_id":"2","revision":"9","raft_term":"3"})";
// {"version":1,"epoch":7,"owner":"gw1","in_sync":"gw2"}
const std::string kValue = "eyJ2ZXJzaW9uIjoxLCJlcG9jaCI6Nywib3duZXIiOiJndzEiLCJpbl9zeW5jIjoiZ3cyIn0=";

std::string pair_with(const std::string& revision, const std::string& value = kValue,
                      const std::string& key = "L2hpZ2hiYXNlL2Ri") {
    return R"({"key":")" + key + R"(","create_revision":"2","mod_revision":)" + revision +
           R"(,"version":"4","value":")" + value + "\"}";
}
std::string range_with(const std::string& pairs) {
    return "{" + kHeader + R"(,"kvs":)" + pairs + R"(,"count":"1"})";
}
std::string range_error(const std::string& body) {
    const auto found = parse_range(body, kKey);
    return found ? "accepted" : found.error();
}
std::string swap_error(const std::string& body) {
    const auto result = parse_swap(body, kKey);
    return result ? "accepted" : result.error();
}

TEST_CASE("what is said to etcd") {
    CHECK(range_request(kKey) == R"({"key":"L2hpZ2hiYXNlL2Ri"})");
    CHECK(swap_request(kKey, {Revision{5}, kTogether}) ==
          R"({"compare":[{"key":"L2hpZ2hiYXNlL2Ri","mod_revision":"5","result":"EQUAL","target":"MOD"}],)"
          R"("failure":[{"request_range":{"key":"L2hpZ2hiYXNlL2Ri"}}],)"
          R"("success":[{"request_put":{"key":"L2hpZ2hiYXNlL2Ri","value":")" +
              kValue + R"("}}]})");
}

TEST_CASE("a key that is there, and one that is not") {
    CHECK(parse_range(range_with("[" + pair_with("\"5\"") + "]"), kKey) == Found{Revision{5}, kTogether});
    CHECK(parse_range("{" + kHeader + "}", kKey) == Found{});
}

TEST_CASE("answers to a range that are none") {
    CHECK(range_error("") == "is no JSON");
    CHECK(range_error("<html>") == "is no JSON");
    CHECK(range_error("[]") == "is no JSON object");
    CHECK(range_error("{}") == "is not one of etcd");
    CHECK(range_error(R"({"header":7})") == "is not one of etcd");
    CHECK(range_error(R"({"header":{}})") == "is not one of etcd");
    CHECK(range_error(range_with("{}")) == "has not exactly one value");
    CHECK(range_error(range_with("[]")) == "has not exactly one value");
    CHECK(range_error(range_with("[7]")) == "has not exactly one value");
    CHECK(range_error(range_with("[" + pair_with("\"5\"") + "," + pair_with("\"5\"") + "]")) ==
          "has not exactly one value");
    CHECK(range_error(range_with("[" + pair_with("\"5\"", kValue, "eA==") + "]")) == "is about another key");
    for (const char* revision : {"5", "\"0\"", "\"-5\"", "\"\"", "\"5x\"", "\"9223372036854775808\"", "null"})
        CHECK(range_error(range_with("[" + pair_with(revision) + "]")) == "has no revision");
    CHECK(range_error(range_with("[" + pair_with("\"5\"", "eA=") + "]")) == "has no value in base64");
    CHECK(range_error(range_with("[" + pair_with("\"5\"", "e30=") + "]")) ==
          "has a value that is no record: expected \"version\" at octet 0");
    CHECK(range_error(std::string(kLongestAnswer, ' ') + "{}") == "is too long");
    CHECK(range_error(std::string(8, '[') + std::string(8, ']')) == "is no JSON object");
    CHECK(range_error(std::string(9, '[') + std::string(9, ']')) == "is nested too deeply");
    CHECK(range_error(std::string(60000, '[')) == "is nested too deeply");
}

TEST_CASE("a swap that was made, and one that was not") {
    const std::string made =
        R"(,"succeeded":true,"responses":[{"response_put":{"header":{"revision":"9"}}}]})";
    CHECK(std::holds_alternative<Swapped>(parse_swap("{" + kHeader + made, kKey).value()));
    const std::string range = R"({"response_range":{"header":{"revision":"9"})";
    const auto another = parse_swap(
        "{" + kHeader + R"(,"responses":[)" + range + R"(,"kvs":[)" + pair_with("\"6\"") + "]}}]}", kKey);
    CHECK(std::get<Conflict>(another.value()).found == Found{Revision{6}, kTogether});
    const auto gone =
        parse_swap("{" + kHeader + R"(,"succeeded":false,"responses":[)" + range + "}}]}", kKey);
    CHECK(std::get<Conflict>(gone.value()).found == Found{});
}

TEST_CASE("answers to a swap that are none") {
    CHECK(swap_error("{") == "is no JSON");
    CHECK(swap_error(R"({"succeeded":true})") == "is not one of etcd");
    CHECK(swap_error("{" + kHeader + R"(,"succeeded":"true"})") == "says neither yes nor no");
    CHECK(swap_error("{" + kHeader + R"(,"succeeded":true})") == "does not say what was written");
    CHECK(swap_error("{" + kHeader + R"(,"succeeded":true,"responses":[{"response_range":{}}]})") ==
          "does not say what was written");
    CHECK(swap_error("{" + kHeader + "}") == "does not say what is there");
    CHECK(swap_error("{" + kHeader + R"(,"responses":[7]})") == "does not say what is there");
    CHECK(swap_error("{" + kHeader + R"(,"responses":[{"response_put":{}}]})") ==
          "does not say what is there");
    CHECK(swap_error("{" + kHeader + R"(,"responses":[{"response_range":{"kvs":[]}}]})") ==
          "has not exactly one value");
}

TEST_CASE("what etcd says of an error") {
    CHECK(error_text(R"({"error":"etcdserver: no leader","code":14,"message":"etcdserver: no leader"})") ==
          "etcdserver: no leader");
    CHECK(error_text(R"({"message":"line\nend \u00e4"})") == "line?end ??");
    CHECK(error_text("{\"error\":\"" + std::string(500, 'x') + "\"}") == std::string(200, 'x'));
    CHECK(error_text("404 page not found").empty());
    CHECK(error_text(R"({"error":7})").empty());
}

}  // namespace
}  // namespace highbase::witness
