// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/log_sink.hpp"

namespace highbase::daemon {

// What a log has written, kept where several threads can look at it.
struct Recording {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> lines;
    bool blocked = false;  // write() waits while it is set, as it does on a journal that is stuck

    std::vector<std::string> copy() {
        const std::lock_guard lock{mutex};
        return lines;
    }
    void set_blocked(bool value) {
        const std::lock_guard lock{mutex};
        blocked = value;
        changed.notify_all();
    }
};

class RecordingSink : public LogSink {
public:
    explicit RecordingSink(Recording& recording) : recording_{recording} {}

    void write(const status::Event& event) override {
        std::unique_lock lock{recording_.mutex};
        recording_.lines.push_back(log_line(event));
        recording_.changed.notify_all();
        recording_.changed.wait(lock, [this] { return !recording_.blocked; });
    }

private:
    Recording& recording_;
};

}  // namespace highbase::daemon
