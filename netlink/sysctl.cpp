// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/sysctl.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "netlink/descriptor.hpp"

namespace highbase::netlink {
namespace {

std::string path_of(const std::string& name) {
    return "/proc/sys/" + name;
}

tl::unexpected<Error> failed(const char* verb, const std::string& name, int code) {
    return failure(code, fmt::format("{} {}: {}", verb, path_of(name), std::strerror(code)));
}

}  // namespace

Result<int> read_sysctl(const std::string& name) {
    const Descriptor file{::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return failed("read", name, errno);
    std::array<char, 32> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) return failed("read", name, errno);
    int value = 0;
    if (std::from_chars(text.data(), text.data() + size, value).ec != std::errc{})
        return failed("read", name, EINVAL);
    return value;
}

Result<void> write_sysctl(const std::string& name, int value) {
    const auto present = read_sysctl(name);
    if (!present) return tl::make_unexpected(present.error());
    if (*present == value) return {};
    const Descriptor file{::open(path_of(name).c_str(), O_WRONLY | O_CLOEXEC)};
    const auto text = std::to_string(value);
    if (!file || ::write(file.get(), text.data(), text.size()) < 0) {
        const int code = errno;
        return failed(fmt::format("write {} to", value).c_str(), name, code);
    }
    return {};
}

bool sysctl_exists(const std::string& name) {
    return ::access(path_of(name).c_str(), F_OK) == 0;
}

}  // namespace highbase::netlink
