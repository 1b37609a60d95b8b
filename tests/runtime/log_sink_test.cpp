// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "netlink/descriptor.hpp"
#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

status::Event event(std::string router) {
    return {1, status::WallTime{1500ms}, {node::EventId::resigned, {{"router", std::move(router)}}}};
}

struct Pipe {
    netlink::Descriptor in;
    netlink::Descriptor out;

    Pipe() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
        in = netlink::Descriptor{ends[0]};
        out = netlink::Descriptor{ends[1]};
    }
    std::string read() const {
        std::array<char, 4096> buffer{};
        const auto size = ::read(in.get(), buffer.data(), buffer.size());
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }
};

TEST_CASE("A line tells time, level, number and text") {
    CHECK(log_line(event("db")) == "1970-01-01T00:00:01.500Z warning HB0122 db: resigned\n");
}

TEST_CASE("No value begins a line of its own") {
    CHECK(log_line(event("a\n2026-11-21T10:11:12.123Z\033[0m")) ==
          "1970-01-01T00:00:01.500Z warning HB0122 a?2026-11-21T10:11:12.123Z?[0m: resigned\n");
}

TEST_CASE("Lines go to the descriptor; a reader that is stuck or gone does not stop the writer") {
    Pipe pipe;
    StreamSink sink{pipe.out.get(), 10ms};
    sink.write(event("db"));
    CHECK(pipe.read() == "1970-01-01T00:00:01.500Z warning HB0122 db: resigned\n");

    // As the daemon has it: blocking.
    REQUIRE(::fcntl(pipe.out.get(), F_SETPIPE_SZ, 4096) == 4096);
    REQUIRE(::fcntl(pipe.out.get(), F_SETFL, 0) == 0);
    for (int i = 0; i < 200; ++i) sink.write(event("full"));
    std::string all;
    for (std::string part; !(part = pipe.read()).empty();) all += part;
    CHECK(all.size() <= 4096);
    CHECK(all.ends_with("HB0122 full: resigned\n"));
    sink.write(event("again"));
    CHECK(pipe.read().ends_with("again: resigned\n"));

    const auto before = std::signal(SIGPIPE, SIG_IGN);
    pipe.in = netlink::Descriptor{};
    sink.write(event("nobody"));
    std::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace highbase::daemon
