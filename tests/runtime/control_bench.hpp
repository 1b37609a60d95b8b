// SPDX-License-Identifier: GPL-2.0-or-later
// A control server on a real socket, with a speaker that answers, and a place for what it reports.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/control_server.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {

// Counts its answers in `node.kernel_resynchronisations`, so that they differ.
class TestSpeaker {
public:
    explicit TestSpeaker(StatusMailbox& mailbox);
    ~TestSpeaker();
    TestSpeaker(const TestSpeaker&) = delete;
    TestSpeaker& operator=(const TestSpeaker&) = delete;
    [[nodiscard]] int questions() const { return questions_; }

private:
    void run();

    StatusMailbox& mailbox_;
    WakeUp stop_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> questions_{0};
    std::jthread thread_;
};

// Of a verb that needs a database.
inline void answer_no_database(const ControlDone& done) {
    done(tl::make_unexpected(status::ProtocolError{"refused", "no virtual router has a database"}));
}

class ControlBench {
public:
    // `speaks`: with a speaker that answers.
    explicit ControlBench(const ControlLimits& limits = {}, bool speaks = true);

    [[nodiscard]] std::filesystem::path path() const { return directory_ / "hbvrrp.sock"; }
    [[nodiscard]] TestSpeaker& speaker() { return *speaker_; }
    [[nodiscard]] StatusMailbox& mailbox() { return mailbox_; }
    [[nodiscard]] EventHistory& history() { return history_; }
    void append(int number);  // an event whose text has the number
    void stop() { server_.reset(); }

    // The texts of the server's reports but for debug ones, once there are `count` of them (within ten
    // seconds).
    std::vector<std::string> reports(std::size_t count);

    // What a reload answers; by default it is applied at once.
    std::function<void(std::function<void(ReloadResult)>)> reload = [](const auto& done) { done("applied"); };
    // What these answer; by default there is no database.
    std::function<void(status::DoctorRequest, ControlDone)> doctor = [](const auto&, const auto& done) {
        answer_no_database(done);
    };
    std::function<void(status::OrderRequest, ControlDone)> order = [](const auto&, const auto& done) {
        answer_no_database(done);
    };
    std::function<void(status::SwitchoverRequest, ControlDone)> switchover =
        [](const auto&, const auto& done) { answer_no_database(done); };

private:
    TemporaryDirectory directory_;
    StatusMailbox mailbox_;
    EventHistory history_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> reports_;
    std::optional<TestSpeaker> speaker_;
    std::optional<ControlServer> server_;
};

}  // namespace highbase::daemon
