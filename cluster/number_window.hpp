// SPDX-License-Identifier: GPL-2.0-or-later
// Which numbers of a session have come on a path: each of them counts once, in whatever order they come
// (RFC 4303 3.4.3 has the idea).
#pragma once

#include <cstdint>

#include "cluster/peer_message.hpp"

namespace highbase::cluster {

class NumberWindow {
public:
    // Whether this number had not come yet. One that is kWidth or more behind the greatest is too old to
    // tell, and taken for a repetition.
    bool take(MessageNumber message) {
        const auto number = static_cast<std::uint64_t>(message);
        if (number > greatest_) {
            const std::uint64_t ahead = number - greatest_;
            seen_ = ahead < kWidth ? seen_ << ahead | 1 : 1;
            greatest_ = number;
            return true;
        }
        const std::uint64_t behind = greatest_ - number;
        if (behind >= kWidth) return false;
        const std::uint64_t mark = std::uint64_t{1} << behind;
        if ((seen_ & mark) != 0) return false;
        seen_ |= mark;
        return true;
    }

private:
    static constexpr std::uint64_t kWidth = 64;

    std::uint64_t greatest_ = 0;
    std::uint64_t seen_ = 0;  // bit n: greatest_ - n has come
};

}  // namespace highbase::cluster
