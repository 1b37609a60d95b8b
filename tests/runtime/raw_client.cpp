// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/runtime/raw_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace highbase::daemon {
namespace {

constexpr int kPatienceMs = 10'000;

}  // namespace

RawClient::RawClient(const std::filesystem::path& path)
    : descriptor_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(descriptor_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::system_error{errno, std::generic_category(), path};
    }
}

bool RawClient::send(std::string_view octets) {
    while (!octets.empty()) {
        const auto sent = ::send(descriptor_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent < 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawClient::receive() {
    pollfd state{.fd = descriptor_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&state, 1, kPatienceMs) != 1) throw std::runtime_error{"the server is silent"};
    std::array<char, 65536> chunk{};
    const auto size = ::recv(descriptor_.get(), chunk.data(), chunk.size(), 0);
    if (size <= 0) return false;
    input_.append(chunk.data(), static_cast<std::size_t>(size));
    return true;
}

std::optional<std::string> RawClient::line() {
    std::size_t end = 0;
    while ((end = input_.find('\n')) == std::string::npos) {
        if (!receive()) return std::nullopt;
    }
    std::string result = input_.substr(0, end);
    input_.erase(0, end + 1);
    return result;
}

status::Json RawClient::answer() {
    const auto text = line();
    return text ? status::Json::parse(*text) : status::Json{};
}

bool RawClient::is_closed() {
    while (receive()) input_.clear();
    return true;
}

void RawClient::close_sending_side() {
    ::shutdown(descriptor_.get(), SHUT_WR);
}

}  // namespace highbase::daemon
