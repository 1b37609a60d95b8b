// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/task.hpp"

#include <array>

namespace highbase::replication {

std::string_view name(HookPoint point) {
    static constexpr std::array<std::string_view, kHookPoints> kNames{
        "before-promote", "after-promote", "before-demote", "after-demote", "before-rejoin", "after-rejoin"};
    return kNames.at(static_cast<std::size_t>(point));
}

}  // namespace highbase::replication
