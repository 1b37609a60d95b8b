// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_sink.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace highbase::daemon {
namespace {

bool is_control(char character) {
    const auto octet = static_cast<unsigned char>(character);
    return octet < 0x20 || octet == 0x7f;
}

}  // namespace

std::string log_line(const status::Event& event) {
    std::string text = node::to_text(event.report);
    std::ranges::replace_if(text, is_control, '?');
    return fmt::format("{} {} {} {}\n", status::to_iso8601(event.time),
                       status::name(node::describe(event.report.id).level), status::code(event.report.id),
                       text);
}

void StreamSink::write(const status::Event& event) {
    // A pipe that poll calls writable has room for PIPE_BUF octets, and a record is shorter: the write does
    // not wait.
    pollfd state{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    const int wait_ms = stuck_ ? 0 : static_cast<int>(patience_.count());
    const bool ready = ::poll(&state, 1, wait_ms) == 1 && (state.revents & POLLOUT) != 0;
    stuck_ = !ready;
    if (!ready) return;
    const std::string line = log_line(event);
    // Nothing can be done where the log itself cannot be written.
    [[maybe_unused]] const auto written = ::write(descriptor_, line.data(), line.size());
}

}  // namespace highbase::daemon
