// SPDX-License-Identifier: GPL-2.0-or-later
// Both ends of the control protocol: what a client may send to the daemon, and what a daemon may answer to
// hbctl.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "status/control_protocol.hpp"
#include "status/doctor.hpp"
#include "status/switchover.hpp"
#include "status/table.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace highbase::status;

constexpr std::size_t kLongestError = 500;  // octets

void read_as_request(std::string_view line) {
    const auto request = parse_request(line);
    if (!request) {
        FUZZ_REQUIRE(request.error().message.size() < kLongestError);
        // An error can be sent, whatever was quoted in it, and is one line.
        const std::string answer = error_line(request.error());
        FUZZ_REQUIRE(answer.find('\n') == answer.size() - 1);
        const auto read = parse_answer(std::string_view{answer}.substr(0, answer.size() - 1));
        FUZZ_REQUIRE(!read && read.error().code == request.error().code);
        return;
    }
    const std::string written = to_line(*request);
    const auto again = parse_request(std::string_view{written}.substr(0, written.size() - 1));
    FUZZ_REQUIRE(again.has_value() && *again == *request);
}

void read_as_answer(std::string_view line) {
    const auto answer = parse_answer(line);
    const std::string shown =
        answer ? status_table(answer->result, Colour::off) + event_text(answer->result, Colour::off) +
                     doctor_table(answer->result, Colour::off) + switchover_text(answer->result, Colour::off)
               : printable_lines(answer.error().message);
    for (const char character : shown) {
        FUZZ_REQUIRE(character == '\n' || static_cast<unsigned char>(character) >= 0x20);
        FUZZ_REQUIRE(character != 0x7f);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line{reinterpret_cast<const char*>(data), size};
    read_as_request(line);
    read_as_answer(line);
    return 0;
}
