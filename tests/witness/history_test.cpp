// SPDX-License-Identifier: GPL-2.0-or-later
// Two nodes with a server each, and a register that is changed by compare-and-swap, in any order of steps:
// answers are lost, swaps come late or never, nodes forget what they have asked. Whatever happens, whoever
// serves has everything that was acknowledged.
#include <rapidcheck.h>

#include <array>
#include <set>

#include "tests/catch.hpp"
#include "witness/question.hpp"

namespace highbase::witness {
namespace {

using cluster::Epoch;
using Number = std::uint64_t;
using Transactions = std::set<int>;

// Evenly below `count`, whatever the size of the case.
std::size_t pick(std::size_t count) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, count));
}

// The register, and what is still under way to it.
struct Register {
    Found now;
    std::vector<Swap> under_way;

    Outcome apply(const Swap& swap) {
        if (now.revision != swap.expected) return Conflict{now};
        now = {Revision{static_cast<std::int64_t>(now.revision) + 1}, swap.record};
        return Swapped{};
    }
};

enum class Commits { refused, wait, alone };  // of a server's clients

struct Node {
    std::string name;
    Transactions has;
    Commits commits = Commits::refused;
    bool receives = false;  // from the other node's server, and acknowledges it
    Epoch held{};           // the term in which its server takes writes
    Epoch heard{};
    bool has_ceded = false;  // and is not known to have everything since: its journal does not let it ask
    std::optional<Question> question;
    Step step = Read{};
    Want want;
};

class World {
public:
    World() {
        nodes_[0].name = "gw1";
        nodes_[1].name = "gw2";
        // The term of a pair that had no witness before.
        nodes_[0].held = nodes_[0].heard = Epoch{1};
        nodes_[0].commits = Commits::wait;
        nodes_[1].receives = true;
    }

    void something() {
        Node& node = nodes_[pick(2)];
        switch (pick(40)) {
            case 0: return restart(node);
            case 1:
            case 2: return deliver_late();
            case 3:
            case 4: return receive_again(node);
            case 8:
            case 9:
            case 10:
            case 11: return hand_over(node);
            case 5:
            case 6:
            case 7: return commit(node);
            default: return node.question ? step(node) : ask(node);
        }
    }
    [[nodiscard]] int promotions() const { return promotions_; }
    [[nodiscard]] int alone() const { return alone_; }
    [[nodiscard]] int unasked() const { return unasked_; }

private:
    Node& other(const Node& node) { return nodes_[&node == nodes_.data() ? 1 : 0]; }

    void commit(Node& node) {
        Node& replica = other(node);
        if (node.commits == Commits::refused) return;
        const int transaction = ++last_;
        node.has.insert(transaction);
        if (node.commits == Commits::wait && !replica.receives) {
            node.has.erase(transaction);  // it waits, and nobody has heard of it
            return;
        }
        if (node.commits == Commits::wait) {
            replica.has.insert(node.has.begin(), node.has.end());
        }
        acknowledged_.insert(transaction);
        check(node);
    }

    // What serves has everything. And who acknowledges alone does so in the last term.
    void check(const Node& node) {
        RC_ASSERT(
            std::includes(node.has.begin(), node.has.end(), acknowledged_.begin(), acknowledged_.end()));
        if (node.commits != Commits::alone) return;
        const Record& record = *register_.now.record;
        RC_ASSERT(record.owner == node.name || record.epoch < node.held);
        RC_ASSERT(other(node).held < node.held);
    }

    void ask(Node& node) {
        const Epoch next{static_cast<Number>(node.heard) + 1 + pick(2)};
        if (node.has_ceded && node.commits == Commits::refused) return;
        if (node.commits == Commits::refused || pick(10) == 0) {
            node.receives = false;  // before anything else of a promotion
            return begin(node, BeginTerm{node.name, next, false});
        }
        if (!register_.now.record) return begin(node, BeginTerm{node.name, node.held, true});
        // A term that was begun with the other node's word.
        if (register_.now.record->epoch < node.held)
            return begin(node, BeginTerm{node.name, node.held, false, true});
        if (pick(3) == 0) return begin(node, GoAlone{node.name, node.held});
        offer(node);
    }
    // The replica has everything, and commits wait for it: only then it is said.
    void offer(Node& node) {
        Node& replica = other(node);
        if (node.commits == Commits::refused || !replica.receives) return;
        node.commits = Commits::wait;
        replica.has.insert(node.has.begin(), node.has.end());
        replica.has_ceded = false;
        begin(node, InSync{node.name, node.held, replica.name});
    }
    // In order, or because its server has failed: it is closed, and has it on disk that the next term is not
    // its own. The witness is not asked.
    void hand_over(Node& node) {
        Node& successor = other(node);
        if (node.commits != Commits::wait || !successor.receives || !register_.now.record) return;
        const Epoch next{std::max(static_cast<Number>(node.heard), static_cast<Number>(successor.heard)) + 1};
        node.commits = Commits::refused;
        node.question.reset();
        node.heard = next;
        node.has_ceded = true;
        successor.question.reset();
        successor.receives = false;
        successor.held = successor.heard = next;
        successor.commits = Commits::alone;
        successor.has_ceded = false;
        ++unasked_;
        check(successor);
    }
    void begin(Node& node, Want want) {
        node.want = want;
        node.question.emplace(std::move(want));
        node.step = Question::begin();
    }

    void step(Node& node) {
        node.step = node.question->handle(
            std::holds_alternative<Read>(node.step) ? look() : swap(std::get<Swap>(node.step)));
        const auto* answer = std::get_if<Answer>(&node.step);
        if (answer == nullptr) return;
        node.question.reset();
        if (const auto* yes = std::get_if<Yes>(answer)) agreed(node, *yes);
        const auto* no = std::get_if<No>(answer);
        if (no != nullptr && no->record && no->record->epoch > node.heard) node.heard = no->record->epoch;
    }
    Outcome look() const {
        if (pick(6) == 0) return Failed{};
        return register_.now;
    }
    Outcome swap(const Swap& swap) {
        switch (pick(8)) {
            case 0: return Failed{};
            case 1: return Lost{};
            case 2: register_.under_way.push_back(swap); return Lost{};
            case 3: static_cast<void>(register_.apply(swap)); return Lost{};
            default: return register_.apply(swap);
        }
    }
    void deliver_late() {
        if (register_.under_way.empty()) return;
        const auto at = pick(register_.under_way.size());
        static_cast<void>(register_.apply(register_.under_way[at]));
        register_.under_way.erase(register_.under_way.begin() + static_cast<std::ptrdiff_t>(at));
    }

    void agreed(Node& node, const Yes& yes) {
        if (std::holds_alternative<InSync>(node.want)) return;
        if (const auto* term = std::get_if<BeginTerm>(&node.want)) {
            if (other(node).commits != Commits::refused) ++promotions_;
            node.held = term->epoch;
            node.heard = std::max(node.heard, term->epoch);
        }
        RC_ASSERT(yes.record.epoch == node.held);
        ++alone_;
        node.receives = false;
        node.commits = Commits::alone;
        check(node);
    }
    // Its server is opened again as it was: the journal has the term, and whether it was alone.
    static void restart(Node& node) { node.question.reset(); }
    // It follows the other one, as long as it does not ask for a term, and holds none that counts.
    void receive_again(Node& node) {
        Node& primary = other(node);
        const bool asks = node.question && std::holds_alternative<BeginTerm>(node.want);
        if (asks || primary.commits == Commits::refused || primary.held <= node.held) return;
        node.commits = Commits::refused;
        node.heard = std::max(node.heard, primary.held);
        node.has = primary.has;  // what only it had was acknowledged to nobody
        node.receives = true;
    }

    std::array<Node, 2> nodes_;
    Register register_;
    Transactions acknowledged_;
    int last_ = 0;
    int promotions_ = 0;
    int alone_ = 0;
    int unasked_ = 0;
};

TEST_CASE("whoever serves has everything that was acknowledged") {
    int promotions = 0;
    int alone = 0;
    int unasked = 0;
    const bool holds = rc::check([&] {
        World world;
        const std::size_t steps = pick(400);
        for (std::size_t i = 0; i < steps; ++i) world.something();
        promotions += world.promotions();
        alone += world.alone();
        unasked += world.unasked();
    });
    CHECK(holds);
    // And the histories were of some interest.
    CHECK(promotions > 3);  // about 25, of which chance decides
    CHECK(alone > 10);
    CHECK(unasked > 3);
}

}  // namespace
}  // namespace highbase::witness
