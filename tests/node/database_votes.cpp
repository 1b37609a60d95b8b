// SPDX-License-Identifier: GPL-2.0-or-later
// The third vote of the two boxes: questions on their way to it, and faults of it.
#include <fmt/format.h>

#include "tests/node/database_world.hpp"

namespace highbase::tests {
namespace {

using namespace std::chrono_literals;
using witness::Answer;
using witness::Failed;
using witness::Lost;
using witness::Outcome;
using witness::Swap;
using witness::Trouble;
using witness::TroubleKind;
using witness::Unknown;

constexpr vrrp::Duration kPatience = 1s;
constexpr vrrp::Duration kLateSwap = 3s;
const Trouble kTrouble{TroubleKind::unreachable, "it does not answer"};

}  // namespace

// One at a time of a box; answered once, at the end of its patience at the latest.
void DatabaseWorld::ask_witness(std::size_t box, const node::Task& task, const witness::Want& want) {
    auto asked =
        std::make_shared<Asked>(Asked{box, boxes_.at(box)->life, task.number, witness::Question{want}});
    after(kPatience, [this, asked] { vote(*asked, Unknown{kTrouble}); });
    ask_witness(asked, witness::Question::begin());
}

void DatabaseWorld::ask_witness(const std::shared_ptr<Asked>& asked, const witness::Step& step) {
    if (const auto* answer = std::get_if<Answer>(&step)) return vote(*asked, *answer);
    after(1ms + random(4ms), [this, asked, step] {
        if (boxes_.at(asked->box)->life != asked->life || asked->is_answered) return;
        if (witness_.is_cut.at(asked->box)) return;
        const auto* swap = std::get_if<Swap>(&step);
        const Outcome outcome = swap != nullptr    ? swap_at_witness(*swap)
                                : witness_.is_down ? Outcome{Failed{kTrouble}}
                                                   : witness_.read();
        after(1ms + random(4ms), [this, asked, outcome] {
            if (!witness_.is_cut.at(asked->box)) ask_witness(asked, asked->question.handle(outcome));
        });
    });
}

// Of a lost swap nobody knows whether it has happened, will, or never does.
Outcome DatabaseWorld::swap_at_witness(const Swap& swap) {
    if (witness_.is_down) return Lost{kTrouble};
    if (witness_.losses == 0) return witness_.apply(swap);
    --witness_.losses;
    if (random(3ns) == 0ns) (void)witness_.apply(swap);
    if (random(2ns) == 0ns) after(random(kLateSwap), [this, swap] { (void)witness_.apply(swap); });
    return Lost{kTrouble};
}

void DatabaseWorld::vote(Asked& asked, const Answer& answer) {
    if (std::exchange(asked.is_answered, true)) return;
    tell(asked.box, asked.life, node::ServiceHappened{"db", node::WitnessAnswered{asked.number, answer}});
}

void DatabaseWorld::stop_witness(bool down) {
    note(down ? "the witness is down" : "the witness is up");
    witness_.is_down = down;
}

void DatabaseWorld::cut_witness(std::size_t box, bool cut) {
    note(fmt::format("the witness is {} {}", cut ? "cut off from" : "reached by", box));
    witness_.is_cut.at(box) = cut;
}

void DatabaseWorld::lose_votes(int count) {
    note(fmt::format("the witness loses {} swaps", count));
    witness_.losses = count;
}

}  // namespace highbase::tests
