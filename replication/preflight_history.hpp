// SPDX-License-Identifier: GPL-2.0-or-later
// What one preflight after the other finds: what is new, what has been mended, and what keeps a replica from
// taking over by itself where nothing may be lost.
#pragma once

#include <string>
#include <vector>

#include "replication/preflight.hpp"

namespace highbase::replication {

// Whether a takeover by the own server, which is the replica, could lose what was acknowledged, at once or by
// what follows from it: a setting, not a state that comes and goes, and nothing that shows by itself as soon
// as it matters. preflight_history.cpp says of each finding why, or why not.
[[nodiscard]] bool forbids_takeover(const Finding& finding);

struct PreflightNews {
    std::vector<Finding> appeared;  // errors and warnings that the preflight before did not have
    std::vector<Finding> gone;      // likewise the other way round
    // Of those that forbid a takeover, and were there in the preflight before as well: "ID: TEXT".
    std::vector<std::string> against_takeover;
    bool look_again = false;  // one of those is new: it counts when it is still there in a few seconds
};

class PreflightHistory {
public:
    // What was found of the other server stays where that could not be asked any more.
    [[nodiscard]] PreflightNews take(const std::vector<Finding>& findings);

private:
    std::vector<Finding> before_;  // errors and warnings
};

}  // namespace highbase::replication
