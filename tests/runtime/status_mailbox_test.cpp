// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/status_mailbox.hpp"

#include <poll.h>

#include <thread>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

bool readable(int descriptor, int wait_ms = 0) {
    pollfd state{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&state, 1, wait_ms) == 1;
}

status::Status status_of(std::uint64_t number) {
    status::Status status;
    status.node.kernel_resynchronisations = number;
    status.node.name = "a name that is too long for the string itself " + std::to_string(number);
    return status;
}

TEST_CASE("A question wakes the speaker once, and its answer the reader") {
    StatusMailbox mailbox;
    CHECK_FALSE(readable(mailbox.question_descriptor()));
    CHECK_FALSE(mailbox.is_asked());
    CHECK(mailbox.answer() == nullptr);

    CHECK(mailbox.ask());
    CHECK_FALSE(mailbox.ask());
    CHECK(readable(mailbox.question_descriptor()));
    CHECK(mailbox.is_asked());
    CHECK_FALSE(readable(mailbox.question_descriptor()));
    CHECK_FALSE(readable(mailbox.answer_descriptor()));
    CHECK(mailbox.answer() == nullptr);

    mailbox.reply(status_of(1));
    CHECK_FALSE(mailbox.is_asked());
    CHECK(readable(mailbox.answer_descriptor()));
    REQUIRE(mailbox.answer() != nullptr);
    CHECK(mailbox.answer()->node.kernel_resynchronisations == 1);
    CHECK_FALSE(readable(mailbox.answer_descriptor()));

    CHECK(mailbox.ask());
    CHECK(mailbox.answer() == nullptr);
    mailbox.reply(status_of(2));
    REQUIRE(mailbox.answer() != nullptr);
    CHECK(mailbox.answer()->node.kernel_resynchronisations == 2);
}

TEST_CASE("Two threads exchange a thousand statuses") {
    StatusMailbox mailbox;
    std::jthread speaker{[&mailbox] {
        for (std::uint64_t i = 1; i <= 1000;) {
            if (!readable(mailbox.question_descriptor(), 10'000)) return;
            if (mailbox.is_asked()) mailbox.reply(status_of(i++));
        }
    }};
    std::uint64_t right = 0;
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        mailbox.ask();
        const status::Status* answer = nullptr;
        while (answer == nullptr && readable(mailbox.answer_descriptor(), 10'000)) answer = mailbox.answer();
        REQUIRE(answer != nullptr);
        const std::string name = "a name that is too long for the string itself " + std::to_string(i);
        if (answer->node.kernel_resynchronisations == i && answer->node.name == name) ++right;
    }
    CHECK(right == 1000);
}

}  // namespace
}  // namespace highbase::daemon
