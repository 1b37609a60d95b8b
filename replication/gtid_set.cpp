// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/gtid_set.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "replication/gtid_reader.hpp"

namespace highbase::replication {
namespace {

using Interval = GtidSet::Interval;
using Intervals = GtidSet::Intervals;

bool begins_before(const Interval& a, const Interval& b) {
    return a.first < b.first;
}

// `next` begins nowhere before the last of `list`. No sum overflows: GtidSet::kHighest is below 2^63.
void append(Intervals& list, const Interval& next) {
    if (list.empty() || next.first > list.back().last + 1) {
        list.push_back(next);
    } else {
        list.back().last = std::max(list.back().last, next.last);
    }
}

Intervals merged(const Intervals& in_order) {
    Intervals result;
    for (const Interval& interval : in_order) append(result, interval);
    return result;
}

Intervals sum(const Intervals& a, const Intervals& b) {
    Intervals both;
    both.reserve(a.size() + b.size());
    std::ranges::merge(a, b, std::back_inserter(both), begins_before);
    return merged(both);
}

Intervals difference(const Intervals& a, const Intervals& b) {
    Intervals result;
    auto cut = b.begin();
    for (Interval rest : a) {
        while (cut != b.end() && cut->last < rest.first) ++cut;
        for (; cut != b.end() && cut->first <= rest.last; ++cut) {
            if (cut->first > rest.first) result.push_back({rest.first, cut->first - 1});
            rest.first = cut->last + 1;
            if (rest.first > rest.last) break;  // the same cut may reach into the next interval
        }
        if (rest.first <= rest.last) result.push_back(rest);
    }
    return result;
}

bool includes(const Intervals& a, const Intervals& b) {
    auto holder = a.begin();
    for (const Interval& wanted : b) {
        while (holder != a.end() && holder->last < wanted.first) ++holder;
        if (holder == a.end() || wanted.first < holder->first || holder->last < wanted.last) return false;
    }
    return true;
}

// With the blanks around it.
bool take(GtidReader& reader, char sign) {
    reader.skip_blanks();
    const bool taken = reader.take(sign);
    reader.skip_blanks();
    return taken;
}

GtidResult<Interval> read_interval(GtidReader& reader) {
    const auto first = reader.number(1, GtidSet::kHighest);
    if (!first) return tl::unexpected{first.error()};
    if (!take(reader, '-')) return Interval{*first, *first};
    const GtidReader before_last = reader;
    const auto last = reader.number(0, GtidSet::kHighest);
    if (!last) return tl::unexpected{last.error()};
    if (*last < *first) return before_last.refuse(GtidFault::order);
    return Interval{*first, *last};
}

// Its length is what may be wrong with it: a sign that no tag holds is where the ':' should be.
GtidResult<std::string> read_tag(GtidReader& reader) {
    const GtidReader before = reader;
    std::string tag{reader.word()};
    if (tag.size() > GtidSet::kLongestTag) return before.refuse(GtidFault::tag);
    if (!take(reader, ':')) return reader.refuse(GtidFault::colon);
    for (char& letter : tag) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return tag;
}

bool begins_tag(char sign) {
    return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') || sign == '_';
}

}  // namespace

// One uuid with its tags and intervals; answers how many intervals there is still room for.
GtidResult<std::size_t> GtidSet::read_source(GtidReader& reader, Sources& sources, std::size_t room) {
    const auto uuid = reader.uuid();
    if (!uuid) return tl::unexpected{uuid.error()};
    if (!take(reader, ':')) return reader.refuse(GtidFault::colon);
    Source source{*uuid, ""};
    Intervals* list = nullptr;
    do {
        if (begins_tag(reader.next())) {
            auto tag = read_tag(reader);
            if (!tag) return tl::unexpected{tag.error()};
            source.tag = *std::move(tag);
            list = nullptr;
        }
        if (room == 0) return reader.refuse(GtidFault::too_many);
        --room;
        const auto interval = read_interval(reader);
        if (!interval) return tl::unexpected{interval.error()};
        if (list == nullptr) list = &sources[source];
        list->push_back(*interval);
    } while (take(reader, ':'));
    return room;
}

GtidResult<GtidSet> GtidSet::parse(std::string_view text) {
    if (text.size() > kLongestText) return tl::unexpected{GtidError{GtidFault::too_long, kLongestText}};
    GtidReader reader{text};
    GtidSet set;
    reader.skip_blanks();
    if (reader.at_end()) return set;
    std::size_t room = kMostIntervals;
    do {
        const auto left = read_source(reader, set.sources_, room);
        if (!left) return tl::unexpected{left.error()};
        room = *left;
    } while (take(reader, ','));
    if (!reader.at_end()) return reader.refuse(GtidFault::comma);
    for (auto& [source, intervals] : set.sources_) {
        if (!std::ranges::is_sorted(intervals, begins_before)) std::ranges::sort(intervals, begins_before);
        intervals = merged(intervals);
    }
    return set;
}

std::string GtidSet::to_string() const {
    std::string text;
    const Uuid* uuid = nullptr;
    for (const auto& [source, intervals] : sources_) {
        if (uuid == nullptr || *uuid != source.uuid) {
            if (!text.empty()) text += ',';
            text += source.uuid.to_string();
            uuid = &source.uuid;
        }
        if (!source.tag.empty()) text += ':' + source.tag;
        for (const Interval& interval : intervals) {
            text += ':' + std::to_string(interval.first);
            if (interval.last != interval.first) text += '-' + std::to_string(interval.last);
        }
    }
    return text;
}

std::uint64_t GtidSet::count() const {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t total = 0;
    for (const auto& [source, intervals] : sources_) {
        for (const Interval& interval : intervals) {
            const std::uint64_t length = interval.last - interval.first + 1;
            total = length > kMost - total ? kMost : total + length;
        }
    }
    return total;
}

bool GtidSet::contains(const GtidSet& other) const {
    return std::ranges::all_of(other.sources_, [this](const auto& wanted) {
        const auto own = sources_.find(wanted.first);
        return own != sources_.end() && includes(own->second, wanted.second);
    });
}

GtidSet GtidSet::minus(const GtidSet& other) const {
    GtidSet result;
    for (const auto& [source, intervals] : sources_) {
        const auto cut = other.sources_.find(source);
        Intervals rest = cut == other.sources_.end() ? intervals : difference(intervals, cut->second);
        if (!rest.empty()) result.sources_.emplace_hint(result.sources_.end(), source, std::move(rest));
    }
    return result;
}

GtidSet GtidSet::written_by(const Uuid& server) const {
    GtidSet result;
    for (const auto& [source, intervals] : sources_) {
        if (source.uuid == server) result.sources_.emplace(source, intervals);
    }
    return result;
}

GtidSet GtidSet::plus(const GtidSet& other) const {
    GtidSet result = *this;
    for (const auto& [source, intervals] : other.sources_) {
        Intervals& own = result.sources_[source];
        own = sum(own, intervals);
    }
    return result;
}

}  // namespace highbase::replication
