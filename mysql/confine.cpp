// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/confine.hpp"

#include <cap-ng.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "netlink/descriptor.hpp"

namespace highbase::mysql {
namespace {

void drop_capabilities() {
    ::capng_get_caps_process();
    ::capng_clear(CAPNG_SELECT_ALL);
    // The bounding set needs CAP_SETPCAP, which the daemon has given up itself; no_new_privs keeps what is
    // left of it from being of use.
    ::capng_apply(CAPNG_SELECT_BOUNDS);
    if (::capng_apply(CAPNG_SELECT_CAPS) != 0)
        throw std::system_error{errno, std::generic_category(), "capset"};
    ::capng_apply(CAPNG_SELECT_AMBIENT);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) {
        throw std::system_error{errno, std::generic_category(), "prctl(PR_SET_NO_NEW_PRIVS)"};
    }
}

// Where the daemon is the last to be killed for memory, this process need not be. Raising the value is always
// allowed.
void be_killed_for_memory() {
    const netlink::Descriptor file{::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)};
    if (file) [[maybe_unused]]
        const auto written = ::write(file.get(), "0\n", 2);
}

}  // namespace

void confine() {
    be_killed_for_memory();
    drop_capabilities();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
    // After the change of capabilities. A death before this moment is seen as the end of the channel.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0UL, 0UL, 0UL);
    // A service manager tells every process of a unit to end, and the daemon needs this one for its farewell.
    // It ends with the channel.
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) std::signal(number, SIG_IGN);
}

}  // namespace highbase::mysql
