// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/privileges.hpp"

#include <cap-ng.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace highbase::daemon {
namespace {

tl::unexpected<netlink::Error> failed(const char* operation) {
    const int error = errno;
    return netlink::failure(error, fmt::format("{}: {}", operation, std::strerror(error)));
}

rlimit locked_memory_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    return limit;
}

bool is_limited() {
    return locked_memory_limit().rlim_cur != RLIM_INFINITY;
}

// Whether memory beyond RLIMIT_MEMLOCK can be locked. Tried, not looked up: in a user namespace CAP_IPC_LOCK
// is held without effect. MLOCK_ONFAULT counts against the limit but touches no page.
bool can_lock_beyond_limit() {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t size = (static_cast<std::size_t>(locked_memory_limit().rlim_cur) / page + 1) * page;
    void* const probe = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED) return false;
    const bool locked = ::mlock2(probe, size, MLOCK_ONFAULT) == 0;
    ::munmap(probe, size);
    return locked;
}

// A process whose future memory is locked can allocate no more once it reaches RLIMIT_MEMLOCK, and its stack
// cannot grow: where the limit will hold, nothing is locked at all.
netlink::Result<void> lock_memory() {
    const rlimit infinite{RLIM_INFINITY, RLIM_INFINITY};
    if (is_limited()) ::setrlimit(RLIMIT_MEMLOCK, &infinite);  // needs CAP_SYS_RESOURCE
    if (is_limited() && !can_lock_beyond_limit()) {
        return netlink::failure(EPERM, fmt::format("RLIMIT_MEMLOCK is {} bytes and CAP_IPC_LOCK is missing",
                                                   locked_memory_limit().rlim_cur));
    }
    if (::mlockall(MCL_CURRENT) != 0) return failed("mlockall(MCL_CURRENT)");
    // On fault: the reserve of every thread's stack and heap would else be filled at once.
    if (::mlockall(MCL_FUTURE | MCL_ONFAULT) != 0) return failed("mlockall(MCL_FUTURE | MCL_ONFAULT)");
    return {};
}

netlink::Result<void> raise_priority() {
    const sched_param parameters{.sched_priority = kRealtimePriority};
    if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) != 0) {
        return failed("sched_setscheduler(SCHED_FIFO)");
    }
    return {};
}

}  // namespace

RealtimeOutcome enter_realtime() {
    RealtimeOutcome outcome;
    const auto note = [&outcome](node::EventId event, const netlink::Result<void>& result) {
        if (!result) outcome.reports.push_back({event, {{"error", result.error().message}}});
        return result.has_value();
    };
    outcome.memory_locked = note(node::EventId::memory_not_locked, lock_memory());
    outcome.priority_raised = note(node::EventId::realtime_refused, raise_priority());
    // For the case that the priority was refused; a real-time thread's timers are exact anyway.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    return outcome;
}

bool may_kill() {
    ::capng_get_caps_process();
    return ::capng_have_capability(CAPNG_PERMITTED, CAP_KILL) != 0;
}

netlink::Result<void> give_up_capabilities(bool memory_locked, bool kills) {
    ::capng_get_caps_process();
    const bool exceeds_limit =
        memory_locked && is_limited() && ::capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) != 0;
    const auto kept = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET);
    ::capng_clear(CAPNG_SELECT_ALL);
    ::capng_updatev(CAPNG_ADD, kept, CAP_NET_ADMIN, CAP_NET_RAW, -1);
    if (exceeds_limit) ::capng_update(CAPNG_ADD, kept, CAP_IPC_LOCK);
    if (kills) ::capng_update(CAPNG_ADD, kept, CAP_KILL);

    // The bounding set first, which needs CAP_SETPCAP; where that is missing, as under the systemd unit, the
    // set stays, and no_new_privs alone keeps it from being of use.
    ::capng_apply(CAPNG_SELECT_BOUNDS);
    if (::capng_apply(CAPNG_SELECT_CAPS) != 0) {
        return failed("CAP_NET_ADMIN and CAP_NET_RAW are needed (run as root, or give both): capset");
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) return failed("prctl(PR_SET_NO_NEW_PRIVS)");
    return {};
}

}  // namespace highbase::daemon
