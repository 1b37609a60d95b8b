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

// The text, or one octet more than is accepted. `mode`: if it is wanted, the permissions.
tl::expected<std::string, std::string> read_text(const std::filesystem::path& file, mode_t* mode = nullptr) {
    // Without O_NONBLOCK a named pipe would wait for a writer.
    const netlink::Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (!descriptor) return system_failure();
    struct stat status {};
    if (fstat(descriptor.get(), &status) != 0) return system_failure();
    if (!S_ISREG(status.st_mode)) return tl::make_unexpected(std::string{"is not a regular file"});
    if (mode != nullptr) *mode = status.st_mode;
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

// As FileFault has it. What the library makes of the file is known only when it is used.
std::string pem_fault(const std::string& file, PemFile kind) {
    mode_t mode = 0;
    const tl::expected<std::string, std::string> text = read_text(file, &mode);
    if (!text) return fmt::format("{}: put the file there, or write another path", text.error());
    const bool is_key = kind == PemFile::key;
    if (is_key && (mode & S_IRWXO) != 0)
        return fmt::format("is accessible to others than its owner and group: chmod o= {}",
                           without_controls(file));
    if (is_key && text->find("ENCRYPTED") != std::string::npos)
        return "has a passphrase, which nobody could type: write it anew with `openssl pkey`";
    if (text->find(is_key ? "PRIVATE KEY-----" : "-----BEGIN CERTIFICATE-----") != std::string::npos)
        return {};
    return fmt::format("has no {} in PEM form: write the path of one",
                       is_key ? "private key" : "certificate");
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
            [](std::string_view interface) { return if_nametoindex(std::string{interface}.c_str()) != 0; },
            pem_fault};
}

}  // namespace highbase::daemon
