// SPDX-License-Identifier: GPL-2.0-or-later
// Requests to the kernel, one at a time, each waited for.
#pragma once

#include <netlink/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netlink/message.hpp"
#include "netlink/result.hpp"

namespace highbase::netlink {

struct FreeSocket {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using NetlinkSocket = std::unique_ptr<nl_sock, FreeSocket>;

// `protocol`: NETLINK_ROUTE, NETLINK_SOCK_DIAG.
Result<NetlinkSocket> connect_to_kernel(int protocol);

// recv(2) of the next datagram from the kernel itself: whoever may change links may write to our port too. A
// size beyond the buffer's means that the rest is lost.
ssize_t receive_from_kernel(nl_sock* socket, std::span<std::uint8_t> buffer, int flags);

// The kernel's answer to a request.
struct Reply {
    int code = 0;        // 0, or a positive errno value
    std::string remark;  // what the kernel says about it in words, if anything
    explicit operator bool() const { return code == 0; }
    // For the operator: "<what>: <meaning of the code> (<remark>)".
    [[nodiscard]] tl::unexpected<Error> failure(const std::string& what) const;
};

class RequestSocket {
public:
    // A reply that takes longer than `timeout` is ETIMEDOUT. (A request that the kernel holds up on its own
    // lock while another program changes links is not bounded by this; nothing in user space can.)
    static Result<RequestSocket> open(int protocol, std::chrono::milliseconds timeout);

    // Sends, and waits for the acknowledgement or the end of the dump; each message of the answer goes to
    // `each`. EINTR: the tables changed while they were dumped, so that something may be missing.
    Reply perform(Message& request, const std::function<void(const nlmsghdr&)>& each = {});

    // All of them or none, as nfnetlink has it (NETLINK_NETFILTER): between a message that begins the
    // transaction and one that ends it. The reply is the first failure.
    Reply perform(Message begin, std::vector<Message> requests, Message end);

    // Asks again, a few times, when a dump was interrupted; `restart` comes before each attempt.
    Reply dump(const std::function<Message()>& request, const std::function<void()>& restart,
               const std::function<void(const nlmsghdr&)>& each);

private:
    explicit RequestSocket(NetlinkSocket socket);
    struct Numbers {  // of the requests whose answer is waited for; the last one's acknowledgement ends it
        std::uint32_t first;
        std::uint32_t last;
    };
    void number(Message& request);
    Reply receive(const Numbers& numbers, const std::function<void(const nlmsghdr&)>& each);

    NetlinkSocket socket_;
    std::vector<std::uint8_t> buffer_;
    std::uint32_t sequence_ = 0;
};

}  // namespace highbase::netlink
