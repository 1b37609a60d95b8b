// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/table.hpp"

#include <fmt/format.h>

#include <vector>

#include "status/service_table.hpp"
#include "status/table_row.hpp"

namespace highbase::status {
namespace {

std::string duration(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_number_integer() ? to_words(std::chrono::milliseconds{value.get<std::int64_t>()}) : "?";
}

std::string joined(const Json& values) {
    std::string result;
    for (const Json& value : values) {
        if (!result.empty()) result += ", ";
        result += value.is_string() ? printable(value.get_ref<const std::string&>()) : "?";
    }
    return result;
}

// "2026-11-21T08:11:12.123Z" as "2026-11-21 08:11:12 UTC"; anything else as it is.
std::string to_second(std::string iso8601) {
    if (iso8601.size() != 24 || iso8601[10] != 'T') return iso8601;
    iso8601[10] = ' ';
    return iso8601.substr(0, 19) + " UTC";
}

std::string active_router(const Json& router) {
    const Json& active = member(router, "active");
    if (!active.is_object()) return "none known";
    if (flag(active, "self")) return "this node";
    return fmt::format("{}, priority {}", text(active, "address"), text(active, "priority"));
}

std::uint64_t sum(const Json& counters) {
    std::uint64_t result = 0;
    if (!counters.is_object()) return result;
    for (const Json& value : counters) {
        if (value.is_number_unsigned()) result += value.get<std::uint64_t>();
    }
    return result;
}

Row row_of_router(const Json& router) {
    return {text(router, "name"),  text(router, "state"),    duration(router, "since_ms_ago"),
            active_router(router), text(router, "priority"), joined(list(router, "addresses"))};
}

Paint state_paint(std::string_view state) {
    if (state == "Active") return Paint::green;
    return state == "Backup" ? Paint::none : Paint::yellow;
}

std::string details(const Json& router, const std::string& indent, Colour colour) {
    const Json& counters = member(router, "counters");
    const std::string sentence =
        fmt::format("since {} on {}, VRID {}; {} sent, {} received, {} refused, {} times Active",
                    to_second(text(router, "since")), text(router, "interface"), text(router, "vrid"),
                    text(counters, "advertisements_sent"), text(counters, "advertisements_received"),
                    sum(member(counters, "discards")), text(counters, "became_active"));
    return indent + paint(sentence, Paint::dim, colour) + '\n';
}

std::string warning_lines(const Json& owner, const std::string& indent, Colour colour) {
    std::string result;
    for (const Json& warning : list(owner, "warnings")) {
        result += warning_line(text(warning, "text"), indent, colour);
    }
    return result;
}

Paint verdict_paint(std::string_view verdict, bool alarming) {
    if (verdict == "down") return Paint::red;
    return alarming || verdict != "up" ? Paint::yellow : Paint::dim;
}

// "check disk: up, asked 0.2s ago; free=4711MiB"
std::string check_line(const Json& check, const std::string& indent, Colour colour) {
    const std::string verdict = text(check, "verdict");
    const bool stale = flag(check, "stale");
    std::string line = fmt::format("check {}: {}", text(check, "name"), verdict);
    if (stale) line += ", not known for long";
    if (member(check, "age_ms").is_number()) line += ", asked " + duration(check, "age_ms") + " ago";
    if (member(check, "reason").is_string()) line += ": " + text(check, "reason");
    if (member(check, "measure").is_string()) line += "; " + text(check, "measure");
    return indent + paint(line, verdict_paint(verdict, stale || flag(check, "warning")), colour) + '\n';
}

std::string check_lines(const Json& router, const std::string& indent, Colour colour) {
    std::string result;
    for (const Json& check : list(router, "checks")) result += check_line(check, indent, colour);
    return result;
}

std::string header(const Json& status, Colour colour) {
    const Json& daemon = member(status, "daemon");
    return fmt::format("{}: hbvrrp {}, pid {}, running for {}, {}\n",
                       paint(text(status, "node"), Paint::bold, colour), text(daemon, "version"),
                       text(daemon, "pid"), duration(daemon, "started_ms_ago"),
                       flag(daemon, "realtime") ? "real-time" : "not real-time") +
           warning_lines(daemon, "", colour);
}

Paint level_paint(std::string_view level) {
    if (level == "critical" || level == "error") return Paint::red;
    if (level == "warning") return Paint::yellow;
    return level == "debug" ? Paint::dim : Paint::none;
}

}  // namespace

std::string status_table(const Json& status, Colour colour) {
    std::string result = header(status, colour) + '\n';
    const Json& routers = list(status, "routers");
    if (routers.empty()) return result + "no virtual routers\n";

    std::vector<Row> rows{{"ROUTER", "STATE", "FOR", "ACTIVE ROUTER", "PRIORITY", "ADDRESSES"}};
    for (const Json& router : routers) rows.push_back(row_of_router(router));
    const Widths columns = widths(rows);
    const std::string indent(columns[0] + 2, ' ');

    result += heading(rows.front(), columns, colour);
    for (std::size_t i = 0; i < routers.size(); ++i) {
        result += line(rows[i + 1], columns, {Paint::none, state_paint(rows[i + 1][1])}, colour);
        result += details(routers[i], indent, colour);
        result += check_lines(routers[i], indent, colour);
        result += warning_lines(routers[i], indent, colour);
    }
    const std::string services = service_table(status, colour);
    return services.empty() ? result : result + '\n' + services;
}

std::string event_text(const Json& event, Colour colour) {
    const std::string level = text(event, "level");
    return fmt::format("{:>5}  {}  {}  {}  {}\n", text(event, "sequence"), text(event, "time"),
                       paint(fmt::format("{:<8}", level), level_paint(level), colour), text(event, "code"),
                       text(event, "text"));
}

std::string printable(std::string_view text) {
    // Those of ASCII and, in their two octets of UTF-8, those of Latin-1 (U+0080 to U+009F), which terminals
    // obey too.
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        const bool latin =
            octet == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (latin) ++i;
        result += latin || octet < 0x20 || octet == 0x7f ? '?' : text[i];
    }
    return result;
}

std::string printable_lines(std::string_view text) {
    std::string result;
    while (true) {
        const std::size_t end = text.find('\n');
        result += printable(text.substr(0, end));
        if (end == std::string_view::npos) return result;
        result += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace highbase::status
