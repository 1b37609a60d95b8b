// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/control_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace highbase::status {
namespace {

constexpr std::size_t kLongestQuotation = 40;  // octets of a client's own words in an answer

tl::unexpected<ProtocolError> error(ErrorCode code, std::string message) {
    return tl::make_unexpected(protocol_error(code, std::move(message)));
}

std::string quote(std::string_view text) {
    const bool whole = text.size() <= kLongestQuotation;
    return fmt::format("\"{}\"{}", text.substr(0, kLongestQuotation), whole ? "" : "...");
}

// The first member of `object` that is none of `known`.
std::optional<std::string> unknown_member(const Json& object, std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : object.items()) {
        if (std::ranges::find(known, key) == known.end()) return key;
    }
    return std::nullopt;
}

using Parsed = tl::expected<Request, ProtocolError>;

Parsed refuse_unknown(const Json& object, std::initializer_list<std::string_view> known, Request request) {
    if (const auto member = unknown_member(object, known)) {
        return error(ErrorCode::bad_argument,
                     fmt::format("{} is not an argument of this verb", quote(*member)));
    }
    return request;
}

Parsed parse_watch(const Json& object) {
    WatchRequest request;
    if (const auto interval = object.find("interval_ms"); interval != object.end()) {
        const auto low = static_cast<std::uint64_t>(kShortestWatchInterval.count());
        const auto high = static_cast<std::uint64_t>(kLongestWatchInterval.count());
        const bool number = interval->is_number_unsigned();
        if (!number || interval->get<std::uint64_t>() < low || interval->get<std::uint64_t>() > high) {
            return error(ErrorCode::bad_argument,
                         fmt::format("interval_ms must be a whole number from {} to {}", low, high));
        }
        request.interval = std::chrono::milliseconds{interval->get<std::int64_t>()};
    }
    return refuse_unknown(object, {"version", "verb", "interval_ms"}, request);
}

Parsed parse_events(const Json& object) {
    EventsRequest request;
    if (const auto since = object.find("since"); since != object.end()) {
        if (!since->is_number_unsigned()) {
            return error(ErrorCode::bad_argument, "since must be a sequence number: a whole number from 0");
        }
        request.since = since->get<std::uint64_t>();
    }
    if (const auto follow = object.find("follow"); follow != object.end()) {
        if (!follow->is_boolean()) return error(ErrorCode::bad_argument, "follow must be true or false");
        request.follow = follow->get<bool>();
    }
    return refuse_unknown(object, {"version", "verb", "since", "follow"}, request);
}

// Of a service or a node. An empty one is refused: a script whose variable is not set must not mean "any".
tl::expected<std::string, ProtocolError> name_member(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return std::string{};
    std::string name = found->is_string() ? found->get<std::string>() : "";
    if (name.empty() || name.size() > kLongestNameArgument) {
        return error(ErrorCode::bad_argument,
                     fmt::format("{} must be a name of 1 to {} octets", key, kLongestNameArgument));
    }
    return name;
}

Parsed parse_doctor(const Json& object) {
    auto service = name_member(object, "service");
    if (!service) return tl::make_unexpected(service.error());
    return refuse_unknown(object, {"version", "verb", "service"}, DoctorRequest{std::move(*service)});
}

tl::expected<bool, ProtocolError> flag_member(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return false;
    if (!found->is_boolean())
        return error(ErrorCode::bad_argument, fmt::format("{} must be true or false", key));
    return found->get<bool>();
}

Parsed parse_switchover(const Json& object) {
    auto service = name_member(object, "service");
    if (!service) return tl::make_unexpected(service.error());
    auto to = name_member(object, "to");
    if (!to) return tl::make_unexpected(to.error());
    const auto dry_run = flag_member(object, "dry_run");
    if (!dry_run) return tl::make_unexpected(dry_run.error());
    SwitchoverRequest request{std::move(*service), std::move(*to), *dry_run};
    return refuse_unknown(object, {"version", "verb", "service", "to", "dry_run"}, std::move(request));
}

// How an order is said: its verb, and the one member that makes it another order.
struct OrderWords {
    node::Order order;
    std::string_view verb;
    const char* member;  // may be null
    Json value;
};

const std::vector<OrderWords>& order_words() {
    static const std::vector<OrderWords> all{
        {node::Order::solo, "solo", nullptr, {}},
        {node::Order::promote, "promote", "accept_loss", false},
        {node::Order::promote_with_loss, "promote", "accept_loss", true},
        {node::Order::maintenance_on, "maintenance", "state", "on"},
        {node::Order::maintenance_off, "maintenance", "state", "off"},
        {node::Order::acknowledge_failovers, "ack", nullptr, {}},
    };
    return all;
}

bool is_order(std::string_view verb) {
    return std::ranges::find(order_words(), verb, &OrderWords::verb) != order_words().end();
}

Parsed parse_order(const Json& object, std::string_view verb) {
    auto service = name_member(object, "service");
    if (!service) return tl::make_unexpected(service.error());
    const auto dry_run = flag_member(object, "dry_run");
    if (!dry_run) return tl::make_unexpected(dry_run.error());
    std::string expected;
    for (const OrderWords& words : order_words()) {
        if (words.verb != verb) continue;
        const bool plain = words.member == nullptr;
        const Json absent = words.value == Json(false) ? Json(false) : Json();
        const Json said = plain ? Json() : object.value(words.member, absent);
        if (!plain && said != words.value) {
            expected +=
                fmt::format("{}{} {}", expected.empty() ? "" : " or ", words.member, to_text(words.value));
            continue;
        }
        const OrderRequest request{words.order, std::move(*service), *dry_run};
        if (plain) return refuse_unknown(object, {"version", "verb", "service", "dry_run"}, request);
        return refuse_unknown(object, {"version", "verb", "service", "dry_run", words.member}, request);
    }
    return error(ErrorCode::bad_argument, fmt::format("{}: expected {}", verb, expected));
}

std::string string_member(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Json request_json(const StatusRequest&) {
    return {{"verb", "status"}};
}
Json request_json(const WatchRequest& request) {
    return {{"verb", "watch"}, {"interval_ms", request.interval.count()}};
}
Json request_json(const EventsRequest& request) {
    return {{"verb", "events"}, {"since", request.since}, {"follow", request.follow}};
}
Json request_json(const ReloadRequest&) {
    return {{"verb", "reload"}};
}
Json request_json(const DoctorRequest& request) {
    Json object{{"verb", "doctor"}};
    if (!request.service.empty()) object["service"] = request.service;
    return object;
}
Json request_json(const SwitchoverRequest& request) {
    Json object{{"verb", "switchover"}, {"dry_run", request.dry_run}};
    if (!request.service.empty()) object["service"] = request.service;
    if (!request.to.empty()) object["to"] = request.to;
    return object;
}

Json request_json(const OrderRequest& request) {
    const auto words = std::ranges::find(order_words(), request.order, &OrderWords::order);
    Json object{{"verb", words->verb}, {"dry_run", request.dry_run}};
    if (words->member != nullptr) object[words->member] = words->value;
    if (!request.service.empty()) object["service"] = request.service;
    return object;
}

}  // namespace

std::string_view name(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed: return "malformed";
        case ErrorCode::unsupported_version: return "unsupported_version";
        case ErrorCode::unknown_verb: return "unknown_verb";
        case ErrorCode::bad_argument: return "bad_argument";
        case ErrorCode::too_long: return "too_long";
        case ErrorCode::too_many_clients: return "too_many_clients";
        case ErrorCode::no_answer: return "no_answer";
        case ErrorCode::refused: return "refused";
    }
    return "unknown";
}

ProtocolError protocol_error(ErrorCode code, std::string message) {
    return {std::string{name(code)}, std::move(message)};
}

Parsed parse_request(std::string_view line) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) return error(ErrorCode::malformed, "a request is one JSON object on one line");
    const auto version = object.find("version");
    if (version == object.end() || *version != kProtocolVersion) {
        return error(ErrorCode::unsupported_version,
                     fmt::format("this daemon speaks version {} of the control protocol", kProtocolVersion));
    }
    const std::string verb = string_member(object, "verb");
    if (verb == "status") return refuse_unknown(object, {"version", "verb"}, StatusRequest{});
    if (verb == "reload") return refuse_unknown(object, {"version", "verb"}, ReloadRequest{});
    if (verb == "watch") return parse_watch(object);
    if (verb == "events") return parse_events(object);
    if (verb == "doctor") return parse_doctor(object);
    if (verb == "switchover") return parse_switchover(object);
    if (is_order(verb)) return parse_order(object, verb);
    return error(
        ErrorCode::unknown_verb,
        fmt::format("{} is none of status, watch, events, reload, doctor, switchover, solo, promote, "
                    "maintenance, ack",
                    quote(verb)));
}

std::string to_line(const Request& request) {
    Json object = {{"version", kProtocolVersion}};
    object.update(std::visit([](const auto& value) { return request_json(value); }, request));
    return to_text(object) + '\n';
}

std::string answer_line(const Json& result, bool more) {
    return answer_line_of_text(to_text(result), more);
}

std::string answer_line_of_text(std::string_view json_text, bool more) {
    return fmt::format("{{\"version\":{},\"ok\":true,{}\"result\":{}}}\n", kProtocolVersion,
                       more ? "\"more\":true," : "", json_text);
}

std::string error_line(const ProtocolError& error) {
    const Json object = {{"version", kProtocolVersion},
                         {"ok", false},
                         {"error", {{"code", error.code}, {"message", error.message}}}};
    return to_text(object) + '\n';
}

tl::expected<Answer, ProtocolError> parse_answer(std::string_view line) {
    Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) return error(ErrorCode::malformed, "the answer is not a JSON object");
    const auto ok = object.find("ok");
    if (ok == object.end() || !ok->is_boolean())
        return error(ErrorCode::malformed, "the answer has no \"ok\"");
    if (!ok->get<bool>()) {
        const Json& told = object.contains("error") ? object["error"] : object;
        return tl::make_unexpected(
            ProtocolError{string_member(told, "code"), string_member(told, "message")});
    }
    if (const auto version = object.find("version");
        version == object.end() || *version != kProtocolVersion) {
        return error(ErrorCode::unsupported_version,
                     "the answer is in another version of the control protocol");
    }
    const auto result = object.find("result");
    if (result == object.end()) return error(ErrorCode::malformed, "the answer has no \"result\"");
    const auto more = object.find("more");
    return Answer{std::move(*result), more != object.end() && *more == true};
}

}  // namespace highbase::status
