// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_scan.hpp"

#include <string>
#include <tuple>
#include <vector>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

std::vector<std::string> statements(const std::string& text) {
    std::vector<std::string> result;
    for (const Statement& statement : scan(text).statements) {
        result.push_back(text.substr(statement.begin, statement.end - statement.begin));
    }
    return result;
}

using Error = std::tuple<std::uint32_t, std::uint32_t, std::string>;  // line, column, message

std::vector<Error> errors(std::string_view text) {
    std::vector<Error> result;
    for (const ScanError& error : scan(text).errors) {
        result.emplace_back(error.position.line, error.position.column, error.message);
    }
    return result;
}

std::string repeated(std::string_view part, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += part;
    return result;
}

TEST_CASE("a statement is a line, or more while a bracket or a long string is open") {
    const std::string text =
        "\n"
        "  # a comment\n"
        "[node] # x\n"
        "name = \"a # b [\"\n"
        "list = [ 1, # ]\n"
        "  2 ]\r\n"
        "text = \"\"\"one\n"
        "[two] \\\"\"\" \" \"\" three\"\"\"\"\"\n"
        "raw = '''\\'''  \n"
        "quote = '\"' # '\n";
    CHECK(statements(text) ==
          std::vector<std::string>{"# a comment", "[node] # x", "name = \"a # b [\"",
                                   "list = [ 1, # ]\n  2 ]\r",
                                   "text = \"\"\"one\n[two] \\\"\"\" \" \"\" three\"\"\"\"\"",
                                   "raw = '''\\'''  ", "quote = '\"' # '"});
    CHECK(errors(text).empty());
    const Scan found = scan(text);
    CHECK(found.statements[1].is_header);
    CHECK_FALSE(found.statements[3].is_header);
    CHECK(found.statements[0].position == Position{2, 3});
    CHECK(found.statements[3].position == Position{5, 1});
    CHECK(found.statements[4].position == Position{7, 1});
}

TEST_CASE("a string that is not closed ends with its line") {
    CHECK(statements("a = \"x\nb = 'y\nc = \"\\\nd = 1") ==
          std::vector<std::string>{"a = \"x", "b = 'y", "c = \"\\", "d = 1"});
}

TEST_CASE("a backslash is nothing special between single quotes") {
    CHECK(errors("a = ['x\\', 'y']").empty());
    CHECK(errors("a = ['\'\'x\\'\'\', 'y']").empty());
}

TEST_CASE("a long string that is not closed goes to the end") {
    CHECK(statements("a = '''x\n[b]\n") == std::vector<std::string>{"a = '''x\n[b]\n"});
}

TEST_CASE("a header ends with its line, closed or not") {
    CHECK(statements("[a\nb = 1\n[[c]\nd = 1") == std::vector<std::string>{"[a", "b = 1", "[[c]", "d = 1"});
    CHECK(statements("[a\n'b' = 1") == std::vector<std::string>{"[a", "'b' = 1"});
    CHECK(errors("[a\nb = 1").empty());  // left to the parser
}

TEST_CASE("a forgotten bracket costs one statement") {
    const std::vector<Error> never_closed{
        {1, 5, "this '[' is never closed: write ']' after its last element"}};
    CHECK(statements("a = [1,\n 2\nb-c = 3\n") == std::vector<std::string>{"a = [1,\n 2", "b-c = 3"});
    CHECK(errors("a = [1,\n 2\nb-c = 3\n") == never_closed);
    CHECK(statements("a = [1,\n 2\n [[b]]\n") == std::vector<std::string>{"a = [1,\n 2", "[[b]]"});
    CHECK(errors("a = [1,\n 2\n[b.c] # x\n") == never_closed);
    CHECK(errors("a = [1,\n 2\n[b\n") == never_closed);
    CHECK(errors("a = [1,\n 2") == never_closed);
    CHECK(errors("a = {x = 1").front() ==
          Error{1, 5, "this '{' is never closed: write '}' after its last element"});
}

TEST_CASE("an array of arrays over several lines is no header") {
    for (const std::string text :
         {"a = [\n[1],\n[[2]],\n[true],\n[inf],\n[nan],\n[\"x\"],\n[-1],\n[.5]\n]"}) {
        CHECK(statements(text).size() == 1);
        CHECK(errors(text).empty());
    }
}

TEST_CASE("an inline table stands in one line") {
    CHECK(errors("a = [ {\n b = 1 } ]\nc = 1") ==
          std::vector<Error>{{1, 7, "the table opened by this '{' must be closed by '}' in the same line"}});
    CHECK(statements("a = [ {\n b = 1 } ]\nc = 1").size() == 2);
    CHECK(statements("a = {\n b = 1\n[c]\n") == std::vector<std::string>{"a = {\n b = 1", "[c]"});
}

TEST_CASE("nesting is bounded before anything recurses into it") {
    CHECK(errors("a = " + repeated("[", 8) + repeated("]", 8)).empty());
    CHECK(errors("a = " + repeated("[", 9) + repeated("]", 9)) ==
          std::vector<Error>{{1, 13, "nested too deeply: at most 8 brackets inside each other"}});
    CHECK(errors("a = " + repeated("{b=[", 5)) ==
          std::vector<Error>{{1, 21, "nested too deeply: at most 8 brackets inside each other"}});
    // The fourth quote belongs to the string and opens no other, in which brackets would not count.
    CHECK(errors("a = [\"\"\"x\"\"\"\"," + repeated("[", 8) + repeated("]", 9)) ==
          std::vector<Error>{{1, 22, "nested too deeply: at most 8 brackets inside each other"}});
}

TEST_CASE("the parts of a key are bounded") {
    CHECK(errors("a.b.c.d.e.f.g.h = 1").empty());
    const std::vector<Error> too_many{{1, 16, "a key of too many parts: at most 8"}};
    CHECK(errors("a.b.c.d.e.f.g.h.i = 1") == too_many);
    CHECK(errors("a.b.c.d.e.f.g. h . i = 1").size() == 1);
    CHECK(errors("[a.b.c.d.e.f.g.h.i]") == std::vector<Error>{{1, 17, "a key of too many parts: at most 8"}});
    CHECK(errors("a = { \"x\".b.c.d.e.f.g.h.i = 1 }").size() == 1);
    CHECK(errors("a = 1.5 # a.b.c.d.e.f.g.h.i").empty());
    CHECK(errors("a = [1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]").empty());
    CHECK(errors("a = \"b.c.d.e.f.g.h.i.j\"").empty());
    CHECK(errors("a.b.c.d = 1.5\ne.f.g.h = 1.5\n").empty());
    CHECK(errors("[a.b.c.d.e]\nf.g.h.i.j = 1\n").empty());
}

TEST_CASE("text that is not UTF-8 is refused where it stands") {
    const auto message = [](const std::string& octet) {
        return "the octet 0x" + octet + " is not valid UTF-8: save the file in UTF-8";
    };
    CHECK(errors("a = 1\nb = \"\u00fc\xfc\"").front() == Error{2, 7, message("fc")});
    CHECK(errors("# \xff\na = 1").front() == Error{1, 3, message("ff")});
    CHECK(errors("a = '\x80'").front() == Error{1, 6, message("80")});
    CHECK(errors("a = '\xc0\x80'").front() == Error{1, 6, message("c0")});          // overlong, 2 octets
    CHECK(errors("a = '\xe0\x80\x80'").front() == Error{1, 6, message("e0")});      // overlong, 3
    CHECK(errors("a = '\xf0\x80\x80\x80'").front() == Error{1, 6, message("f0")});  // overlong, 4
    CHECK(errors("a = '\xed\xa0\x80'").front() == Error{1, 6, message("ed")});      // a surrogate
    CHECK(errors("a = '\xf4\x90\x80\x80'").front() == Error{1, 6, message("f4")});  // beyond U+10FFFF
    CHECK(errors("a = '\xf5'").front() == Error{1, 6, message("f5")});
    CHECK(errors("a = '\xe2\x82").front() == Error{1, 6, message("e2")});  // the text ends too early
    CHECK(errors("a = '\xe2\x82\x41'").front() == Error{1, 6, message("e2")});
    CHECK(errors("a = '\u00fc\u20ac\U0001f600\U0010ffff\ud7ff'").empty());
    CHECK(errors("\ufeff# byte order mark\n\xff").front() == Error{2, 1, message("ff")});
    CHECK(errors("\ufeffa = '\xff'").front() == Error{1, 6, message("ff")});
}

TEST_CASE("characters that the parser is not up to are refused") {
    const std::string outside =
        "outside of strings and comments there are ASCII characters only: write it in quotes";
    CHECK(errors("a = \u00fc") == std::vector<Error>{{1, 5, outside}});
    CHECK(errors("\u00fc = 1") == std::vector<Error>{{1, 1, outside}});
    CHECK(errors("[a\u00fc]") == std::vector<Error>{{1, 3, outside}});
    CHECK(errors("a = [ 1,\n\u00a0"
                 "2 ]") == std::vector<Error>{{2, 1, outside}});
    CHECK(errors("a = 1\ufeff") == std::vector<Error>{{1, 6, outside}});
    CHECK(errors("\"\u00fc\" = '\u00fc' # \u00fc\nb = '''\u00fc'''").empty());
    CHECK(errors("a = \"\"\"b\\\u00fc\"\"\"") ==
          std::vector<Error>{
              {1, 10, "only ASCII characters are read between \"\"\": write the string in one line"}});
    CHECK(errors("a = \"\"\"b\n\u00fc").size() == 1);
}

TEST_CASE("control characters are refused wherever they are") {
    const std::string message = " is not allowed in TOML: leave it out";
    CHECK(errors("a = 1\x01") == std::vector<Error>{{1, 6, "the control character U+0001" + message}});
    CHECK(errors("a = \"\x1b\"") == std::vector<Error>{{1, 6, "the control character U+001B" + message}});
    CHECK(errors("# \x7f") == std::vector<Error>{{1, 3, "the control character U+007F" + message}});
    CHECK(errors("a = 1\rb = 2\n") == std::vector<Error>{{1, 6, "the control character U+000D" + message}});
    CHECK(errors("\r") == std::vector<Error>{{1, 1, "expected a key, a [header] or a comment"}});
    CHECK(errors("a = 1\r") == std::vector<Error>{{1, 6, "the control character U+000D" + message}});
    CHECK(errors("a\t=\t1\t#\t\r\n\t\r\n").empty());
}

TEST_CASE("a string begins where a value or a key does") {
    CHECK(errors("a = 1'b'") ==
          std::vector<Error>{{1, 6, "a string cannot begin in the middle of a word, as this ' does"}});
    CHECK(errors("a = \"b\"\"c\"") ==
          std::vector<Error>{{1, 8, "a string cannot begin in the middle of a word, as this \" does"}});
    CHECK(errors("\"a\".'b'=\"c\"\n[\"d\"]\n[['e']]\nf = ['g',\n\"h\", {'i'=\t'j'}]\n").empty());
    CHECK(errors("'a' = 1").empty());
    CHECK(errors("\ufeff'a' = 1").empty());
}

TEST_CASE("a statement begins with a key") {
    const std::string message = "expected a key, a [header] or a comment";
    for (const std::string text : {"= 1", "]", "[]", "[[]]", "[,]", "[.a]", "[ [a]]", ".a = 1", "{", "+1 = 2",
                                   "[", "[[", "[ =a]", "[\ra]"}) {
        INFO(text);
        CHECK(errors(text) == std::vector<Error>{{1, 1, message}});
    }
    CHECK(errors("-1 = 2\n[ a ]\n[[ \"b\" ]]\n['c']\n1.2 = 3\n\"\" = 1\n").empty());
}

}  // namespace
}  // namespace highbase::daemon
