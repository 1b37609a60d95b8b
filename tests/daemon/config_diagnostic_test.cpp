// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_diagnostic.hpp"

#include <array>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

TEST_CASE("a diagnostic names its place as compilers do") {
    CHECK(format({Severity::error, 3, 14, "wrong"}, "a.toml") == "a.toml:3:14: error: wrong");
    CHECK(format({Severity::warning, 1, 1, "odd"}, "a.toml") == "a.toml:1:1: warning: odd");
    CHECK(format({Severity::error, 0, 0, "cannot be read"}, "a.toml") == "a.toml: error: cannot be read");
}

TEST_CASE("diagnostics come in the order of the file") {
    Problems problems;
    problems.error({3, 1}, "c");
    problems.warning({2, 9}, "b");
    problems.error({2, 1}, "a");
    problems.error({3, 1}, "d");
    CHECK(problems.has_errors());
    CHECK(std::move(problems).take() == std::vector<Diagnostic>{{Severity::error, 2, 1, "a"},
                                                                {Severity::warning, 2, 9, "b"},
                                                                {Severity::error, 3, 1, "c"},
                                                                {Severity::error, 3, 1, "d"}});
}

TEST_CASE("a hundred of each severity are kept, so that warnings never hide an error") {
    Problems problems;
    for (std::uint32_t line = 1; line <= 100; ++line) problems.warning({line, 1}, "w");
    for (std::uint32_t line = 1; line <= 102; ++line) {
        CHECK(problems.is_full() == (line > 100));
        problems.error({line, 2}, "e");
    }
    const std::vector<Diagnostic> result = std::move(problems).take();
    REQUIRE(result.size() == 201);
    CHECK(result[0] == Diagnostic{Severity::warning, 1, 1, "w"});
    CHECK(result[199] == Diagnostic{Severity::error, 100, 2, "e"});
    CHECK(result[200] == Diagnostic{Severity::error, 0, 0, "2 more errors are not shown"});
}

TEST_CASE("warnings are no errors") {
    Problems problems;
    for (std::uint32_t line = 1; line <= 101; ++line) problems.warning({line, 1}, "w");
    CHECK_FALSE(problems.has_errors());
    CHECK(std::move(problems).take().back() ==
          Diagnostic{Severity::warning, 0, 0, "1 more warnings are not shown"});
}

TEST_CASE("a quoted text can do nothing to a terminal or a log") {
    CHECK(in_quotes("db") == "\"db\"");
    CHECK(in_quotes("") == "\"\"");
    CHECK(in_quotes("a\"b\\c") == R"("a\"b\\c")");
    CHECK(in_quotes("a\nb\x1b[2J\x7f") == R"("a\u000Ab\u001B[2J\u007F")");
    CHECK(in_quotes("\xc2\x9b"
                    "2J\xc2\xa0") == "\"\\u009B2J\xc2\xa0\"");
    CHECK(in_quotes("b\u00fcro") == "\"b\u00fcro\"");
    CHECK(in_quotes("\xc2") == "\"\xc2\"");
    CHECK(in_quotes(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
    CHECK(in_quotes(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "\"...");
    // Not cut inside of a character.
    CHECK(in_quotes(std::string(59, 'x') + "\u20ac\u20ac") == "\"" + std::string(59, 'x') + "\"...");
    CHECK(toml_string(std::string(61, 'x')) == "\"" + std::string(61, 'x') + "\"");
}

TEST_CASE("the nearest name is one that was probably meant") {
    constexpr std::array<std::string_view, 5> kNames{"vrid", "priority", "preempt", "preempt_delay", "mac"};
    CHECK(nearest("vird", kNames) == "vrid");
    CHECK(nearest("VRID", kNames) == "vrid");
    CHECK(nearest("vrids", kNames) == "vrid");
    CHECK(nearest("prioritie", kNames) == "priority");
    CHECK(nearest("preempt-delay", kNames) == "preempt_delay");
    CHECK(nearest("premptdelay", kNames) == "preempt_delay");
    CHECK(nearest("preemt", kNames) == "preempt");
    CHECK(nearest("mca", kNames) == "mac");
    CHECK(nearest("prioritaet", kNames) == std::nullopt);
    CHECK(nearest("macro", kNames) == std::nullopt);
    CHECK(nearest("x", kNames) == std::nullopt);
    CHECK(nearest("", kNames) == std::nullopt);
    CHECK(nearest("password", kNames) == std::nullopt);
    CHECK(nearest(std::string(65, 'v'), kNames) == std::nullopt);
}

}  // namespace
}  // namespace highbase::daemon
