// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/secrets.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <tl/expected.hpp>

#include "cluster/key.hpp"
#include "netlink/descriptor.hpp"

namespace highbase::daemon {
namespace {

constexpr std::size_t kLongestPassword = 1024;

constexpr std::size_t kLongestOptions = std::size_t{16} * 1024;

// What is read, for messages: "password_file PATH".
struct Secret {
    std::string_view key;
    std::string file;
    std::size_t longest;
};

tl::unexpected<std::string> refuse(const Secret& secret, std::string_view why) {
    return tl::make_unexpected(fmt::format("{} {}: {}", secret.key, secret.file, why));
}

// Without the end of its last line. A file that others can read is refused: a secret that is not one is worse
// than none.
tl::expected<std::string, std::string> read_secret(const Secret& secret) {
    const netlink::Descriptor descriptor{
        ::open(secret.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (descriptor.get() < 0) return refuse(secret, std::strerror(errno));
    struct stat facts {};
    if (::fstat(descriptor.get(), &facts) != 0) return refuse(secret, std::strerror(errno));
    if (!S_ISREG(facts.st_mode)) return refuse(secret, "is not a regular file");
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse(secret,
                      fmt::format("others than its owner have access to it: chmod 600 {}", secret.file));
    std::string text(secret.longest + 2, '\0');
    const ssize_t size = ::read(descriptor.get(), text.data(), text.size());
    if (size < 0) return refuse(secret, std::strerror(errno));
    text.resize(static_cast<std::size_t>(size));
    if (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.size() > secret.longest)
        return refuse(secret, fmt::format("is longer than {} octets", secret.longest));
    return text;
}

tl::expected<std::string, std::string> read_password(const std::string& file) {
    const Secret secret{"password_file", file, kLongestPassword};
    auto text = read_secret(secret);
    if (!text) return text;
    if (text->empty()) return refuse(secret, "is empty: write the password on its first line");
    if (text->find_first_of(std::string_view{"\n\0", 2}) != std::string::npos)
        return refuse(secret, "has more than one line: write the password alone");
    return text;
}

// "name=value" on each line; empty ones, and those that begin with '#', are for people.
tl::expected<std::vector<std::string>, std::string> read_options(const std::string& file) {
    const Secret secret{"fence_options_file", file, kLongestOptions};
    const auto text = read_secret(secret);
    if (!text) return tl::make_unexpected(text.error());
    std::vector<std::string> options;
    std::istringstream lines{*text};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') continue;
        const std::size_t equals = line.find('=');
        const bool is_option =
            equals != std::string::npos && equals > 0 && line.find('\0') == std::string::npos;
        // The line is not repeated: it may be a password.
        if (!is_option || line.starts_with("action="))
            return refuse(secret, "has a line that is not \"name=value\", or names the action");
        options.push_back(std::move(line));
    }
    return options;
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
        node::FenceConfiguration& fence = router.database->fence;
        if (fence.options_file.empty()) continue;
        if (auto options = read_options(fence.options_file))
            fence.secret_options = *std::move(options);
        else
            faults.push_back(options.error());
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

std::vector<AgentFault> agent_faults(const node::Configuration& configuration) {
    std::vector<AgentFault> faults;
    for (const node::RouterConfiguration& router : configuration.routers) {
        if (!router.database || router.database->fence.agent.empty()) continue;
        const std::string& agent = router.database->fence.agent;
        struct stat facts {};
        const bool is_there = ::stat(agent.c_str(), &facts) == 0;
        if (is_there && S_ISREG(facts.st_mode) && ::access(agent.c_str(), X_OK) == 0) continue;
        const std::string error =
            is_there && !S_ISREG(facts.st_mode) ? "it is not a program" : std::strerror(errno);
        faults.push_back({router.sync_group.empty() ? router.name : router.sync_group, agent, error});
    }
    return faults;
}

std::string boot_id() {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace highbase::daemon
