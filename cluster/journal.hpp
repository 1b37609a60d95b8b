// SPDX-License-Identifier: GPL-2.0-or-later
// What a node must still know after a crash, of itself or of the host: one record for each service. It is
// written before the deed that it tells of, so a node that finds it knows what it may have done.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cluster/node_state.hpp"

namespace highbase::cluster {

// What this node has to do with the term `Journal::epoch`.
enum class Term : std::uint8_t {
    none,       // it is another's, or over
    promoting,  // this node has begun to open its server for it
    held,       // this node's server takes the writes of it
};
inline constexpr std::size_t kTermCount = 3;
std::string_view name(Term term);  // "none", "promoting", "held"

// That a server has received all that was acknowledged, and the proof that it is still the same one: a server
// that was restarted may have thrown its relay log away.
struct SyncMemory {
    Epoch epoch{};                    // of the primary that it received from
    std::string server;               // its server_uuid or server_uid
    std::string boot;                 // /proc/sys/kernel/random/boot_id of the node, while it ran
    std::chrono::seconds started{0};  // of the server: its start on the node's CLOCK_BOOTTIME
    std::string received;             // GTIDs, as the server writes them
    friend bool operator==(const SyncMemory&, const SyncMemory&) = default;
};

struct Journal {
    Epoch epoch{};  // the greatest that this node has heard of
    Term term = Term::none;
    bool alone = false;     // of a held term: commits wait for no replica
    bool released = false;  // RELEASE was said in `epoch`: no promotion before the node is in sync again
    std::optional<SyncMemory> in_sync{};
    bool maintenance = false;  // an operator has said so
    bool maybe_open = false;   // of no term any more, and its server was not seen closed since it had one
    friend bool operator==(const Journal&, const Journal&) = default;
};

inline constexpr std::size_t kLongestJournal = std::size_t{1} << 20;  // octets, in a file

// One value on each line, for people to read; the last line is a checksum, so that a file that was torn or
// edited is noticed. Whatever `received` and the other texts hold comes back as it was.
std::string to_text(const Journal& journal);
// Exactly what to_text() writes, and not longer than the bound. The error says what is wrong with the file,
// as the end of a sentence: "line 3: expected \"term\"".
tl::expected<Journal, std::string> parse_journal(std::string_view text);

}  // namespace highbase::cluster
