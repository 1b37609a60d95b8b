// SPDX-License-Identifier: GPL-2.0-or-later
// GTID sets beside std::set, which knows no intervals.
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "replication/gtid_set.hpp"
#include "tests/catch.hpp"
#include "tests/replication/gtid_text.hpp"

using namespace highbase::replication;
using highbase::tests::expanded;

namespace {

using Transaction = std::tuple<std::string, std::string, std::uint64_t>;  // U or V, tag, number
using Model = std::set<Transaction>;

// Numbers are few, so that intervals meet.
Model any_model() {
    const auto transaction =
        rc::gen::tuple(rc::gen::element<std::string>("U", "V"), rc::gen::element<std::string>("", "a", "b_1"),
                       rc::gen::inRange<std::uint64_t>(1, 16));
    const auto list = *rc::gen::container<std::vector<Transaction>>(transaction);
    return {list.begin(), list.end()};
}

std::string blanks() {
    return *rc::gen::element<std::string>("", "", "", " ", "|", " \t");
}

// In any order, each transaction or pair of neighbours in an entry of its own: what a person might write.
std::string written(const Model& model) {
    std::vector<std::string> entries;
    for (const auto& [uuid, tag, number] : model) {
        std::string entry = uuid + blanks() + ":" + blanks();
        if (!tag.empty()) entry += tag + blanks() + ":" + blanks();
        entry += std::to_string(number);
        if (model.contains({uuid, tag, number + 1}) && *rc::gen::arbitrary<bool>())
            entry += blanks() + "-" + blanks() + std::to_string(number + 1);
        entries.push_back(entry + blanks());
    }
    std::string text = blanks();
    while (!entries.empty()) {
        const auto at = *rc::gen::inRange<std::size_t>(0, entries.size());
        text += entries.at(at);
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
        if (!entries.empty()) text += "," + blanks();
    }
    return text;
}

// One interval after the other: "U:1-3:7:a:1,V:2".
std::string canonical(const Model& model) {
    std::string text;
    Transaction last;
    for (auto at = model.begin(); at != model.end(); ++at) {
        const auto& [uuid, tag, first] = *at;
        std::uint64_t end = first;
        while (std::next(at) != model.end() && *std::next(at) == Transaction{uuid, tag, end + 1}) {
            ++at;
            ++end;
        }
        const bool new_uuid = std::get<0>(last) != uuid;
        if (new_uuid) text += (text.empty() ? "" : ",") + uuid;
        if (!tag.empty() && (new_uuid || std::get<1>(last) != tag)) text += ":" + tag;
        text += ":" + std::to_string(first);
        if (end != first) text += "-" + std::to_string(end);
        last = {uuid, tag, end};
    }
    return text;
}

GtidSet set_of(const Model& model) {
    return GtidSet::parse(expanded(written(model))).value();
}

Model minus(const Model& a, const Model& b) {
    Model result;
    std::ranges::set_difference(a, b, std::inserter(result, result.end()));
    return result;
}

Model plus(const Model& a, const Model& b) {
    Model result = a;
    result.insert(b.begin(), b.end());
    return result;
}

}  // namespace

TEST_CASE("a GTID set is the set of its transactions") {
    CHECK(rc::check("read, counted, printed, and read again", [] {
        const Model model = any_model();
        const GtidSet set = set_of(model);
        RC_ASSERT(set.to_string() == expanded(canonical(model)));
        RC_ASSERT(set.count() == model.size());
        RC_ASSERT(set.empty() == model.empty());
        RC_ASSERT(GtidSet::parse(set.to_string()).value() == set);
    }));
    CHECK(rc::check("difference, sum, containment and equality", [] {
        const Model a = any_model();
        const Model b = *rc::gen::arbitrary<bool>() ? any_model() : minus(a, any_model());
        const GtidSet set_a = set_of(a);
        const GtidSet set_b = set_of(b);
        RC_ASSERT(set_a.minus(set_b).to_string() == expanded(canonical(minus(a, b))));
        RC_ASSERT(set_a.plus(set_b).to_string() == expanded(canonical(plus(a, b))));
        RC_ASSERT(set_a.contains(set_b) == std::ranges::includes(a, b));
        RC_ASSERT((set_a == set_b) == (a == b));
    }));
}

TEST_CASE("laws of sets") {
    CHECK(rc::check("of any three", [] {
        const GtidSet a = set_of(any_model());
        const GtidSet b = set_of(any_model());
        const GtidSet c = set_of(any_model());
        RC_ASSERT(a.plus(b) == b.plus(a));
        RC_ASSERT(a.plus(b).plus(c) == a.plus(b.plus(c)));
        RC_ASSERT(a.minus(b).plus(b) == a.plus(b));
        RC_ASSERT(a.minus(b).minus(c) == a.minus(b.plus(c)));
        RC_ASSERT(a.plus(b).contains(a));
        RC_ASSERT(a.contains(a.minus(b)));
        RC_ASSERT(a.contains(b) == b.minus(a).empty());
        RC_ASSERT(a.contains(b) == (a.plus(b) == a));
        RC_ASSERT(a.minus(b).count() + b.count() == a.plus(b).count());
    }));
}
