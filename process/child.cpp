// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "process/spawn.hpp"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}

namespace highbase::process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPipeSize = std::size_t{64} * 1024;  // what a pipe holds (pipe(7))

// For poll(2): rounded up, so that the time has come when it returns.
int milliseconds_until(Clock::time_point when) {
    if (when == Clock::time_point::max()) return -1;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(rest, 0, INT_MAX));
}

// Reads like a file and has an end: nobody has to write while the program reads. Empty: there is no room.
netlink::Descriptor file_with(const std::string& text) {
    netlink::Descriptor file{::memfd_create("input", MFD_CLOEXEC)};
    std::size_t written = 0;
    while (file && written < text.size()) {
        const ssize_t count = ::write(file.get(), text.data() + written, text.size() - written);
        if (count < 0) return {};
        written += static_cast<std::size_t>(count);
    }
    if (file) ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

struct Pipe {
    netlink::Descriptor reader;  // does not block
    netlink::Descriptor writer;
};
Pipe make_pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    Pipe pipe{netlink::Descriptor{ends[0]}, netlink::Descriptor{ends[1]}};
    ::fcntl(pipe.reader.get(), F_SETFL, O_NONBLOCK);
    return pipe;
}

}  // namespace

void Child::tend() {
    Reader output{{}, &outcome_.output};
    Reader error{{}, &outcome_.error};
    if (!start(output, error)) return;
    watch(output, error);
    drain(output);
    drain(error);
    reap();
}

// Whether there is a program to be watched.
bool Child::start(Reader& output, Reader& error) {
    const bool has_input = !command_.input.empty();
    const netlink::Descriptor input = has_input ? file_with(command_.input) : netlink::Descriptor{};
    Pipe for_output = make_pipe();
    Pipe for_error = make_pipe();
    if (!for_output.reader || !for_error.reader || (has_input && !input)) {
        end(NotStarted{std::strerror(errno)});
        return false;
    }
    const auto pid = spawn(command_, {input.get(), for_output.writer.get(), for_error.writer.get()});
    if (!pid) {
        end(NotStarted{pid.error().message});
        return false;
    }
    pidfd_ = netlink::Descriptor{::pidfd_open(*pid, 0)};
    if (!pidfd_) {  // no descriptor left: a program that cannot be watched must not go on
        end(NotStarted{std::strerror(errno)});
        ::kill(-*pid, SIGKILL);
        ::waitpid(*pid, nullptr, 0);
        return false;
    }
    output.pipe = std::move(for_output.reader);
    error.pipe = std::move(for_error.reader);
    const std::lock_guard lock{mutex_};
    pid_ = *pid;
    if (is_killed_) ::kill(-*pid, SIGKILL);
    return true;
}

// Until the program has ended; what it started may go on.
void Child::watch(Reader& output, Reader& error) {
    Clock::time_point next = begun_ + command_.deadline;
    while (true) {
        std::array<pollfd, 3> waits{{{pidfd_.get(), POLLIN, 0},
                                     {output.pipe.get(), POLLIN, 0},  // a negative one is left out
                                     {error.pipe.get(), POLLIN, 0}}};
        ::poll(waits.data(), waits.size(), milliseconds_until(next));
        if (waits[1].revents != 0) read(output);
        if (waits[2].revents != 0) read(error);
        if (waits[0].revents != 0) return;
        if (Clock::now() < next) continue;
        const bool is_warned = std::exchange(is_late_, true);
        signal_group(is_warned ? SIGKILL : SIGTERM);
        next = is_warned ? Clock::time_point::max() : next + command_.grace;
    }
}

void Child::read(Reader& reader) {
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    const ssize_t count = ::read(reader.pipe.get(), buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        reader.pipe = netlink::Descriptor{};
        return;
    }
    const std::lock_guard lock{mutex_};
    const std::size_t room = command_.longest_output - reader.text->size();
    const auto length = static_cast<std::size_t>(count);
    reader.text->append(buffer.data(), std::min(room, length));
    outcome_.is_cut = outcome_.is_cut || length > room;
}

// What the program wrote last. A pipe that somebody else still fills is left after what it can hold.
void Child::drain(Reader& reader) {
    for (std::size_t i = 0; reader.pipe && i < kPipeSize / 4096; ++i) {
        pollfd wait{reader.pipe.get(), POLLIN, 0};
        if (::poll(&wait, 1, 0) <= 0) return;
        read(reader);
    }
}

// The group of a program that was told to end ends with it; of any other, what it left may go on (it may be
// the service that it has started).
void Child::reap() {
    const std::lock_guard lock{mutex_};
    if (is_late_ || is_killed_) ::kill(-*pid_, SIGKILL);
    siginfo_t info{};
    while (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) {}
    pid_.reset();
    if (is_late_) return;
    outcome_.ending =
        info.si_code == CLD_EXITED ? Ending{Exited{info.si_status}} : Ending{Signalled{info.si_status}};
}

void Child::end(Ending ending) {
    const std::lock_guard lock{mutex_};
    outcome_.ending = std::move(ending);
}

void Child::signal_group(int signal) {
    const std::lock_guard lock{mutex_};
    if (pid_) ::kill(-*pid_, signal);
}

void Child::kill() {
    const std::lock_guard lock{mutex_};
    is_killed_ = true;
    if (pid_) ::kill(-*pid_, SIGKILL);
}

Outcome Child::outcome() const {
    const std::lock_guard lock{mutex_};
    return outcome_;
}

}  // namespace highbase::process
