// SPDX-License-Identifier: GPL-2.0-or-later
// What holds after any events in any order, told by WatchedGroup.
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/vrrp/octets.hpp"
#include "tests/vrrp/script.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

constexpr auto kCorpus = "tests/fuzz/corpus/virtual_router_fuzz";  // tests run in the top folder

OctetString read(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

}  // namespace

TEST_CASE("the rules hold whatever happens to a group") {
    std::size_t steps = 0;
    std::size_t takeovers = 0;
    CHECK(rc::check("for any script", [&] {
        for (int i = 0; i < 30; ++i) {
            const auto length = *rc::gen::inRange<std::size_t>(0, 600);
            const auto script = *rc::gen::container<OctetString>(length, rc::gen::arbitrary<std::uint8_t>());
            const Played played = play(script);
            steps += played.steps;
            takeovers += played.takeovers;
            RC_ASSERT(played.broken == "");
        }
    }));
    CHECK(steps > 50'000);  // otherwise nothing was tried
    CHECK(takeovers > 500);
}

TEST_CASE("the rules hold for what the fuzzer once found worth keeping") {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{kCorpus}) {
        CAPTURE(entry.path().string());
        CHECK(play(read(entry.path())).broken == "");
        ++files;
    }
    CHECK(files > 0);
}
