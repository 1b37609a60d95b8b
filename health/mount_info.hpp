// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace highbase::health {

// Whether the file system itself is read-only, by its line in /proc/self/mountinfo (proc(5)); nothing where
// none has this device. What statvfs(3) says does not tell it from a mount that is read-only for this process
// alone, as ProtectSystem= of systemd makes them.
std::optional<bool> is_read_only(std::string_view mount_info, unsigned major, unsigned minor);

}  // namespace highbase::health
