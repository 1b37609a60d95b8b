// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "daemon/config_check.hpp"
#include "daemon/schema.hpp"
#include "daemon/schema_check.hpp"

namespace highbase::daemon {
namespace {

using Check = health::CheckConfiguration;
using Database = node::DatabaseConfiguration;
using Hook = node::HookConfiguration;
using Peer = cluster::PeerConfiguration;
using Router = node::RouterConfiguration;

bool is_table(const Value& value) {
    if (const auto* array = value.as<Array>())
        return !array->empty() && array->front().as<Table>() != nullptr;
    return value.as<Table>() != nullptr;
}

// Where a key of this name stands; empty for no key.
std::string sections_with(std::string_view key) {
    std::string result;
    for (const SectionFacts& section : schema()) {
        for (const KeyFacts& candidate : section.keys) {
            if (candidate.text.name == key) result += (result.empty() ? "" : " or ") + section.title;
        }
    }
    return result;
}

// The sections that belong to it, by the last part of their names: "check".
std::vector<std::string_view> sections_of(std::string_view section) {
    std::vector<std::string_view> result;
    for (const SectionFacts& candidate : schema()) {
        const std::string_view name = candidate.name;
        const std::size_t dot = name.rfind('.');
        if (dot != std::string_view::npos && name.substr(0, dot) == section && !candidate.is_variant)
            result.push_back(name.substr(dot + 1));
    }
    return result;
}

std::string remedy_for_unknown(std::string_view key, std::span<const std::string_view> known) {
    if (const std::string sections = sections_with(key); !sections.empty()) {
        return fmt::format("it belongs below {}", sections);
    }
    for (const SectionFacts& section : schema()) {
        if (!section.is_variant && section.name.ends_with("." + std::string{key}))
            return fmt::format("write it as {}", section.title);
    }
    if (const auto meant = nearest(key, known)) return fmt::format("did you mean {}?", toml_string(*meant));
    return "leave it out, or look for its name in hbvrrp.toml(5)";
}

class Reader {
public:
    Reader(const Surroundings& surroundings, Problems& problems)
        : surroundings_{surroundings}, problems_{problems} {}

    Config read(const Document& document) {
        Config config;
        const bool all_known = check_sections(document.root);
        read_node(document, config);
        const Entry* routers = document.root.find(router_section().name);
        if (routers != nullptr) {
            read_each(router_section(), *routers, [&](const Table& table, Position header) {
                read_router(table, header, document.complete);
            });
        } else if (document.complete && all_known) {
            problems_.error({}, "no virtual router: write at least one [[virtual_router]]");
        }
        read_once(document, peer_section(), peer_);
        read_once(document, witness_section(), witness_);
        check_routers(readings_, problems_);
        check_databases(readings_, peer_ ? &*peer_ : nullptr, config.node.name, problems_);
        if (witness_) check_witness(*witness_, readings_, surroundings_.file_fault, problems_);
        check_forwards(readings_, problems_);
        check_interfaces(readings_, surroundings_.interface_exists, problems_);
        for (RouterReading& reading : readings_) {
            for (Reading<Check>& check : reading.checks)
                reading.configuration.checks.push_back(std::move(check.configuration));
            if (reading.database) reading.configuration.database = with_hooks(*std::move(reading.database));
            if (reading.forward) reading.configuration.forward = reading.forward->configuration;
            config.node.routers.push_back(std::move(reading.configuration));
        }
        if (peer_) config.peer = std::move(peer_->configuration);
        if (witness_) config.witness = std::move(witness_->configuration);
        return config;
    }

private:
    // Whether there are no others.
    bool check_sections(const Table& root) {
        bool all_known = true;
        const std::array<std::string_view, 4> known{node_section().name, peer_section().name,
                                                    witness_section().name, router_section().name};
        for (const Entry& entry : root.entries) {
            if (std::ranges::find(known, entry.key) != known.end()) continue;
            all_known = false;
            unknown(entry, is_table(entry.value) ? "" : " outside of any table", known);
        }
        return all_known;
    }

    void unknown(const Entry& entry, std::string_view where, std::span<const std::string_view> known) {
        // What is not shown needs no search for a remedy, which a large file would make long.
        const std::string remedy = problems_.is_full() ? std::string{} : remedy_for_unknown(entry.key, known);
        problems_.error(entry.position,
                        fmt::format("unknown {} {}{}: {}", is_table(entry.value) ? "table" : "key",
                                    in_quotes(entry.key), where, remedy));
    }

    void read_node(const Document& document, Config& config) {
        const Entry* entry = document.root.find(node_section().name);
        const Table* table = nullptr;
        if (entry != nullptr) {
            table = entry->value.as<Table>();
            if (table == nullptr) problems_.error(entry->position, misplaced("[node]", "once", entry->value));
        }
        if (table != nullptr) read_keys(node_section(), entry->value.position, *table, config, true);
        if (table == nullptr || table->find("name") == nullptr) read_host_name(config);
    }

    // The host name is the one value that comes from outside of the file.
    void read_host_name(Config& config) {
        const Key<Config>& key = node_section().keys.front();
        Problems ignored;
        const Complaint complaint{key.text.name, key.type.expected, key.text.example, ignored};
        if (key.type.read(config, Value{{}, surroundings_.host_name}, complaint)) return;
        problems_.error(
            {}, fmt::format("the host name {} cannot be the name of the node: write [node] name = \"gw1\"",
                            in_quotes(surroundings_.host_name)));
    }

    static std::string misplaced(std::string_view title, std::string_view how_often, const Value& value) {
        return fmt::format("expected {}, {}, found {}: write it as {}", title, how_often, value.description(),
                           title);
    }

    // `read_one` is called with every table of a repeated section, and the place of its header.
    template <typename Owner, typename ReadOne>
    void read_each(const Section<Owner>& section, const Entry& entry, ReadOne read_one) {
        const auto& [each, most] = section.repetition.value();
        const std::string how_often = fmt::format("once for each {}", each);
        const auto* array = entry.value.as<Array>();
        if (array == nullptr) {
            problems_.error(entry.position, misplaced(section.title(), how_often, entry.value));
            if (const auto* table = entry.value.as<Table>()) read_one(*table, entry.value.position);
            return;
        }
        if (array->empty())
            problems_.error(entry.position,
                            fmt::format("{}: the list is empty: write at least one", entry.key));
        if (array->size() > most) {
            problems_.error((*array)[most].position,
                            fmt::format("{} {}s, at most {} are possible", array->size(), each, most));
            return;
        }
        for (const Value& element : *array) {
            const auto* table = element.as<Table>();
            if (table != nullptr) {
                read_one(*table, element.position);
            } else {
                problems_.error(element.position, misplaced(section.title(), how_often, element));
            }
        }
    }

    void read_router(const Table& table, Position header, bool complete) {
        RouterReading reading;
        static_cast<Reading<Router>&>(reading) = read_table(router_section(), table, header, complete);
        if (const Entry* checks = table.find("check")) {
            read_each(check_section(Check{}), *checks, [&](const Table& check, Position position) {
                reading.checks.push_back(read_check(check, position, complete));
            });
        }
        if (const Entry* database = table.find("mysql"))
            reading.database = read_database(*database, complete);
        if (const Entry* forward = table.find("forward"))
            reading.forward = read_once(forward_section(), *forward, complete);
        readings_.push_back(std::move(reading));
    }

    // A section of its own that may be left out.
    template <typename Owner>
    void read_once(const Document& document, const Section<Owner>& section,
                   std::optional<Reading<Owner>>& reading) {
        const Entry* entry = document.root.find(section.name);
        if (entry == nullptr) return;
        if (const auto* table = entry->value.as<Table>()) {
            reading = read_table(section, *table, entry->value.position, document.complete);
        } else {
            problems_.error(entry->position, misplaced(section.title(), "once", entry->value));
        }
    }

    // A section that a virtual router has at most once.
    template <typename Owner>
    std::optional<Reading<Owner>> read_once(const Section<Owner>& section, const Entry& entry,
                                            bool complete) {
        if (const auto* table = entry.value.as<Table>())
            return read_table(section, *table, entry.value.position, complete);
        problems_.error(entry.position,
                        misplaced(section.title(), "once for each virtual router", entry.value));
        return std::nullopt;
    }

    std::optional<DatabaseReading> read_database(const Entry& entry, bool complete) {
        const auto* table = entry.value.as<Table>();
        if (table == nullptr) {
            problems_.error(entry.position, misplaced(database_section().title(),
                                                      "once for each virtual router", entry.value));
            return std::nullopt;
        }
        DatabaseReading reading;
        static_cast<Reading<Database>&>(reading) =
            read_table(database_section(), *table, entry.value.position, complete);
        if (const Entry* hooks = table->find("hook")) {
            read_each(hook_section(), *hooks, [&](const Table& hook, Position position) {
                reading.hooks.push_back(read_table(hook_section(), hook, position, complete));
            });
        }
        return reading;
    }

    static Database with_hooks(DatabaseReading reading) {
        Database database = std::move(reading.configuration);
        for (Reading<Hook>& hook : reading.hooks) database.hooks.push_back(std::move(hook.configuration));
        return database;
    }

    Reading<Check> read_check(const Table& table, Position header, bool complete) {
        Reading<Check> reading = read_table(check_section(table), table, header, complete);
        Check& check = reading.configuration;
        if (table.find("name") == nullptr)
            check.name =
                std::visit([](const auto& options) { return options.default_name(); }, check.options);
        return reading;
    }

    template <typename Owner>
    Reading<Owner> read_table(const Section<Owner>& section, const Table& table, Position header,
                              bool complete) {
        Reading<Owner> reading{{}, &table, header, {}};
        reading.unusable = read_keys(section, header, table, reading.configuration, complete);
        return reading;
    }

    // Returns the keys that are missing or refused.
    template <typename Owner>
    std::set<std::string_view> read_keys(const Section<Owner>& section, Position header, const Table& table,
                                         Owner& owner, bool complete) {
        const std::string title = section.title();
        std::set<std::string_view> unusable;
        std::vector<std::string_view> known = sections_of(section.name);
        known.insert(known.end(), section.tolerated.begin(), section.tolerated.end());
        for (const Key<Owner>& key : section.keys) {
            known.push_back(key.text.name);
            const Entry* entry = table.find(key.text.name);
            const Complaint complaint{key.text.name, key.type.expected, key.text.example, problems_};
            const bool required = key.text.presence == Presence::required;
            if (entry != nullptr ? key.type.read(owner, entry->value, complaint) : !required) continue;
            unusable.insert(key.text.name);
            if (entry != nullptr || !complete) continue;
            problems_.error(header, fmt::format("{} has no {}: write for example {} = {}", title,
                                                key.text.name, key.text.name, key.text.example));
        }
        for (const Entry& entry : table.entries) {
            if (std::ranges::find(known, entry.key) != known.end()) continue;
            unknown(entry, fmt::format(" in {}", title), known);
        }
        return unusable;
    }

    const Surroundings& surroundings_;
    Problems& problems_;
    std::vector<RouterReading> readings_;
    std::optional<PeerReading> peer_;
    std::optional<WitnessReading> witness_;
};

template <typename Owner>
void print_section(std::string& result, const Section<Owner>& section, const Owner& owner) {
    const bool first = result.empty();
    result += fmt::format("{}{}\n", first ? "" : "\n", section.title());
    for (const Key<Owner>& key : section.keys)
        result += fmt::format("{} = {}\n", key.text.name, key.type.print(owner));
}

}  // namespace

ParseResult parse_config(std::string_view text, const Surroundings& surroundings) {
    Problems problems;
    const Document document = read_document(text, problems);
    Config config = Reader{surroundings, problems}.read(document);
    ParseResult result;
    if (!problems.has_errors()) result.config = std::move(config);
    result.diagnostics = std::move(problems).take();
    return result;
}

std::string print_config(const Config& config) {
    std::string result;
    print_section(result, node_section(), config);
    if (config.peer) print_section(result, peer_section(), *config.peer);
    if (config.witness) print_section(result, witness_section(), *config.witness);
    for (const Router& router : config.node.routers) {
        print_section(result, router_section(), router);
        for (const Check& check : router.checks) print_section(result, check_section(check), check);
        if (!router.database) continue;
        print_section(result, database_section(), *router.database);
        for (const Hook& hook : router.database->hooks) print_section(result, hook_section(), hook);
        if (router.forward) print_section(result, forward_section(), *router.forward);
    }
    return result;
}

}  // namespace highbase::daemon
