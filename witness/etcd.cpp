// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/etcd.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "witness/etcd_messages.hpp"
#include "witness/http_session.hpp"

namespace highbase::witness {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kStatusOk = 200;
// Of the time that is left, for one connection: three network round trips to another site have to fit.
constexpr int kConnectShare = 4;
constexpr milliseconds kShortestShare{100};
// Between two rounds through all members, where each has refused at once.
constexpr milliseconds kPause{30};

}  // namespace

// What is done for one question.
class Etcd::Attempts {
public:
    Attempts(Etcd& etcd, std::string key, TimePoint deadline)
        : etcd_{etcd}, key_{std::move(key)}, deadline_{deadline} {}

    Outcome carry_out(const Read& /*read*/);
    Outcome carry_out(const Swap& swap);

private:
    using Result = tl::expected<std::string, HttpFailure>;  // the body of an answer that is none of an error

    [[nodiscard]] milliseconds left() const {
        return std::max(std::chrono::floor<milliseconds>(deadline_ - Clock::now()), milliseconds{0});
    }
    [[nodiscard]] const Endpoint& member() const { return etcd_.configuration_.endpoints.at(etcd_.next_); }
    void advance() { etcd_.next_ = (etcd_.next_ + 1) % etcd_.configuration_.endpoints.size(); }
    // An error has counted against the member: the next one is asked next.
    Result post(std::string_view path, const std::string& body, std::size_t shares);
    // Until a member has answered, or has perhaps done what was asked, or none is worth another attempt.
    Result post_to_any(std::string_view path, const std::string& body, bool once_only);
    // The next one is asked next.
    Trouble malformed(const std::string& what) {
        Trouble trouble{TroubleKind::malformed, fmt::format("{}: what it answers {}", member().url(), what)};
        advance();
        return trouble;
    }

    Etcd& etcd_;
    std::string key_;
    TimePoint deadline_;
    HttpSession session_{etcd_.configuration_, etcd_.stop_.get()};
};

Etcd::Attempts::Result Etcd::Attempts::post(std::string_view path, const std::string& body,
                                            std::size_t shares) {
    const milliseconds rest = left();
    HttpLimits limits;
    limits.whole = std::min(rest, std::max(rest / static_cast<long>(shares), kShortestShare));
    limits.connect = std::min(limits.whole, std::max(rest / kConnectShare, kShortestShare));
    auto answer = session_.post(member(), path, body, limits);
    if (answer && answer->status == kStatusOk) return std::move(answer->body);
    Result failure = tl::make_unexpected(HttpFailure{});
    if (answer) {
        const std::string said = error_text(answer->body);
        failure.error() = {{TroubleKind::status, fmt::format("{}: HTTP status {}{}{}", member().url(),
                                                             answer->status, said.empty() ? "" : ": ", said)},
                           true};
    } else {
        failure.error() = std::move(answer.error());
    }
    advance();
    return failure;
}

Etcd::Attempts::Result Etcd::Attempts::post_to_any(std::string_view path, const std::string& body,
                                                   bool once_only) {
    const std::size_t members = etcd_.configuration_.endpoints.size();
    while (true) {
        bool is_worth_another_round = false;
        HttpFailure last;
        for (std::size_t asked = 0; asked < members; ++asked) {
            // One share is kept for what follows: the swap, or to look whether it has happened.
            Result result = post(path, body, members - asked + 1);
            if (result) return result;
            last = std::move(result.error());
            if (last.trouble.kind == TroubleKind::stopped) return tl::make_unexpected(last);
            if (once_only && last.may_have_been_sent) return tl::make_unexpected(last);
            is_worth_another_round = is_worth_another_round ||
                                     last.trouble.kind == TroubleKind::unreachable ||
                                     last.trouble.kind == TroubleKind::status;
        }
        if (!is_worth_another_round || left() <= kPause || !session_.pause(kPause))
            return tl::make_unexpected(last);
    }
}

Outcome Etcd::Attempts::carry_out(const Read& /*read*/) {
    const Result body = post_to_any(kRangePath, range_request(key_), false);
    if (!body) return Failed{body.error().trouble};
    auto found = parse_range(*body, key_);
    if (found) return *std::move(found);
    return Failed{malformed(found.error())};
}

Outcome Etcd::Attempts::carry_out(const Swap& swap) {
    const Result body = post_to_any(kTransactionPath, swap_request(key_, swap), true);
    if (!body && body.error().may_have_been_sent) return Lost{body.error().trouble};
    if (!body) return Failed{body.error().trouble};
    auto result = parse_swap(*body, key_);
    if (!result) return Lost{malformed(result.error())};
    return std::visit([](auto& one) { return Outcome{std::move(one)}; }, *result);
}

Etcd::Etcd(Configuration configuration)
    : configuration_{std::move(configuration)}, stop_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (!stop_) throw std::system_error{errno, std::generic_category(), "eventfd"};
    if (configuration_.endpoints.empty()) throw std::logic_error{"a witness without members"};
    const HttpSession first{configuration_, stop_.get()};  // prepares the library
}

Answer Etcd::ask(const std::string& service, const Want& want, TimePoint deadline) {
    Attempts attempts{*this, configuration_.prefix + service, deadline};
    Question question{want};
    Step step = Question::begin();
    while (true) {
        if (const auto* answer = std::get_if<Answer>(&step)) return *answer;
        const Outcome outcome = std::holds_alternative<Read>(step) ? attempts.carry_out(std::get<Read>(step))
                                                                   : attempts.carry_out(std::get<Swap>(step));
        step = question.handle(outcome);
    }
}

void Etcd::stop() noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then it is readable.
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
}

}  // namespace highbase::witness
