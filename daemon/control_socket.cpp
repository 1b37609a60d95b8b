// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_socket.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace highbase::daemon {
namespace {

constexpr int kBacklog = 64;

tl::unexpected<netlink::Error> failed(int error, const std::filesystem::path& path, const char* what) {
    return netlink::failure(error, fmt::format("{}: {}: {}", path.native(), what, std::strerror(error)));
}

netlink::Descriptor new_socket() {
    return netlink::Descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
}

// The callers have seen that the path fits.
sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

netlink::Result<void> make_directory(const std::filesystem::path& directory) {
    std::error_code error;
    if (directory.empty() || !std::filesystem::create_directories(directory, error)) {
        if (error) return failed(error.value(), directory, "cannot be created");
        return {};
    }
    // Whatever the umask of the daemon is: hbctl of the group must be able to pass.
    if (::chmod(directory.c_str(), 0755) != 0) return failed(errno, directory, "cannot be set to mode 0755");
    return {};
}

// Nothing is listening behind a socket file if and only if a connection is refused. A listener whose queue is
// full answers EAGAIN: it lives.
netlink::Result<void> remove_stale(const std::filesystem::path& path) {
    struct stat file {};
    if (::lstat(path.c_str(), &file) != 0) {
        if (errno == ENOENT) return {};
        return failed(errno, path, "cannot be looked at");
    }
    if (!S_ISSOCK(file.st_mode)) {
        return netlink::failure(EEXIST, fmt::format("{}: exists and is not a socket", path.native()));
    }
    const netlink::Descriptor probe = new_socket();
    const sockaddr_un address = address_of(path);
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
        errno == EAGAIN) {
        return netlink::failure(
            EADDRINUSE, fmt::format("{}: another hbvrrp is running and listens there", path.native()));
    }
    if (errno != ECONNREFUSED && errno != ENOENT) return failed(errno, path, "cannot be tried");
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(errno, path, "cannot be removed");
    return {};
}

netlink::Result<void> hand_to_group(const std::filesystem::path& path, const std::string& group) {
    // While starting, and before any other thread exists: the lookup may take its time and its static
    // storage.
    if (const ::group* entry = group.empty() ? nullptr : ::getgrnam(group.c_str())) {
        if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
            return failed(errno, path, fmt::format("cannot be given to group {}", group).c_str());
        }
    }
    if (::chmod(path.c_str(), 0660) != 0) return failed(errno, path, "cannot be set to mode 0660");
    return {};
}

}  // namespace

netlink::Result<ControlSocket> ControlSocket::listen(const std::filesystem::path& path,
                                                     const std::string& group) {
    if (path.native().size() >= sizeof(sockaddr_un::sun_path)) {
        return netlink::failure(
            ENAMETOOLONG, fmt::format("{}: the path of a socket has at most {} characters", path.native(),
                                      sizeof(sockaddr_un::sun_path) - 1));
    }
    if (auto made = make_directory(path.parent_path()); !made) return tl::make_unexpected(made.error());
    if (auto removed = remove_stale(path); !removed) return tl::make_unexpected(removed.error());

    netlink::Descriptor descriptor = new_socket();
    const sockaddr_un address = address_of(path);
    if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return failed(errno, path, "cannot be bound");
    }
    ControlSocket socket{path, std::move(descriptor)};
    // Until listen() a connection is refused: nobody gets in before the mode is set.
    if (auto handed = hand_to_group(path, group); !handed) return tl::make_unexpected(handed.error());
    if (::listen(socket.descriptor(), kBacklog) != 0) return failed(errno, path, "cannot be listened on");
    return socket;
}

ControlSocket::ControlSocket(std::filesystem::path path, netlink::Descriptor descriptor)
    : path_{std::move(path)}, descriptor_{std::move(descriptor)} {
    struct stat file {};
    if (::lstat(path_.c_str(), &file) != 0) return;
    device_ = file.st_dev;
    inode_ = file.st_ino;
}

ControlSocket::~ControlSocket() {
    struct stat file {};
    if (!descriptor_ || ::lstat(path_.c_str(), &file) != 0) return;
    if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace highbase::daemon
