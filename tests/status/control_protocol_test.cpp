// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/control_protocol.hpp"

#include "tests/catch.hpp"

namespace highbase::status {
namespace {

using namespace std::chrono_literals;

Request parsed(std::string_view line) {
    const auto request = parse_request(line);
    REQUIRE(request.has_value());
    return *request;
}

ProtocolError refused(std::string_view line) {
    const auto request = parse_request(line);
    REQUIRE_FALSE(request.has_value());
    return request.error();
}

TEST_CASE("Requests as they are written") {
    CHECK(to_line(StatusRequest{}) == "{\"version\":1,\"verb\":\"status\"}\n");
    CHECK(to_line(WatchRequest{250ms}) == "{\"version\":1,\"verb\":\"watch\",\"interval_ms\":250}\n");
    CHECK(to_line(EventsRequest{17, true}) ==
          "{\"version\":1,\"verb\":\"events\",\"since\":17,\"follow\":true}\n");
    CHECK(to_line(ReloadRequest{}) == "{\"version\":1,\"verb\":\"reload\"}\n");
    CHECK(to_line(DoctorRequest{}) == "{\"version\":1,\"verb\":\"doctor\"}\n");
    CHECK(to_line(DoctorRequest{"db"}) == "{\"version\":1,\"verb\":\"doctor\",\"service\":\"db\"}\n");
    CHECK(to_line(SwitchoverRequest{}) == "{\"version\":1,\"verb\":\"switchover\",\"dry_run\":false}\n");
    CHECK(to_line(SwitchoverRequest{"db", "gw2", true}) ==
          "{\"version\":1,\"verb\":\"switchover\",\"dry_run\":true,\"service\":\"db\",\"to\":\"gw2\"}\n");
}

TEST_CASE("Requests as they are read") {
    CHECK(parsed(R"({"version":1,"verb":"status"})") == Request{StatusRequest{}});
    CHECK(parsed(R"( {"verb" : "reload", "version" : 1} )") == Request{ReloadRequest{}});
    CHECK(parsed(R"({"version":1,"verb":"watch"})") == Request{WatchRequest{1000ms}});
    CHECK(parsed(R"({"version":1,"verb":"watch","interval_ms":100})") == Request{WatchRequest{100ms}});
    CHECK(parsed(R"({"version":1,"verb":"watch","interval_ms":3600000})") == Request{WatchRequest{3600s}});
    CHECK(parsed(R"({"version":1,"verb":"events"})") == Request{EventsRequest{0, false}});
    CHECK(parsed(R"({"version":1,"verb":"events","since":18446744073709551615})") ==
          Request{EventsRequest{18446744073709551615U, false}});
    CHECK(parsed(R"({"version":1,"verb":"doctor"})") == Request{DoctorRequest{""}});
    CHECK(parsed(R"({"version":1,"verb":"doctor","service":"db"})") == Request{DoctorRequest{"db"}});
    CHECK(parsed(R"({"version":1,"verb":"switchover"})") == Request{SwitchoverRequest{"", "", false}});
    CHECK(parsed(R"({"version":1,"verb":"switchover","to":"gw2","dry_run":true,"service":"db"})") ==
          Request{SwitchoverRequest{"db", "gw2", true}});
}

TEST_CASE("Orders, as they are written and read") {
    const std::vector<std::pair<OrderRequest, std::string>> rows{
        {{node::Order::solo, "", false}, R"({"version":1,"verb":"solo","dry_run":false})"},
        {{node::Order::promote, "db", true},
         R"({"version":1,"verb":"promote","dry_run":true,"accept_loss":false,"service":"db"})"},
        {{node::Order::promote_with_loss, "", false},
         R"({"version":1,"verb":"promote","dry_run":false,"accept_loss":true})"},
        {{node::Order::maintenance_on, "", false},
         R"({"version":1,"verb":"maintenance","dry_run":false,"state":"on"})"},
        {{node::Order::maintenance_off, "", false},
         R"({"version":1,"verb":"maintenance","dry_run":false,"state":"off"})"},
        {{node::Order::acknowledge_failovers, "", false}, R"({"version":1,"verb":"ack","dry_run":false})"}};
    for (const auto& [request, line] : rows) {
        CHECK(to_line(request) == line + '\n');
        CHECK(parsed(line) == Request{request});
    }
    // The least of what can be meant.
    CHECK(parsed(R"({"version":1,"verb":"promote"})") == Request{OrderRequest{node::Order::promote}});
    CHECK(refused(R"({"version":1,"verb":"maintenance"})") ==
          ProtocolError{"bad_argument", "maintenance: expected state \"on\" or state \"off\""});
    for (const char* const value : {"\"ON\"", "true", "null", "1", "[]"}) {
        CHECK(refused(R"({"version":1,"verb":"maintenance","state":)" + std::string{value} + "}").code ==
              "bad_argument");
    }
    CHECK(refused(R"({"version":1,"verb":"promote","accept_loss":"yes"})") ==
          ProtocolError{"bad_argument", "promote: expected accept_loss false or accept_loss true"});
    CHECK(refused(R"({"version":1,"verb":"solo","accept_loss":true})").code == "bad_argument");
    CHECK(refused(R"({"version":1,"verb":"ack","dry_run":1})").message == "dry_run must be true or false");
    CHECK(refused(R"({"version":1,"verb":"solo","service":""})").code == "bad_argument");
}

TEST_CASE("What is no request is malformed") {
    const ProtocolError error{"malformed", "a request is one JSON object on one line"};
    CHECK(refused("") == error);
    CHECK(refused("status") == error);
    CHECK(refused("[]") == error);
    CHECK(refused(R"({"version":1,"verb":"status")") == error);
    CHECK(refused(R"({"version":1,"verb":"status"} {})") == error);
    CHECK(refused("{\"version\":1,\"verb\":\"\xff\"}") == error);
    CHECK(refused(std::string(60'000, '[')) == error);
}

TEST_CASE("Another version is told before anything else") {
    const ProtocolError error{"unsupported_version", "this daemon speaks version 1 of the control protocol"};
    CHECK(refused(R"({"verb":"status"})") == error);
    CHECK(refused(R"({"version":2,"verb":"dance"})") == error);
    CHECK(refused(R"({"version":"1","verb":"status"})") == error);
    CHECK(refused(R"({"version":null,"verb":"status"})") == error);
}

TEST_CASE("An unknown verb is quoted, but not at length") {
    CHECK(refused(R"({"version":1,"verb":"dance"})") ==
          ProtocolError{"unknown_verb",
                        "\"dance\" is none of status, watch, events, reload, doctor, switchover, solo, "
                        "promote, maintenance, ack"});
    CHECK(refused(R"({"version":1})") ==
          ProtocolError{"unknown_verb",
                        "\"\" is none of status, watch, events, reload, doctor, switchover, solo, promote, "
                        "maintenance, ack"});
    CHECK(refused(R"({"version":1,"verb":["status"]})").code == "unknown_verb");
    const std::string long_verb(5000, 'x');
    CHECK(refused("{\"version\":1,\"verb\":\"" + long_verb + "\"}").message ==
          "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"... is none of status, watch, events, reload, doctor, "
          "switchover, solo, promote, maintenance, ack");
}

TEST_CASE("Arguments of the wrong type, out of range, or unknown are refused") {
    const std::string_view range = "interval_ms must be a whole number from 100 to 3600000";
    for (const char* const value :
         {"99", "3600001", "-1000", "100.5", "\"1000\"", "null", "18446744073709551615"}) {
        const std::string line = std::string{R"({"version":1,"verb":"watch","interval_ms":)"} + value + "}";
        CHECK(refused(line) == ProtocolError{"bad_argument", std::string{range}});
    }
    CHECK(refused(R"({"version":1,"verb":"events","since":-1})") ==
          ProtocolError{"bad_argument", "since must be a sequence number: a whole number from 0"});
    CHECK(refused(R"({"version":1,"verb":"events","follow":1})") ==
          ProtocolError{"bad_argument", "follow must be true or false"});
    CHECK(refused(R"({"version":1,"verb":"status","interval_ms":100})") ==
          ProtocolError{"bad_argument", "\"interval_ms\" is not an argument of this verb"});
    CHECK(refused(R"({"version":1,"verb":"reload","force":true})").code == "bad_argument");
    for (const std::string& value :
         {std::string{R"("")"}, std::string{"null"}, std::string{"1"}, '"' + std::string(65, 'x') + '"'}) {
        for (const char* const verb : {"doctor", "switchover"}) {
            CHECK(refused(R"({"version":1,"verb":")" + std::string{verb} + R"(","service":)" + value + "}") ==
                  ProtocolError{"bad_argument", "service must be a name of 1 to 64 octets"});
        }
        CHECK(refused(R"({"version":1,"verb":"switchover","to":)" + value + "}") ==
              ProtocolError{"bad_argument", "to must be a name of 1 to 64 octets"});
    }
    CHECK(refused(R"({"version":1,"verb":"switchover","dry_run":1})") ==
          ProtocolError{"bad_argument", "dry_run must be true or false"});
    CHECK(refused(R"({"version":1,"verb":"switchover","force":true})").code == "bad_argument");
    CHECK(refused(R"({"version":1,"verb":"doctor","to":"gw2"})").code == "bad_argument");
    CHECK(refused(R"({"version":1,"verb":"watch","since":1})").code == "bad_argument");
    CHECK(refused(R"({"version":1,"verb":"events","interval_ms":100})").code == "bad_argument");
}

TEST_CASE("Answers as they are written and read") {
    CHECK(answer_line(Json{{"last", 3}}) == "{\"version\":1,\"ok\":true,\"result\":{\"last\":3}}\n");
    CHECK(answer_line_of_text("[]", true) == "{\"version\":1,\"ok\":true,\"more\":true,\"result\":[]}\n");
    CHECK(error_line(protocol_error(ErrorCode::no_answer, "why")) ==
          "{\"version\":1,\"ok\":false,\"error\":{\"code\":\"no_answer\",\"message\":\"why\"}}\n");

    const auto last = parse_answer(R"({"version":1,"ok":true,"result":{"last":3}})");
    REQUIRE(last.has_value());
    CHECK(last->result == Json{{"last", 3}});
    CHECK_FALSE(last->more);
    const auto more = parse_answer(R"({"version":1,"ok":true,"more":true,"result":null})");
    REQUIRE(more.has_value());
    CHECK(more->more);
}

TEST_CASE("Errors of a daemon, of another version too, are read as they are") {
    const auto error = [](std::string_view line) {
        const auto answer = parse_answer(line);
        REQUIRE_FALSE(answer.has_value());
        return answer.error();
    };
    CHECK(error(R"({"version":1,"ok":false,"error":{"code":"refused","message":"no"}})") ==
          ProtocolError{"refused", "no"});
    CHECK(error(R"({"version":2,"ok":false,"error":{"code":"unsupported_version","message":"speak 2"}})") ==
          ProtocolError{"unsupported_version", "speak 2"});
    CHECK(error(R"({"version":1,"ok":false})") == ProtocolError{"", ""});
    CHECK(error(R"({"version":1,"ok":false,"error":"no"})") == ProtocolError{"", ""});
    CHECK(error(R"({"version":2,"ok":true,"result":{}})").code == "unsupported_version");
    CHECK(error(R"({"version":1,"ok":true})").code == "malformed");
    CHECK(error(R"({"version":1})").code == "malformed");
    CHECK(error("hello").code == "malformed");
    CHECK(error("").code == "malformed");
}

TEST_CASE("Every error has a name of its own") {
    CHECK(name(ErrorCode::malformed) == "malformed");
    CHECK(name(ErrorCode::unsupported_version) == "unsupported_version");
    CHECK(name(ErrorCode::unknown_verb) == "unknown_verb");
    CHECK(name(ErrorCode::bad_argument) == "bad_argument");
    CHECK(name(ErrorCode::too_long) == "too_long");
    CHECK(name(ErrorCode::too_many_clients) == "too_many_clients");
    CHECK(name(ErrorCode::no_answer) == "no_answer");
    CHECK(name(ErrorCode::refused) == "refused");
}

}  // namespace
}  // namespace highbase::status
