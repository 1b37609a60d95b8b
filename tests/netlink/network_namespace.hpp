// SPDX-License-Identifier: GPL-2.0-or-later
// Network namespaces for tests: without a name, and gone with the process.
#pragma once

#include <functional>
#include <string>

#include "netlink/descriptor.hpp"

namespace highbase::test {

class NetworkNamespace {
public:
    // A new one, with its loopback link up. Throws where the process may not (root is needed).
    NetworkNamespace();

    // The thread is in the namespace as long as this lives: what it opens belongs to it, and it sees its
    // /proc/sys.
    class Visit {
    public:
        explicit Visit(const NetworkNamespace& target);
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;
        ~Visit();

    private:
        netlink::Descriptor home_;
    };
    void inside(const std::function<void()>& action) const;
    // A shell command's output; throws when it fails.
    std::string run(const std::string& command) const;
    // For "ip link add ... netns PATH".
    [[nodiscard]] std::string path() const;

private:
    netlink::Descriptor descriptor_;
};

// A veth pair: `near` in one namespace, `far` in the other, both up, without IPv6 link-local addresses of
// their own. MACs 02:00:00:00:00:01 and 02:00:00:00:00:02.
void connect(const NetworkNamespace& near, const std::string& near_name, const NetworkNamespace& far,
             const std::string& far_name);

}  // namespace highbase::test
