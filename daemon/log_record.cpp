// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_record.hpp"

#include <algorithm>
#include <string_view>

namespace highbase::daemon {
namespace {

constexpr std::string_view kCut = "...";
constexpr char kEnd = '\0';  // of a name or value

class Writer {
public:
    explicit Writer(LogRecord& record) : record_{record} {}

    [[nodiscard]] std::size_t room() const { return record_.text.size() - record_.size; }
    void put(std::string_view text) {
        std::copy(text.begin(), text.end(), record_.text.begin() + record_.size);
        record_.size = static_cast<std::uint16_t>(record_.size + text.size());
    }
    void end() { put({&kEnd, 1}); }

private:
    LogRecord& record_;
};

}  // namespace

LogRecord encode(const node::Report& report, status::WallTime wall, vrrp::TimePoint at) noexcept {
    LogRecord record{.id = report.id, .wall = wall, .at = at};
    Writer writer{record};
    for (const node::Field& field : report.fields) {
        const std::size_t overhead = field.name.size() + 2;
        if (writer.room() < overhead + kCut.size()) break;
        writer.put(field.name);
        writer.end();
        const std::size_t room = writer.room() - 1;
        const bool whole = field.value.size() <= room;
        writer.put(std::string_view{field.value}.substr(0, whole ? room : room - kCut.size()));
        if (!whole) writer.put(kCut);
        writer.end();
    }
    return record;
}

node::Report decode(const LogRecord& record) {
    node::Report report{.id = record.id, .fields = {}};
    std::string_view text{record.text.data(), record.size};
    const auto next = [&text] {
        const std::size_t end = text.find('\0');
        const std::string_view result = text.substr(0, end);
        text.remove_prefix(end + 1);
        return std::string{result};
    };
    while (!text.empty()) {
        std::string name = next();
        report.fields.push_back({std::move(name), next()});
    }
    return report;
}

}  // namespace highbase::daemon
