// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/question.hpp"

#include "tests/catch.hpp"

namespace highbase::witness {
namespace {

using cluster::Epoch;

const Record kTogether{Epoch{7}, "gw1", "gw2"};
const Record kAlone{Epoch{7}, "gw1", std::nullopt};
const Record kPromoted{Epoch{8}, "gw2", std::nullopt};
const Trouble kBroken{TroubleKind::unreachable, "https://192.0.2.11:2379: it broke"};

Found found(std::int64_t revision, const Record& record) {
    return {Revision{revision}, record};
}
Step swap(std::int64_t expected, const Record& record) {
    return Swap{Revision{expected}, record};
}
Step yes(const Record& record) {
    return Answer{Yes{record}};
}
Step no(Refusal refusal, const Record& record) {
    return Answer{No{refusal, record}};
}
Step unknown(const Trouble& trouble) {
    return Answer{Unknown{trouble}};
}

TEST_CASE("it reads, compares and swaps, and only then it is a yes") {
    Question question{BeginTerm{"gw2", Epoch{8}}};
    CHECK(Question::begin() == Step{Read{}});
    CHECK(question.handle(found(5, kTogether)) == swap(5, kPromoted));
    CHECK(question.handle(Swapped{}) == yes(kPromoted));
}

TEST_CASE("the first record is one that was not there") {
    Question question{BeginTerm{"gw1", Epoch{7}, true}};
    CHECK(question.handle(Found{}) == swap(0, kAlone));
    CHECK(question.handle(Swapped{}) == yes(kAlone));
}

TEST_CASE("what the rules refuse is no, with the record") {
    Question question{BeginTerm{"gw2", Epoch{8}}};
    CHECK(question.handle(found(5, kAlone)) == no(Refusal::not_in_sync, kAlone));
    Question first{GoAlone{"gw1", Epoch{7}}};
    CHECK(first.handle(Found{}) == Step{Answer{No{Refusal::no_record, std::nullopt}}});
}

TEST_CASE("what is so already is written again") {
    Question question{GoAlone{"gw1", Epoch{7}}};
    CHECK(question.handle(found(5, kAlone)) == swap(5, kAlone));
    CHECK(question.handle(Swapped{}) == yes(kAlone));
}

TEST_CASE("who comes second is judged by what the first has made") {
    Question alone{GoAlone{"gw1", Epoch{7}}};
    CHECK(alone.handle(found(5, kTogether)) == swap(5, kAlone));
    CHECK(alone.handle(Conflict{found(6, kPromoted)}) == no(Refusal::later_epoch, kPromoted));

    Question begin{BeginTerm{"gw2", Epoch{8}}};
    CHECK(begin.handle(found(5, kTogether)) == swap(5, kPromoted));
    CHECK(begin.handle(Conflict{found(6, kTogether)}) == swap(6, kPromoted));
    CHECK(begin.handle(Conflict{found(7, kAlone)}) == no(Refusal::not_in_sync, kAlone));
}

TEST_CASE("a lost answer: the record tells that the swap has happened") {
    Question question{BeginTerm{"gw2", Epoch{8}}};
    CHECK(question.handle(found(5, kTogether)) == swap(5, kPromoted));
    CHECK(question.handle(Lost{kBroken}) == Step{Read{}});
    CHECK(question.handle(found(6, kPromoted)) == yes(kPromoted));
}

TEST_CASE("a lost answer: the swap has not happened, and is sent again with the same comparison") {
    Question question{BeginTerm{"gw2", Epoch{8}}};
    CHECK(question.handle(found(5, kTogether)) == swap(5, kPromoted));
    CHECK(question.handle(Lost{kBroken}) == Step{Read{}});
    CHECK(question.handle(found(5, kTogether)) == swap(5, kPromoted));
    // The first one has come after all.
    CHECK(question.handle(Conflict{found(6, kPromoted)}) == swap(6, kPromoted));
    CHECK(question.handle(Swapped{}) == yes(kPromoted));
}

TEST_CASE("a lost answer: a record that was there before is no proof") {
    Question question{GoAlone{"gw1", Epoch{7}}};
    CHECK(question.handle(found(5, kAlone)) == swap(5, kAlone));
    CHECK(question.handle(Lost{kBroken}) == Step{Read{}});
    CHECK(question.handle(found(5, kAlone)) == swap(5, kAlone));
    CHECK(question.handle(Lost{kBroken}) == Step{Read{}});
    CHECK(question.handle(found(6, kAlone)) == yes(kAlone));
}

TEST_CASE("a lost answer: somebody else was first") {
    Question question{GoAlone{"gw1", Epoch{7}}};
    CHECK(question.handle(found(5, kTogether)) == swap(5, kAlone));
    CHECK(question.handle(Lost{kBroken}) == Step{Read{}});
    CHECK(question.handle(found(6, kPromoted)) == no(Refusal::later_epoch, kPromoted));
}

TEST_CASE("a lost answer, and nobody who tells: unknown") {
    const Trouble silence{TroubleKind::unreachable, "https://192.0.2.12:2379: no answer within 250 ms"};
    Question question{GoAlone{"gw1", Epoch{7}}};
    CHECK(question.handle(found(5, kTogether)) == swap(5, kAlone));
    CHECK(question.handle(Lost{kBroken}) == Step{Read{}});
    CHECK(question.handle(Failed{silence}) == unknown(silence));
}

TEST_CASE("nobody who can be asked: unknown") {
    Question question{GoAlone{"gw1", Epoch{7}}};
    CHECK(question.handle(Failed{kBroken}) == unknown(kBroken));
    Question later{GoAlone{"gw1", Epoch{7}}};
    CHECK(later.handle(found(5, kTogether)) == swap(5, kAlone));
    CHECK(later.handle(Failed{kBroken}) == unknown(kBroken));
}

TEST_CASE("it does not swap for ever") {
    Question question{GoAlone{"gw1", Epoch{7}}};
    Step step = question.handle(found(1, kTogether));
    std::int64_t swaps = 0;
    while (std::holds_alternative<Swap>(step)) {
        ++swaps;
        step = question.handle(Conflict{found(1 + swaps, kTogether)});
    }
    CHECK(swaps == 16);
    CHECK(std::holds_alternative<Unknown>(std::get<Answer>(step)));
}

TEST_CASE("answers in words") {
    CHECK(to_text(Answer{Yes{kAlone}}) == R"(yes: {"version":1,"epoch":7,"owner":"gw1","in_sync":null})");
    CHECK(to_text(Answer{No{Refusal::later_epoch, kPromoted}}) ==
          "no: later_epoch: the witness knows of a later epoch: this node's term is over "
          R"(({"version":1,"epoch":8,"owner":"gw2","in_sync":null}))");
    CHECK(to_text(Answer{Unknown{kBroken}}) == "unknown: unreachable: https://192.0.2.11:2379: it broke");
    CHECK(name(TroubleKind::stopped) == "stopped");
}

}  // namespace
}  // namespace highbase::witness
