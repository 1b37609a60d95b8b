// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "tests/catch.hpp"
#include "tests/runtime/control_bench.hpp"
#include "tests/runtime/raw_client.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using status::Json;

constexpr std::string_view kStatus = "{\"version\":1,\"verb\":\"status\"}\n";
constexpr std::string_view kEvents = "{\"version\":1,\"verb\":\"events\"}\n";
constexpr std::string_view kFollow = "{\"version\":1,\"verb\":\"events\",\"follow\":true}\n";
constexpr std::string_view kWatch = "{\"version\":1,\"verb\":\"watch\",\"interval_ms\":100}\n";
constexpr std::string_view kReload = "{\"version\":1,\"verb\":\"reload\"}\n";

ControlLimits fresh_status() {
    ControlLimits limits;
    limits.reuse = 0ms;
    return limits;
}

// Its own process, as the server sees it.
std::string me() {
    return "uid " + std::to_string(::getuid()) + ", process " + std::to_string(::getpid());
}

TEST_CASE("status: the speaker's status in an answer of one line") {
    ControlBench bench{fresh_status()};
    RawClient client{bench.path()};
    REQUIRE(client.send(kStatus));
    Json answer = client.answer();
    CHECK(answer["version"] == 1);
    CHECK(answer["ok"] == true);
    CHECK_FALSE(answer.contains("more"));
    CHECK(answer["result"]["node"] == "gw1");
    CHECK(answer["result"]["routers"].size() == 3);
    CHECK(answer["result"]["kernel_resynchronisations"] == 1);
    // And again on the same connection: it was asked anew.
    REQUIRE(client.send(kStatus));
    CHECK(client.answer()["result"]["kernel_resynchronisations"] == 2);
}

TEST_CASE("A thousand requests at once are answered in order, and asked of the speaker once") {
    ControlLimits limits;
    limits.reuse = 60s;
    ControlBench bench{limits};
    RawClient client{bench.path()};
    std::string requests;
    for (int i = 0; i < 500; ++i) {
        requests += kStatus;
        requests += "{\"version\":1,\"verb\":\"dance\"}\n";
    }
    // Beside the answers: both sides' buffers are smaller than either.
    std::jthread sender{[&] { client.send(requests); }};
    int right = 0;
    for (int i = 0; i < 1000; ++i) {
        const Json answer = client.answer();
        const bool status = i % 2 == 0;
        if (answer["ok"] == status && (!status || answer["result"]["node"] == "gw1")) ++right;
    }
    CHECK(right == 1000);
    CHECK(bench.speaker().questions() == 1);
}

TEST_CASE("Many clients that ask together share the speaker's answer") {
    ControlBench bench{fresh_status(), false};
    std::deque<RawClient> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(bench.path());
    for (RawClient& client : clients) REQUIRE(client.send(kStatus));
    // The 21st request's error shows that the server has read those before it, of whom none has an answer
    // yet.
    RawClient last{bench.path()};
    REQUIRE(last.send("x\n"));
    CHECK(last.answer()["error"]["code"] == "malformed");
    const TestSpeaker speaker{bench.mailbox()};
    for (RawClient& client : clients) CHECK(client.answer()["result"]["kernel_resynchronisations"] == 1);
    CHECK(speaker.questions() == 1);
}

TEST_CASE("A speaker that is silent is told; its late answer is used") {
    ControlLimits limits = fresh_status();
    limits.speaker = 30ms;
    ControlBench bench{limits, false};
    RawClient client{bench.path()};
    REQUIRE(client.send(kStatus));
    CHECK(client.answer()["error"].dump() ==
          R"({"code":"no_answer","message":"the daemon's speaker does not answer"})");
    REQUIRE(client.send(kWatch));
    CHECK(client.answer()["error"]["code"] == "no_answer");
    const TestSpeaker speaker{bench.mailbox()};
    REQUIRE(client.send(kStatus));
    CHECK(client.answer()["ok"] == true);
}

TEST_CASE("Those who ask later do not make the first wait longer for a silent speaker") {
    ControlLimits limits = fresh_status();
    limits.speaker = 50ms;
    limits.clients = 1000;
    ControlBench bench{limits, false};
    RawClient first{bench.path()};
    REQUIRE(first.send(kStatus));
    std::deque<RawClient> others;
    bool answered = false;
    while (!answered && others.size() < 200) {
        REQUIRE(others.emplace_back(bench.path()).send(kStatus));
        pollfd state{.fd = first.descriptor(), .events = POLLIN, .revents = 0};
        answered = ::poll(&state, 1, 10) == 1;
    }
    CHECK(answered);
    CHECK(first.answer()["error"]["code"] == "no_answer");
}

TEST_CASE("Garbage is answered, and what follows it is served") {
    ControlBench bench;
    RawClient client{bench.path()};
    REQUIRE(client.send(std::string_view{"GET / HTTP/1.1\r\n\0\xff\n{\n", 21}));
    CHECK(client.answer()["error"]["code"] == "malformed");
    CHECK(client.answer()["error"]["code"] == "malformed");
    CHECK(client.answer()["error"]["code"] == "malformed");
    REQUIRE(client.send(kStatus));
    CHECK(client.answer()["ok"] == true);
    REQUIRE(client.send("{\"version\":7,\"verb\":\"status\"}\n"));
    CHECK(client.answer()["error"]["code"] == "unsupported_version");
}

TEST_CASE("A request in many pieces is one request") {
    ControlBench bench;
    RawClient client{bench.path()};
    for (const char octet : kStatus) REQUIRE(client.send({&octet, 1}));
    CHECK(client.answer()["ok"] == true);
}

TEST_CASE("A request that is too long is refused, and the connection ended") {
    ControlBench bench;
    RawClient longest{bench.path()};
    std::string request(65535, ' ');
    REQUIRE(longest.send(request + "\n"));
    CHECK(longest.answer()["error"]["code"] == "malformed");

    RawClient client{bench.path()};
    client.send(request + "  \n");
    CHECK(client.answer()["error"].dump() ==
          R"({"code":"too_long","message":"a request has at most 65536 octets"})");
    CHECK(client.is_closed());
}

TEST_CASE("A client that has closed its sending side gets its answers, then the end") {
    ControlBench bench;
    bench.append(1);
    RawClient client{bench.path()};
    REQUIRE(client.send(std::string{kStatus} + std::string{kEvents} + "{\"version\":1,"));
    client.close_sending_side();
    CHECK(client.answer()["result"]["node"] == "gw1");
    CHECK(client.answer()["result"]["event"]["sequence"] == 1);
    CHECK(client.answer()["result"]["last"] == 1);
    CHECK(client.is_closed());
}

TEST_CASE("A client with a closed sending side can follow") {
    ControlBench bench;
    RawClient client{bench.path()};
    REQUIRE(client.send(kFollow));
    client.close_sending_side();
    for (int i = 1; i <= 3; ++i) {
        bench.append(i);
        CHECK(client.answer()["result"]["event"]["sequence"] == i);
    }
}

TEST_CASE("events: all, from a number on, and beyond what is kept") {
    ControlBench bench;
    for (int i = 1; i <= 1003; ++i) bench.append(i);
    RawClient client{bench.path()};
    REQUIRE(client.send("{\"version\":1,\"verb\":\"events\",\"since\":1001}\n"));
    Json answer = client.answer();
    CHECK(answer["more"] == true);
    CHECK(answer["result"]["event"]["sequence"] == 1002);
    CHECK(answer["result"]["event"]["fields"]["count"] == "1002");
    CHECK(client.answer()["result"]["event"]["sequence"] == 1003);
    answer = client.answer();
    CHECK_FALSE(answer.contains("more"));
    CHECK(answer["result"].dump() == R"({"last":1003})");

    REQUIRE(client.send(kEvents));
    CHECK(client.answer()["result"].dump() == R"({"lost":3})");
    int in_order = 0;
    for (int i = 4; i <= 1003; ++i) in_order += client.answer()["result"]["event"]["sequence"] == i ? 1 : 0;
    CHECK(in_order == 1000);
    CHECK(client.answer()["result"]["last"] == 1003);
}

TEST_CASE("events: followers hear of new events, each from its own place") {
    ControlBench bench;
    bench.append(1);
    RawClient all{bench.path()};
    RawClient later{bench.path()};
    REQUIRE(all.send(kFollow));
    CHECK(all.answer()["result"]["event"]["sequence"] == 1);
    REQUIRE(later.send("{\"version\":1,\"verb\":\"events\",\"since\":1,\"follow\":true}\n"));
    for (int i = 2; i <= 200; ++i) bench.append(i);
    int in_order = 0;
    for (int i = 2; i <= 200; ++i) {
        if (all.answer()["result"]["event"]["sequence"] == i) ++in_order;
        if (later.answer()["result"]["event"]["sequence"] == i) ++in_order;
    }
    CHECK(in_order == 398);
}

TEST_CASE("watch: one status after the other") {
    ControlBench bench;
    RawClient client{bench.path()};
    REQUIRE(client.send(kWatch));
    for (int i = 1; i <= 3; ++i) {
        const Json answer = client.answer();
        CHECK(answer["more"] == true);
        CHECK(answer["result"]["kernel_resynchronisations"] == i);
    }
}

TEST_CASE("reload: applied or refused, and the log tells who asked") {
    ControlBench bench;
    RawClient client{bench.path()};
    REQUIRE(client.send(kReload));
    CHECK(client.answer()["result"].dump() == R"({"message":"applied"})");

    bench.reload = [](const auto& done) { done(tl::make_unexpected(std::string{"line 3: priority"})); };
    REQUIRE(client.send(kReload));
    CHECK(client.answer()["error"].dump() == R"({"code":"refused","message":"line 3: priority"})");
    CHECK(bench.reports(2) ==
          std::vector<std::string>(2, "reload was asked for over the control socket by " + me()));
}

TEST_CASE("reload: the answer may come from another thread, and late") {
    ControlBench bench;
    std::function<void(ReloadResult)> done;
    std::atomic<bool> asked{false};
    bench.reload = [&](std::function<void(ReloadResult)> answer) {
        done = std::move(answer);
        asked = true;
    };
    RawClient client{bench.path()};
    REQUIRE(client.send(kReload));
    // Other clients are served meanwhile.
    RawClient other{bench.path()};
    REQUIRE(other.send(kStatus));
    CHECK(other.answer()["ok"] == true);
    REQUIRE(bench.reports(1).size() == 1);
    while (!asked) std::this_thread::yield();
    SECTION("in the server's life") {
        done("applied");
        CHECK(client.answer()["ok"] == true);
    }
    SECTION("after it") {
        bench.stop();
        done("applied");
        CHECK(client.is_closed());
    }
}

TEST_CASE("doctor and switchover: what they are asked, and what comes back") {
    ControlBench bench;
    RawClient client{bench.path()};
    const std::string refused = R"({"code":"refused","message":"no virtual router has a database"})";
    for (const char* const verb : {"doctor", "switchover"}) {
        REQUIRE(client.send(R"({"version":1,"verb":")" + std::string{verb} + "\"}\n"));
        CHECK(client.answer()["error"].dump() == refused);
    }
    bench.doctor = [](const status::DoctorRequest& request, const ControlDone& done) {
        done(Json{{"service", request.service}});
    };
    bench.switchover = [](const status::SwitchoverRequest& request, const ControlDone& done) {
        done(Json{{"service", request.service}, {"to", request.to}, {"dry_run", request.dry_run}});
    };
    REQUIRE(client.send("{\"version\":1,\"verb\":\"doctor\",\"service\":\"db\"}\n"));
    CHECK(client.answer()["result"].dump() == R"({"service":"db"})");
    REQUIRE(client.send("{\"version\":1,\"verb\":\"switchover\",\"to\":\"gw2\",\"dry_run\":true}\n"));
    CHECK(client.answer()["result"].dump() == R"({"service":"","to":"gw2","dry_run":true})");
    // Only what steers is told: the first switchover, not the dry run.
    REQUIRE(client.send(kReload));
    CHECK(client.answer()["ok"] == true);
    CHECK(bench.reports(2) ==
          std::vector<std::string>{"switchover was asked for over the control socket by " + me(),
                                   "reload was asked for over the control socket by " + me()});
}

TEST_CASE("an order is told by its name, and a dry run not at all") {
    ControlBench bench;
    RawClient client{bench.path()};
    bench.order = [](const status::OrderRequest& request, const ControlDone& done) {
        done(Json{{"order", node::name(request.order)}, {"dry_run", request.dry_run}});
    };
    REQUIRE(client.send("{\"version\":1,\"verb\":\"maintenance\",\"state\":\"on\",\"dry_run\":true}\n"));
    CHECK(client.answer()["result"].dump() == R"({"order":"maintenance on","dry_run":true})");
    REQUIRE(client.send("{\"version\":1,\"verb\":\"maintenance\",\"state\":\"off\"}\n"));
    CHECK(client.answer()["result"].dump() == R"({"order":"maintenance off","dry_run":false})");
    CHECK(bench.reports(1) ==
          std::vector<std::string>{"maintenance off was asked for over the control socket by " + me()});
}

TEST_CASE("switchover: the answer may come from another thread, and late, or when nobody waits any more") {
    ControlBench bench;
    ControlDone done;
    std::atomic<bool> asked{false};
    bench.switchover = [&](const auto&, ControlDone answer) {
        done = std::move(answer);
        asked = true;
    };
    std::optional<RawClient> client{bench.path()};
    REQUIRE(client->send("{\"version\":1,\"verb\":\"switchover\"}\n"));
    while (!asked) std::this_thread::yield();
    const auto goes_on = [&] {
        RawClient other{bench.path()};
        return other.send(kStatus) && other.answer()["ok"] == true;
    };
    SECTION("to the one who asked") {
        done(Json{{"done", true}});
        CHECK(client->answer()["result"].dump() == R"({"done":true})");
        CHECK(goes_on());
    }
    SECTION("who is gone") {
        client.reset();
        done(Json{{"done", true}});
        CHECK(goes_on());
    }
    SECTION("after the server") {
        bench.stop();
        done(Json{{"done", true}});
        CHECK(client->is_closed());
    }
}

TEST_CASE("A reload makes an older status useless") {
    ControlLimits limits;
    limits.reuse = 60s;
    ControlBench bench{limits};
    RawClient client{bench.path()};
    const std::string requests =
        std::string{kStatus} + std::string{kStatus} + std::string{kReload} + std::string{kStatus};
    REQUIRE(client.send(requests));
    CHECK(client.answer()["result"]["kernel_resynchronisations"] == 1);
    CHECK(client.answer()["result"]["kernel_resynchronisations"] == 1);
    CHECK(client.answer()["result"]["message"] == "applied");
    CHECK(client.answer()["result"]["kernel_resynchronisations"] == 2);
}

TEST_CASE("One client too many is turned away with a reason, until another leaves") {
    ControlLimits limits;
    limits.clients = 2;
    ControlBench bench{limits};
    std::optional<RawClient> first{bench.path()};
    RawClient second{bench.path()};
    RawClient third{bench.path()};
    CHECK(third.answer()["error"].dump() ==
          R"({"code":"too_many_clients","message":"2 clients are connected already"})");
    CHECK(third.is_closed());
    CHECK(bench.reports(1) == std::vector<std::string>{"a control client was turned away: 2 are connected"});

    // Its place is free once the server has seen it leave, which the next client may be too early for.
    first.reset();
    bool served = false;
    for (int i = 0; i < 1000 && !served; ++i) {
        RawClient next{bench.path()};
        served = next.send(kStatus) && next.answer()["ok"] == true;
    }
    CHECK(served);
}

TEST_CASE("A client that says nothing, or half a request, is dropped") {
    ControlLimits limits;
    limits.idle = 30ms;
    ControlBench bench{limits};
    RawClient client{bench.path()};
    SECTION("nothing") {
        CHECK_FALSE(bench.path().empty());
    }
    SECTION("half a request") {
        REQUIRE(client.send("{\"version\":1"));
    }
    SECTION("nothing after a request") {
        REQUIRE(client.send(kStatus));
        CHECK(client.answer()["ok"] == true);
    }
    CHECK(client.is_closed());
    CHECK(bench.reports(1) ==
          std::vector<std::string>{"a control client (" + me() + ") was dropped: no request came"});
}

TEST_CASE("A follower is not dropped for being quiet") {
    ControlLimits limits;
    limits.idle = 20ms;
    limits.reading = 20ms;
    ControlBench bench{limits};
    RawClient follower{bench.path()};
    REQUIRE(follower.send(kFollow));
    bench.append(1);
    CHECK(follower.answer()["result"]["event"]["sequence"] == 1);
    // Another client's end shows that more than the limits has passed.
    RawClient idle{bench.path()};
    CHECK(idle.is_closed());
    bench.append(2);
    CHECK(follower.answer()["result"]["event"]["sequence"] == 2);
}

TEST_CASE("A client that does not read is dropped, others are served") {
    ControlLimits limits;
    limits.reading = 50ms;
    ControlBench bench{limits};
    RawClient stuck{bench.path()};
    std::string requests;
    for (int i = 0; i < 1000; ++i) requests += kStatus;
    std::jthread sender{[&] { stuck.send(requests); }};
    RawClient other{bench.path()};
    for (int i = 0; i < 10; ++i) {
        REQUIRE(other.send(kStatus));
        CHECK(other.answer()["ok"] == true);
    }
    CHECK(bench.reports(1) ==
          std::vector<std::string>{"a control client (" + me() +
                                   ") was dropped: it did not read what it had asked for"});
    CHECK(stuck.is_closed());
}

TEST_CASE("A follower that is gone is noticed without an event") {
    ControlLimits limits;
    limits.clients = 1;
    ControlBench bench{limits};
    bench.append(1);
    const std::string_view verb = GENERATE(kFollow, kReload);
    bench.reload = [](const auto&) {};  // never answers
    for (int i = 0; i < 20; ++i) {
        std::optional<RawClient> gone;
        // A place is free once the server has seen the one before leave.
        for (bool served = false; !served;) {
            gone.emplace(bench.path());
            served =
                gone->send(verb == kReload ? std::string{kEvents} + std::string{verb} : std::string{verb}) &&
                gone->answer()["ok"] == true;
        }
    }
    SUCCEED();
}

TEST_CASE("The server ends with clients in every state, and takes its socket away") {
    ControlBench bench{fresh_status(), false};
    RawClient idle{bench.path()};
    RawClient waiting{bench.path()};
    RawClient following{bench.path()};
    REQUIRE(waiting.send(kStatus));
    REQUIRE(following.send(kFollow));
    bench.append(1);
    CHECK(following.answer()["ok"] == true);
    bench.stop();
    CHECK(idle.is_closed());
    CHECK(waiting.is_closed());
    CHECK(following.is_closed());
    CHECK_FALSE(std::filesystem::exists(bench.path()));
    bench.append(2);
}

}  // namespace
}  // namespace highbase::daemon
