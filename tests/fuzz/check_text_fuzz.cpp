// SPDX-License-Identifier: GPL-2.0-or-later
// Texts that checks read and others write: the output of programs, and what files say of processes and disks.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "health/mount_info.hpp"
#include "health/mysql_finding.hpp"
#include "health/plugin_output.hpp"
#include "health/process_stat.hpp"
#include "tests/fuzz/require.hpp"

using namespace highbase::health;

namespace {

bool is_harmless(const std::string& text) {
    return text.size() <= kLongestReason &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const PluginOutput output = parse_plugin_output(text);
    FUZZ_REQUIRE(is_harmless(output.text) && is_harmless(output.measure));
    FUZZ_REQUIRE(output.text.find('|') == std::string::npos);

    if (const auto stat = parse_process_stat(text)) {
        const std::string again = "1 (" + stat->command + ") " + stat->state + " ";
        FUZZ_REQUIRE(parse_process_stat(again) == stat);
    }
    const auto pid = parse_pid_file(text);
    FUZZ_REQUIRE(!pid || *pid > 0);
    static_cast<void>(is_read_only(text, 8, 1));
    const highbase::mysql::Failure failure{highbase::mysql::FailureKind::unreachable, 2002, "",
                                           std::string{text}, false};
    const highbase::mysql::Endpoint by_socket = highbase::mysql::UnixEndpoint{"/s"};
    const highbase::mysql::Endpoint by_tcp = highbase::mysql::TcpEndpoint{};
    FUZZ_REQUIRE(says_nobody_listens(failure, by_socket) || !says_nobody_listens(failure, by_tcp));
    return 0;
}
