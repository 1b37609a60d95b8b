// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

#include "daemon/wake_up.hpp"
#include "status/status.hpp"

namespace highbase::daemon {

// One status at a time from the speaker to one other thread, without a lock that either could hold up the
// other with. The status belongs to the speaker until it is answered, and to the reader until it is asked for
// again; its memory is allocated and freed by the speaker alone.
class StatusMailbox {
public:
    // ---- the reader's side
    // False: the last question has not been answered yet.
    bool ask() noexcept;
    [[nodiscard]] int answer_descriptor() const {
        return answered_.descriptor();
    }  // readable: there is an answer
    // Null: there is none, the wake-up was for an earlier one. Valid until ask().
    [[nodiscard]] const status::Status* answer() noexcept;

    // ---- the speaker's side
    [[nodiscard]] int question_descriptor() const {
        return asked_.descriptor();
    }  // readable: answer, if is_asked()
    [[nodiscard]] bool is_asked() noexcept;
    void reply(status::Status status);  // once for each question

private:
    enum class Phase : std::uint8_t { idle, asked, answered };

    std::atomic<Phase> phase_{Phase::idle};
    status::Status status_;
    WakeUp asked_;
    WakeUp answered_;
};

}  // namespace highbase::daemon
