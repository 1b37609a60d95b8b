// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/wire.hpp"

#include <rapidcheck.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace highbase::mysql {
namespace {

using namespace std::chrono_literals;
using vrrp::Octets;
using vrrp::OctetString;

Octets body(const OctetString& frame) {
    return Octets{frame}.subspan(4);
}

Target target() {
    return {.endpoint = TcpEndpoint{vrrp::IpAddress::v4(192, 0, 2, 1), 3306},
            .user = "highbase",
            .password = "secret",
            .tls = {TlsMode::verify, "/ca", "/cert", "/key"},
            .connect_timeout = 1500ms,
            .first_statements = {"SET SESSION lock_wait_timeout = 1", "SET NAMES utf8mb4"}};
}

Failure failure() {
    return {FailureKind::refused_credentials, 1045, "28000", "Access denied", true};
}

TEST_CASE("a failure in words") {
    CHECK(in_words(failure()) == "error 1045: Access denied");
    Failure own = failure();
    own.code = 0;
    CHECK(in_words(own) == "Access denied");
}

TEST_CASE("a query in octets") {
    const OctetString expected = {18, 0, 0, 0,                                        // length
                                  2,                                                  // query
                                  4,  3, 2, 1,                                        // number
                                  5,  0, 0, 0, 'D', 'O', ' ', '1', ';', 0, 0, 0, 0};  // no column is named
    CHECK(encode(Request{Query{0x01020304, "DO 1;"}}) == expected);
    CHECK(decode_request(body(expected)) == Request{Query{0x01020304, "DO 1;"}});
}

TEST_CASE("an answer in octets") {
    const Answer answer{.columns = {"a", "b"}, .values = {"x", std::nullopt}, .affected = 258, .warnings = 3};
    const OctetString expected = {44, 0, 0, 0,                                // length
                                  18,                                         // answered
                                  7,  0, 0, 0,                                // number
                                  2,  0, 0, 0,                                // columns
                                  1,  0, 0, 0, 'a', 1,   0,   0,   0,   'b',  //
                                  2,  0, 0, 0,                                // values
                                  1,  0, 0, 0, 'x', 255, 255, 255, 255,       //
                                  2,  1, 0, 0, 0,   0,   0,   0,              // affected
                                  3,  0, 0, 0};                               // warnings
    CHECK(encode(Reply{Answered{7, answer}}) == expected);
    CHECK(decode_reply(body(expected)) == Reply{Answered{7, answer}});
}

TEST_CASE("requests come back as they were") {
    Target by_socket = target();
    by_socket.endpoint = UnixEndpoint{"/run/mysqld/mysqld.sock"};
    by_socket.tls = {};
    by_socket.first_statements.clear();
    Target six = target();
    six.endpoint = TcpEndpoint{*vrrp::IpAddress::parse("2001:db8::1"), 65535};
    six.tls.mode = TlsMode::required;
    for (const Request& request :
         {Request{Connect{1, target()}}, Request{Connect{2, by_socket}}, Request{Connect{0xffffffff, six}},
          Request{Query{3, ""}}, Request{Query{4, "DO 1", {"Id", "State"}}}}) {
        const auto frame = encode(request);
        REQUIRE(frame);
        CHECK(decode_request(body(*frame)) == request);
        CHECK(decode_reply(body(*frame)) == tl::make_unexpected(Refusal::unknown_type));
    }
}

TEST_CASE("replies come back as they were") {
    const std::string every_octet = [] {
        std::string text;
        for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
        return text;
    }();
    for (const Reply& reply :
         {Reply{Ready{kProtocol, "Connector/C 3.3.20"}},
          Reply{Connected{1, {"10.11.19-MariaDB", 0xffffffffffffffff, "TLS_AES_256_GCM_SHA384"}}},
          Reply{Answered{2, {.columns = {}, .values = {}, .affected = 3, .warnings = 1}}},
          Reply{Answered{
              2,
              {.columns = {"one"}, .values = {every_octet, "", std::nullopt}, .affected = 0, .warnings = 0}}},
          Reply{Answered{2, {.columns = {"one"}, .values = {}, .affected = 0, .warnings = 0}}},
          Reply{Failed{3, failure(), true}}, Reply{Failed{3, failure(), false}}, Reply{Lost{failure()}}}) {
        const auto frame = encode(reply);
        REQUIRE(frame);
        CHECK(decode_reply(body(*frame)) == reply);
        CHECK(decode_request(body(*frame)) == tl::make_unexpected(Refusal::unknown_type));
    }
}

TEST_CASE("a frame that ends anywhere before its end, or goes on, is refused") {
    const std::vector<Reply> replies = {
        Ready{1, "x"}, Connected{1, {"v", 2, "c"}},
        Answered{2, {.columns = {"a", "b"}, .values = {"x", std::nullopt}, .affected = 0, .warnings = 0}},
        Failed{3, failure(), true}, Lost{failure()}};
    for (const Reply& reply : replies) {
        const OctetString frame = *encode(reply);
        const Octets whole = body(frame);
        for (std::size_t length = 1; length < whole.size(); ++length) {
            CHECK(decode_reply(whole.first(length)) == tl::make_unexpected(Refusal::cut_off));
        }
        OctetString longer{whole.begin(), whole.end()};
        longer.push_back(0);
        CHECK(decode_reply(longer) == tl::make_unexpected(Refusal::trailing));
    }
    const OctetString connect = *encode(Request{Connect{1, target()}});
    for (std::size_t length = 1; length < connect.size() - 4; ++length) {
        CHECK(decode_request(body(connect).first(length)) == tl::make_unexpected(Refusal::cut_off));
    }
}

// `frame` with one octet of its body changed.
OctetString changed(const std::optional<OctetString>& frame, std::size_t at, std::uint8_t value) {
    OctetString copy{body(frame.value()).begin(), body(frame.value()).end()};
    copy.at(at) = value;
    return copy;
}

TEST_CASE("values that no enum has are refused") {
    const auto out_of_range = tl::make_unexpected(Refusal::out_of_range);
    const auto lost = encode(Reply{Lost{failure()}});
    CHECK(decode_reply(changed(lost, 1, 19)).has_value());
    CHECK(decode_reply(changed(lost, 1, 20)) == out_of_range);
    const auto failed = encode(Reply{Failed{3, failure(), true}});
    CHECK(decode_reply(changed(failed, failed->size() - 5, 2)) == out_of_range);  // connected
    CHECK(decode_reply(changed(failed, failed->size() - 6, 2)) == out_of_range);  // in doubt

    const auto connect = encode(Request{Connect{1, target()}});
    CHECK(decode_request(changed(connect, 5, 5)) == out_of_range);  // length of the address
    Target shortest = target();
    shortest.endpoint = UnixEndpoint{""};
    shortest.user = shortest.password = "";
    const auto socket = encode(Request{Connect{1, shortest}});
    CHECK(decode_request(changed(socket, 18, 2)).has_value());  // TLS mode
    CHECK(decode_request(changed(socket, 18, 3)) == out_of_range);
}

TEST_CASE("words to people are short") {
    const std::string longest(1024, 'x');
    const auto word = [](const std::string& text) { return Reply{Ready{1, text}}; };
    REQUIRE(encode(word(longest)));
    CHECK(decode_reply(body(*encode(word(longest)))) == word(longest));
    CHECK_FALSE(encode(word(longest + "x")));
    CHECK_FALSE(encode(Reply{Lost{{FailureKind::other, 0, "", longest + "x", false}}}));
    // Length 1025, and as many octets.
    OctetString frame{16, 1, 0, 0, 0, 1, 4, 0, 0};
    frame.resize(frame.size() + 1025, 'x');
    CHECK(decode_reply(frame) == tl::make_unexpected(Refusal::out_of_range));
}

TEST_CASE("counts beyond the bounds are refused before anything is made of them") {
    const auto answered = [](OctetString rest) {
        OctetString frame{18, 7, 0, 0, 0};
        frame.insert(frame.end(), rest.begin(), rest.end());
        return decode_reply(frame);
    };
    const auto too_many = tl::make_unexpected(Refusal::too_many);
    CHECK(answered({1, 16, 0, 0}) == too_many);                               // 4097 columns
    CHECK(answered({0, 16, 0, 0}) == tl::make_unexpected(Refusal::cut_off));  // 4096, but not there
    CHECK(answered({0, 0, 0, 0, 1, 0, 1, 0}) == too_many);                    // 65537 values
    CHECK(answered({0, 0, 0, 0, 0, 64, 0, 0}) == tl::make_unexpected(Refusal::cut_off));
    CHECK(answered({255, 255, 255, 255}) == too_many);

    // Two columns and three values; values and no column.
    const Answer uneven{.columns = {"a", "b"}, .values = {"x", "y", "z"}, .affected = 0, .warnings = 0};
    CHECK(decode_reply(body(*encode(Reply{Answered{7, uneven}}))) == too_many);
    const Answer bare{.columns = {}, .values = {"x"}, .affected = 0, .warnings = 0};
    CHECK(decode_reply(body(*encode(Reply{Answered{7, bare}}))) == too_many);
}

TEST_CASE("what is too much is not written") {
    Answer answer{.columns = {"a"}, .values = std::vector<Value>(65536), .affected = 0, .warnings = 0};
    CHECK(encode(Reply{Answered{1, answer}}));
    answer.values.emplace_back();
    CHECK_FALSE(encode(Reply{Answered{1, answer}}));

    // 1 MiB with the type, the number, the length of the text, and no column.
    CHECK(encode(Request{Query{1, std::string(1048563, 'x')}})->size() == 1048580);
    CHECK_FALSE(encode(Request{Query{1, std::string(1048564, 'x')}}));
    Query named{1, "DO 1", std::vector<std::string>(16, "Id")};
    CHECK(encode(Request{named}));
    named.columns.emplace_back("Id");
    CHECK_FALSE(encode(Request{named}));

    Target many = target();
    many.first_statements.assign(16, "DO 1");
    CHECK(encode(Request{Connect{1, many}}));
    many.first_statements.assign(17, "DO 1");
    CHECK_FALSE(encode(Request{Connect{1, many}}));
    for (const std::chrono::milliseconds timeout : {0ms, -1ms, 3600001ms}) {
        Target odd = target();
        odd.connect_timeout = timeout;
        CHECK_FALSE(encode(Request{Connect{1, odd}}));
    }
}

TEST_CASE("a connect timeout of zero is refused") {
    Target small = target();
    small.endpoint = UnixEndpoint{""};
    small.user = small.password = "";
    small.tls = {};
    small.connect_timeout = 1ms;
    small.first_statements.clear();
    const auto frame = encode(Request{Connect{1, small}});
    REQUIRE(decode_request(changed(frame, 31, 1)).has_value());
    CHECK(decode_request(changed(frame, 31, 0)) == tl::make_unexpected(Refusal::out_of_range));
}

TEST_CASE("frames are cut from a stream however it comes") {
    const OctetString first = *encode(Reply{Ready{1, "x"}});
    const OctetString second = *encode(Reply{Lost{failure()}});
    OctetString stream = first;
    stream.insert(stream.end(), second.begin(), second.end());
    for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
        FrameReader reader;
        std::vector<Reply> read;
        for (std::size_t at = 0; at < stream.size(); at += chunk) {
            reader.add(Octets{stream}.subspan(at, std::min(chunk, stream.size() - at)));
            while (const auto frame = *reader.next()) read.push_back(*decode_reply(*frame));
        }
        CHECK(read == std::vector<Reply>{Ready{1, "x"}, Lost{failure()}});
    }
}

TEST_CASE("a stream with a length beyond the bounds is refused") {
    const auto first = [](const OctetString& octets) {
        FrameReader reader;
        reader.add(octets);
        const auto frame = reader.next();
        return !frame ? name(frame.error()) : *frame ? "a frame" : "more must come";
    };
    CHECK(first({0, 0, 0, 0}) == "empty");
    CHECK(first({1, 0, 16, 0}) == "too_long");        // 1 MiB and one
    CHECK(first({0, 0, 16, 0}) == "more must come");  // 1 MiB
    CHECK(first({255, 255, 255, 255}) == "too_long");
    CHECK(first({1, 0, 0, 0, 2}) == "a frame");
    CHECK(first({1, 0, 0}) == "more must come");
    CHECK(decode_reply({}) == tl::make_unexpected(Refusal::empty));
    CHECK(decode_request({}) == tl::make_unexpected(Refusal::empty));
    CHECK(decode_reply(OctetString{99}) == tl::make_unexpected(Refusal::unknown_type));
}

TEST_CASE("each refusal has its name") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kRefusalCount; ++i) names.insert(name(static_cast<Refusal>(i)));
    CHECK(names == std::set<std::string_view>{"empty", "too_long", "unknown_type", "cut_off", "trailing",
                                              "out_of_range", "too_many"});
    CHECK(name(static_cast<Refusal>(kRefusalCount)) == "unknown");
}

TEST_CASE("whatever an answer holds comes back") {
    CHECK(rc::check([](std::uint32_t number, std::uint64_t affected, std::uint32_t warnings) {
        const auto columns = *rc::gen::resize(8, rc::gen::arbitrary<std::vector<std::string>>());
        Answer answer{.columns = columns, .values = {}, .affected = affected, .warnings = warnings};
        const auto rows = *rc::gen::inRange<std::size_t>(0, 5);
        for (std::size_t i = 0; i < rows * columns.size(); ++i) {
            const auto text = *rc::gen::arbitrary<std::string>();
            *rc::gen::arbitrary<bool>() ? answer.values.emplace_back(text) : answer.values.emplace_back();
        }
        const Reply reply{Answered{number, answer}};
        RC_ASSERT(decode_reply(body(encode(reply).value())) == reply);
    }));
}

TEST_CASE("values of an answer are found by row and column") {
    const Answer answer{.columns = {"id", "name", "id"},
                        .values = {"1", "a", "x", "2", std::nullopt, "y"},
                        .affected = 0,
                        .warnings = 0};
    CHECK(answer.row_count() == 2);
    CHECK(answer.at(1, 0) == "2");
    CHECK(answer.at(1, 2) == "y");
    CHECK(answer.find(0, "name") == "a");
    CHECK(answer.find(0, "id") == "1");
    CHECK(answer.find(1, "name") == std::nullopt);
    CHECK(answer.find(0, "NAME") == std::nullopt);
    CHECK(answer.find(2, "id") == std::nullopt);
    CHECK(Answer{}.row_count() == 0);
}

}  // namespace
}  // namespace highbase::mysql
