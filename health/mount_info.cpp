// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/mount_info.hpp"

#include <cstddef>
#include <string>

namespace highbase::health {
namespace {

// The first field of a list, which loses it and the separator.
std::string_view take(std::string_view& list, char separator) {
    const std::size_t end = list.find(separator);
    const std::string_view first = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    return first;
}

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        if (take(list, ',') == word) return true;
    }
    return false;
}

}  // namespace

// "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw,errors=continue": blanks in names are
// written as \040.
std::optional<bool> is_read_only(std::string_view mount_info, unsigned major, unsigned minor) {
    const std::string device = std::to_string(major) + ":" + std::to_string(minor);
    while (!mount_info.empty()) {
        std::string_view line = take(mount_info, '\n');
        take(line, ' ');
        take(line, ' ');
        if (take(line, ' ') != device) continue;
        const std::size_t dash = line.find(" - ");
        if (dash == std::string_view::npos) continue;
        line.remove_prefix(dash + 3);
        take(line, ' ');
        take(line, ' ');
        return has_word(line, "ro");
    }
    return std::nullopt;
}

}  // namespace highbase::health
