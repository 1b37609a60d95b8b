// SPDX-License-Identifier: GPL-2.0-or-later
// What an operation on the system answers when it may fail in the course of normal running.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace highbase::netlink {

// `code` is a positive errno value, also where a library has numbers of its own; `message` names the
// operation and its object, so that it can be shown to an operator as it is: "add 192.0.2.100/24 to eth0:
// Operation not permitted".
struct Error {
    int code = 0;
    std::string message;
    friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(int code, std::string message) {
    return tl::make_unexpected(Error{code, std::move(message)});
}

}  // namespace highbase::netlink
