// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/gtid_position.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <tuple>

#include "replication/gtid_reader.hpp"

namespace highbase::replication {
namespace {

using Gtids = std::span<const Gtid>;

bool by_server(const Gtid& a, const Gtid& b) {
    return std::tie(a.domain, a.server_id, a.seq_no) < std::tie(b.domain, b.server_id, b.seq_no);
}

bool same_server(const Gtid& a, const Gtid& b) {
    return a.domain == b.domain && a.server_id == b.server_id;
}

Gtids of_domain(const std::vector<Gtid>& gtids, std::uint32_t domain) {
    const auto begin = std::ranges::lower_bound(gtids, domain, {}, &Gtid::domain);
    return Gtids{begin, std::ranges::upper_bound(gtids, domain, {}, &Gtid::domain)};
}

// The last of each domain: the highest number.
std::vector<Gtid> last_of_domains(const std::vector<Gtid>& gtids) {
    std::vector<Gtid> result;
    for (const Gtid& gtid : gtids) {
        if (!result.empty() && result.back().domain == gtid.domain) result.pop_back();
        result.push_back(gtid);
    }
    return result;
}

GtidResult<Gtid> read_gtid(GtidReader& reader) {
    constexpr std::uint64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
    const auto domain = reader.number(0, kMost32);
    if (!domain) return tl::unexpected{domain.error()};
    if (!reader.take('-')) return reader.refuse(GtidFault::hyphen);
    const auto server_id = reader.number(0, kMost32);
    if (!server_id) return tl::unexpected{server_id.error()};
    if (!reader.take('-')) return reader.refuse(GtidFault::hyphen);
    const auto seq_no = reader.number(0, std::numeric_limits<std::uint64_t>::max());
    if (!seq_no) return tl::unexpected{seq_no.error()};
    return Gtid{static_cast<std::uint32_t>(*domain), *seq_no, static_cast<std::uint32_t>(*server_id)};
}

// `there`: what the other has of the domain of `gtid`, rising. Nothing if it has that server's number.
std::optional<MissingGtid> missing(const Gtid& gtid, Gtids there) {
    const auto known = std::ranges::find(there, gtid.server_id, &Gtid::server_id);
    if (known != there.end() && known->seq_no >= gtid.seq_no) return std::nullopt;
    if (there.empty()) return MissingGtid{gtid, Evidence::above, {gtid.domain, 0, 0}};
    if (there.back().seq_no < gtid.seq_no) return MissingGtid{gtid, Evidence::above, there.back()};
    const auto taken = std::ranges::find(there, gtid.seq_no, &Gtid::seq_no);
    if (taken != there.end()) return MissingGtid{gtid, Evidence::taken, *taken};
    if (known != there.end()) return MissingGtid{gtid, Evidence::ended, *known};
    return MissingGtid{gtid, Evidence::unknown, there.back()};
}

}  // namespace

std::string Gtid::to_string() const {
    return std::to_string(domain) + '-' + std::to_string(server_id) + '-' + std::to_string(seq_no);
}

std::string MissingGtid::to_string() const {
    std::string text = gtid.to_string() + " (";
    const std::string server = "server " + std::to_string(gtid.server_id);
    switch (evidence) {
        case Evidence::above:
            if (there.seq_no == 0)
                return text + "nothing of domain " + std::to_string(gtid.domain) + " there)";
            return text + "last there: " + there.to_string() + ")";
        case Evidence::taken: return text + "this number is " + there.to_string() + " there)";
        case Evidence::ended: return text + server + " ends with " + there.to_string() + " there)";
        case Evidence::unknown: return text + server + " is not known there)";
        case Evidence::passed:
            return text + server + " is not known there, but " + there.to_string() + " is)";
    }
    return text;
}

GtidResult<GtidPosition> GtidPosition::parse(std::string_view text) {
    if (text.size() > kLongestText) return tl::unexpected{GtidError{GtidFault::too_long, kLongestText}};
    GtidReader reader{text};
    GtidPosition position;
    reader.skip_blanks();
    if (reader.at_end()) return position;
    std::vector<Gtid>& gtids = position.gtids_;
    do {
        reader.skip_blanks();
        if (gtids.size() == kMostGtids) return reader.refuse(GtidFault::too_many);
        const GtidReader before = reader;
        const auto gtid = read_gtid(reader);
        if (!gtid) return tl::unexpected{gtid.error()};
        const auto same = [&gtid](const Gtid& other) { return same_server(*gtid, other); };
        if (std::ranges::any_of(gtids, same)) return before.refuse(GtidFault::duplicate);
        gtids.push_back(*gtid);
        reader.skip_blanks();
    } while (reader.take(','));
    if (!reader.at_end()) return reader.refuse(GtidFault::comma);
    std::erase_if(gtids, [](const Gtid& gtid) { return gtid.seq_no == 0; });
    std::ranges::sort(gtids);
    return position;
}

std::string GtidPosition::to_string() const {
    std::string text;
    for (const Gtid& gtid : gtids_) {
        if (!text.empty()) text += ',';
        text += gtid.to_string();
    }
    return text;
}

bool GtidPosition::reaches(const GtidPosition& other) const {
    return behind(other).empty();
}

std::vector<DomainGap> GtidPosition::behind(const GtidPosition& other) const {
    std::vector<DomainGap> gaps;
    for (const Gtid& wanted : last_of_domains(other.gtids_)) {
        const Gtids own = of_domain(gtids_, wanted.domain);
        const std::uint64_t reached = own.empty() ? 0 : own.back().seq_no;
        if (reached < wanted.seq_no) gaps.push_back({wanted, reached});
    }
    return gaps;
}

GtidPosition GtidPosition::joined(const GtidPosition& other) const {
    std::vector<Gtid> both = gtids_;
    both.insert(both.end(), other.gtids_.begin(), other.gtids_.end());
    std::ranges::sort(both, by_server);
    GtidPosition result;
    for (const Gtid& gtid : both) {
        if (!result.gtids_.empty() && same_server(result.gtids_.back(), gtid)) result.gtids_.pop_back();
        result.gtids_.push_back(gtid);
    }
    std::ranges::sort(result.gtids_);
    return result;
}

std::vector<MissingGtid> GtidPosition::missing_from(const GtidPosition& other) const {
    std::vector<MissingGtid> result;
    Gtid later;  // of the same domain, and there
    for (auto gtid = gtids_.rbegin(); gtid != gtids_.rend(); ++gtid) {
        auto lacking = missing(*gtid, of_domain(other.gtids_, gtid->domain));
        if (!lacking) {
            later = *gtid;
            continue;
        }
        const bool followed = later.seq_no != 0 && later.domain == gtid->domain;
        if (lacking->evidence == Evidence::unknown && followed) {
            lacking->evidence = Evidence::passed;
            lacking->there = later;
        }
        result.push_back(*lacking);
    }
    std::ranges::reverse(result);
    return result;
}

bool GtidPosition::covers(const GtidPosition& other) const {
    return std::ranges::none_of(other.missing_from(*this), &MissingGtid::certain);
}

}  // namespace highbase::replication
