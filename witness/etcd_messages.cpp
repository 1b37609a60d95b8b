// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/etcd_messages.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "witness/base64.hpp"

namespace highbase::witness {
namespace {

using Json = nlohmann::json;
using Refused = tl::unexpected<std::string>;

Refused refuse(std::string_view why) {
    return tl::make_unexpected(std::string{why});
}

// Never throws; what is nested too deeply is not kept.
tl::expected<Json, std::string> parse(std::string_view body) {
    if (body.size() > kLongestAnswer) return refuse("is too long");
    bool too_deep = false;
    Json json = Json::parse(
        body,
        [&](int depth, Json::parse_event_t, Json&) {
            too_deep = too_deep || depth >= kDeepestAnswer;  // the outermost one has depth 0
            return !too_deep;
        },
        false);
    if (too_deep) return refuse("is nested too deeply");
    if (json.is_discarded()) return refuse("is no JSON");
    if (!json.is_object()) return refuse("is no JSON object");
    return json;
}

// Null: it has none of this name.
const Json* member(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

const std::string* text_of(const Json& object, const char* name) {
    const Json* value = member(object, name);
    return value == nullptr ? nullptr : value->get_ptr<const std::string*>();
}

// Nothing: it is none, or not from 1.
std::optional<Revision> revision_of(const Json& pair) {
    const std::string* digits = text_of(pair, "mod_revision");
    if (digits == nullptr) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), number);
    if (error != std::errc{} || end != digits->data() + digits->size() || number < 1) return std::nullopt;
    return Revision{number};
}

tl::expected<Found, std::string> found_in(const Json& answer, std::string_view key) {
    const Json* pairs = member(answer, "kvs");
    if (pairs == nullptr) return Found{};
    if (!pairs->is_array() || pairs->size() != 1 || !pairs->front().is_object())
        return refuse("has not exactly one value");
    const Json& pair = pairs->front();
    const std::string* name = text_of(pair, "key");
    if (name == nullptr || from_base64(*name) != key) return refuse("is about another key");
    const auto revision = revision_of(pair);
    if (!revision) return refuse("has no revision");
    const std::string* value = text_of(pair, "value");
    const auto octets = value == nullptr ? std::nullopt : from_base64(*value);
    if (!octets) return refuse("has no value in base64");
    auto record = parse_record(*octets);
    if (!record) return refuse(fmt::format("has a value that is no record: {}", record.error()));
    return Found{*revision, *std::move(record)};
}

// Every answer of etcd has one. Without it an empty object of somebody else would mean that there is no
// record.
bool has_header(const Json& answer) {
    const Json* header = member(answer, "header");
    return header != nullptr && header->is_object() && text_of(*header, "revision") != nullptr;
}

// To the one operation of a transaction; null: there is none.
const Json* response_in(const Json& answer, const char* name) {
    const Json* responses = member(answer, "responses");
    if (responses == nullptr || !responses->is_array() || responses->size() != 1) return nullptr;
    const Json* response = responses->front().is_object() ? member(responses->front(), name) : nullptr;
    return response != nullptr && response->is_object() ? response : nullptr;
}

}  // namespace

std::string range_request(std::string_view key) {
    Json request;
    request["key"] = to_base64(key);
    return request.dump();
}

std::string swap_request(std::string_view key, const Swap& swap) {
    const std::string name = to_base64(key);
    Json compare;
    compare["key"] = name;
    compare["target"] = "MOD";
    compare["result"] = "EQUAL";
    compare["mod_revision"] = std::to_string(static_cast<std::int64_t>(swap.expected));
    Json success;
    success["request_put"]["key"] = name;
    success["request_put"]["value"] = to_base64(to_text(swap.record));
    Json failure;
    failure["request_range"]["key"] = name;
    Json request;
    request["compare"].push_back(std::move(compare));
    request["success"].push_back(std::move(success));
    request["failure"].push_back(std::move(failure));
    return request.dump();
}

tl::expected<Found, std::string> parse_range(std::string_view body, std::string_view key) {
    const auto answer = parse(body);
    if (!answer) return tl::make_unexpected(answer.error());
    if (!has_header(*answer)) return refuse("is not one of etcd");
    return found_in(*answer, key);
}

tl::expected<std::variant<Swapped, Conflict>, std::string> parse_swap(std::string_view body,
                                                                      std::string_view key) {
    const auto answer = parse(body);
    if (!answer) return tl::make_unexpected(answer.error());
    if (!has_header(*answer)) return refuse("is not one of etcd");
    const Json* succeeded = member(*answer, "succeeded");  // left out where it is false
    if (succeeded != nullptr && !succeeded->is_boolean()) return refuse("says neither yes nor no");
    if (succeeded != nullptr && succeeded->get<bool>()) {
        if (response_in(*answer, "response_put") == nullptr) return refuse("does not say what was written");
        return Swapped{};
    }
    const Json* range = response_in(*answer, "response_range");
    if (range == nullptr) return refuse("does not say what is there");
    auto found = found_in(*range, key);
    if (!found) return tl::make_unexpected(found.error());
    return Conflict{*std::move(found)};
}

std::string error_text(std::string_view body) {
    const auto answer = parse(body);
    if (!answer) return {};
    const std::string* said = text_of(*answer, "error");
    if (said == nullptr) said = text_of(*answer, "message");
    if (said == nullptr) return {};
    std::string text = said->substr(0, kLongestErrorText);
    for (char& c : text) {
        if (c < ' ' || c > '~') c = '?';
    }
    return text;
}

}  // namespace highbase::witness
