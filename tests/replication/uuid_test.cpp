// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/uuid.hpp"

#include "tests/catch.hpp"

using highbase::replication::Uuid;

TEST_CASE("a UUID is read in either case and printed in lower case") {
    const auto uuid = Uuid::parse("3E11FA47-71cA-11e1-9E33-C80aA9429562");
    REQUIRE(uuid);
    CHECK(uuid->octets == std::array<std::uint8_t, 16>{0x3e, 0x11, 0xfa, 0x47, 0x71, 0xca, 0x11, 0xe1,  //
                                                       0x9e, 0x33, 0xc8, 0x0a, 0xa9, 0x42, 0x95, 0x62});
    CHECK(uuid->to_string() == "3e11fa47-71ca-11e1-9e33-c80aa9429562");
    CHECK(Uuid{}.to_string() == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("UUIDs sort as their texts do") {
    const Uuid low = Uuid::parse("0fffffff-ffff-ffff-ffff-ffffffffffff").value();
    const Uuid high = Uuid::parse("f0000000-0000-0000-0000-000000000000").value();
    CHECK(low < high);
}

TEST_CASE("what is no UUID is refused") {
    CHECK_FALSE(Uuid::parse(""));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa94295622"));
    CHECK_FALSE(Uuid::parse("3e11fa4771ca11e19e33c80aa9429562"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956g"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956G"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956:"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956/"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956@"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942956`"));
    CHECK_FALSE(Uuid::parse("3e11fa47 71ca-11e1-9e33-c80aa9429562"));
    CHECK_FALSE(Uuid::parse("3e11fa47-71ca-11e1-9e33-c80aa942 562"));
    CHECK_FALSE(Uuid::parse("3e11fa4-771ca-11e1-9e33-c80aa9429562"));
}
