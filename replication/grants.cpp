// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/grants.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace highbase::replication {
namespace {

constexpr std::string_view kAll = "ALL PRIVILEGES";

// The same privilege, as one server or version names it and as another one does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOtherNames{{
    {"ALL", kAll},
    {"BINLOG MONITOR", "REPLICATION CLIENT"},
    {"READ ONLY ADMIN", "READ_ONLY ADMIN"},
    {"REPLICATION REPLICA", "REPLICATION SLAVE"},
    {"REPLICATION REPLICA ADMIN", "REPLICATION SLAVE ADMIN"},
    {"SLAVE MONITOR", "REPLICA MONITOR"},
    {"REPLICATION SOURCE ADMIN", "REPLICATION MASTER ADMIN"},
}};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::string canonical(std::string_view privilege) {
    std::string name{trimmed(privilege)};
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    const auto* const other =
        std::ranges::find(kOtherNames, name, [](const auto& names) { return names.first; });
    return other == kOtherNames.end() ? name : std::string{other->second};
}

// Where `separator` stands outside of quotes and parentheses.
std::size_t find_bare(std::string_view text, std::string_view separator) {
    char quote = '\0';
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
            continue;
        }
        if (depth == 0 && text.substr(at).starts_with(separator)) return at;
        if (c == '`' || c == '\'' || c == '"') quote = c;
        if (c == '(') ++depth;
        if (c == ')') --depth;
    }
    return std::string_view::npos;
}

// Takes what stands before `separator`, and that; nothing where there is none.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view separator) {
    const std::size_t at = find_bare(text, separator);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at + separator.size());
    return taken;
}

// One on some columns, "SELECT (`a`)", is another one than that on the table.
std::set<std::string> privileges_of(std::string_view list) {
    std::set<std::string> result;
    while (!list.empty()) {
        const std::string_view item = trimmed(list.substr(0, find_bare(list, ",")));
        if (!item.empty()) result.insert(canonical(item));
        list.remove_prefix(std::min(list.size(), find_bare(list, ",")));
        if (!list.empty()) list.remove_prefix(1);
    }
    return result;
}

// "`high\_base`.*" is the pattern high\_base; nothing where it is a table or a procedure.
std::optional<std::string> schema_of(std::string_view object) {
    if (!object.ends_with(".*")) return std::nullopt;
    object.remove_suffix(2);
    if (object.size() < 2 || (object.front() != '`' && object.front() != '"')) return std::string{object};
    const char quote = object.front();
    std::string result;
    for (std::size_t at = 1; at + 1 < object.size(); ++at) {
        if (object[at] == quote) ++at;  // doubled
        result += object[at];
    }
    return result;
}

// What a pattern of LIKE begins with: a character as it is, or any one, or any number of any.
struct Sign {
    char character = '\0';
    bool any = false;
    bool many = false;
    std::size_t size = 1;  // octets of the pattern
};

Sign sign_at(std::string_view pattern, std::size_t at) {
    if (pattern[at] == '%') return {'\0', false, true, 1};
    if (pattern[at] == '_') return {'\0', true, false, 1};
    if (pattern[at] == '\\' && at + 1 < pattern.size()) return {pattern[at + 1], false, false, 2};
    return {pattern[at], false, false, 1};
}

// Goes back to the last '%' only: what an earlier one took is as good as what a later one would take.
bool like(std::string_view text, std::string_view pattern) {
    std::size_t from = 0;
    std::size_t at = 0;
    std::size_t again_from = 0;
    std::size_t again_at = std::string_view::npos;
    while (from < text.size()) {
        const Sign sign = at < pattern.size() ? sign_at(pattern, at) : Sign{};
        const bool fits = at < pattern.size() && (sign.any || sign.character == text[from]);
        if (sign.many) {
            again_at = ++at;
            again_from = from;
        } else if (fits) {
            at += sign.size;
            ++from;
        } else if (again_at != std::string_view::npos) {
            at = again_at;
            from = ++again_from;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '%') ++at;
    return at == pattern.size();
}

bool holds(const std::set<std::string>& privileges, std::string_view privilege) {
    return privileges.contains(std::string{kAll}) || privileges.contains(std::string{privilege});
}

}  // namespace

Grants Grants::parse(const std::vector<std::string>& lines) {
    Grants grants;
    for (const std::string& line : lines) grants.take(line);
    return grants;
}

void Grants::take(std::string_view line) {
    const bool revoke = line.starts_with("REVOKE ");
    if (!revoke && !line.starts_with("GRANT ")) return;
    line.remove_prefix(revoke ? 7 : 6);
    const auto list = take_until(line, " ON ");  // a role has none
    const auto object = take_until(line, revoke ? " FROM " : " TO ");
    if (!list || !object) return;
    std::set<std::string> privileges = privileges_of(*list);
    if (*object == "*.*" && !revoke) return everywhere_.merge(privileges);
    if (const auto schema = schema_of(*object))
        (revoke ? revoked_ : granted_).push_back({*schema, std::move(privileges)});
}

bool Grants::everywhere(std::string_view privilege) const {
    return holds(everywhere_, privilege);
}

bool Grants::in_schema(std::string_view privilege, std::string_view schema) const {
    const auto fits = [&](const OfSchema& grant) {
        return like(schema, grant.pattern) && holds(grant.privileges, privilege);
    };
    return std::ranges::any_of(granted_, fits) ||
           (everywhere(privilege) && std::ranges::none_of(revoked_, fits));
}

}  // namespace highbase::replication
