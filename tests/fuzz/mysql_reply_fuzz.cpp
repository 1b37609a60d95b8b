// SPDX-License-Identifier: GPL-2.0-or-later
// What a database worker may say to the daemon, which does not trust it: a stream of octets in pieces of any
// size, and a session that lives through what they mean.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>

#include "mysql/session_machine.hpp"
#include "mysql/wire.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace highbase;
using namespace highbase::mysql;

// A frame has one meaning, and a meaning one frame.
void require_round_trip(vrrp::Octets frame, const tl::expected<Reply, Refusal>& reply) {
    FUZZ_REQUIRE(!decode_request(frame) || !reply);
    if (const auto request = decode_request(frame)) {
        const auto again = encode(*request);
        FUZZ_REQUIRE(again && std::ranges::equal(vrrp::Octets{*again}.subspan(4), frame));
    }
    if (!reply) return;
    const auto again = encode(*reply);
    FUZZ_REQUIRE(again && std::ranges::equal(vrrp::Octets{*again}.subspan(4), frame));
}

// A session that always has a statement to ask. Every statement is finished once, whatever the worker says.
class WatchedSession {
public:
    WatchedSession() { take(machine_.start(now_)); }

    void hear(const SessionEvent& event) {
        now_ += std::chrono::milliseconds{1};
        take(machine_.handle(now_, event));
        if (open_.size() < 3) ask();
    }
    void end() {
        for (int i = 0; i < 10 && !open_.empty(); ++i) {
            now_ = std::max(now_, machine_.next_deadline().value());
            take(machine_.handle(now_, Wake{}));
        }
        FUZZ_REQUIRE(open_.empty());
    }

private:
    void ask() {
        open_.insert(++last_);
        take(machine_.handle(now_, QueryAsked{QueryId{last_}, "DO 1", std::chrono::milliseconds{100}}));
    }
    void take(const SessionActions& actions) {
        for (const SessionAction& action : actions) {
            if (std::holds_alternative<StartWorker>(action)) FUZZ_REQUIRE(!std::exchange(has_worker_, true));
            if (std::holds_alternative<StopWorker>(action)) FUZZ_REQUIRE(std::exchange(has_worker_, false));
            if (std::holds_alternative<SendConnect>(action)) FUZZ_REQUIRE(has_worker_);
            if (std::holds_alternative<SendQuery>(action)) FUZZ_REQUIRE(has_worker_);
            if (const auto* finish = std::get_if<Finish>(&action)) {
                FUZZ_REQUIRE(open_.erase(static_cast<std::uint64_t>(finish->id)) == 1);
            }
        }
    }

    SessionMachine machine_{{}};
    vrrp::TimePoint now_{};
    bool has_worker_ = false;
    std::uint64_t last_ = 0;
    std::set<std::uint64_t> open_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t piece = std::max<std::size_t>(data[0], 1);
    vrrp::Octets rest{data + 1, size - 1};
    FrameReader reader;
    WatchedSession session;
    bool is_refused = false;
    while (!rest.empty() && !is_refused) {
        const vrrp::Octets next = rest.first(std::min(piece, rest.size()));
        rest = rest.subspan(next.size());
        reader.add(next);
        while (!is_refused) {
            const auto frame = reader.next();
            if (frame && !*frame) break;
            const auto reply = frame ? decode_reply(**frame) : tl::make_unexpected(frame.error());
            if (frame) require_round_trip(**frame, reply);
            is_refused = !reply;
            reply ? session.hear(WorkerSpoke{*reply}) : session.hear(WorkerGone{"refused"});
        }
    }
    session.end();
    return 0;
}
