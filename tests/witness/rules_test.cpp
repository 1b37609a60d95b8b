// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/rules.hpp"

#include <set>

#include "tests/catch.hpp"

namespace highbase::witness {
namespace {

using cluster::Epoch;
using Judgement = tl::expected<Record, Refusal>;

const Record kTogether{Epoch{7}, "gw1", "gw2"};
const Record kAlone{Epoch{7}, "gw1", std::nullopt};

Judgement refused(Refusal refusal) {
    return tl::make_unexpected(refusal);
}

TEST_CASE("who is in sync begins the next term, and is alone in it") {
    CHECK(judge(kTogether, BeginTerm{"gw2", Epoch{8}}) == Record{Epoch{8}, "gw2", std::nullopt});
    CHECK(judge(kTogether, BeginTerm{"gw2", Epoch{12}}) == Record{Epoch{12}, "gw2", std::nullopt});
    CHECK(judge(kTogether, BeginTerm{"gw2", Epoch{8}, true}) == Record{Epoch{8}, "gw2", std::nullopt});
}

TEST_CASE("the owner begins another term from its own") {
    CHECK(judge(kTogether, BeginTerm{"gw1", Epoch{8}}) == Record{Epoch{8}, "gw1", std::nullopt});
    CHECK(judge(kAlone, BeginTerm{"gw1", Epoch{8}}) == Record{Epoch{8}, "gw1", std::nullopt});
}

TEST_CASE("who is not in sync begins no term") {
    CHECK(judge(kAlone, BeginTerm{"gw2", Epoch{8}}) == refused(Refusal::not_in_sync));
    CHECK(judge(kAlone, BeginTerm{"gw2", Epoch{8}, true}) == refused(Refusal::not_in_sync));
    CHECK(judge(kTogether, BeginTerm{"gw3", Epoch{8}}) == refused(Refusal::not_in_sync));
}

TEST_CASE("an epoch is begun once, and only by a greater number") {
    CHECK(judge(kTogether, BeginTerm{"gw2", Epoch{7}}) == refused(Refusal::epoch_taken));
    CHECK(judge(kTogether, BeginTerm{"gw2", Epoch{6}}) == refused(Refusal::epoch_taken));
    CHECK(judge(kAlone, BeginTerm{"gw2", Epoch{7}}) == refused(Refusal::epoch_taken));
    // The owner's own epoch, with a replica in sync by now: a yes would say that nobody is.
    CHECK(judge(kTogether, BeginTerm{"gw1", Epoch{7}}) == refused(Refusal::epoch_taken));
}

TEST_CASE("a term that nobody disputes replaces whatever the record says of an earlier one") {
    CHECK(judge(kAlone, BeginTerm{"gw2", Epoch{8}, false, true}) == Record{Epoch{8}, "gw2", std::nullopt});
    CHECK(judge(kTogether, BeginTerm{"gw3", Epoch{8}, false, true}) == Record{Epoch{8}, "gw3", std::nullopt});
    CHECK(judge(kAlone, BeginTerm{"gw2", Epoch{7}, false, true}) == refused(Refusal::epoch_taken));
    CHECK(judge({}, BeginTerm{"gw2", Epoch{8}, false, true}) == refused(Refusal::no_record));
}

TEST_CASE("the first record is made by who holds the term") {
    CHECK(judge({}, BeginTerm{"gw1", Epoch{1}, true}) == Record{Epoch{1}, "gw1", std::nullopt});
    CHECK(judge({}, BeginTerm{"gw1", Epoch{7}, true}) == kAlone);
    CHECK(judge({}, BeginTerm{"gw2", Epoch{8}}) == refused(Refusal::no_record));
    CHECK(judge({}, GoAlone{"gw1", Epoch{7}}) == refused(Refusal::no_record));
    CHECK(judge({}, InSync{"gw1", Epoch{7}, "gw2"}) == refused(Refusal::no_record));
}

TEST_CASE("the owner goes alone, and takes a replica") {
    CHECK(judge(kTogether, GoAlone{"gw1", Epoch{7}}) == kAlone);
    CHECK(judge(kAlone, InSync{"gw1", Epoch{7}, "gw2"}) == kTogether);
    CHECK(judge(kTogether, InSync{"gw1", Epoch{7}, "gw3"}) == Record{Epoch{7}, "gw1", "gw3"});
}

TEST_CASE("nobody else does, and not in another epoch") {
    CHECK(judge(kTogether, GoAlone{"gw2", Epoch{7}}) == refused(Refusal::other_owner));
    CHECK(judge(kTogether, GoAlone{"gw1", Epoch{6}}) == refused(Refusal::later_epoch));
    CHECK(judge(kTogether, GoAlone{"gw1", Epoch{8}}) == refused(Refusal::epoch_not_begun));
    CHECK(judge(kAlone, InSync{"gw2", Epoch{7}, "gw1"}) == refused(Refusal::other_owner));
    CHECK(judge(kAlone, InSync{"gw1", Epoch{6}, "gw2"}) == refused(Refusal::later_epoch));
    CHECK(judge(kAlone, InSync{"gw1", Epoch{8}, "gw2"}) == refused(Refusal::epoch_not_begun));
}

TEST_CASE("what is so already is a yes") {
    CHECK(judge(kAlone, BeginTerm{"gw1", Epoch{7}}) == kAlone);
    CHECK(judge(kAlone, GoAlone{"gw1", Epoch{7}}) == kAlone);
    CHECK(judge(kTogether, InSync{"gw1", Epoch{7}, "gw2"}) == kTogether);
}

TEST_CASE("questions that cannot be are no") {
    CHECK(judge(kTogether, BeginTerm{"", Epoch{8}}) == refused(Refusal::bad_question));
    CHECK(judge({}, BeginTerm{"gw1", Epoch{0}, true}) == refused(Refusal::bad_question));
    CHECK(judge(kTogether, GoAlone{"gw\"1", Epoch{7}}) == refused(Refusal::bad_question));
    CHECK(judge(kTogether, InSync{"gw1", Epoch{7}, "gw1"}) == refused(Refusal::bad_question));
    CHECK(judge(kTogether, InSync{"gw1", Epoch{7}, "gw 2"}) == refused(Refusal::bad_question));
}

TEST_CASE("each refusal has a name and a sentence") {
    std::set<std::string_view> names;
    std::set<std::string_view> sentences;
    for (std::size_t i = 0; i < kRefusalCount; ++i) {
        names.insert(name(static_cast<Refusal>(i)));
        sentences.insert(sentence(static_cast<Refusal>(i)));
    }
    CHECK(names.size() == kRefusalCount);
    CHECK(sentences.size() == kRefusalCount);
    CHECK(name(Refusal::other_owner) == "other_owner");
    CHECK(asker(InSync{"gw1", Epoch{7}, "gw2"}) == "gw1");
}

}  // namespace
}  // namespace highbase::witness
