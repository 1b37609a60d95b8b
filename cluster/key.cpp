// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "cluster/sodium.hpp"
#include "netlink/descriptor.hpp"

namespace highbase::cluster {
namespace {

constexpr std::size_t kDigits = 2 * kKeySize;
constexpr std::size_t kLongestFile = 4096;

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

// The only line that counts.
tl::expected<std::string_view, std::string> key_line(std::string_view text) {
    std::string_view found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        if (!found.empty()) return tl::make_unexpected("holds more than one line beside comments");
        found = line;
    }
    if (found.empty()) return tl::make_unexpected("holds no key");
    return found;
}

// Up to one octet more than a key file may have.
tl::expected<std::string, std::string> read_all(int descriptor) {
    std::string text(kLongestFile + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t more = ::read(descriptor, text.data() + size, text.size() - size);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return tl::make_unexpected(fmt::format("cannot be read: {}", std::strerror(errno)));
        if (more == 0) break;
        size += static_cast<std::size_t>(more);
    }
    text.resize(size);
    return text;
}

tl::expected<Key, std::string> read_key(const std::string& file) {
    // Not blocking: opening a pipe would wait for its writer.
    const netlink::Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!opened) return tl::make_unexpected(fmt::format("cannot be opened: {}", std::strerror(errno)));
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0)
        return tl::make_unexpected(fmt::format("cannot be examined: {}", std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) return tl::make_unexpected("is not a regular file");
    if ((status.st_mode & S_IRWXO) != 0) {
        return tl::make_unexpected(fmt::format(
            "has mode {:04o}, which lets every user of this host at the key: run 'chmod 600 {}', and "
            "make a new key if somebody may have read it",
            status.st_mode & 07777, file));
    }
    auto text = read_all(opened.get());
    if (!text) return tl::make_unexpected(text.error());
    auto key = text->size() > kLongestFile ? tl::make_unexpected<std::string>("is too long for a key file")
                                           : parse_key(*text);
    sodium_memzero(text->data(), text->size());
    return key;
}

}  // namespace

Key::Key(std::span<const std::uint8_t, kKeySize> octets) {
    std::ranges::copy(octets, octets_.begin());
}

Key::~Key() {
    sodium_memzero(octets_.data(), octets_.size());
}

bool operator==(const Key& a, const Key& b) {
    return sodium_memcmp(a.data(), b.data(), kKeySize) == 0;
}

tl::expected<Key, std::string> parse_key(std::string_view text) {
    const auto line = key_line(text);
    if (!line) return tl::make_unexpected(line.error());
    if (!std::ranges::all_of(*line, [](char c) { return hex_digit(c).has_value(); }))
        return tl::make_unexpected("holds something else than hexadecimal digits");
    if (line->size() != kDigits)
        return tl::make_unexpected(fmt::format("holds {} hexadecimal digits, and not 64", line->size()));
    std::array<std::uint8_t, kKeySize> octets{};
    for (std::size_t i = 0; i < kKeySize; ++i) {
        octets[i] =
            static_cast<std::uint8_t>(*hex_digit((*line)[2 * i]) << 4 | *hex_digit((*line)[2 * i + 1]));
    }
    if (std::ranges::count(octets, octets.front()) == kKeySize)
        return tl::make_unexpected("holds one octet 32 times, which is no secret");
    Key key{octets};
    sodium_memzero(octets.data(), octets.size());
    return key;
}

tl::expected<Key, std::string> read_key_file(const std::string& file) {
    auto key = read_key(file);
    if (key) return key;
    return tl::make_unexpected(
        fmt::format("the key file {0} {1}\n"
                    "Make a key on one box, and copy the file to the other:\n"
                    "    (umask 077; hbctl key > {0})\n"
                    "or, where hbctl is not at hand:\n"
                    "    (umask 077; head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' > {0})",
                    file, key.error()));
}

std::string make_key_text() {
    prepare_sodium();
    std::array<std::uint8_t, kKeySize> octets{};
    randombytes_buf(octets.data(), octets.size());
    std::string text = "# The key of a pair of Highbase boxes: the same on both, and secret.\n";
    for (const std::uint8_t octet : octets) text += fmt::format("{:02x}", octet);
    sodium_memzero(octets.data(), octets.size());
    return text + "\n";
}

}  // namespace highbase::cluster
