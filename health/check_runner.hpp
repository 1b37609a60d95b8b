// SPDX-License-Identifier: GPL-2.0-or-later
// Repeats a check and keeps its deadline: a probe that has not answered by then has failed, whatever it is
// doing.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "health/check_state.hpp"
#include "health/checker.hpp"

namespace highbase::health {

struct Timing {
    std::chrono::nanoseconds interval =
        std::chrono::milliseconds{500};  // from the start of one probe to the next
    std::chrono::nanoseconds timeout = std::chrono::milliseconds{200};  // not longer than the interval
    friend bool operator==(const Timing&, const Timing&) = default;
};

class CheckRunner {
public:
    // Called when the verdict has changed, or whether it is stale, or whether there is a warning.
    using Changed = std::function<void(const CheckStatus&)>;

    CheckRunner(boost::asio::io_context& io, std::unique_ptr<Checker> checker, Thresholds thresholds,
                Timing timing, Changed changed);
    CheckRunner(const CheckRunner&) = delete;
    CheckRunner& operator=(const CheckRunner&) = delete;
    ~CheckRunner();

    void start();
    [[nodiscard]] const CheckStatus& status() const { return status_; }
    [[nodiscard]] Verdict verdict() const { return status_.verdict; }
    // How old what status() tells is; nothing before the first answer.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> age() const;

private:
    void probe();
    void answer(std::uint64_t probe, const Finding& finding);
    void take(const Finding& finding);

    std::unique_ptr<Checker> checker_;
    CheckState state_;
    CheckStatus status_;
    std::optional<std::chrono::steady_clock::time_point> taken_;  // when status_ was last set
    Timing timing_;
    Changed changed_;
    std::uint64_t probe_ = 0;  // the number of the latest
    bool answered_ = true;     // whether it has been judged
    std::shared_ptr<const bool> alive_ =
        std::make_shared<const bool>(true);  // for handlers that wait in a queue
    boost::asio::steady_timer next_;
    boost::asio::steady_timer deadline_;
};

}  // namespace highbase::health
