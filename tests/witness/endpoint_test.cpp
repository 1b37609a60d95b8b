// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/endpoint.hpp"

#include "tests/catch.hpp"

namespace highbase::witness {
namespace {

std::string refusal(std::string_view text) {
    const auto endpoint = parse_endpoint(text);
    return endpoint ? "accepted" : endpoint.error();
}

TEST_CASE("URLs of members") {
    CHECK(parse_endpoint("https://192.0.2.11:2379") == Endpoint{true, "192.0.2.11", 2379});
    CHECK(parse_endpoint("http://127.0.0.1:1/") == Endpoint{false, "127.0.0.1", 1});
    CHECK(parse_endpoint("https://[2001:DB8:0::11]:65535") == Endpoint{true, "2001:db8::11", 65535});
    CHECK(parse_endpoint("https://etcd-1.example:2379") == Endpoint{true, "etcd-1.example", 2379});
    CHECK(parse_endpoint("https://localhost:2379") == Endpoint{true, "localhost", 2379});
    for (const char* url :
         {"https://192.0.2.11:2379", "http://[2001:db8::11]:2379", "https://a.example:2379"})
        CHECK(parse_endpoint(url).value().url() == url);
}

TEST_CASE("anything else is refused with what to write") {
    const std::string write = ": write for example https://192.0.2.11:2379";
    for (const char* text : {"", "192.0.2.11:2379", "ftp://192.0.2.11:2379", "HTTPS://192.0.2.11:2379"})
        CHECK(refusal(text) == "does not begin with https://" + write);
    for (const char* text : {"https://192.0.2.11", "https://[2001:db8::11]", "https://a.example/"})
        CHECK(refusal(text) == "has no port" + write);
    for (const char* text : {"https://192.0.2.11:", "https://192.0.2.11:0", "https://192.0.2.11:65536",
                             "https://192.0.2.11:2379x", "https://192.0.2.11:-1", "https://192.0.2.11: 1"})
        CHECK(refusal(text) == "has no port from 1 to 65535" + write);
    for (const char* text :
         {"https://192.0.2.300:2379", "https://2001:db8::11:2379", "https://[192.0.2.11]:2379",
          "https://:2379", "https://[]:2379", "https://a b:2379", "https://-a:2379", "https://a..b:2379",
          "https://a.:2379", "https://[fe80::1%eth0]:2379", "https://[name]:2379", "https://a\\b:2379"})
        CHECK(refusal(text) == "has neither an address nor a name, IPv6 in brackets" + write);
    for (const char* text : {"https://192.0.2.11:2379/v3", "https://192.0.2.11:2379//",
                             "https://192.0.2.11:2379?a", "https://192.0.2.11:2379#a"})
        CHECK(refusal(text) == "has a path, which etcd has not" + write);
    CHECK(refusal("https://user:pass@192.0.2.11:2379") ==
          "has a user in it, and what proves this box to etcd is certificate_file" + write);
    CHECK(refusal("https://" + std::string(64, 'a') + ":2379").starts_with("has neither"));
}

}  // namespace
}  // namespace highbase::witness
