// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/worker.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace highbase::mysql {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{64} * 1024;

// The daemon has gone, or has given this worker up in the middle of something.
bool is_farewell(int error) {
    return error == ECONNRESET || error == EPIPE;
}

[[noreturn]] void fail(const char* operation) {
    throw std::system_error{errno, std::generic_category(), operation};
}

}  // namespace

void Worker::run() {
    send(Ready{kProtocol, Client::library()});
    while (!is_over_) watch_both();
}

// The server first: a request that comes with the end of the connection must not be taken for one that could
// still be carried out.
void Worker::watch_both() {
    std::array<pollfd, 2> watched{{{channel_, POLLIN, 0}, {client_.descriptor(), POLLIN | POLLRDHUP, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0) {
        if (errno == EINTR) return;
        fail("poll");
    }
    if (watched[1].revents != 0) look_at_connection();
    if (watched[0].revents != 0) take_requests();
}

void Worker::look_at_connection() {
    if (const auto failure = client_.look()) send(Lost{*failure});
}

void Worker::take_requests() {
    std::array<std::uint8_t, kReadAtOnce> octets{};
    const ssize_t count = ::read(channel_, octets.data(), octets.size());
    is_over_ = count == 0 || (count < 0 && is_farewell(errno));
    if (count < 0 && !is_over_ && errno != EINTR) fail("read");
    if (count <= 0) return;
    frames_.add(vrrp::Octets{octets}.first(static_cast<std::size_t>(count)));
    while (true) {
        const auto frame = frames_.next();
        if (!frame) throw std::runtime_error{"a request was refused: " + std::string{name(frame.error())}};
        if (!*frame) return;
        const auto request = decode_request(**frame);
        if (!request)
            throw std::runtime_error{"a request was refused: " + std::string{name(request.error())}};
        std::visit([this](const auto& one) { serve(one); }, *request);
    }
}

void Worker::serve(const Connect& request) {
    const auto server = client_.connect(request.target);
    if (!server) return send(Failed{request.number, server.error(), false});
    send(Connected{request.number, *server});
}

void Worker::serve(const Query& request) {
    auto answer = client_.query(request.sql, request.columns);
    if (!answer) return send(Failed{request.number, std::move(answer.error()), client_.is_connected()});
    send(Answered{request.number, std::move(*answer)});
}

void Worker::send(const Reply& reply) {
    auto frame = encode(reply);
    if (!frame) {
        // Only an answer can be too long, by its column names and the lengths between the values.
        const Failure failure{FailureKind::too_large, 0, "", "the answer is longer than 1 MiB", true};
        frame = encode(Failed{std::get<Answered>(reply).number, failure, true});
    }
    vrrp::Octets rest{*frame};
    while (!rest.empty() && !is_over_) {
        const ssize_t count = ::write(channel_, rest.data(), rest.size());
        is_over_ = count < 0 && is_farewell(errno);
        if (count < 0 && !is_over_ && errno != EINTR) fail("write");
        if (count > 0) rest = rest.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace highbase::mysql
