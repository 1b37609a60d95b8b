// SPDX-License-Identifier: GPL-2.0-or-later
// The journal of a node as a crash, a disk or a hand may have left it. The checksum is put right for half of
// the inputs, so that what is behind it is reached.
#include <boost/crc.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "cluster/journal.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace highbase::cluster;

void read(std::string_view text) {
    const auto journal = parse_journal(text);
    if (journal) {
        FUZZ_REQUIRE(to_text(*journal) == text);
    } else {
        FUZZ_REQUIRE(!journal.error().empty() && journal.error().size() < 200);
        FUZZ_REQUIRE(journal.error().find('\n') == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text{reinterpret_cast<const char*>(data), size};
    read(text);
    text = text.substr(0, text.rfind("checksum "));
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    char line[32];
    std::snprintf(line, sizeof line, "checksum %08x\n", crc.checksum());
    read(text + line);
    return 0;
}
