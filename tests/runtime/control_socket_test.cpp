// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_socket.hpp"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

#include "tests/catch.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

struct stat look(const std::filesystem::path& path) {
    struct stat file {};
    REQUIRE(::lstat(path.c_str(), &file) == 0);
    return file;
}

int try_to_connect(const std::filesystem::path& path) {
    const netlink::Descriptor client{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                                     : errno;
}

netlink::Error failure_of(const std::filesystem::path& path) {
    const auto socket = ControlSocket::listen(path, "");
    REQUIRE_FALSE(socket.has_value());
    return socket.error();
}

class Umask {
public:
    explicit Umask(mode_t mask) : before_{::umask(mask)} {}
    ~Umask() { ::umask(before_); }
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

private:
    mode_t before_;
};

TEST_CASE(
    "The socket and its directory have their modes whatever the umask is; the file leaves with the socket") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory / "run/highbase/hbvrrp.sock";
    const Umask umask{GENERATE(mode_t{0077}, mode_t{0})};
    {
        const auto socket = ControlSocket::listen(path, "");
        REQUIRE(socket.has_value());
        CHECK((look(path).st_mode & 07777) == 0660);
        CHECK(S_ISSOCK(look(path).st_mode));
        CHECK((look(path.parent_path()).st_mode & 07777) == 0755);
        CHECK(try_to_connect(path) == 0);
    }
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(std::filesystem::exists(path.parent_path()));
}

TEST_CASE("A directory that exists keeps its mode") {
    const TemporaryDirectory directory;
    REQUIRE(::chmod(directory.path().c_str(), 0750) == 0);
    const auto socket = ControlSocket::listen(directory / "s", "");
    REQUIRE(socket.has_value());
    CHECK((look(directory.path()).st_mode & 07777) == 0750);
}

TEST_CASE("What a killed daemon left behind is replaced") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory / "s";
    {
        const netlink::Descriptor dead{::socket(AF_UNIX, SOCK_STREAM, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.native().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(dead.get(), 1) == 0);
    }
    REQUIRE(try_to_connect(path) == ECONNREFUSED);
    const auto socket = ControlSocket::listen(path, "");
    REQUIRE(socket.has_value());
    CHECK(try_to_connect(path) == 0);
}

TEST_CASE("The socket of a running daemon is left alone, even when its queue is full") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory / "s";
    const auto first = ControlSocket::listen(path, "");
    REQUIRE(first.has_value());
    const std::string message = path.native() + ": another hbvrrp is running and listens there";
    CHECK(failure_of(path) == netlink::Error{EADDRINUSE, message});

    std::vector<netlink::Descriptor> clients;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    int result = 0;
    while (result == 0 && clients.size() < 1000) {
        clients.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        result = ::connect(clients.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    REQUIRE(result != 0);
    CHECK(failure_of(path) == netlink::Error{EADDRINUSE, message});
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("A file of another kind is not touched") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory / "s";
    std::ofstream{path} << "mine";
    CHECK(failure_of(path) == netlink::Error{EEXIST, path.native() + ": exists and is not a socket"});
    CHECK(std::filesystem::file_size(path) == 4);
    // A link to a socket is a link.
    std::filesystem::create_symlink("/nowhere", directory / "l");
    CHECK(failure_of(directory / "l").code == EEXIST);
}

TEST_CASE("A path that cannot be is an error in words") {
    const TemporaryDirectory directory;
    const std::filesystem::path long_path = directory / std::string(100, 'x').c_str();
    CHECK(failure_of(long_path) ==
          netlink::Error{ENAMETOOLONG,
                         long_path.native() + ": the path of a socket has at most 107 characters"});
    std::ofstream{directory / "file"} << "";
    CHECK(failure_of(directory / "file/s").message.starts_with((directory / "file").native()));
}

TEST_CASE("A socket that has become another daemon's is not removed") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory / "s";
    std::optional<ControlSocket> first{std::move(*ControlSocket::listen(path, ""))};
    // Somebody removed the file, and so the next daemon found nothing.
    std::filesystem::remove(path);
    const auto second = ControlSocket::listen(path, "");
    REQUIRE(second.has_value());
    first.reset();
    CHECK(try_to_connect(path) == 0);
}

TEST_CASE("The group is the one that was asked for; one that is not known is ignored") {
    const TemporaryDirectory directory;
    const auto unknown = ControlSocket::listen(directory / "u", "no-such-group-here");
    REQUIRE(unknown.has_value());
    CHECK(look(directory / "u").st_gid == ::getegid());

    // Anybody may give a file to a group of his own; root to any.
    const ::group* own = ::getgrgid(::getegid());
    REQUIRE(own != nullptr);
    const std::string name = ::geteuid() == 0 ? "daemon" : own->gr_name;
    const ::group* wanted = ::getgrnam(name.c_str());
    REQUIRE(wanted != nullptr);
    const gid_t gid = wanted->gr_gid;
    const auto socket = ControlSocket::listen(directory / "g", name);
    REQUIRE(socket.has_value());
    CHECK(look(directory / "g").st_gid == gid);
    CHECK((look(directory / "g").st_mode & 07777) == 0660);
}

}  // namespace
}  // namespace highbase::daemon
