// SPDX-License-Identifier: GPL-2.0-or-later
// A client of the control socket that can also misbehave. Every wait is bounded.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "netlink/descriptor.hpp"
#include "status/json.hpp"

namespace highbase::daemon {

class RawClient {
public:
    explicit RawClient(const std::filesystem::path& path);

    // False: the server has closed the connection.
    bool send(std::string_view octets);
    // The next line without its end; nothing at the end of the connection, or after ten seconds.
    std::optional<std::string> line();
    // The same as JSON; null instead of nothing.
    status::Json answer();
    // Whether the server closes the connection (within ten seconds); what it still sends is dropped.
    bool is_closed();
    void close_sending_side();
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

private:
    bool receive();

    netlink::Descriptor descriptor_;
    std::string input_;
};

}  // namespace highbase::daemon
