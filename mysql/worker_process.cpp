// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/worker_process.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <system_error>
#include <utility>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}

namespace highbase::mysql {
namespace {

constexpr const char* kWorkerName = "highbase-mysql";
constexpr std::size_t kStackSize = std::size_t{256} * 1024;  // small: the daemon's memory may be locked

// posix_spawn's two descriptions of the new process; neither function that fills them can fail but for
// memory.
class SpawnPlan {
public:
    explicit SpawnPlan(int socket) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, socket, kWorkerChannel);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, kWorkerChannel + 1);

        ::posix_spawnattr_init(&attributes_);
        sigset_t set;
        ::sigemptyset(&set);
        ::posix_spawnattr_setsigmask(&attributes_, &set);
        ::sigfillset(&set);
        ::posix_spawnattr_setsigdefault(&attributes_, &set);
        const sched_param normal{};
        ::posix_spawnattr_setschedpolicy(&attributes_, SCHED_OTHER);
        ::posix_spawnattr_setschedparam(&attributes_, &normal);
        // A session of its own: a terminal's Ctrl-C is for the daemon.
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSID);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    // 0 or an errno value.
    int spawn(const char* program, pid_t& pid) const {
        std::string name = kWorkerName;
        char* const arguments[] = {name.data(), nullptr};
        char* const environment[] = {nullptr};
        return ::posix_spawn(&pid, program, &actions_, &attributes_, arguments, environment);
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::string describe(const siginfo_t& info) {
    const std::string number = std::to_string(info.si_status);
    return info.si_code == CLD_EXITED ? "exit status " + number : "killed by signal " + number;
}

netlink::Result<std::pair<netlink::Descriptor, netlink::Descriptor>> make_socket_pair() {
    int sockets[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        const int error = errno;
        return netlink::failure(error, std::string{"socketpair: "} + std::strerror(error));
    }
    return std::pair{netlink::Descriptor{sockets[0]}, netlink::Descriptor{sockets[1]}};
}

}  // namespace

// Shared by the owner and the thread.
struct WorkerProcess::Child {
    std::string program;
    netlink::Descriptor far_socket;  // the worker's; the thread's alone
    WorkerCount count;

    std::mutex mutex;           // of what follows; never held while anything can wait
    netlink::Descriptor pidfd;  // while it lives
    bool is_killed = false;
    std::string ending;

    void kill() {
        const std::lock_guard lock{mutex};
        is_killed = true;
        if (pidfd) ::pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0);
    }
    void end(std::string how) {
        const std::lock_guard lock{mutex};
        pidfd = netlink::Descriptor{};
        ending = std::move(how);
    }
    void tend();
    static void* run(void* argument);
};

// The socket closes after the ending is known: who reads its end of file can ask for the ending.
void WorkerProcess::Child::tend() {
    pid_t pid = 0;
    if (const int error = SpawnPlan{far_socket.get()}.spawn(program.c_str(), pid); error != 0) {
        return end(program + " cannot be started: " + std::strerror(error));
    }
    netlink::Descriptor process{::pidfd_open(pid, 0)};
    if (!process) {  // no descriptor left: a process that cannot be stopped must not go on
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return end("the worker cannot be watched: too many open files");
    }
    const int number = process.get();
    {
        const std::lock_guard lock{mutex};
        pidfd = std::move(process);
        if (is_killed) ::pidfd_send_signal(number, SIGKILL, nullptr, 0);
    }
    siginfo_t info{};
    while (::waitid(P_PIDFD, static_cast<id_t>(number), &info, WEXITED) != 0 && errno == EINTR) {}
    end("the worker ended: " + describe(info));
}

// `argument`: a shared_ptr of its own.
void* WorkerProcess::Child::run(void* argument) {
    const std::unique_ptr<std::shared_ptr<Child>> owned{static_cast<std::shared_ptr<Child>*>(argument)};
    Child& child = **owned;
    child.tend();
    child.count->fetch_sub(1);
    child.far_socket = netlink::Descriptor{};
    return nullptr;
}

namespace {

// 0 or an errno value.
int start_thread(void* (*work)(void*), void* argument) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, kStackSize);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // The new thread inherits the mask, so that no signal reaches it even in its first instant.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const int error = ::pthread_create(&thread, &attributes, work, argument);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_attr_destroy(&attributes);
    return error;
}

}  // namespace

netlink::Result<WorkerProcess> WorkerProcess::start(const std::filesystem::path& program,
                                                    const WorkerCount& count) {
    if (count->load() >= kMostWorkers) {
        return netlink::failure(EAGAIN, "earlier workers have been killed and do not end");
    }
    auto sockets = make_socket_pair();
    if (!sockets) return tl::make_unexpected(sockets.error());
    auto child = std::make_shared<Child>();
    child->program = program.string();
    child->far_socket = std::move(sockets->second);
    child->count = count;
    auto for_thread = std::make_unique<std::shared_ptr<Child>>(child);
    count->fetch_add(1);
    const int error = start_thread(Child::run, for_thread.get());
    if (error != 0) {
        count->fetch_sub(1);
        return netlink::failure(error, std::string{"pthread_create: "} + std::strerror(error));
    }
    static_cast<void>(for_thread.release());  // the thread's now
    return WorkerProcess{std::move(child), std::move(sockets->first)};
}

WorkerProcess::WorkerProcess(std::shared_ptr<Child> child, netlink::Descriptor socket)
    : child_{std::move(child)}, socket_{std::move(socket)} {}

WorkerProcess::~WorkerProcess() {
    if (child_) child_->kill();
}

std::string WorkerProcess::ending() const {
    const std::lock_guard lock{child_->mutex};
    return child_->ending;
}

std::filesystem::path find_worker() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    auto beside = self.parent_path() / kWorkerName;
    if (!error && ::access(beside.c_str(), X_OK) == 0) return beside;
    return std::filesystem::path{HIGHBASE_LIBEXEC_DIR} / kWorkerName;
}

}  // namespace highbase::mysql
