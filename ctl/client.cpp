// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace highbase::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

tl::unexpected<std::string> failure(const std::string& path, std::string_view what, std::string_view remedy) {
    return tl::make_unexpected(fmt::format("{}: {}; {}", path, what, remedy));
}

std::string_view remedy_for(int error) {
    switch (error) {
        case EACCES:
        case EPERM: return "it is for root and the members of the socket's group";
        case EAGAIN: return "too many programs ask at once, or the daemon is stuck: systemctl status hbvrrp";
        default: return "is hbvrrp running? (systemctl status hbvrrp; --control-socket names another place)";
    }
}

}  // namespace

tl::expected<Client, std::string> Client::connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return failure(path, std::strerror(ENAMETOOLONG), "a socket's path has 1 to 107 characters");
    }
    path.copy(address.sun_path, path.size());
    // Without waiting: a queue of connections that is full stays so while the daemon is stuck.
    Client client{path, ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (::connect(client.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        return failure(path, std::strerror(error), remedy_for(error));
    }
    return client;
}

Client::Client(Client&& other) noexcept
    : path_{std::move(other.path_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      input_{std::move(other.input_)},
      silent_{other.silent_} {}

Client::~Client() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

tl::expected<void, std::string> Client::send(std::string_view line) {
    // A request is far smaller than the empty buffer of a new connection. A daemon that turned us away has
    // closed its end already; what it had to say can still be received.
    const auto sent = ::send(descriptor_, line.data(), line.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(line.size()) && errno != EPIPE && errno != ECONNRESET) {
        return failure(path_, std::strerror(errno), "the request was not sent");
    }
    return {};
}

tl::expected<std::string, std::string> Client::receive(std::optional<milliseconds> patience) {
    const auto deadline = steady_clock::now() + patience.value_or(milliseconds{0});
    std::size_t searched = 0;
    std::size_t end = std::string::npos;
    while ((end = input_.find('\n', searched)) == std::string::npos) {
        searched = input_.size();
        int wait = -1;
        if (patience) {
            const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
            wait = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
        }
        pollfd state{.fd = descriptor_, .events = POLLIN, .revents = 0};
        silent_ = ::poll(&state, 1, wait) == 0;
        if (silent_) return failure(path_, "no answer", "hbvrrp is running but stuck");
        std::array<char, 65536> chunk{};
        const auto size = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (size <= 0)
            return failure(path_, "the daemon closed the connection", "did it stop? (hbctl status)");
        input_.append(chunk.data(), static_cast<std::size_t>(size));
    }
    std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    return line;
}

}  // namespace highbase::ctl
