// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/sentinel.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "daemon/clock.hpp"
#include "daemon/journal.hpp"
#include "daemon/privileges.hpp"
#include "netlink/frame_socket.hpp"
#include "netlink/linux_kernel.hpp"
#include "vrrp/port/protocol_socket.hpp"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}

namespace highbase::daemon {
namespace {

using netlink::Descriptor;
using netlink::Result;

// An aborted process may write its memory to a disk first; it serves nobody meanwhile.
constexpr std::chrono::seconds kAbort{10};

constexpr std::array kHandedOn{SIGTERM, SIGINT, SIGHUP, SIGABRT};

sigset_t handed_on() {
    sigset_t set{};
    ::sigemptyset(&set);
    for (const int signal : kHandedOn) ::sigaddset(&set, signal);
    return set;
}

std::system_error failed(const char* what) {
    return std::system_error{errno, std::generic_category(), what};
}

template <typename T>
T or_throw(Result<T> result) {
    if (!result) throw std::runtime_error{result.error().message};
    return std::move(*result);
}

std::string in_words(WaitStatus ended) {
    const int status = static_cast<int>(ended);
    if (WIFSIGNALED(status)) {
        const char* name = ::sigabbrev_np(WTERMSIG(status));
        return name != nullptr ? fmt::format("killed by SIG{}", name)
                               : fmt::format("killed by signal {}", WTERMSIG(status));
    }
    return fmt::format("exit code {}", WEXITSTATUS(status));
}

// What the sentinel has ready before the speaker exists.
class Executor {
public:
    Executor()
        : kernel_{or_throw(netlink::LinuxKernel::open())}, frames_{or_throw(netlink::FrameSocket::open())} {}

    // All of it, whatever fails; answers what has failed. First nobody gets in any more; then another
    // router may take over; the rest may take its time.
    std::string carry_out(const node::Will& will) {
        std::string trouble;
        const auto note = [&trouble](const Result<void>& result) {
            if (!result) trouble += "; " + result.error().message;
        };
        if (!will.leases.empty()) note(kernel_->end_lease(will.leases, node::kRefuseAfterRelease));
        for (const node::Will::Frame& frame : will.frames) note(frames_.send(frame.link, frame.octets));
        for (const node::Will::Datagram& datagram : will.datagrams) note(send(datagram));
        if (!will.served.empty()) note(kernel_->end_connections_to(will.served));
        if (!will.forwarded.empty()) note(kernel_->end_forwarded(will.forwarded));
        for (const node::Will::Address& address : will.addresses) {
            const Result<void> deleted = kernel_->delete_address(address.link, address.prefix);
            if (deleted || deleted.error().code != EADDRNOTAVAIL) note(deleted);
        }
        return trouble;
    }

private:
    static Result<void> send(const node::Will::Datagram& datagram) {
        std::array<char, IF_NAMESIZE> name{};
        netlink::Link link;
        link.index = datagram.link;
        // Where it is gone, the socket says so.
        if (::if_indextoname(static_cast<unsigned>(link.index), name.data()) != nullptr)
            link.name = name.data();
        auto socket = vrrp::ProtocolSocket::open(link, datagram.source.family());
        if (!socket) return tl::make_unexpected(socket.error());
        return socket->send(datagram.source, datagram.destination, datagram.payload);
    }

    std::unique_ptr<netlink::LinuxKernel> kernel_;
    netlink::FrameSocket frames_;
};

void tell(node::EventId id, std::vector<node::Field> fields) {
    standard_log_sink()->write({0, wall_now(), {id, std::move(fields)}});
}

// The sentinel's life.
class Watch {
public:
    Watch(Executor& executor, const WillMemory& memory, Descriptor speaker, Descriptor signals)
        : executor_{executor}, memory_{memory}, speaker_{std::move(speaker)}, signals_{std::move(signals)} {}

    // Until the speaker has ended; its will is done then.
    void run() {
        while (true) {
            std::array<pollfd, 2> waits{{{speaker_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
            const int ready = ::poll(waits.data(), waits.size(), abort_by_ ? milliseconds_left() : -1);
            if (waits[0].revents != 0) return do_will();
            if (ready == 0) send(SIGKILL);
            if (waits[1].revents != 0) hand_on();
        }
    }
    void tell_of(WaitStatus status) const {
        if (done_in_)
            tell(node::EventId::speaker_died,
                 {{"how", in_words(status)}, {"ms", *done_in_}, {"trouble", trouble_}});
    }

private:
    void do_will() {
        const vrrp::TimePoint begun = boottime_now();
        const std::optional<node::Will> will = memory_.read();
        if (!will || will->empty()) return;
        trouble_ = executor_.carry_out(*will);
        done_in_ =
            fmt::format("{:.2f}", std::chrono::duration<double, std::milli>{boottime_now() - begun}.count());
    }

    void hand_on() {
        signalfd_siginfo info{};
        if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
        const int signal = static_cast<int>(info.ssi_signo);
        send(signal);
        if (signal != SIGABRT || abort_by_) return;
        do_will();
        abort_by_ = boottime_now() + kAbort;
    }

    void send(int signal) { ::pidfd_send_signal(speaker_.get(), signal, nullptr, 0); }

    [[nodiscard]] int milliseconds_left() const {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*abort_by_ - boottime_now());
        return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
    }

    Executor& executor_;
    const WillMemory& memory_;
    Descriptor speaker_;
    Descriptor signals_;
    std::optional<vrrp::TimePoint> abort_by_;
    std::optional<std::string> done_in_;  // milliseconds
    std::string trouble_;
};

WaitStatus watch(pid_t speaker, Executor& executor, const WillMemory& memory, Descriptor signals,
                 bool realtime) {
    Descriptor process{::pidfd_open(speaker, 0)};
    if (!process) throw failed("pidfd_open");
    const bool memory_locked = realtime && enter_realtime().memory_locked;
    if (const auto given_up = give_up_capabilities(memory_locked); !given_up)
        throw std::runtime_error{given_up.error().message};
    Watch watch{executor, memory, std::move(process), std::move(signals)};
    watch.run();
    int status = 0;
    while (::waitpid(speaker, &status, 0) < 0 && errno == EINTR) {}
    watch.tell_of(WaitStatus{status});
    return WaitStatus{status};
}

}  // namespace

std::variant<Sentinel, WaitStatus> divide(bool realtime) {
    auto memory = std::make_shared<WillMemory>();
    auto executor = std::make_unique<Executor>();
    const sigset_t set = handed_on();
    sigset_t before{};
    if (::sigprocmask(SIG_BLOCK, &set, &before) != 0) throw failed("sigprocmask");
    Descriptor signals{::signalfd(-1, &set, SFD_CLOEXEC)};
    if (!signals) throw failed("signalfd");
    const pid_t sentinel = ::getpid();
    const pid_t speaker = ::fork();
    if (speaker < 0) throw failed("fork");
    if (speaker > 0) return watch(speaker, *executor, *memory, std::move(signals), realtime);

    executor.reset();
    signals = Descriptor{};
    Descriptor end{::pidfd_open(sentinel, 0)};
    if (!end || ::getppid() != sentinel) throw std::runtime_error{"the sentinel has died at the start"};
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return Sentinel{std::move(memory), std::move(end), sentinel};
}

// A process that is dumpable would leave a second core file, of nobody's use.
void end_like(WaitStatus status) {
    const int code = static_cast<int>(status);
    if (WIFSIGNALED(code)) {
        ::prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
        const int signal = WTERMSIG(code);
        ::signal(signal, SIG_DFL);
        sigset_t set{};
        ::sigemptyset(&set);
        ::sigaddset(&set, signal);
        ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
        ::raise(signal);
    }
    std::_Exit(WIFEXITED(code) ? WEXITSTATUS(code) : EXIT_FAILURE);
}

}  // namespace highbase::daemon
