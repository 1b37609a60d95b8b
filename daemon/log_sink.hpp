// SPDX-License-Identifier: GPL-2.0-or-later
// Where log lines go. Sinks are used by one thread, which may wait; what they write is already filtered.
#pragma once

#include <chrono>
#include <string>

#include "status/event.hpp"

namespace highbase::daemon {

class LogSink {
public:
    LogSink() = default;
    LogSink(const LogSink&) = delete;
    LogSink& operator=(const LogSink&) = delete;
    virtual ~LogSink() = default;
    virtual void write(const status::Event& event) = 0;
};

// "2026-11-21T10:11:12.123Z notice HB0101 db became Active", with the end of the line. Control characters in
// values, line ends among them, become "?".
std::string log_line(const status::Event& event);

// Lines to a terminal, a pipe or a file. A reader that does not read loses lines; the thread waits for it
// once, for `patience`, and then no more until it reads again.
class StreamSink : public LogSink {
public:
    explicit StreamSink(int descriptor, std::chrono::milliseconds patience = std::chrono::seconds{1})
        : descriptor_{descriptor}, patience_{patience} {}
    void write(const status::Event& event) override;

private:
    int descriptor_;  // not owned: standard error
    std::chrono::milliseconds patience_;
    bool stuck_ = false;
};

}  // namespace highbase::daemon
