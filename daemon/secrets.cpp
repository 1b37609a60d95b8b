// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/secrets.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <tl/expected.hpp>

#include "cluster/key.hpp"
#include "netlink/descriptor.hpp"

namespace highbase::daemon {
namespace {

constexpr std::size_t kLongestPassword = 1024;

tl::unexpected<std::string> refuse(const std::string& file, std::string_view why) {
    return tl::make_unexpected(fmt::format("password_file {}: {}", file, why));
}

// One line. A file that others can read is refused: a secret that is not one is worse than none.
tl::expected<std::string, std::string> read_password(const std::string& file) {
    const netlink::Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (descriptor.get() < 0) return refuse(file, std::strerror(errno));
    struct stat facts {};
    if (::fstat(descriptor.get(), &facts) != 0) return refuse(file, std::strerror(errno));
    if (!S_ISREG(facts.st_mode)) return refuse(file, "is not a regular file");
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse(file, fmt::format("others than its owner have access to it: chmod 600 {}", file));
    std::string text(kLongestPassword + 2, '\0');
    const ssize_t size = ::read(descriptor.get(), text.data(), text.size());
    if (size < 0) return refuse(file, std::strerror(errno));
    text.resize(static_cast<std::size_t>(size));
    if (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.empty()) return refuse(file, "is empty: write the password on its first line");
    if (text.size() > kLongestPassword) return refuse(file, "is longer than 1024 octets");
    if (text.find_first_of(std::string_view{"\n\0", 2}) != std::string::npos)
        return refuse(file, "has more than one line: write the password alone");
    return text;
}

}  // namespace

std::vector<std::string> read_passwords(node::Configuration& configuration) {
    std::vector<std::string> faults;
    const auto read = [&](const std::string& file, std::string& password) {
        if (file.empty()) return;
        if (auto text = read_password(file))
            password = *std::move(text);
        else
            faults.push_back(text.error());
    };
    for (node::RouterConfiguration& router : configuration.routers) {
        if (!router.database) continue;
        read(router.database->password_file, router.database->password);
        read(router.database->replication_password_file, router.database->replication_password);
    }
    return faults;
}

std::vector<std::string> key_faults(const Config& config) {
    std::vector<std::string> faults;
    const auto try_key = [&](const std::string& file) {
        if (file.empty()) return;
        if (const auto key = cluster::read_key_file(file); !key) faults.push_back(key.error());
    };
    if (!config.peer) return faults;
    try_key(config.peer->key_file);
    try_key(config.peer->old_key_file);
    return faults;
}

std::string boot_id() {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace highbase::daemon
