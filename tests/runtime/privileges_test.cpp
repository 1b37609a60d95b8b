// SPDX-License-Identifier: GPL-2.0-or-later
// Needs root: what is given up here was there before. Each case lives in a process of its own.
#include "daemon/privileges.hpp"

#include <cap-ng.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "daemon/worker_thread.hpp"
#include "netlink/descriptor.hpp"
#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;

// What `work` writes, from a child process; empty if the child did not live to its end.
std::string in_child(const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const std::string result = work();
        const auto written = ::write(ends[1], result.data(), result.size());
        ::_exit(written == static_cast<ssize_t>(result.size()) ? 0 : 1);
    }
    const netlink::Descriptor in{ends[0]};
    ::close(ends[1]);
    std::string result;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(in.get(), buffer.data(), buffer.size())) > 0;) {
        result.append(buffer.data(), static_cast<std::size_t>(size));
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    return result;
}

// A line of /proc/self/status: "CapEff" and so on, without blanks before it.
std::string process_status(const std::string& key) {
    std::ifstream file{"/proc/self/status"};
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(key + ":")) continue;
        return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    }
    return "";
}

void drop(unsigned capability) {
    ::capng_get_caps_process();
    ::capng_update(CAPNG_DROP, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), capability);
    ::capng_apply(CAPNG_SELECT_CAPS);
}

// The soft and the hard one. CAP_SYS_RESOURCE could raise it again.
void limit_locked_memory(rlim_t size) {
    const rlimit limit{size, size};
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
    drop(CAP_SYS_RESOURCE);
}

// Far more than RLIMIT_MEMLOCK: on the heap, on the stack, and as the stack of a thread.
[[gnu::noinline]] bool use_memory() {
    constexpr std::size_t kSize = 64 * kMebibyte;
    const std::unique_ptr<char, decltype(&std::free)> heap{static_cast<char*>(std::malloc(kSize)),
                                                           &std::free};
    if (!heap) return false;
    std::memset(heap.get(), 1, kSize);
    constexpr std::size_t kStack = 2 * kMebibyte;
    auto* const stack = static_cast<volatile char*>(__builtin_alloca(kStack));
    for (std::size_t i = kStack; i > 0; i -= 4096) stack[i - 1] = 1;
    bool ran = false;
    {
        const WorkerThread worker{"memory", [&ran] { ran = true; }};
    }
    return ran && heap.get()[kSize - 1] == 1 && stack[4095] == 1;
}

std::string texts(const std::vector<node::Report>& reports) {
    std::string result;
    for (const node::Report& report : reports) result += node::to_text(report) + ";";
    return result;
}

TEST_CASE("Where the limit can be exceeded memory is locked, and there is enough of it afterwards") {
    CHECK(in_child([] {
              limit_locked_memory(8 * kMebibyte);
              const RealtimeOutcome outcome = enter_realtime();
              const auto given_up = give_up_capabilities(outcome.memory_locked);
              if (!outcome.memory_locked || !given_up) return texts(outcome.reports);
              if (!use_memory()) return std::string{"no memory"};
              // Locked: what the program and its libraries take, and the heap of use_memory() no more.
              return "caps " + process_status("CapEff") +
                     (process_status("VmLck") != "0 kB" ? " locked" : "");
              // CAP_NET_ADMIN, CAP_NET_RAW and CAP_IPC_LOCK: 12, 13, 14.
          }) == "caps 0000000000007000 locked");
}

TEST_CASE("Where the limit would hold nothing is locked: neither heap nor stack could grow") {
    CHECK(in_child([] {
              limit_locked_memory(8 * kMebibyte);
              drop(CAP_IPC_LOCK);
              const RealtimeOutcome outcome = enter_realtime();
              if (outcome.memory_locked || !give_up_capabilities(outcome.memory_locked))
                  return std::string{"?"};
              if (!use_memory()) return std::string{"no memory"};
              return texts(outcome.reports) + process_status("VmLck");
          }) == "memory is not locked: RLIMIT_MEMLOCK is 8388608 bytes and CAP_IPC_LOCK is missing;0 kB");
}

TEST_CASE("The speaker gets its priority, and its workers do not") {
    CHECK(in_child([] {
              const RealtimeOutcome outcome = enter_realtime();
              if (!outcome.priority_raised) return texts(outcome.reports);
              sched_param parameters{};
              ::sched_getparam(0, &parameters);
              int worker_policy = -1;
              {
                  const WorkerThread worker{"test", [&] { worker_policy = ::sched_getscheduler(0); }};
              }
              const bool fifo = ::sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK);
              return std::string{fifo ? "fifo " : "other "} + std::to_string(parameters.sched_priority) +
                     (worker_policy == SCHED_OTHER ? " worker other" : " worker real-time");
          }) == "fifo 50 worker other");
}

TEST_CASE("A worker has no real-time priority whoever starts it") {
    CHECK(in_child([] {
              const sched_param parameters{.sched_priority = 50};
              if (::sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) return std::string{"not permitted"};
              int policy = -1;
              {
                  const WorkerThread worker{"test", [&] { policy = ::sched_getscheduler(0); }};
              }
              return std::to_string(policy);
          }) == "0");
}

TEST_CASE("A refused priority is told; timers are exact all the same") {
    CHECK(in_child([] {
              const rlimit none{0, 0};
              ::setrlimit(RLIMIT_RTPRIO, &none);
              drop(CAP_SYS_NICE);
              const RealtimeOutcome outcome = enter_realtime();
              return texts(outcome.reports) + (outcome.priority_raised ? "raised" : "not raised") +
                     ", slack " + std::to_string(::prctl(PR_GET_TIMERSLACK)) + " ns";
          }) ==
          "no real-time priority: sched_setscheduler(SCHED_FIFO): Operation not permitted;not raised, slack "
          "1 ns");
}

TEST_CASE("Only two capabilities are kept, and none can be gained") {
    const std::string result = in_child([] {
        const auto given_up = give_up_capabilities(false);
        if (!given_up) return given_up.error().message;
        const netlink::Descriptor packets{::socket(AF_PACKET, SOCK_RAW, 0)};
        return process_status("CapEff") + " " + process_status("CapPrm") + " " + process_status("CapInh") +
               " " + process_status("CapBnd") + " " + process_status("CapAmb") + " " +
               process_status("NoNewPrivs") + (packets ? " packets" : " no packets") +
               (::setuid(1) != 0 ? " no setuid" : " setuid");
    });
    CHECK(result ==
          "0000000000003000 0000000000003000 0000000000000000 0000000000003000 0000000000000000 1 packets "
          "no setuid");
}

// Whether a process of another user can be signalled after the capabilities are given up.
std::string kills_another_user(bool kills) {
    return in_child([kills] {
        std::array<int, 2> life{};
        if (::pipe(life.data()) != 0) return std::string{"no pipe"};
        const pid_t other = ::fork();
        if (other == 0) {
            ::close(life[1]);
            char nothing = 0;
            if (::setuid(65534) == 0) (void)!::read(life[0], &nothing, 1);  // until its parent has ended
            ::_exit(1);
        }
        // Until it is another user's.
        std::string uid;
        while (!uid.starts_with("Uid:\t65534")) {
            std::ifstream file{"/proc/" + std::to_string(other) + "/status"};
            while (std::getline(file, uid) && !uid.starts_with("Uid:")) {}
        }
        const bool had = may_kill();
        const auto given_up = give_up_capabilities(false, kills);
        const bool sent = ::kill(other, SIGKILL) == 0;
        return std::string{had ? "may kill, " : "may not kill, "} +
               (given_up ? process_status("CapEff") : given_up.error().message) +
               (sent ? ", killed" : ", not killed");
    });
}

TEST_CASE("Processes of other users can be killed only where that is asked for") {
    CHECK(kills_another_user(true) == "may kill, 0000000000003020, killed");
    CHECK(kills_another_user(false) == "may kill, 0000000000003000, not killed");
}

TEST_CASE("Without CAP_SETPCAP, as under the systemd unit, nothing can be gained either") {
    CHECK(in_child([] {
              drop(CAP_SETPCAP);
              if (!give_up_capabilities(false)) return std::string{"not given up"};
              // A program that root executes would have all of the bounding set.
              std::array<char, 64> line{};
              FILE* const program = ::popen("exec grep CapEff /proc/self/status", "r");
              const std::size_t size =
                  program == nullptr ? 0 : std::fread(line.data(), 1, line.size(), program);
              return std::string{line.data(), size};
          }) == "CapEff:\t0000000000003000\n");
}

TEST_CASE("A daemon without the capabilities it needs is told so") {
    const std::string result = in_child([] {
        drop(CAP_NET_RAW);
        const auto given_up = give_up_capabilities(false);
        return given_up ? std::string{"given up"} : given_up.error().message;
    });
    CHECK(result ==
          "CAP_NET_ADMIN and CAP_NET_RAW are needed (run as root, or give both): capset: Operation not "
          "permitted");
}

}  // namespace
}  // namespace highbase::daemon
