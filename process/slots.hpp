// SPDX-License-Identifier: GPL-2.0-or-later
// How many threads or programs of one owner there may be at a time. What hangs in the kernel cannot be ended,
// only given up; it keeps its place until it returns, so that no more than so many ever hang.
#pragma once

#include <atomic>
#include <memory>

namespace highbase::process {

using Slot = std::shared_ptr<const void>;  // a place, held as long as somebody has this

class Slots {
public:
    explicit Slots(int most) : most_{most} {}

    // Nothing when all are taken.
    [[nodiscard]] Slot take() const {
        if (taken_->fetch_add(1) < most_)
            return {taken_.get(), [taken = taken_](const void*) { taken->fetch_sub(1); }};
        taken_->fetch_sub(1);
        return nullptr;
    }
    [[nodiscard]] int taken() const { return taken_->load(); }

private:
    int most_;
    std::shared_ptr<std::atomic<int>> taken_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace highbase::process
