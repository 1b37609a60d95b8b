// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/base64.hpp"

#include <rapidcheck.h>

#include "tests/catch.hpp"

namespace highbase::witness {
namespace {

TEST_CASE("the test vectors of RFC 4648 section 10") {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [octets, text] : vectors) {
        CHECK(to_base64(octets) == text);
        CHECK(from_base64(text) == octets);
    }
    CHECK(to_base64("\xfb\xff\xbf") == "+/+/");
}

TEST_CASE("no other text is base64") {
    for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zg==Zg==", "Zm9v\n",
                             "Z m8=", "Zh==", "Zm9=", "Zm-v", "====", "Zg=g"}) {
        INFO(text);
        CHECK_FALSE(from_base64(text));
    }
}

TEST_CASE("any octets come back") {
    CHECK(rc::check([](const std::string& octets) { RC_ASSERT(from_base64(to_base64(octets)) == octets); }));
}

}  // namespace
}  // namespace highbase::witness
