// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/netlink/network_namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace highbase::test {
namespace {

netlink::Descriptor present_namespace() {
    netlink::Descriptor present{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
    if (!present) throw std::system_error{errno, std::generic_category(), "open the network namespace"};
    return present;
}

void enter(const netlink::Descriptor& target) {
    if (::setns(target.get(), CLONE_NEWNET) != 0) {
        throw std::system_error{errno, std::generic_category(), "enter a network namespace"};
    }
}

}  // namespace

NetworkNamespace::Visit::Visit(const NetworkNamespace& target) : home_(present_namespace()) {
    enter(target.descriptor_);
}

NetworkNamespace::Visit::~Visit() {
    ::setns(home_.get(), CLONE_NEWNET);
}

NetworkNamespace::NetworkNamespace() {
    const auto home = present_namespace();
    if (::unshare(CLONE_NEWNET) != 0) {
        throw std::system_error{errno, std::generic_category(), "make a network namespace (root is needed)"};
    }
    descriptor_ = present_namespace();
    enter(home);
    run("ip link set lo up");
}

void NetworkNamespace::inside(const std::function<void()>& action) const {
    const Visit visit{*this};
    action();
}

std::string NetworkNamespace::run(const std::string& command) const {
    const Visit visit{*this};
    FILE* pipe = ::popen(("exec 2>&1; " + command).c_str(), "re");
    if (pipe == nullptr) throw std::system_error{errno, std::generic_category(), command};
    std::string output;
    std::array<char, 4096> chunk{};
    while (const auto size = std::fread(chunk.data(), 1, chunk.size(), pipe))
        output.append(chunk.data(), size);
    const int status = ::pclose(pipe);
    if (status != 0) throw std::runtime_error{fmt::format("{}: status {}: {}", command, status, output)};
    return output;
}

std::string NetworkNamespace::path() const {
    return fmt::format("/proc/{}/fd/{}", ::getpid(), descriptor_.get());
}

void connect(const NetworkNamespace& near, const std::string& near_name, const NetworkNamespace& far,
             const std::string& far_name) {
    near.run(fmt::format(
        "ip link add {} address 02:00:00:00:00:01 type veth peer name {} address 02:00:00:00:00:02 "
        "netns {}",
        near_name, far_name, far.path()));
    near.run(fmt::format("ip link set {0} addrgenmode none && ip link set {0} up", near_name));
    far.run(fmt::format("ip link set {0} addrgenmode none && ip link set {0} up", far_name));
}

}  // namespace highbase::test
