// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/journal.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>

// The journal would show this file and line with every message.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <algorithm>

namespace highbase::daemon {
namespace {

// syslog(3)'s numbers.
int priority(node::Level level) {
    switch (level) {
        case node::Level::critical: return 2;
        case node::Level::error: return 3;
        case node::Level::warning: return 4;
        case node::Level::notice: return 5;
        case node::Level::info: return 6;
        case node::Level::debug: return 7;
    }
    return 6;
}

// The journal takes capitals, digits and underscores, and ignores fields of any other name.
std::string field_name(std::string_view name) {
    std::string result = "HIGHBASE_";
    for (const char c : name) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        result += lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
    }
    return result;
}

}  // namespace

std::vector<std::string> journal_fields(const status::Event& event) {
    const node::EventDescription& description = node::describe(event.report.id);
    std::vector<std::string> result{
        "MESSAGE=" + node::to_text(event.report),
        fmt::format("PRIORITY={}", priority(description.level)),
        "HIGHBASE_EVENT=" + status::code(event.report.id),
        fmt::format("HIGHBASE_EVENT_NAME={}", description.identifier),
    };
    for (const node::Field& field : event.report.fields)
        result.push_back(field_name(field.name) + '=' + field.value);
    return result;
}

bool is_journal(const char* journal_stream, int descriptor) {
    struct stat file {};
    if (journal_stream == nullptr || ::fstat(descriptor, &file) != 0) return false;
    return fmt::format("{}:{}", file.st_dev, file.st_ino) == journal_stream;
}

void JournalSink::write(const status::Event& event) {
    std::vector<std::string> fields = journal_fields(event);
    std::vector<iovec> vectors;
    vectors.reserve(fields.size());
    for (std::string& field : fields) vectors.push_back({field.data(), field.size()});
    if (::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size())) < 0) lines_.write(event);
}

std::unique_ptr<LogSink> standard_log_sink() {
    if (is_journal(std::getenv("JOURNAL_STREAM"), STDERR_FILENO))
        return std::make_unique<JournalSink>(STDERR_FILENO);
    return std::make_unique<StreamSink>(STDERR_FILENO);
}

}  // namespace highbase::daemon
