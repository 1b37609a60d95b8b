// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/plugin_output.hpp"

#include "health/process_stat.hpp"
#include "tests/catch.hpp"

namespace highbase::health {
namespace {

TEST_CASE("the first line is the reason, and what follows a bar is measured") {
    CHECK(parse_plugin_output("DISK OK") == PluginOutput{"DISK OK", ""});
    CHECK(parse_plugin_output("DISK OK - free space | /=2643MB;5948;5958\nmore | other=1\n") ==
          PluginOutput{"DISK OK - free space", "/=2643MB;5948;5958"});
    CHECK(parse_plugin_output("a|b|c") == PluginOutput{"a", "b|c"});
    CHECK(parse_plugin_output("|time=1") == PluginOutput{"", "time=1"});
    CHECK(parse_plugin_output(" \t a b \r\n") == PluginOutput{"a b", ""});
    CHECK(parse_plugin_output("") == PluginOutput{"", ""});
    CHECK(parse_plugin_output("\nsecond") == PluginOutput{"", ""});
}

TEST_CASE("what others wrote is made harmless and short") {
    CHECK(plain_text("a\x1b[2Jb\x7f\xc3\xa4\tc") == "a?[2Jb????c");
    CHECK(plain_text(" ~") == " ~");
    CHECK(plain_text("abcdef", 3) == "abc");
    CHECK(parse_plugin_output(std::string(1000, 'x') + "|" + std::string(1000, 'y')) ==
          PluginOutput{std::string(256, 'x'), std::string(256, 'y')});
}

TEST_CASE("an exit status is a sample") {
    CHECK(sample_of_status(0) == Sample::ok);
    CHECK(sample_of_status(1) == Sample::ok);
    CHECK(sample_of_status(2) == Sample::failed);
    for (const int status : {3, 4, 126, 127, 255, -1}) CHECK(sample_of_status(status) == Sample::unknown);
}

TEST_CASE("a process is called what stands between the outermost brackets") {
    CHECK(parse_process_stat("42 (mariadbd) S 1 42 42 0") == ProcessStat{"mariadbd", 'S'});
    CHECK(parse_process_stat("42 (a b) Z (c) T 1 42") == ProcessStat{"a b) Z (c", 'T'});
    CHECK(parse_process_stat("42 () D 1") == ProcessStat{"", 'D'});
    for (const char* wrong : {"", "42", "42 (a", "42 a) S 1", "42 )a( S 1", "42 (a)", "42 (a) ", "42 (a) S",
                              "42 (a)S 1 ", "42 (a) SS 1"}) {
        INFO(wrong);
        CHECK(parse_process_stat(wrong) == std::nullopt);
    }
}

TEST_CASE("a pid file holds a number above zero") {
    CHECK(parse_pid_file("42") == 42);
    CHECK(parse_pid_file(" 42 \r\n") == 42);
    CHECK(parse_pid_file("2147483647\n") == 2147483647);
    for (const char* wrong : {"", "\n", "0", "-1", "+1", "2147483648", "4 2", "42x", "x"}) {
        INFO(wrong);
        CHECK(parse_pid_file(wrong) == std::nullopt);
    }
}

}  // namespace
}  // namespace highbase::health
