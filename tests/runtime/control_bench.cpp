// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/runtime/control_bench.hpp"

#include <poll.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "tests/status/example_status.hpp"

namespace highbase::daemon {

TestSpeaker::TestSpeaker(StatusMailbox& mailbox) : mailbox_{mailbox}, thread_{[this] { run(); }} {}

TestSpeaker::~TestSpeaker() {
    stopping_ = true;
    stop_.notify();
}

void TestSpeaker::run() {
    while (!stopping_) {
        std::array<pollfd, 2> states{
            {{mailbox_.question_descriptor(), POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}}};
        ::poll(states.data(), states.size(), -1);
        if (!mailbox_.is_asked()) continue;
        status::Status status = status::example_status();
        status.node.kernel_resynchronisations = static_cast<std::uint64_t>(++questions_);
        mailbox_.reply(std::move(status));
    }
}

ControlBench::ControlBench(const ControlLimits& limits, bool speaks) {
    if (speaks) speaker_.emplace(mailbox_);
    auto socket = ControlSocket::listen(path(), "");
    if (!socket) throw std::runtime_error{socket.error().message};
    ControlServices services;
    services.mailbox = &mailbox_;
    services.history = &history_;
    services.reload = [this](std::function<void(ReloadResult)> done) { reload(std::move(done)); };
    services.doctor = [this](const status::DoctorRequest& request, const ControlDone& done) {
        doctor(request, done);
    };
    services.switchover = [this](const status::SwitchoverRequest& request, const ControlDone& done) {
        switchover(request, done);
    };
    services.order = [this](const status::OrderRequest& request, const ControlDone& done) {
        order(request, done);
    };
    services.report = [this](const node::Report& report) {
        if (node::describe(report.id).level == node::Level::debug) return;
        const std::lock_guard lock{mutex_};
        reports_.push_back(node::to_text(report));
        changed_.notify_all();
    };
    server_.emplace(std::move(*socket), std::move(services), limits);
}

void ControlBench::append(int number) {
    history_.append(status::example_time(), {node::EventId::log_lost, {{"count", std::to_string(number)}}});
}

std::vector<std::string> ControlBench::reports(std::size_t count) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return reports_.size() >= count; });
    return reports_;
}

}  // namespace highbase::daemon
