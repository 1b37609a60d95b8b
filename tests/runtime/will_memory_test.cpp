// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/will_memory.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using netlink::LinkIndex;
using node::Will;
using vrrp::IpAddress;

Will a_will() {
    const IpAddress vip = IpAddress::v4(192, 0, 2, 100);
    const IpAddress vip6 = IpAddress::parse("2001:db8::100").value();
    Will will;
    will.leases = {vip, vip6};
    will.frames = {{LinkIndex{2}, {1, 2, 3}}, {LinkIndex{3}, {}}};
    will.datagrams = {{LinkIndex{2}, IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 0, 2, 2), {9, 8}}};
    will.served = {vip};
    will.forwarded = {vip6};
    will.addresses = {{LinkIndex{2}, {vip, 24}}, {LinkIndex{3}, {vip6, 64}}};
    return will;
}

TEST_CASE("nothing has been left at first") {
    const WillMemory memory;
    CHECK(memory.read() == std::nullopt);
}

TEST_CASE("what was left last is read") {
    WillMemory memory;
    for (int i = 0; i < 3; ++i) {
        CHECK(memory.leave(a_will()));
        CHECK(memory.read() == a_will());
        CHECK(memory.leave({}));
        CHECK(memory.read() == Will{});
    }
}

TEST_CASE("by the process that has forked the one that left it, and died") {
    WillMemory memory;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        memory.leave(a_will());
        ::raise(SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(memory.read() == a_will());
}

TEST_CASE("what is too long leaves nothing, not what was before") {
    WillMemory memory;
    CHECK(memory.leave(a_will()));
    Will long_one;
    long_one.frames.push_back({LinkIndex{2}, vrrp::OctetString(WillMemory::kLargest)});
    CHECK_FALSE(memory.leave(long_one));
    CHECK(memory.read() == std::nullopt);
    long_one.frames[0].octets.resize(WillMemory::kLargest - 100);
    CHECK(memory.leave(long_one));
    CHECK(memory.read() == long_one);
}

// A process that dies by writing where it should not may have written here.
TEST_CASE("each octet that is altered is noticed, or is of the other slot") {
    WillMemory memory;
    CHECK(memory.leave(a_will()));
    const std::span<std::uint8_t> octets = memory.octets();
    const std::size_t of_first_slot = octets.size() / 2;  // and the number of the current one
    std::size_t noticed = 0;
    for (const std::size_t from : {std::size_t{0}, of_first_slot}) {
        for (std::size_t at = from; at < from + 512; ++at) {
            octets[at] ^= 0x10;
            const auto read = memory.read();
            noticed += read ? 0 : 1;
            CHECK((!read || *read == a_will()));
            octets[at] ^= 0x10;
        }
    }
    CHECK(noticed > 200);
    CHECK(memory.read() == a_will());
}

}  // namespace
}  // namespace highbase::daemon
