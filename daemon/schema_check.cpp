// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/schema_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

namespace highbase::daemon {
namespace {

using Check = health::CheckConfiguration;
using Router = node::RouterConfiguration;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kMostChecks = 16;
constexpr vrrp::Duration kHour = std::chrono::hours{1};
constexpr vrrp::Duration kShortestCheck = std::chrono::milliseconds{10};
constexpr vrrp::Duration kShortestBudget = std::chrono::milliseconds{100};
constexpr std::int64_t kMostProbes = 1000;
constexpr std::int64_t kMostWeight = 254;
constexpr std::string_view kSection = "virtual_router.check";

constexpr auto kOnServiceDown = std::to_array<Choice<health::OnServiceDown>>(
    {{"failover", health::OnServiceDown::failover},
     {"restart-then-failover", health::OnServiceDown::restart_then_failover}});

// ---- every type of check, in the order of CheckOptions

struct CheckType {
    std::string_view word;
    std::string_view help;
    health::CheckOptions defaults;
    std::vector<Key<Check>> keys;
};

template <typename Options>
Key<Check> key_of(const health::Option<Options>& option) {
    const health::OptionText& text = option.text;
    return {{.name = text.name,
             .presence = text.required ? Presence::required : Presence::optional,
             .example = text.example,
             .help = text.help,
             .doc = text.doc,
             .default_note = text.default_note},
            std::visit(
                [&text](const auto& value) {
                    return bind<Check>(
                        type_for(value, text.required), [member = value.member](auto& check) -> auto& {
                            return std::get<Options>(check.options).*member;
                        });
                },
                option.value)};
}

template <typename Options>
CheckType type_of() {
    CheckType type{Options::kType, Options::kHelp, Options{}, {}};
    for (const health::Option<Options>& option : Options::options()) type.keys.push_back(key_of(option));
    return type;
}

template <std::size_t... index>
std::vector<CheckType> types_of(std::index_sequence<index...>) {
    return {type_of<std::variant_alternative_t<index, health::CheckOptions>>()...};
}

const std::vector<CheckType>& check_types() {
    static const std::vector<CheckType> types =
        types_of(std::make_index_sequence<std::variant_size_v<health::CheckOptions>>{});
    return types;
}

const std::vector<std::string_view>& type_words() {
    static const std::vector<std::string_view> words = [] {
        std::vector<std::string_view> result;
        for (const CheckType& type : check_types()) result.push_back(type.word);
        return result;
    }();
    return words;
}

// The options of another type are the defaults of that type.
BoundType<Check> check_type() {
    return {expected_words(type_words()),
            [](Check& check, const Value& value, const Complaint& complaint) {
                const std::optional<std::size_t> index = read_word(value, type_words(), complaint);
                if (index) check.options = check_types()[*index].defaults;
                return index.has_value();
            },
            [](const Check& check) { return toml_string(check_types()[check.options.index()].word); }};
}

// ---- the keys that all types have

std::vector<Key<Check>> name_keys() {
    return {
        {{.name = "name",
          .example = "\"mysql\"",
          .help = "How the logs call this check.",
          .doc = "Unique in its virtual router.",
          .default_note = "the type, for \"tcp\" with the port, such as `\"tcp-3306\"`"},
         bind<Check>(
             name(kLongestName), [](auto& check) -> auto& { return check.name; })},
        {{.name = "type",
          .example = "\"tcp\"",
          .help = "What is asked.",
          .doc = "Each type has keys of its own, which are described below."},
         check_type()},
    };
}

std::vector<Key<Check>> timing_keys() {
    return {
        {{.name = "interval",
          .example = "\"1s\"",
          .help = "From the start of one probe to the start of the next."},
         bind<Check>(
             duration(kShortestCheck, kHour), [](auto& check) -> auto& { return check.interval; })},
        {{.name = "timeout",
          .example = "\"100ms\"",
          .help = "A probe without an answer after this time has failed.",
          .doc = "At most the interval."},
         bind<Check>(
             duration(kShortestCheck, kHour), [](auto& check) -> auto& { return check.timeout; })},
        {{.name = "rise",
          .example = "3",
          .help = "So many probes in a row must succeed before the check is up."},
         bind<Check>(
             integer(1, kMostProbes), [](auto& check) -> auto& { return check.thresholds.rise; })},
        {{.name = "fall",
          .example = "2",
          .help = "So many probes in a row must fail before the check is down.",
          .doc = "A probe that this box could not even begin, for instance for want of file descriptors or "
                 "of the right password, counts neither way. What is beyond doubt, such as the end of a "
                 "process, counts at once."},
         bind<Check>(
             integer(1, kMostProbes), [](auto& check) -> auto& { return check.thresholds.fall; })},
        {{.name = "weight",
          .example = "20",
          .help = "What is taken off the priority while the check is down.",
          .doc = "0: the check is hard; while it is down this box may not serve at all. Any other check is "
                 "soft: it makes this box the worse one of two, and never ends a role by itself."},
         bind<Check>(
             integer(0, kMostWeight), [](auto& check) -> auto& { return check.weight; })},
    };
}

Section<Check> section_with(const std::vector<std::vector<Key<Check>>>& groups) {
    Section<Check> section{kSection, Repetition{"check", kMostChecks}, {}, {}, {}};
    for (const auto& keys : groups) section.keys.insert(section.keys.end(), keys.begin(), keys.end());
    return section;
}

// Of a check whose type is not known: any option may be right.
Section<Check> section_of_no_type() {
    Section<Check> section = section_with({name_keys(), timing_keys()});
    for (const CheckType& type : check_types()) {
        for (const Key<Check>& key : type.keys) section.tolerated.push_back(key.text.name);
    }
    return section;
}

std::vector<Section<Check>> sections_by_type() {
    std::vector<Section<Check>> result;
    for (const CheckType& type : check_types())
        result.push_back(section_with({name_keys(), type.keys, timing_keys()}));
    return result;
}

SectionFacts facts_of(const std::vector<std::vector<Key<Check>>>& groups, const Check& defaults) {
    SectionFacts result;
    for (const auto& keys : groups) {
        for (const Key<Check>& key : keys) result.keys.push_back(facts(key, defaults));
    }
    return result;
}

}  // namespace

const Section<Check>& check_section(const Check& check) {
    static const std::vector<Section<Check>> sections = sections_by_type();
    return sections[check.options.index()];
}

const Section<Check>& check_section(const Table& table) {
    static const Section<Check> of_no_type = section_of_no_type();
    const Entry* entry = table.find("type");
    if (entry == nullptr) return check_section(Check{});
    Check check;
    Problems ignored;  // told when the key is read
    const Complaint complaint{"type", "", "", ignored};
    return check_type().read(check, entry->value, complaint) ? check_section(check) : of_no_type;
}

std::vector<SectionFacts> check_facts() {
    std::vector<SectionFacts> result{facts_of({name_keys(), timing_keys()}, Check{})};
    result[0].title = fmt::format("[[{}]]", kSection);
    result[0].name = kSection;
    result[0].help =
        "Whether the service behind the addresses can serve. Written below the [[virtual_router]] that it "
        "belongs to, any number of times up to 16. A virtual router with checks becomes Active only where "
        "all hard ones succeed, and gives up the addresses when one of them fails. Where the service is down "
        "on all boxes, nobody has the addresses. A check with a weight only lowers the priority.";
    for (const CheckType& type : check_types()) {
        Check check;
        check.options = type.defaults;
        SectionFacts section = facts_of({type.keys}, check);
        section.title = fmt::format("[[{}]] with type = {}", kSection, toml_string(type.word));
        section.name = fmt::format("{}.{}", kSection, type.word);
        section.help = type.help;
        section.is_variant = true;
        result.push_back(std::move(section));
    }
    return result;
}

std::vector<Key<Router>> service_keys() {
    return {
        {{.name = "on_service_down",
          .example = "\"restart-then-failover\"",
          .help = "What happens when the database server, or a hard check of the service, goes down.",
          .doc =
              "\"failover\": the addresses are given up at once. \"restart-then-failover\": restart_command "
              "is run first, once; they are given up if it fails or the service is not up again within "
              "restart_budget. After a restart the next failure is a failover, unless the service has been "
              "up for ten minutes."},
         bind<Router>(
             choice<health::OnServiceDown>(std::span{kOnServiceDown}),
             [](auto& router) -> auto& { return router.restart.on_service_down; })},
        {{.name = "restart_command",
          .example = "[\"/usr/bin/systemctl\", \"restart\", \"mariadb\"]",
          .help = "The program that restarts the service, and its arguments.",
          .doc = "An absolute path and no shell. It runs as the user of hbvrrp."},
         bind<Router>(
             command_line(false), [](auto& router) -> auto& { return router.restart.command; })},
        {{.name = "restart_budget",
          .example = "\"10s\"",
          .help = "How long the service may take to be up again after a restart.",
          .doc = "The checks must see it: rise probes of each. At its end a command that still runs is "
                 "ended, with all that it has started."},
         bind<Router>(
             duration(kShortestBudget, kHour), [](auto& router) -> auto& { return router.restart.budget; })},
    };
}

}  // namespace highbase::daemon
