// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/journal.hpp"

#include <rapidcheck.h>

#include <limits>

#include "tests/catch.hpp"

namespace highbase::cluster {
namespace {

const std::string kNothing =
    "highbase journal 1\nepoch 0\nterm none\nalone no\nreleased no\nin_sync no\nchecksum 5bfec344\n";

Journal replica_of_two_sources() {
    Journal journal;
    journal.epoch = Epoch{7};
    journal.released = true;
    journal.in_sync = SyncMemory{Epoch{6}, "1b7c1e4e-0000-4c5c-8d8a-0123456789ab", "5e4c-boot",
                                 std::chrono::seconds{1234}, "aa:1-5,\nbb:7\\"};
    return journal;
}

const std::string kReplica =
    "highbase journal 1\n"
    "epoch 7\n"
    "term none\n"
    "alone no\n"
    "released yes\n"
    "in_sync yes\n"
    "in_sync_epoch 6\n"
    "in_sync_server 1b7c1e4e-0000-4c5c-8d8a-0123456789ab\n"
    "in_sync_boot 5e4c-boot\n"
    "in_sync_started 1234\n"
    "in_sync_received aa:1-5,\\0abb:7\\5c\n"
    "checksum 00000000\n";

std::string without_checksum(const std::string& text) {
    return text.substr(0, text.find("checksum"));
}

// As somebody would who knows how it is done.
std::string edited(std::string text, const std::string& before, const std::string& after) {
    const std::size_t at = text.find(before);
    REQUIRE(at != std::string::npos);
    return text.replace(at, before.size(), after);
}

TEST_CASE("maintenance is a line of its own, only while there is one: older files have none") {
    Journal journal;
    CHECK(to_text(journal).find("maintenance") == std::string::npos);
    journal.maintenance = true;
    CHECK(to_text(journal).find("\nin_sync no\nmaintenance yes\nchecksum ") != std::string::npos);
    CHECK(parse_journal(to_text(journal)).value() == journal);
}

TEST_CASE("that a server may be open is such a line too") {
    Journal journal;
    journal.maybe_open = true;
    CHECK(to_text(journal).find("\nin_sync no\nmaybe_open yes\nchecksum ") != std::string::npos);
    CHECK(parse_journal(to_text(journal)).value() == journal);
    journal.maintenance = true;
    CHECK(to_text(journal).find("\nmaintenance yes\nmaybe_open yes\nchecksum ") != std::string::npos);
    CHECK(parse_journal(to_text(journal)).value() == journal);
}

TEST_CASE("The words of a term") {
    CHECK(name(Term::none) == "none");
    CHECK(name(Term::promoting) == "promoting");
    CHECK(name(Term::held) == "held");
}

TEST_CASE("A journal can be read by people") {
    CHECK(to_text(Journal{}) == kNothing);
    CHECK(without_checksum(to_text(replica_of_two_sources())) == without_checksum(kReplica));
    Journal primary;
    primary.epoch = Epoch{std::numeric_limits<std::uint64_t>::max()};
    primary.term = Term::held;
    primary.alone = true;
    CHECK(to_text(primary).starts_with(
        "highbase journal 1\nepoch 18446744073709551615\nterm held\nalone yes\nreleased no\nin_sync no\n"));
}

TEST_CASE("What was written is read") {
    CHECK(parse_journal(kNothing) == Journal{});
    CHECK(parse_journal(to_text(replica_of_two_sources())) == replica_of_two_sources());
}

TEST_CASE("Whatever a journal holds comes back") {
    CHECK(rc::check([](std::uint64_t epoch, std::uint8_t term, bool alone, bool released, bool in_sync,
                       const std::string& server, const std::string& boot, std::int64_t started,
                       const std::string& received) {
        Journal journal{Epoch{epoch}, static_cast<Term>(term % kTermCount), alone, released, std::nullopt};
        if (in_sync) {
            journal.in_sync =
                SyncMemory{Epoch{epoch / 2}, server, boot, std::chrono::seconds{started}, received};
        }
        RC_ASSERT(parse_journal(to_text(journal)) == journal);
    }));
}

TEST_CASE("A torn journal is noticed, wherever it was torn") {
    const std::string text = to_text(replica_of_two_sources());
    for (std::size_t size = 0; size < text.size(); ++size) {
        INFO(size);
        CHECK_FALSE(parse_journal(text.substr(0, size)).has_value());
        // A file system that had given the room, but not written to it.
        CHECK_FALSE(parse_journal(text.substr(0, size) + std::string(text.size() - size, '\0')).has_value());
    }
    CHECK(parse_journal("").error() == "line 1: expected \"highbase journal 1\"");
    CHECK(parse_journal(text.substr(0, text.size() - 1)).error() ==
          "its last line is not the checksum of the others: it is torn, or was edited");
}

TEST_CASE("A change of any octet is noticed") {
    const std::string text = to_text(replica_of_two_sources());
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char flip : {char{1}, char{32}}) {
            std::string other = text;
            other[at] = static_cast<char>(other[at] ^ flip);
            INFO(other);
            CHECK_FALSE(parse_journal(other).has_value());
        }
    }
    CHECK_FALSE(parse_journal(text + "\n").has_value());
    CHECK_FALSE(parse_journal(edited(kNothing, "epoch 0", "epoch 1")).has_value());
}

// The checksums below are right: only the contents are not.
TEST_CASE("What no version of this program writes is refused, with the line") {
    struct Row {
        const char* text;
        const char* error;
    };
    const Row rows[] = {
        {"highbase journal 2\nepoch 0\n", "line 1: expected \"highbase journal 1\""},
        {"highbase journal 1\nterm none\nchecksum ee0c4de4\n", "line 2: expected \"epoch\""},
        {"highbase journal 1\nepoch x\nchecksum cacfbcfe\n", "line 2: expected a number after \"epoch\""},
        {"highbase journal 1\nepoch -1\nchecksum 3edd1557\n", "line 2: expected a number after \"epoch\""},
        {"highbase journal 1\nepoch 18446744073709551616\nchecksum 35aca5aa\n",
         "line 2: expected a number after \"epoch\""},
        {"highbase journal 1\nepoch 0\nterm lost\nchecksum 9683128e\n",
         "line 3: expected none, promoting or held after \"term\""},
        {"highbase journal 1\nepoch 0\nterm none\nalone 1\nchecksum 4528fa9b\n",
         "line 4: expected yes or no after \"alone\""},
        {"highbase journal 1\nepoch 0\nterm none\nalone no\nreleased no\nin_sync no\nepoch 1\nchecksum "
         "e65fa99d\n",
         "line 7: expected the end"},
        {"highbase journal 1\nepoch 0\nterm none\nalone no\nreleased no\nin_sync yes\nchecksum 7d995596\n",
         "line 7: expected \"in_sync_epoch\""},
        {"highbase journal 1\nepoch 0\nterm none\nalone no\nreleased no\nin_sync yes\nin_sync_epoch 1\n"
         "in_sync_server a\\4\nchecksum fc59e477\n",
         "line 8: expected two hexadecimal digits after each \\ of \"in_sync_server\""},
        {"highbase journal 1\nepoch 00\nterm none\nalone no\nreleased no\nin_sync no\nchecksum 8554d503\n",
         "it is not written as this program writes it"},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(parse_journal(row.text).error() == row.error);
    }
}

TEST_CASE("A journal is not read without end") {
    Journal journal = replica_of_two_sources();
    journal.in_sync->received = std::string(kLongestJournal, '1');
    CHECK(parse_journal(to_text(journal)).error() == "it is longer than 1048576 octets");
}

}  // namespace
}  // namespace highbase::cluster
