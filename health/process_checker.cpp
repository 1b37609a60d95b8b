// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/process_checker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>

#include "health/checker.hpp"
#include "health/plugin_output.hpp"
#include "health/process_stat.hpp"
#include "netlink/descriptor.hpp"
#include "process/detached_task.hpp"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}

namespace highbase::health {
namespace {

using Clock = std::chrono::steady_clock;
using netlink::Descriptor;

constexpr int kMostSearches = 2;  // with those that hang

// Where a process was looked for: itself, or why there is none.
struct Search {
    Descriptor pidfd;
    pid_t pid = 0;
    Finding finding;
};

std::string error_text(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

std::string process_name(pid_t pid) {
    return "process " + std::to_string(pid);
}

// Empty where it cannot be read; errno says why.
std::optional<std::string> read_beginning(const std::string& file) {
    const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!descriptor) return std::nullopt;
    std::array<char, 1024> buffer{};
    const ssize_t count = ::read(descriptor.get(), buffer.data(), buffer.size());
    if (count < 0) return std::nullopt;
    return std::string{buffer.data(), static_cast<std::size_t>(count)};
}

Search search_pid(pid_t pid) {
    Search search;
    search.pid = pid;
    search.pidfd = Descriptor{::pidfd_open(pid, 0)};
    if (search.pidfd) return search;
    const Sample sample = errno == ESRCH ? Sample::failed : Sample::unknown;
    search.finding = {sample, error_text(process_name(pid))};
    return search;
}

Search search_pid_file(const std::string& file) {
    const std::optional<std::string> text = read_beginning(file);
    if (!text) return {{}, 0, {errno == ENOENT ? Sample::failed : Sample::unknown, error_text(file)}};
    const std::optional<std::int32_t> pid = parse_pid_file(*text);
    if (!pid) return {{}, 0, {Sample::unknown, file + " holds no process number"}};
    return search_pid(*pid);
}

// The peer of a connected Unix socket is who called listen(2).
Search search_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return {{}, 0, {Sample::unknown, path + " is too long"}};
    path.copy(address.sun_path, path.size());
    const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return {{}, 0, {Sample::unknown, error_text("socket")}};
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const bool is_gone = errno == ENOENT || errno == ECONNREFUSED;
        return {{}, 0, {is_gone ? Sample::failed : Sample::unknown, error_text(path)}};
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    if (peer.pid <= 0) return {{}, 0, {Sample::unknown, "the process is in another PID namespace"}};
    return search_pid(peer.pid);
}

class ProcessChecker final : public Checker {
public:
    ProcessChecker(boost::asio::io_context& io, ProcessOptions options)
        : io_{io}, options_{std::move(options)}, pidfd_{io} {}

    void start(std::function<void(Finding)> done) override;
    void cancel() override { probe_.reset(); }
    void watch(std::function<void(Finding)> found) override { found_ = std::move(found); }

private:
    // Whoever has it may still answer.
    using Probe = std::shared_ptr<std::function<void(Finding)>>;

    void search(const std::weak_ptr<std::function<void(Finding)>>& probe);
    void take(Search search);
    void follow();
    void drop();
    Finding look();
    Finding look_at(const ProcessStat& stat);

    boost::asio::io_context& io_;
    ProcessOptions options_;
    std::function<void(Finding)> found_;
    process::Slots slots_{kMostSearches};
    std::unique_ptr<process::DetachedTask> task_;
    Probe probe_;
    boost::asio::posix::stream_descriptor pidfd_;  // open while a process is watched
    pid_t pid_ = 0;
    std::optional<Clock::time_point> blocked_since_;
    std::shared_ptr<const bool> alive_;  // of the watch over this process
};

void ProcessChecker::start(std::function<void(Finding)> done) {
    probe_ = std::make_shared<std::function<void(Finding)>>(std::move(done));
    const std::weak_ptr probe{probe_};
    if (!pidfd_.is_open()) return search(probe);
    boost::asio::post(io_, [this, probe] {
        if (const auto asked = probe.lock()) (*asked)(look());
    });
}

// Files and sockets may be on a disk that hangs.
void ProcessChecker::search(const std::weak_ptr<std::function<void(Finding)>>& probe) {
    const auto answer = [probe](Finding finding) {
        if (const auto asked = probe.lock()) (*asked)(std::move(finding));
    };
    process::Slot slot = slots_.take();
    const auto result = std::make_shared<Search>();
    if (!slot) {
        return boost::asio::post(io_, [answer] {
            answer({Sample::unknown, "earlier searches for the process hang"});
        });
    }
    auto task = process::DetachedTask::start(
        io_, std::move(slot),
        [result, options = options_] {
            *result =
                options.pid_file.empty() ? search_socket(options.socket) : search_pid_file(options.pid_file);
        },
        [this, result, answer] {
            const bool has_found = static_cast<bool>(result->pidfd);
            const Finding reason = result->finding;
            take(std::move(*result));
            answer(has_found ? look() : reason);
        });
    if (task) task_ = std::move(*task);
    if (!task)
        boost::asio::post(io_, [answer, reason = task.error().message] {
            answer({Sample::unknown, reason});
        });
}

void ProcessChecker::take(Search search) {
    if (!search.pidfd) return;
    pid_ = search.pid;
    pidfd_.assign(search.pidfd.release());
    follow();
}

void ProcessChecker::follow() {
    alive_ = std::make_shared<const bool>(true);
    pidfd_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                      [this, alive = std::weak_ptr{alive_}](const auto& error) {
                          if (error || alive.expired()) return;
                          const std::string reason = process_name(pid_) + " has ended";
                          drop();
                          if (found_) found_({Sample::failed, reason, {}, true});
                      });
}

void ProcessChecker::drop() {
    alive_.reset();
    blocked_since_.reset();
    boost::system::error_code ignored;
    pidfd_.close(ignored);
}

// The number is this process's as long as its descriptor does not say that it has ended.
Finding ProcessChecker::look() {
    if (!pidfd_.is_open()) return {Sample::failed, process_name(pid_) + " has ended", {}, true};
    const std::optional<std::string> text = read_beginning("/proc/" + std::to_string(pid_) + "/stat");
    pollfd end{pidfd_.native_handle(), POLLIN, 0};
    if (::poll(&end, 1, 0) == 1) return {Sample::failed, process_name(pid_) + " has ended", {}, true};
    const auto stat = text ? parse_process_stat(*text) : std::nullopt;
    if (!stat) return {Sample::unknown, "what /proc says of " + process_name(pid_) + " cannot be read"};
    return look_at(*stat);
}

Finding ProcessChecker::look_at(const ProcessStat& stat) {
    const std::string measure = std::string{"state="} + stat.state;
    if (!options_.command.empty() && stat.command != options_.command) {
        const std::string other = plain_text(stat.command);
        drop();  // to be looked for again
        return {Sample::failed, process_name(pid_) + " is " + other + ", not " + options_.command, measure};
    }
    if (stat.state != 'D') blocked_since_.reset();
    switch (stat.state) {
        case 'T':
        case 't': return {Sample::failed, process_name(pid_) + " is stopped", measure};
        case 'Z':
        case 'X': return {Sample::failed, process_name(pid_) + " is a zombie", measure, true};
        case 'D': break;
        default: return {Sample::ok, {}, measure};
    }
    const Clock::time_point now = Clock::now();
    if (!blocked_since_) blocked_since_ = now;
    if (now - *blocked_since_ < options_.max_blocked) return {Sample::ok, {}, measure};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *blocked_since_).count();
    return {Sample::failed, process_name(pid_) + " has been blocked for " + std::to_string(seconds) + " s",
            measure};
}

}  // namespace

std::unique_ptr<Checker> make_checker(const CheckContext& context, const ProcessOptions& options) {
    return std::make_unique<ProcessChecker>(context.io, options);
}

}  // namespace highbase::health
