// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "daemon/reference.hpp"
#include "daemon/schema.hpp"

namespace highbase::daemon {
namespace {

// Text in which nothing is markup to scdoc.
std::string plain(std::string_view text) {
    std::string result;
    for (const char character : text) {
        if (character == '\\' || character == '*' || character == '_') result += '\\';
        result += character;
    }
    return result;
}

std::string_view reload_text(Reload reload) {
    switch (reload) {
        case Reload::at_once: return "SIGHUP applies a change at once.";
        case Reload::stops_router:
            return "When it changes, SIGHUP stops the virtual router and starts it again; one with a "
                   "database needs a restart of hbvrrp.";
        case Reload::needs_restart: return "A change needs a restart of hbvrrp.";
    }
    return {};
}

std::string default_text(const KeyFacts& key) {
    if (key.text.presence == Presence::required) return "Required.";
    const bool noted = !key.text.default_note.empty();
    return fmt::format("Default: {}.", plain(noted ? key.text.default_note : key.default_value));
}

// What daemon/hook_runner.cpp gives to a program; docs/hooks.md says more.
constexpr std::string_view kHooks = R"(# HOOKS

A program of [[virtual\_router.mysql.hook]] finds one JSON object on one line on its standard input, and the
same in its environment, in which there is nothing else but PATH:

*event*, HIGHBASE\_EVENT
	The same as *on*: before-promote, after-promote, before-demote, after-demote, before-rejoin or after-rejoin.

*service*, HIGHBASE\_SERVICE
	The name of the virtual router, or of its sync group.

*node*, HIGHBASE\_NODE
	The name of this node.

*peer*, HIGHBASE\_PEER
	The name of the other one; empty if it was never heard.

*epoch*, HIGHBASE\_EPOCH
	The number of the writer's term. It grows with each promotion.

*server*, HIGHBASE\_SERVER
	The own server as it is configured: the path of its socket, or address and port.

*peer\_server*, HIGHBASE\_PEER\_SERVER
	The other server: address and port.

It has failed if its exit status is not 0, if a signal ends it, or after its *timeout*. What it says on its
standard error, or else on its standard output, is in the log. Two examples, which mail what happens or post
it to a URL, are in _/usr/share/highbase/hooks_.

)";

std::string manual_key(const KeyFacts& key) {
    std::string entry =
        fmt::format("*{}* = {}\n\t{}", plain(key.text.name), plain(key.text.example), plain(key.text.help));
    if (!key.text.doc.empty()) entry += fmt::format(" {}", plain(key.text.doc));
    entry += fmt::format("\n\n\tValue: {}. {} {}\n\n", plain(key.expected), default_text(key),
                         reload_text(key.text.reload));
    return entry;
}

}  // namespace

std::string configuration_manual() {
    std::string page = R"(hbvrrp.toml(5) "" "Highbase"

; Made from daemon/schema.cpp by `highbase_reference manual`; do not edit.

# NAME

hbvrrp.toml - configuration of hbvrrp

# DESCRIPTION

*hbvrrp*(8) reads one file in TOML 1.0, by custom _/etc/highbase/hbvrrp.toml_. Each key below stands in the
section under whose heading it is described. A file with an error is never used, neither at the start nor on
SIGHUP.

Durations are strings with a unit, such as "100ms", "1.5s" or "2m". The units are h, m, s, ms, us and ns.

*hbvrrp --config* _FILE_ *--check* reports every mistake of a file with its line and column, and what to write
instead.
*hbvrrp --config* _FILE_ *--print-config* prints every key with the value in effect.

)";
    for (const SectionFacts& section : schema()) {
        page += fmt::format("# {}\n\n{}\n\n", section.title, plain(section.help));
        for (const KeyFacts& key : section.keys) page += manual_key(key);
    }
    page += kHooks;
    page += fmt::format(R"(# EXAMPLES

One address; the other box has the same file with another name:

```
{}```

An IPv4 and an IPv6 address of one service, which move together:

```
{}```

# SEE ALSO

*hbvrrp*(8), *hbctl*(1)

RFC 9568, Virtual Router Redundancy Protocol (VRRP) Version 3 for IPv4 and IPv6
)",
                        short_example(), dual_example());
    return page;
}

}  // namespace highbase::daemon
