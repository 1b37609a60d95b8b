// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/question.hpp"

#include <fmt/format.h>

#include <array>

namespace highbase::witness {
namespace {

constexpr std::array<std::string_view, 5> kTroubles{"unreachable", "tls", "status", "malformed", "stopped"};

std::string words(const Yes& yes) {
    return "yes: " + to_text(yes.record);
}

std::string words(const No& no) {
    const std::string text = fmt::format("no: {}: {}", name(no.refusal), sentence(no.refusal));
    return no.record ? fmt::format("{} ({})", text, to_text(*no.record)) : text;
}

std::string words(const Unknown& unknown) {
    return fmt::format("unknown: {}: {}", name(unknown.trouble.kind), unknown.trouble.text);
}

}  // namespace

std::string_view name(TroubleKind kind) {
    return kTroubles.at(static_cast<std::size_t>(kind));
}

Step Question::handle(const Outcome& outcome) {
    return std::visit([this](const auto& one) { return take(one); }, outcome);
}

Step Question::take(const Found& found) {
    const bool has_happened = swap_lost_ && found.revision > swap_.expected && found.record == swap_.record;
    if (has_happened) return Yes{swap_.record};
    auto judged = judge(found.record, want_);
    if (!judged) return No{judged.error(), found.record};
    if (swaps_++ == kMostSwaps)
        return Unknown{{TroubleKind::malformed, "the record changes faster than it can be asked for"}};
    swap_ = {found.revision, *std::move(judged)};
    swap_lost_ = false;
    return swap_;
}

Step Question::take(const Swapped& /*swapped*/) {
    return Yes{swap_.record};
}

Step Question::take(const Conflict& conflict) {
    swap_lost_ = false;
    return take(conflict.found);
}

Step Question::take(const Lost& /*lost*/) {
    swap_lost_ = true;
    return Read{};
}

Step Question::take(const Failed& failed) {
    return Unknown{failed.trouble};
}

std::string to_text(const Answer& answer) {
    return std::visit([](const auto& one) { return words(one); }, answer);
}

}  // namespace highbase::witness
