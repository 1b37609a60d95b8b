// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_pipeline.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace highbase::daemon {

void LogPipeline::handle(const LogRecord& record, node::Level level) {
    tick({record.wall, record.at}, level);
    node::Report report = decode(record);
    const auto router = std::ranges::find(report.fields, "router", &node::Field::name);
    if (!limiter_.admit(report.id, router == report.fields.end() ? "" : router->value, record.at)) return;
    publish(record.wall, std::move(report), level);
}

void LogPipeline::report_lost(std::uint64_t count, Instant now, node::Level level) {
    publish(now.wall, {node::EventId::log_lost, {{"count", std::to_string(count)}}}, level);
}

void LogPipeline::tick(Instant now, node::Level level) {
    for (const Suppressed& suppressed : limiter_.take_due(now.at)) {
        node::Report report{
            node::EventId::log_suppressed,
            {{"count", std::to_string(suppressed.count)}, {"event", status::code(suppressed.id)}}};
        if (!suppressed.router.empty()) report.fields.push_back({"router", suppressed.router});
        publish(now.wall, std::move(report), level);
    }
}

void LogPipeline::publish(status::WallTime time, node::Report report, node::Level level) {
    const bool shown = node::describe(report.id).level >= level;
    const status::Event event = history_.append(time, std::move(report));
    if (shown) sink_.write(event);
}

}  // namespace highbase::daemon
