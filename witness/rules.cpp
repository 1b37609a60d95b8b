// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/rules.hpp"

#include <array>

namespace highbase::witness {
namespace {

using Judgement = tl::expected<Record, Refusal>;

struct Words {
    std::string_view name;
    std::string_view sentence;
};
constexpr std::array<Words, kRefusalCount> kWords{{
    {"bad_question", "the question has a name or an epoch that cannot be"},
    {"no_record",
     "the witness has no record of this service, and only the node that holds the current term "
     "may make one"},
    {"not_in_sync", "the witness does not know this node as the one that has every acknowledged transaction"},
    {"epoch_taken", "the witness knows of this epoch, or a later one, already"},
    {"later_epoch", "the witness knows of a later epoch: this node's term is over"},
    {"epoch_not_begun", "the witness has not heard of this epoch: it has to be begun first"},
    {"other_owner", "the witness knows another node as the owner of this epoch"},
}};

Judgement refuse(Refusal refusal) {
    return tl::make_unexpected(refusal);
}

Judgement judge_one(const std::optional<Record>& record, const BeginTerm& want) {
    Record wanted{want.epoch, want.asker, std::nullopt};
    if (!is_valid(wanted)) return refuse(Refusal::bad_question);
    if (!record) return want.first ? Judgement{wanted} : refuse(Refusal::no_record);
    if (*record == wanted) return wanted;
    if (want.epoch <= record->epoch) return refuse(Refusal::epoch_taken);
    const bool is_named = record->in_sync == want.asker || record->owner == want.asker;
    if (!is_named && !want.undisputed) return refuse(Refusal::not_in_sync);
    return wanted;
}

// What the owner of an epoch makes of its own record.
Judgement judge_owner(const std::optional<Record>& record, const Record& wanted) {
    if (!is_valid(wanted)) return refuse(Refusal::bad_question);
    if (!record) return refuse(Refusal::no_record);
    if (record->epoch > wanted.epoch) return refuse(Refusal::later_epoch);
    if (record->epoch < wanted.epoch) return refuse(Refusal::epoch_not_begun);
    if (record->owner != wanted.owner) return refuse(Refusal::other_owner);
    return wanted;
}

Judgement judge_one(const std::optional<Record>& record, const GoAlone& want) {
    return judge_owner(record, {want.epoch, want.asker, std::nullopt});
}

Judgement judge_one(const std::optional<Record>& record, const InSync& want) {
    return judge_owner(record, {want.epoch, want.asker, want.replica});
}

}  // namespace

std::string_view name(Refusal refusal) {
    return kWords.at(static_cast<std::size_t>(refusal)).name;
}

std::string_view sentence(Refusal refusal) {
    return kWords.at(static_cast<std::size_t>(refusal)).sentence;
}

const std::string& asker(const Want& want) {
    return std::visit([](const auto& one) -> const std::string& { return one.asker; }, want);
}

Judgement judge(const std::optional<Record>& record, const Want& want) {
    return std::visit([&](const auto& one) { return judge_one(record, one); }, want);
}

}  // namespace highbase::witness
