// SPDX-License-Identifier: GPL-2.0-or-later
// What the configuration needs from the system; everything else of it works on text alone.
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>
#include <tl/expected.hpp>

#include "daemon/config.hpp"
#include "daemon/config_document.hpp"
#include "netlink/descriptor.hpp"

namespace highbase::daemon {
namespace {

tl::unexpected<std::string> system_failure() {
    return tl::make_unexpected(fmt::format("cannot be read: {}", std::strerror(errno)));
}

// The text, or one octet more than is accepted.
tl::expected<std::string, std::string> read_text(const std::filesystem::path& file) {
    // Without O_NONBLOCK a named pipe would wait for a writer.
    const netlink::Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (!descriptor) return system_failure();
    struct stat status {};
    if (fstat(descriptor.get(), &status) != 0) return system_failure();
    if (!S_ISREG(status.st_mode)) return tl::make_unexpected(std::string{"is not a regular file"});
    std::string text;
    std::array<char, 65536> chunk{};
    while (text.size() <= kMostOctets) {
        const ssize_t count = ::read(descriptor.get(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_failure();
        if (count == 0) break;
        text.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

ParseResult load_config(const std::filesystem::path& file, const Surroundings& surroundings) {
    const tl::expected<std::string, std::string> text = read_text(file);
    if (text) return parse_config(*text, surroundings);
    return {std::nullopt, {{Severity::error, 0, 0, text.error()}}};
}

Surroundings system_surroundings() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    const bool named = gethostname(name.data(), name.size() - 1) == 0;
    return {named ? std::string{name.data()} : std::string{},
            [](std::string_view interface) { return if_nametoindex(std::string{interface}.c_str()) != 0; }};
}

}  // namespace highbase::daemon
