// SPDX-License-Identifier: GPL-2.0-or-later
// The contract of Kernel: addresses.
#include "tests/netlink/contract_host.hpp"

namespace highbase::test {

TEST_CASE("an address is added, renewed and deleted, each with its event", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    const auto* text = GENERATE("192.0.2.100/24", "192.0.2.100/32", "2001:db8::100/64", "fe80::100/128");
    const AddressAdded added{address(hb0, text)};
    const AddressRemoved removed{address(hb0, text)};

    REQUIRE(kernel.put_address(request(hb0, text)));
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, text)});
    CHECK(host.until(added) == Events{added});

    REQUIRE(kernel.put_address(request(hb0, text)));
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, text)});
    CHECK(host.until(added) == Events{added});

    REQUIRE(kernel.delete_address(hb0, prefix(text)));
    CHECK(addresses_of(kernel, hb0).empty());
    CHECK(host.until(removed) == Events{removed});
    CHECK(code_of(kernel.delete_address(hb0, prefix(text))) == EADDRNOTAVAIL);
    CHECK(host.waiting().empty());
}

TEST_CASE("events come in the order of what happened", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/32")));
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.101/32")));
    REQUIRE(kernel.delete_address(hb0, prefix("192.0.2.100/32")));
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/24")));
    const Events expected{
        AddressAdded{address(hb0, "192.0.2.100/32")}, AddressAdded{address(hb0, "192.0.2.101/32")},
        AddressRemoved{address(hb0, "192.0.2.100/32")}, AddressAdded{address(hb0, "192.0.2.100/24")}};
    CHECK(host.until(expected.back()) == expected);
    CHECK(host.waiting().empty());
}

TEST_CASE("an address goes away by itself when its lifetime ends", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    const auto* text = GENERATE("192.0.2.100/24", "2001:db8::100/64");
    REQUIRE(kernel.put_address(request(hb0, text, 2s)));
    CHECK(host.during(1200ms) == Events{AddressAdded{address(hb0, text)}});
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, text)});
    CHECK(host.until(AddressRemoved{address(hb0, text)}).size() == 1);
    CHECK(addresses_of(kernel, hb0).empty());
}

TEST_CASE("renewing an address begins its lifetime anew", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    const auto* text = GENERATE("192.0.2.100/24", "2001:db8::100/64");
    REQUIRE(kernel.put_address(request(hb0, text, 2s)));
    host.during(1000ms);
    REQUIRE(kernel.put_address(request(hb0, text, 3s)));
    host.during(2400ms);  // 3.4 s after the first request, 2.4 s after the second
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, text)});
    host.until(AddressRemoved{address(hb0, text)});
    CHECK(addresses_of(kernel, hb0).empty());
}

TEST_CASE("renewing an address without a lifetime makes it stay", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    const auto* text = GENERATE("192.0.2.100/24", "2001:db8::100/64");
    REQUIRE(kernel.put_address(request(hb0, text, 1s)));
    REQUIRE(kernel.put_address(request(hb0, text)));
    const AddressAdded added{address(hb0, text)};
    CHECK(host.during(2500ms) == Events{added, added});
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, text)});
}

TEST_CASE("what cannot be done with addresses changes nothing and is told by its code", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/24")));
    REQUIRE(kernel.put_address(request(hb0, "2001:db8::100/64")));
    host.until(AddressAdded{address(hb0, "2001:db8::100/64")});

    CHECK(code_of(kernel.put_address(request(kNoSuchLink, "192.0.2.1/24"))) == ENODEV);
    CHECK(code_of(kernel.put_address(request(kNoSuchLink, "2001:db8::1/64"))) == ENODEV);
    CHECK(code_of(kernel.put_address({hb0, {prefix("192.0.2.1/24").address, 33}, {}, true})) == EINVAL);
    CHECK(code_of(kernel.put_address({hb0, {prefix("2001:db8::1/64").address, 129}, {}, true})) == EINVAL);
    CHECK(code_of(kernel.put_address(request(hb0, "192.0.2.1/24", 0s))) == EINVAL);
    CHECK(code_of(kernel.put_address(request(hb0, "2001:db8::1/64", 0s))) == EINVAL);
    CHECK(code_of(kernel.delete_address(kNoSuchLink, prefix("192.0.2.100/24"))) == ENODEV);
    CHECK(code_of(kernel.delete_address(kNoSuchLink, prefix("2001:db8::100/64"))) == ENODEV);
    CHECK(code_of(kernel.delete_address(hb0, prefix("192.0.2.100/32"))) == EADDRNOTAVAIL);
    CHECK(code_of(kernel.delete_address(hb0, prefix("2001:db8::100/128"))) == EADDRNOTAVAIL);

    CHECK(addresses_of(kernel, hb0).size() == 2);
    CHECK(host.waiting().empty());
}

TEST_CASE("IPv4 knows an address by its prefix length too, IPv6 does not", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/24")));
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/32")));
    REQUIRE(kernel.put_address(request(hb0, "2001:db8::100/64")));
    REQUIRE(kernel.put_address(request(hb0, "2001:db8::100/128")));
    auto present = addresses_of(kernel, hb0);
    std::ranges::sort(present, {}, &LinkAddress::prefix);
    CHECK(present == std::vector{address(hb0, "192.0.2.100/24"), address(hb0, "192.0.2.100/32"),
                                 address(hb0, "2001:db8::100/64")});
    const AddressAdded ipv6{address(hb0, "2001:db8::100/64")};
    CHECK(host.until(ipv6) == Events{AddressAdded{address(hb0, "192.0.2.100/24")},
                                     AddressAdded{address(hb0, "192.0.2.100/32")}, ipv6});
    CHECK(host.until(ipv6) == Events{ipv6});
}

TEST_CASE("what somebody else does to an address is reported", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    const auto* text = GENERATE("192.0.2.100/24", "2001:db8::100/64");
    REQUIRE(kernel.put_address(request(hb0, text)));
    host.until(AddressAdded{address(hb0, text)});
    host->remove_address(prefix(text));
    const AddressRemoved removed{address(hb0, text)};
    CHECK(host.until(removed) == Events{removed});
    CHECK(addresses_of(kernel, hb0).empty());
}

TEST_CASE("an IPv6 address of somebody else is tentative until its detection has ended", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    host->add_address(prefix("2001:db8::5/64"));
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, "2001:db8::5/64", true)});
    const AddressAdded tentative{address(hb0, "2001:db8::5/64", true)};
    CHECK(host.until(tentative) == Events{tentative});
    host->finish_detection(prefix("2001:db8::5/64"));
    const AddressAdded usable{address(hb0, "2001:db8::5/64")};
    CHECK(host.until(usable) == Events{usable});
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, "2001:db8::5/64")});
}

}  // namespace highbase::test
