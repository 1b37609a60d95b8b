// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/server_verdict.hpp"

#include <string>
#include <string_view>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using Word = ServerVerdict::Word;

// Looks: 'a'nswered, 'f'ailed, 'g'one, 'u'nknown. Words: 's'een, 'd'own, 'u'nknown, '.' for nothing.
std::string words(std::string_view looks) {
    ServerVerdict verdict{{.rise = 2, .fall = 3}};
    std::string result;
    for (const char look : looks) {
        const Word word = look == 'a'   ? verdict.answered()
                          : look == 'f' ? verdict.failed()
                          : look == 'g' ? verdict.gone()
                                        : verdict.unknown();
        result += word == Word::seen ? 's' : word == Word::down ? 'd' : word == Word::unknown ? 'u' : '.';
    }
    return result;
}

TEST_CASE("a server is seen whenever it answers, once it is up") {
    CHECK(words("aaaa") == ".sss");
    CHECK(words("aafaa") == ".s.ss");
}

TEST_CASE("that it is down is said once") {
    CHECK(words("aafffff") == ".s..d..");
    CHECK(words("aagggff") == ".sd....");
    CHECK(words("fffaffaa") == "..d....s");
}

TEST_CASE("what cannot be asked is said when it lasts, and says nothing against the server") {
    CHECK(words("aauuuua") == ".s..uus");
    CHECK(words("aauuauua") == ".s..s..s");
}

TEST_CASE("a server that is down, then cannot be asked, then is still down is said to be down again") {
    CHECK(words("aafffuuufff") == ".s..d..ud..");
    CHECK(words("aafffuuug") == ".s..d..ud");
    CHECK(words("aafffuuf") == ".s..d...");  // nobody has heard otherwise
}

}  // namespace
}  // namespace highbase::daemon
