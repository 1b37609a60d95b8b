// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "netlink/descriptor.hpp"

namespace highbase::process {
namespace {

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// posix_spawn's two descriptions of the new process; no function that fills them can fail but for memory.
class Plan {
public:
    explicit Plan(const Streams& streams) {
        ::posix_spawn_file_actions_init(&actions_);
        take(streams.input, 0, O_RDONLY);
        take(streams.output, 1, O_WRONLY);
        take(streams.error, 2, O_WRONLY);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        ::posix_spawn_file_actions_addchdir_np(&actions_, "/");

        ::posix_spawnattr_init(&attributes_);
        sigset_t set;
        ::sigemptyset(&set);
        ::posix_spawnattr_setsigmask(&attributes_, &set);
        ::sigfillset(&set);
        ::posix_spawnattr_setsigdefault(&attributes_, &set);
        const sched_param normal{};
        ::posix_spawnattr_setschedpolicy(&attributes_, SCHED_OTHER);
        ::posix_spawnattr_setschedparam(&attributes_, &normal);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSID);
    }
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;
    ~Plan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    // 0 or an errno value.
    int spawn(std::vector<std::string> arguments, std::vector<std::string> environment, pid_t& pid) const {
        return ::posix_spawn(&pid, arguments.front().c_str(), &actions_, &attributes_,
                             pointers(arguments).data(), pointers(environment).data());
    }

private:
    void take(int descriptor, int number, int mode) {
        if (descriptor >= 0) {
            ::posix_spawn_file_actions_adddup2(&actions_, descriptor, number);
        } else {
            ::posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", mode, 0);
        }
    }
    static std::vector<char*> pointers(std::vector<std::string>& words) {
        std::vector<char*> result;
        result.reserve(words.size() + 1);
        for (std::string& word : words) result.push_back(word.data());
        result.push_back(nullptr);
        return result;
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

// To raise the own score needs no privilege, and lasts.
void give_up_memory_protection(pid_t pid) {
    const std::string file = "/proc/" + std::to_string(pid) + "/oom_score_adj";
    const netlink::Descriptor score{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!score) return;
    // Where it fails the program has ended already.
    [[maybe_unused]] const ssize_t written = ::write(score.get(), "0", 1);
}

}  // namespace

netlink::Result<pid_t> spawn(const Command& command, const Streams& streams) {
    if (command.arguments.empty()) return netlink::failure(EINVAL, "no program is named");
    std::vector<std::string> environment = command.environment;
    const auto is_path = [](const std::string& variable) { return variable.starts_with("PATH="); };
    if (std::ranges::none_of(environment, is_path)) environment.emplace_back(kPath);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);  // of this thread
    pid_t pid = 0;
    const int error = Plan{streams}.spawn(command.arguments, std::move(environment), pid);
    if (error != 0) return netlink::failure(error, command.arguments.front() + ": " + std::strerror(error));
    give_up_memory_protection(pid);
    return pid;
}

}  // namespace highbase::process
