// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/position.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace highbase::replication {
namespace {

// One function of several, chosen by its arguments; the one for any of them only where no other fits.
template <typename... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    return b > kMost - a ? kMost : a + b;
}

std::string joined(const std::vector<MissingGtid>& gtids) {
    std::string text;
    for (const MissingGtid& gtid : gtids) {
        if (!text.empty()) text += ", ";
        text += gtid.to_string();
    }
    return text;
}

std::string incomparable(Flavour own, Flavour other) {
    return "a position of " + std::string{name(own)} + " cannot be compared with one of " +
           std::string{name(other)};
}

std::uint64_t distance(const GtidPosition& own, const GtidPosition& other) {
    std::uint64_t total = 0;
    for (const DomainGap& gap : own.behind(other)) total = saturating_sum(total, gap.missing());
    for (const MissingGtid& gtid : other.missing_from(own)) {
        const bool counted = gtid.evidence == Evidence::above;  // as the distance of its domain
        if (gtid.certain() && !counted) total = saturating_sum(total, 1);
    }
    return total;
}

}  // namespace

std::string_view name(Flavour flavour) {
    switch (flavour) {
        case Flavour::mysql: return "MySQL";
        case Flavour::mariadb: return "MariaDB";
    }
    return "";
}

GtidResult<Position> Position::parse(Flavour flavour, std::string_view text) {
    const auto position = [](auto value) { return Position{std::move(value)}; };
    if (flavour == Flavour::mysql) return GtidSet::parse(text).map(position);
    return GtidPosition::parse(text).map(position);
}

std::string Position::to_string() const {
    return std::visit([](const auto& value) { return value.to_string(); }, value_);
}

Flavour Position::flavour() const {
    return std::holds_alternative<GtidSet>(value_) ? Flavour::mysql : Flavour::mariadb;
}

bool Position::empty() const {
    return std::visit([](const auto& value) { return value.empty(); }, value_);
}

bool Position::covers(const Position& other) const {
    const Overloaded compare{
        [](const GtidSet& own, const GtidSet& wanted) { return own.contains(wanted); },
        [](const GtidPosition& own, const GtidPosition& wanted) { return own.covers(wanted); },
        [](const auto&, const auto&) { return false; },
    };
    return std::visit(compare, value_, other.value_);
}

std::string Position::missing_from(const Position& other) const {
    const Overloaded describe{
        [](const GtidSet& own, const GtidSet& there) { return own.minus(there).to_string(); },
        [](const GtidPosition& own, const GtidPosition& there) {
            auto missing = own.missing_from(there);
            std::erase_if(missing, [](const MissingGtid& gtid) { return !gtid.certain(); });
            return joined(missing);
        },
        [&](const auto&, const auto&) { return incomparable(flavour(), other.flavour()); },
    };
    return std::visit(describe, value_, other.value_);
}

std::string Position::errant_against(const Position& other) const {
    const Overloaded describe{
        [](const GtidSet& own, const GtidSet& there) { return own.minus(there).to_string(); },
        [](const GtidPosition& own, const GtidPosition& there) {
            auto missing = own.missing_from(there);
            std::erase_if(missing, [](const MissingGtid& gtid) { return gtid.evidence == Evidence::passed; });
            return joined(missing);
        },
        [&](const auto&, const auto&) { return incomparable(flavour(), other.flavour()); },
    };
    return std::visit(describe, value_, other.value_);
}

std::string Position::errant_against(const Position& other, const Origin& origin) const {
    const Overloaded describe{
        [&](const GtidSet& own, const GtidSet& there) {
            const std::optional<Uuid> uuid = Uuid::parse(origin.uuid);
            return uuid ? own.written_by(*uuid).minus(there).to_string() : std::string{};
        },
        [&](const GtidPosition& own, const GtidPosition& there) {
            auto missing = own.missing_from(there);
            std::erase_if(missing, [&](const MissingGtid& gtid) {
                return gtid.evidence == Evidence::passed || gtid.gtid.server_id != origin.server_id;
            });
            return joined(missing);
        },
        [&](const auto&, const auto&) { return incomparable(flavour(), other.flavour()); },
    };
    return std::visit(describe, value_, other.value_);
}

std::optional<std::uint64_t> Position::transactions_behind(const Position& other) const {
    using Count = std::optional<std::uint64_t>;
    const Overloaded measure{
        [](const GtidSet& own, const GtidSet& ahead) { return Count{ahead.minus(own).count()}; },
        [](const GtidPosition& own, const GtidPosition& ahead) { return Count{distance(own, ahead)}; },
        [](const auto&, const auto&) { return Count{}; },
    };
    return std::visit(measure, value_, other.value_);
}

}  // namespace highbase::replication
