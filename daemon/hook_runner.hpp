// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the operator's programs at the changes of role, one after the other, each with a deadline and with
// what it should know on its standard input and in its environment.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "node/database_configuration.hpp"
#include "node/report.hpp"
#include "process/run.hpp"

namespace highbase::daemon {

struct HookContext {
    replication::HookPoint point{};
    std::string service;
    std::string node;
    std::string peer;  // empty: never heard
    std::uint64_t epoch = 0;
    std::string server;       // as configured
    std::string peer_server;  // as configured
};

// What the program reads: one JSON object on one line; and the same in its environment.
[[nodiscard]] std::string hook_input(const HookContext& context);
[[nodiscard]] std::vector<std::string> hook_environment(const HookContext& context);

class HookRunner {
public:
    using Done = std::function<void(const tl::expected<void, std::string>&)>;
    using TellReport = std::function<void(const node::Report&)>;

    // `io` outlives it.
    HookRunner(boost::asio::io_context& io, TellReport tell) : io_{io}, tell_{std::move(tell)} {}
    HookRunner(const HookRunner&) = delete;
    HookRunner& operator=(const HookRunner&) = delete;
    ~HookRunner() = default;  // ends those that run; no Done is called any more

    // Those of the context's point, in their order. Of those that come before a change the first that fails
    // ends it, and is the error; of those that come after one all are run, and there is no error. What each
    // has said is reported.
    void run(const HookContext& context, const std::vector<node::HookConfiguration>& hooks, Done done);

private:
    struct Series;

    void next(std::uint64_t id);
    void ended(std::uint64_t id, const process::Outcome& outcome);
    void finish(std::uint64_t id, const tl::expected<void, std::string>& result);

    boost::asio::io_context& io_;
    TellReport tell_;
    process::Slots slots_{16};
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, std::shared_ptr<Series>> series_;
};

}  // namespace highbase::daemon
