// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/request_socket.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace highbase::netlink {
namespace {

constexpr std::size_t kReceiveSize = 64 * 1024;  // the kernel fills at most 32 KiB at a time
constexpr int kSendSize = 128 * 1024;            // libnl sets 32 KiB; a lease of 255 addresses takes 70
constexpr int kDumpAttempts = 4;

// The words that come with an error where the kernel knows extended acknowledgements.
std::string remark_of(const nlmsghdr& header, const nlmsgerr& error) {
    if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
    std::size_t offset = sizeof error;
    if ((header.nlmsg_flags & NLM_F_CAPPED) == 0) offset += error.msg.nlmsg_len - sizeof error.msg;
    const auto* data = static_cast<const std::uint8_t*>(nlmsg_data(&header));
    const auto size = static_cast<std::size_t>(nlmsg_datalen(&header));
    if (NLMSG_ALIGN(offset) >= size) return {};
    const auto* first = reinterpret_cast<const nlattr*>(data + NLMSG_ALIGN(offset));
    const nlattr* text = nla_find(first, static_cast<int>(size - NLMSG_ALIGN(offset)), NLMSGERR_ATTR_MSG);
    return std::string{read_text(text)};
}

// The end of an answer: an acknowledgement, an error, or the end of a dump. Nothing for a message before the
// end.
std::optional<Reply> end_of_answer(const nlmsghdr& header) {
    const auto size = static_cast<std::size_t>(nlmsg_datalen(&header));
    if (header.nlmsg_type == NLMSG_DONE) {
        int code = 0;
        if (size >= sizeof code) std::memcpy(&code, nlmsg_data(&header), sizeof code);
        return Reply{code < 0 ? -code : 0, {}};
    }
    if (header.nlmsg_type != NLMSG_ERROR) return std::nullopt;
    nlmsgerr error{};
    if (size < sizeof error) return Reply{EPROTO, {}};
    std::memcpy(&error, nlmsg_data(&header), sizeof error);
    if (error.error == 0) return Reply{};
    return Reply{-error.error, remark_of(header, error)};
}

}  // namespace

tl::unexpected<Error> Reply::failure(const std::string& what) const {
    auto message = fmt::format("{}: {}", what, std::strerror(code));
    if (!remark.empty()) message += fmt::format(" ({})", remark);
    return netlink::failure(code, std::move(message));
}

Result<NetlinkSocket> connect_to_kernel(int protocol) {
    NetlinkSocket socket{nl_socket_alloc()};
    if (!socket) return failure(ENOMEM, "open a netlink socket: out of memory");
    errno = 0;
    if (const int error = nl_connect(socket.get(), protocol); error < 0) {
        return failure(errno != 0 ? errno : EIO,
                       fmt::format("open a netlink socket: {}", nl_geterror(error)));
    }
    return socket;
}

ssize_t receive_from_kernel(nl_sock* socket, std::span<std::uint8_t> buffer, int flags) {
    while (true) {
        sockaddr_nl sender{};
        socklen_t sender_size = sizeof sender;
        const ssize_t size =
            ::recvfrom(nl_socket_get_fd(socket), buffer.data(), buffer.size(), flags | MSG_TRUNC,
                       reinterpret_cast<sockaddr*>(&sender), &sender_size);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 || sender.nl_pid == 0) return size;
    }
}

Result<RequestSocket> RequestSocket::open(int protocol, std::chrono::milliseconds timeout) {
    auto socket = connect_to_kernel(protocol);
    if (!socket) return tl::make_unexpected(socket.error());
    const int descriptor = nl_socket_get_fd(socket->get());
    const timeval wait{timeout.count() / 1000, (timeout.count() % 1000) * 1000};
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0) {
        return Reply{errno, {}}.failure("limit the wait on a netlink socket");
    }
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &kSendSize, sizeof kSendSize);
    // Conveniences of newer kernels: errors in words, and without the request in them.
    const int on = 1;
    ::setsockopt(descriptor, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    return RequestSocket{std::move(*socket)};
}

RequestSocket::RequestSocket(NetlinkSocket socket) : socket_(std::move(socket)), buffer_(kReceiveSize) {}

Reply RequestSocket::perform(Message& request, const std::function<void(const nlmsghdr&)>& each) {
    number(request);
    const nlmsghdr& header = request.header();
    if (::send(nl_socket_get_fd(socket_.get()), &header, header.nlmsg_len, 0) < 0) return {errno, {}};
    return receive({header.nlmsg_seq, header.nlmsg_seq}, each);
}

Reply RequestSocket::perform(Message begin, std::vector<Message> requests, Message end) {
    std::vector<std::uint8_t> transaction;
    const auto append = [&](Message& message, std::uint16_t unwanted) {
        number(message);
        nlmsghdr& header = message.header();
        header.nlmsg_flags &= static_cast<std::uint16_t>(~unwanted);
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&header);
        transaction.insert(transaction.end(), octets, octets + header.nlmsg_len);
        transaction.resize(NLMSG_ALIGN(transaction.size()));
    };
    // Acknowledged is only the last request: what fails before it is answered in any case.
    append(begin, NLM_F_ACK);
    for (Message& request : requests) append(request, &request == &requests.back() ? 0 : NLM_F_ACK);
    const Numbers numbers{begin.header().nlmsg_seq, sequence_};
    append(end, NLM_F_ACK);
    if (::send(nl_socket_get_fd(socket_.get()), transaction.data(), transaction.size(), 0) < 0)
        return {errno, {}};
    return receive(numbers, {});
}

void RequestSocket::number(Message& request) {
    request.header().nlmsg_seq = ++sequence_;
    request.header().nlmsg_pid = nl_socket_get_local_port(socket_.get());
}

Reply RequestSocket::dump(const std::function<Message()>& request, const std::function<void()>& restart,
                          const std::function<void(const nlmsghdr&)>& each) {
    Reply reply;
    for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
        restart();
        auto message = request();
        reply = perform(message, each);
        if (reply.code != EINTR) break;
    }
    return reply;
}

Reply RequestSocket::receive(const Numbers& numbers, const std::function<void(const nlmsghdr&)>& each) {
    bool interrupted = false;
    while (true) {
        const ssize_t size = receive_from_kernel(socket_.get(), buffer_, 0);
        if (size < 0) return {errno == EAGAIN ? ETIMEDOUT : errno, {}};
        if (static_cast<std::size_t>(size) > buffer_.size()) return {EMSGSIZE, {}};
        int left = static_cast<int>(size);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            // The late answer to a request that timed out carries an earlier number. (They may wrap.)
            if (header->nlmsg_seq - numbers.first > numbers.last - numbers.first) continue;
            interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (auto reply = end_of_answer(*header)) {
                if (*reply && header->nlmsg_seq != numbers.last) continue;
                return interrupted && *reply ? Reply{EINTR, {}} : *std::move(reply);
            }
            if (each) each(*header);
        }
    }
}

}  // namespace highbase::netlink
