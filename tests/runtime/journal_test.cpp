// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "netlink/descriptor.hpp"
#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using node::EventId;
using Fields = std::vector<std::string>;

TEST_CASE("The journal's fields of an event") {
    const status::Event event{
        3, {}, {EventId::send_failed, {{"router", "db"}, {"interface", "eth0"}, {"error", "no\nbuffer"}}}};
    CHECK(journal_fields(event) == Fields{"MESSAGE=db: frame not sent on eth0: no\nbuffer", "PRIORITY=4",
                                          "HIGHBASE_EVENT=HB0120", "HIGHBASE_EVENT_NAME=send_failed",
                                          "HIGHBASE_ROUTER=db", "HIGHBASE_INTERFACE=eth0",
                                          "HIGHBASE_ERROR=no\nbuffer"});
}

TEST_CASE("Field names are what the journal takes") {
    const status::Event event{3, {}, {EventId::resigned, {{"Max-2.rate", "x"}}}};
    CHECK(journal_fields(event).back() == "HIGHBASE_MAX_2_RATE=x");
}

TEST_CASE("Levels have syslog's numbers") {
    const auto priority = [](EventId id) { return journal_fields({1, {}, {id, {}}}).at(1); };
    CHECK(priority(EventId::acquisition_failed) == "PRIORITY=2");
    CHECK(priority(EventId::packet_refusal_failed) == "PRIORITY=3");
    CHECK(priority(EventId::resigned) == "PRIORITY=4");
    CHECK(priority(EventId::became_active) == "PRIORITY=5");
    CHECK(priority(EventId::node_stopping) == "PRIORITY=6");
    CHECK(priority(EventId::control_connected) == "PRIORITY=7");
}

TEST_CASE("Standard error is the journal when JOURNAL_STREAM names its file") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const netlink::Descriptor in{ends[0]};
    const netlink::Descriptor out{ends[1]};
    struct stat file {};
    REQUIRE(::fstat(out.get(), &file) == 0);
    const std::string stream = std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
    CHECK(is_journal(stream.c_str(), out.get()));
    CHECK_FALSE(is_journal((stream + "0").c_str(), out.get()));
    CHECK_FALSE(is_journal("", out.get()));
    CHECK_FALSE(is_journal(nullptr, out.get()));
    CHECK_FALSE(is_journal(stream.c_str(), -1));
}

}  // namespace
}  // namespace highbase::daemon
