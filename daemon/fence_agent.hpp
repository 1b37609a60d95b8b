// SPDX-License-Identifier: GPL-2.0-or-later
// Has the other box switched off by a program of the operator's choice, in the convention of the ClusterLabs
// fence agents: what to do comes as name=value lines on its standard input, and only exit status 0 says that
// it is done.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "node/database_configuration.hpp"
#include "node/report.hpp"
#include "process/run.hpp"

namespace highbase::daemon {

// What the agent reads. Nothing of it is in its arguments or its environment, which others can see.
[[nodiscard]] std::string fence_input(const node::FenceConfiguration& fence);

class FenceAgent {
public:
    using Done = std::function<void(const tl::expected<void, std::string>&)>;
    using TellReport = std::function<void(const node::Report&)>;

    // `io` outlives it.
    FenceAgent(boost::asio::io_context& io, std::string service, TellReport tell)
        : io_{io}, service_{std::move(service)}, tell_{std::move(tell)} {}
    FenceAgent(const FenceAgent&) = delete;
    FenceAgent& operator=(const FenceAgent&) = delete;
    ~FenceAgent() = default;  // ends one that runs; no Done is called any more

    // One at a time: an earlier one that runs is ended first. `done` is called once, never from within here.
    void fence(const node::FenceConfiguration& fence, Done done);
    // Nobody needs it any more: what runs is ended, and no Done is called.
    void cancel() { run_.reset(); }

private:
    boost::asio::io_context& io_;
    std::string service_;
    TellReport tell_;
    process::Slots slots_{2};
    std::unique_ptr<process::Run> run_;
};

}  // namespace highbase::daemon
