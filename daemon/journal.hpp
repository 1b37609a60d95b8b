// SPDX-License-Identifier: GPL-2.0-or-later
// The systemd journal as a log: `journalctl HIGHBASE_EVENT=HB0101 HIGHBASE_ROUTER=db`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/log_sink.hpp"

namespace highbase::daemon {

// "MESSAGE=...", "PRIORITY=5", "HIGHBASE_EVENT=HB0101", "HIGHBASE_EVENT_NAME=became_active", and one
// HIGHBASE_<NAME> for each field of the report.
std::vector<std::string> journal_fields(const status::Event& event);

// Whether `descriptor` is the connection to the journal that `journal_stream` ($JOURNAL_STREAM:
// "device:inode") names. `journal_stream` may be null.
bool is_journal(const char* journal_stream, int descriptor);

// What the journal refuses goes to `fallback` as a line.
class JournalSink : public LogSink {
public:
    explicit JournalSink(int fallback) : lines_{fallback} {}
    void write(const status::Event& event) override;

private:
    StreamSink lines_;
};

// The journal where standard error is connected to it, else lines on standard error.
std::unique_ptr<LogSink> standard_log_sink();

}  // namespace highbase::daemon
