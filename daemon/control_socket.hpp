// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "netlink/descriptor.hpp"
#include "netlink/result.hpp"

namespace highbase::daemon {

// A listening Unix socket that takes its file away with it.
class ControlSocket {
public:
    // Mode 0660, owned by `group` if the system has such a group. A directory that is missing is created with
    // mode 0755. A socket that a killed daemon left behind is replaced. Errors: EADDRINUSE (a program listens
    // there), EEXIST (something else than a socket has that name), ENAMETOOLONG, and what the system says.
    static netlink::Result<ControlSocket> listen(const std::filesystem::path& path, const std::string& group);

    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;
    ControlSocket(ControlSocket&&) = default;
    ControlSocket& operator=(ControlSocket&&) = delete;
    ~ControlSocket();  // removes the file, unless it has become another daemon's

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

private:
    ControlSocket(std::filesystem::path path, netlink::Descriptor descriptor);

    std::filesystem::path path_;
    netlink::Descriptor descriptor_;
    dev_t device_{};  // of the file that was made, as its inode
    ino_t inode_{};
};

}  // namespace highbase::daemon
