// SPDX-License-Identifier: GPL-2.0-or-later Requests to one HTTP server or several, one after the other,
// each with a limit in milliseconds. Blocks the thread that asks, and never longer than the limit: also the
// resolution of a name, which goes on in a thread of the library's own when it is given up. The one user of
// libcurl.
//
// Only http and https, as the endpoint says; no proxy, whatever the environment says, and no redirection.
// TLS from 1.2 on, with a certificate that leads up to the configured CA file, and to nothing else that the
// system may trust, and that has the endpoint's address or name.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "witness/configuration.hpp"
#include "witness/trouble.hpp"

namespace highbase::witness {

struct HttpAnswer {
    int status = 0;
    std::string body;  // at most kLongestAnswer octets (etcd_messages.hpp)
};
struct HttpFailure {
    Trouble trouble;
    bool may_have_been_sent = false;  // the request, or a part of it
};
struct HttpLimits {
    std::chrono::milliseconds connect{0};  // until the connection and its TLS stand
    std::chrono::milliseconds whole{0};
};

class HttpSession {
public:
    // `stop`: a descriptor that becomes readable, for ever, when nobody wants to know any more. The files of
    // `configuration`, which outlives the session, are read with each connection. Throws std::runtime_error
    // where the library cannot be used.
    HttpSession(const Configuration& configuration, int stop);
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;
    ~HttpSession();

    // POST with a body of JSON. Limits below a millisecond have passed already. Connections are kept for the
    // next request of the session.
    tl::expected<HttpAnswer, HttpFailure> post(const Endpoint& endpoint, std::string_view path,
                                               const std::string& body, const HttpLimits& limits);
    // Waits; false: it was stopped before.
    bool pause(std::chrono::milliseconds time);

private:
    struct Library;
    std::unique_ptr<Library> library_;
};

}  // namespace highbase::witness
