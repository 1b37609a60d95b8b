// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reference.hpp"

#include <fmt/format.h>

#include "daemon/schema.hpp"

namespace highbase::daemon {
namespace {

std::string_view reload_text(Reload reload) {
    switch (reload) {
        case Reload::at_once: return "applied by SIGHUP at once; an Active router stays Active";
        case Reload::stops_router:
            return "applied by SIGHUP; the virtual router stops and starts again. One with a database behind "
                   "it needs a restart of hbvrrp; until then SIGHUP changes no virtual router";
        case Reload::needs_restart:
            return "needs a restart of hbvrrp; SIGHUP reports it and keeps the old value";
    }
    return {};
}

std::string default_text(const KeyFacts& key) {
    if (key.text.presence == Presence::required) return "required";
    if (!key.text.default_note.empty()) return std::string{key.text.default_note};
    return fmt::format("`{}`", key.default_value);
}

std::string anchor(const SectionFacts& section, const KeyFacts& key) {
    return fmt::format("{}.{}", section.name, key.text.name);
}

std::string markdown_section(const SectionFacts& section) {
    std::string page = fmt::format("\n## {}\n\n{}\n\n| key | default | what it is |\n| --- | --- | --- |\n",
                                   section.title, section.help);
    for (const KeyFacts& key : section.keys) {
        page += fmt::format("| [`{}`](#{}) | {} | {} |\n", key.text.name, anchor(section, key),
                            default_text(key), key.text.help);
    }
    for (const KeyFacts& key : section.keys) {
        page += fmt::format("\n### <a id=\"{}\"></a>{}\n\n{}", anchor(section, key), key.text.name,
                            key.text.help);
        if (!key.text.doc.empty()) page += fmt::format(" {}", key.text.doc);
        page +=
            fmt::format("\n\n- Value: {}\n- Default: {}\n- Example: `{} = {}`\n- Changed: {}\n", key.expected,
                        default_text(key), key.text.name, key.text.example, reload_text(key.text.reload));
    }
    return page;
}

}  // namespace

std::string_view short_example() {
    return R"([node]
name = "gw1"

[[virtual_router]]
name      = "db"
interface = "eth0"
vrid      = 51
addresses = ["192.0.2.100/24"]
advertisement_interval = "100ms"
)";
}

std::string_view dual_example() {
    return R"([[virtual_router]]
name       = "db4"
interface  = "eth0"
vrid       = 51
addresses  = ["192.0.2.100/24"]
sync_group = "db"

[[virtual_router]]
name       = "db6"
interface  = "eth0"
vrid       = 51
addresses  = ["fe80::51/64", "2001:db8::100/64"]
sync_group = "db"
)";
}

std::string configuration_markdown() {
    std::string page = fmt::format(
        R"(<!-- Made from daemon/schema.cpp by `highbase_reference configuration`; do not edit. -->
# Configuration

`hbvrrp --config FILE` reads one file in [TOML](https://toml.io/en/v1.0.0). The shortest useful one:

```toml
{}```

Both boxes need the same `vrid`, `addresses` and `advertisement_interval`; give them names of their own and,
if one of them is to be preferred, different priorities. An IPv4 and an IPv6 address of one service are two
virtual routers that move together:

```toml
{}```

Durations are strings with a unit: `"100ms"`, `"1.5s"`, `"2m"`; the units are `h`, `m`, `s`, `ms`, `us` and
`ns`.

`hbvrrp --config FILE --check` reports every mistake of a file with its line and column, and what to write
instead; a file with an error is never used, neither at the start nor on SIGHUP.
`hbvrrp --config FILE --print-config` prints every key with the value in effect.
)",
        short_example(), dual_example());
    for (const SectionFacts& section : schema()) page += markdown_section(section);
    return page;
}

}  // namespace highbase::daemon
