// SPDX-License-Identifier: GPL-2.0-or-later
// One checker on a loop of its own: what its probes answer, and what it finds by itself.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "health/checker.hpp"
#include "tests/run_until.hpp"

namespace highbase::health {

class ProbeBench {
public:
    template <typename Options>
    explicit ProbeBench(const Options& options, vrrp::Duration timeout = tests::kLongestWait)
        : checker{make_checker(CheckContext{io, timeout}, options)} {
        checker->watch([this](const Finding& finding) { found.push_back(finding); });
    }

    template <typename Condition>
    bool run_until(Condition condition) {
        return tests::run_until(io, condition);
    }
    // Without an answer: unknown, "no answer".
    Finding probe() {
        std::optional<Finding> finding;
        checker->start([&](const Finding& answer) { finding = answer; });
        if (finding) return {Sample::unknown, "an answer from within start()"};
        run_until([&] { return finding.has_value(); });
        checker->cancel();
        return finding.value_or(Finding{Sample::unknown, "no answer"});
    }
    // The first of many probes that finds this.
    bool probe_until(Sample sample) {
        const auto end = std::chrono::steady_clock::now() + tests::kLongestWait;
        while (std::chrono::steady_clock::now() < end) {
            if (probe().sample == sample) return true;
            io.restart();
            io.run_for(std::chrono::milliseconds{10});
        }
        return false;
    }

    boost::asio::io_context io{1};
    std::vector<Finding> found;
    std::unique_ptr<Checker> checker;
};

inline std::string text(const Finding& finding) {
    const std::string sample = finding.sample == Sample::ok       ? "ok"
                               : finding.sample == Sample::failed ? "failed"
                                                                  : "unknown";
    return sample + (finding.is_proof ? "!" : "") + ": " + finding.reason +
           (finding.measure.empty() ? "" : " | " + finding.measure);
}

}  // namespace highbase::health
