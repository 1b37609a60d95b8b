// SPDX-License-Identifier: GPL-2.0-or-later
// Every key that a configuration file may hold, each told once. A new key is one entry in schema.cpp;
// those of [[virtual_router.check]] are in schema_check.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.hpp"
#include "daemon/schema_type.hpp"

namespace highbase::daemon {

// What SIGHUP does with a changed value.
enum class Reload : std::uint8_t {
    at_once,  // applied; an Active router stays Active
    // Applied: the virtual router is stopped in an orderly way and started again. One with a database needs a
    // restart.
    stops_router,
    needs_restart,  // reported, not applied: systemctl restart hbvrrp
};

enum class Presence : std::uint8_t { optional, required };

struct KeyText {
    std::string_view name;
    Presence presence = Presence::optional;
    Reload reload = Reload::at_once;
    std::string_view example;            // a value, as it is written in TOML
    std::string_view help;               // one line
    std::string_view doc = {};           // more, in sentences
    std::string_view default_note = {};  // where the default is no fixed value
};

template <typename Owner>
struct Key {
    KeyText text;
    BoundType<Owner> type;
};

struct Repetition {
    std::string_view each;  // "virtual router"
    std::size_t most;
};

template <typename Owner>
struct Section {
    std::string_view name;                 // "virtual_router.check": belongs to a [[virtual_router]]
    std::optional<Repetition> repetition;  // [[name]]
    std::string_view help;
    std::vector<Key<Owner>> keys;
    std::vector<std::string_view> tolerated;  // keys that are neither read nor refused
    [[nodiscard]] std::string title() const {
        return (repetition ? "[[" : "[") + std::string{name} + (repetition ? "]]" : "]");
    }
};

// Built once, on first use.
const Section<Config>& node_section();                           // [node]
const Section<node::RouterConfiguration>& router_section();      // [[virtual_router]]
const Section<cluster::PeerConfiguration>& peer_section();       // [peer]
const Section<witness::Configuration>& witness_section();        // [witness]
const Section<node::DatabaseConfiguration>& database_section();  // [virtual_router.mysql]
const Section<node::HookConfiguration>& hook_section();          // [[virtual_router.mysql.hook]]
const Section<node::ForwardConfiguration>& forward_section();    // [virtual_router.forward]

// The same without their types, for pages and messages.
struct KeyFacts {
    KeyText text;
    std::string expected;       // "an integer from 1 to 255"
    std::string default_value;  // as it is written in TOML; empty when required or told by the text's note
};
struct SectionFacts {
    std::string title;  // "[node]", "[[virtual_router]]"
    std::string name;
    std::string_view help;
    std::vector<KeyFacts> keys;
    bool is_variant = false;  // what the section before has more, with some value of one of its keys
};

// `defaults`: an owner with the value of every key that is not written.
template <typename Owner>
KeyFacts facts(const Key<Owner>& key, const Owner& defaults) {
    const bool has_value = key.text.presence == Presence::optional && key.text.default_note.empty();
    return {key.text, key.type.expected, has_value ? key.type.print(defaults) : std::string{}};
}

// All sections, each before those that belong to it.
const std::vector<SectionFacts>& schema();

// The words of log_level and --log-level, from the most to the least talkative.
std::span<const Choice<node::Level>> log_levels();

}  // namespace highbase::daemon
