// SPDX-License-Identifier: GPL-2.0-or-later
// Files that are not what TOML allows, or not what a configuration is made of.
#include <string>
#include <vector>

#include "daemon/config_document.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("every syntax error of a file is found at once, and the rest is still read") {
    CHECK(complaints(R"([[virtual_router]]
name = db
interface = "eth0
vrid = 51
vrid = 52
addresses = ["192.0.2.100/24"
priority = 300
accept true
mac =
[node
name = "gw1"
[[virtual_router]]
name = "\d"
preempt = "no"
)") == Lines{
           "2:8: error: not valid TOML: value: could not determine value type: text stands in quotes",
           "3:18: error: not valid TOML: string: unescaped control characters other than TAB (U+0009) are "
           "explicitly "
           "prohibited: close the string in its line",
           "5:8: error: not valid TOML: key-value pair: cannot redefine existing integer 'vrid': a name "
           "stands only "
           "once; more routers are more [[virtual_router]]",
           "6:13: error: this '[' is never closed: write ']' after its last element",
           "7:12: error: priority: expected an integer from 1 to 255, found the integer 300: write for "
           "example priority "
           "= 150",
           "8:8: error: not valid TOML: key-value pair: expected '=', saw 't': write key = value",
           "9:6: error: not valid TOML: key-value pair: expected value, saw '\\n': write a value after '='",
           "10:6: error: not valid TOML: table header: expected ']', saw '\\n': close the header in its line",
           "13:10: error: not valid TOML: string: unknown escape sequence '\\d': write a backslash as \\\\",
           "14:11: error: preempt: expected true or false, found the string \"no\": write for example "
           "preempt = false"});
}

TEST_CASE("text without quotes is told to need them") {
    const std::string hint = ": text stands in quotes";
    for (const std::string value : {"eth0", "100ms", "10.0.0.1", "true1", "false_", "interface", "no",
                                    "infinity", "192.0.2.1/24", "/var/lib"}) {
        const Lines lines = complaints("[node]\nname = " + value + "\n[[virtual_router]]\n");
        INFO(value);
        REQUIRE(lines.size() == 1);
        CAPTURE(lines[0]);
        CHECK(lines[0].starts_with("2:"));
        CHECK(lines[0].ends_with(hint));
    }
}

TEST_CASE("the parser's own messages cannot disturb a terminal") {
    CHECK(complaints("[node]\n\"a\tb\" = 1\n\"a\tb\" = 1\nname = \xc2\x9b") ==
          Lines{"2:1: error: unknown key \"a\\u0009b\" in [node]: leave it out, or look for its name in "
                "hbvrrp.toml(5)",
                "3:9: error: not valid TOML: key-value pair: cannot redefine existing integer "
                "'\"a\\u0009a\\u0009b\" ': a name "
                "stands only once; more routers are more [[virtual_router]]",
                "4:8: error: outside of strings and comments there are ASCII characters only: write it in "
                "quotes"});
}

TEST_CASE("other mistakes that are easily made have a remedy") {
    const auto remedy = [](const std::string& line) {
        const Lines lines = complaints("[node]\n" + line);
        CAPTURE(lines);
        REQUIRE(lines.size() == 1);
        return lines[0].substr(lines[0].rfind(": ") + 2);
    };
    CHECK(remedy("realtime = true log_level = \"info\"") == "write each key in a line of its own");
    CHECK(remedy("name = 'a") == "the file ends too early");
    CHECK(remedy("name = 'a\nlog_level = \"info\"") == "close the string in its line");
    CHECK(remedy("name = [1 2]") == "separate elements by commas");
    CHECK(remedy("name = \"\\x41\"") == "write a backslash as \\\\");
    CHECK(remedy("name = \"\"\"a") == "the file ends too early");
    CHECK(remedy("name = tru") == "the file ends too early");
    CHECK(remedy("name = 12:x0:00") == "text stands in quotes");
    CHECK(remedy("name = 2026-x1-01") == "text stands in quotes");
}

TEST_CASE("what the parser's assertions deny is an error like any other") {
    const std::string wrong = ":1: error: not valid TOML: check this statement, text stands in quotes";
    CHECK(complaints("[node]\nname = 2026-02-28 1 x\nrealtime = 5\n[[virtual_router]]\npriority = 2026-02-28 "
                     "1 x\nvrid = 0\n") == Lines{"2" + wrong,
                                                 "3:12: error: realtime: expected true or false, found the "
                                                 "integer 5: write for example realtime = "
                                                 "true",
                                                 "5" + wrong,
                                                 "6:8: error: vrid: expected an integer from 1 to 255, found "
                                                 "the integer 0: write for example vrid "
                                                 "= 51"});
    CHECK(complaints("a = 2026-02-28 1 x") == Lines{"1" + wrong});
}

TEST_CASE("what a statement left out said is not told to be missing") {
    CHECK(complaints("[[virtual_router]]\nname = db\n").size() == 1);
    CHECK(complaints("[[virtual_ruoter]]\n") ==
          Lines{"1:3: error: unknown table \"virtual_ruoter\": did you mean \"virtual_router\"?"});
}

TEST_CASE("a wrong header takes its section with it, and no other") {
    CHECK(complaints("[node]\n[node]\nrealtime = 3\n[[virtual_router]]\npriority = 0\n") ==
          Lines{"2:1: error: not valid TOML: table header: cannot redefine existing table 'node': a name "
                "stands only "
                "once; more routers are more [[virtual_router]]",
                "5:12: error: priority: expected an integer from 1 to 255, found the integer 0: write for "
                "example priority "
                "= 150"});
}

TEST_CASE("a header that the parser refuses only after its line is told once") {
    const Lines lines = complaints("[a]\nb = 1\n[a.b.c]\nd = 1\n[node]\nrealtime = 5\n");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].starts_with("1:2: error: unknown table \"a\""));
    CHECK(lines[1].starts_with(
        "4:1: error: not valid TOML: table header: cannot redefine existing integer 'a.b.c' as table"));
    CHECK(lines[2].starts_with("6:12: error: realtime: expected true or false"));
}

TEST_CASE("numbers and dates that no 64 bits and no calendar hold are refused") {
    const auto first = [](const std::string& value) { return complaints("[node]\nname = " + value).at(0); };
    CHECK(first("99999999999999999999").starts_with("2:"));
    CHECK(first("-9223372036854775809").starts_with("2:"));
    CHECK(first("0x8000000000000000").starts_with("2:"));
    CHECK(first("2026-02-30").starts_with("2:"));
    CHECK(first("25:00:00").starts_with("2:"));
    CHECK(first("010") ==
          "2:11: error: not valid TOML: decimal integer: leading zeroes are prohibited: write the number "
          "without leading zeros");
}

TEST_CASE("what nests too deeply is refused before it is parsed") {
    const std::string remedy = ": error: nested too deeply: at most 8 brackets inside each other";
    CHECK(complaints("a = " + std::string(100'000, '[')) == Lines{"1:13" + remedy});
    std::string key = "a";
    for (int i = 0; i < 300'000; ++i) key += ".a";
    CHECK(complaints(key + " = 1") == Lines{"1:16: error: a key of too many parts: at most 8"});
    CHECK(complaints("[" + key + "]") == Lines{"1:17: error: a key of too many parts: at most 8"});
    CHECK(complaints("a = {" + key + " = 1}") == Lines{"1:21: error: a key of too many parts: at most 8"});
}

TEST_CASE("a file that is not text is refused as a whole") {
    CHECK(complaints({"\x7f"
                      "ELF\0\0",
                      6}) == Lines{" error: this is not a text file: save it as UTF-8 text"});
    CHECK(complaints(std::string(1'000'001, '#')) == Lines{" error: the file is larger than 1000000 octets"});
    // UTF-16
    CHECK(complaints({"\xff\xfe[\0n\0", 6}) ==
          Lines{" error: this is not a text file: save it as UTF-8 text"});
    CHECK(complaints("# \xfc\n[[virtual_router]]\n") ==
          Lines{"1:3: error: the octet 0xfc is not valid UTF-8: save the file in UTF-8"});
}

TEST_CASE("an empty file is refused: it would drop every virtual router at a reload") {
    const Lines none{" error: no virtual router: write at least one [[virtual_router]]"};
    CHECK(complaints("") == none);
    CHECK(complaints("\n# nothing\n") == none);
    CHECK(complaints("[node]\nname = \"gw1\"\n") == none);
    CHECK(complaints("virtual_router = []") ==
          Lines{"1:1: error: virtual_router: the list is empty: write at least one"});
}

TEST_CASE("a million octets are read") {
    const std::string text = with_line("priority = 7");
    const ParseResult result = parse_config(text + std::string(1'000'000 - text.size(), '#'), test_host());
    CHECK(result.diagnostics.empty());
    CHECK(result.config);
}

TEST_CASE("sections stand where and as often as they should") {
    CHECK(complaints("node = 5\nvirtual_router = \"x\"") ==
          Lines{"1:1: error: expected [node], once, found the integer 5: write it as [node]",
                "2:1: error: expected [[virtual_router]], once for each virtual router, found the string "
                "\"x\": write it as "
                "[[virtual_router]]"});
    CHECK(complaints("[[node]]\n[virtual_router]\nname = 1\ninterface = \"eth0\"\nvrid = 1\naddresses = "
                     "[\"192.0.2.1\"]") ==
          Lines{"1:3: error: expected [node], once, found an array: write it as [node]",
                "2:2: error: expected [[virtual_router]], once for each virtual router, found a table: write "
                "it as "
                "[[virtual_router]]",
                "3:8: error: name: expected a name of at most 64 letters, digits, '.', '_' and '-', found "
                "the integer 1: "
                "write for example name = \"db\""});
    CHECK(complaints("virtual_router = [1, \"x\"]").size() == 2);
}

TEST_CASE("the inline forms of TOML mean the same") {
    const ParseResult result = parse_config(
        R"(node = { name = "b" }
virtual_router = [ { name = "db", interface = "eth0", vrid = 51, addresses = ["192.0.2.100/24"] } ]
)",
        test_host());
    REQUIRE(result.config);
    CHECK(result.config->node.name == "b");
    CHECK(result.config->node.routers.at(0).name == "db");
}

TEST_CASE("unknown names are told where they belong") {
    CHECK(complaints(R"(vrid = 1
name = "x"
"" = 1
[pear]
[node]
vrid = 1
Realtime = true
password = "x"
"a\u0007b" = 1
node.priority = 1
[[virtual_router]]
prioritty = 1
preempt-delay = "1s"
realtime = false
[virtual_router.mysqll]
name = "db"
)") == Lines{"1:1: error: unknown key \"vrid\" outside of any table: it belongs below [[virtual_router]]",
             "2:1: error: unknown key \"name\" outside of any table: it belongs below [node] or "
             "[[virtual_router]] or [[virtual_router.check]]",
             "3:1: error: unknown key \"\" outside of any table: leave it out, or look for its name in "
             "hbvrrp.toml(5)",
             "4:2: error: unknown table \"pear\": did you mean \"peer\"?",
             "6:1: error: unknown key \"vrid\" in [node]: it belongs below [[virtual_router]]",
             "7:1: error: unknown key \"Realtime\" in [node]: did you mean \"realtime\"?",
             "8:1: error: unknown key \"password\" in [node]: leave it out, or look for its name in "
             "hbvrrp.toml(5)",
             "9:1: error: unknown key \"a\\u0007b\" in [node]: leave it out, or look for its name in "
             "hbvrrp.toml(5)",
             "10:1: error: unknown table \"node\" in [node]: leave it out, or look for its name in "
             "hbvrrp.toml(5)",
             "11:1: error: [[virtual_router]] has no name: write for example name = \"db\"",
             "11:1: error: [[virtual_router]] has no interface: write for example interface = \"eth0\"",
             "11:1: error: [[virtual_router]] has no vrid: write for example vrid = 51",
             "11:1: error: [[virtual_router]] has no addresses: write for example addresses = "
             "[\"192.0.2.100/24\"]",
             "12:1: error: unknown key \"prioritty\" in [[virtual_router]]: did you mean \"priority\"?",
             "13:1: error: unknown key \"preempt-delay\" in [[virtual_router]]: did you mean "
             "\"preempt_delay\"?",
             "14:1: error: unknown key \"realtime\" in [[virtual_router]]: it belongs below [node]",
             "15:17: error: unknown table \"mysqll\" in [[virtual_router]]: did you mean \"mysql\"?"});
}

TEST_CASE("very many mistakes are counted, not listed, and cost no time") {
    std::string text = "[node]\n";
    for (int i = 0; i < 60'000; ++i) text += "k" + std::to_string(i) + "=1\n";
    const Lines lines = complaints(text);
    REQUIRE(lines.size() == 101);
    CHECK(lines.back() == " error: 59901 more errors are not shown");
}

TEST_CASE("more than a thousand virtual routers are refused") {
    std::string text;
    for (int i = 0; i < 1001; ++i) text += "[[virtual_router]]\n";
    CHECK(complaints(text) == Lines{"1001:1: error: 1001 virtual routers, at most 1000 are possible"});
}

TEST_CASE("values know their types and places") {
    Problems problems;
    const Document document = read_document(
        "a = \"x\"\nb = 1\nc = 1.5\nd = true\ne = 2026-01-02\nf = 10:00:00\ng = 2026-01-02T10:00:00Z\nh = "
        "[1]\ni.j = 1\n",
        problems);
    CHECK(document.complete);
    Lines described;
    for (const Entry& entry : document.root.entries)
        described.push_back(entry.key + " " + entry.value.description());
    CHECK(described == Lines{"a the string \"x\"", "b the integer 1", "c the number 1.5", "d true",
                             "e a date", "f a time", "g a date and time", "h an array", "i a table"});
    CHECK(document.root.find("h")->value.as<Array>()->at(0).position == Position{8, 6});
    CHECK(document.root.find("nothing") == nullptr);
}

}  // namespace
}  // namespace highbase::daemon
