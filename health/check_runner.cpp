// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/check_runner.hpp"

#include <tuple>

namespace highbase::health {

CheckRunner::CheckRunner(boost::asio::io_context& io, std::unique_ptr<Checker> checker, Thresholds thresholds,
                         Timing timing, Changed changed)
    : checker_{std::move(checker)},
      state_{thresholds},
      timing_{timing},
      changed_{std::move(changed)},
      next_{io},
      deadline_{io} {}

CheckRunner::~CheckRunner() {
    checker_->cancel();
}

void CheckRunner::start() {
    checker_->watch([this](const Finding& finding) { take(finding); });
    probe();
}

std::optional<std::chrono::nanoseconds> CheckRunner::age() const {
    return taken_ ? std::optional{std::chrono::steady_clock::now() - *taken_} : std::nullopt;
}

void CheckRunner::probe() {
    const std::uint64_t number = ++probe_;
    answered_ = false;
    const auto if_alive = [this, alive = std::weak_ptr{alive_}](auto action) {
        return [this, alive, action](const boost::system::error_code& error) {
            if (!error && !alive.expired()) action(this);
        };
    };
    next_.expires_after(timing_.interval);
    next_.async_wait(if_alive([number](CheckRunner* self) {
        self->answer(number,
                     {Sample::failed, "no answer in time"});  // where the deadline comes only now, too
        self->probe();
    }));
    deadline_.expires_after(timing_.timeout);
    deadline_.async_wait(if_alive([number](CheckRunner* self) {
        self->answer(number, {Sample::failed, "no answer in time"});
    }));
    checker_->start([this, number](const Finding& finding) { answer(number, finding); });
}

// The first answer to a probe counts, be it the checker's or the deadline's.
void CheckRunner::answer(std::uint64_t probe, const Finding& finding) {
    if (probe != probe_ || answered_) return;
    answered_ = true;
    checker_->cancel();
    deadline_.cancel();
    take(finding);
}

void CheckRunner::take(const Finding& finding) {
    if (finding.is_proof && finding.sample == Sample::failed) {
        state_.fall();
    } else {
        state_.take(finding.sample);
    }
    const CheckStatus before = status_;
    taken_ = std::chrono::steady_clock::now();
    status_ = {state_.verdict(),
               state_.is_stale(),
               finding.sample == Sample::ok && !finding.reason.empty(),
               finding.reason,
               finding.sample == Sample::failed ? finding.reason : before.failure,
               finding.measure};
    const auto seen = [](const CheckStatus& status) {
        return std::tuple{status.verdict, status.is_stale, status.has_warning};
    };
    if (seen(status_) != seen(before)) changed_(status_);
}

}  // namespace highbase::health
