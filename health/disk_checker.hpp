// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a file system has room and writes in time. A disk that hangs holds a thread, not the daemon.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct DiskOptions {
    static constexpr std::string_view kType = "disk";
    static constexpr std::string_view kHelp =
        "A file system is not read-only, has room, and writes a small file to the disk within the timeout. "
        "Give it an interval and a timeout of seconds: a busy disk is no failure.";

    std::string path;
    Amount min_free{0, 5};
    bool write = true;

    static std::vector<Option<DiskOptions>> options() {
        using This = DiskOptions;
        return {
            {{.name = "path",
              .required = true,
              .example = "\"/var/lib/mysql\"",
              .help = "A directory on the file system."},
             Path<This>{&This::path}},
            {{.name = "min_free",
              .example = "\"2GiB\"",
              .help = "What must be free for users other than root.",
              .doc = "A part of the whole (\"5%\") or an amount in KiB, MiB, GiB or TiB."},
             AmountOf<This>{&This::min_free}},
            {{.name = "write",
              .example = "false",
              .help = "Write a small file and wait until the disk has it.",
              .doc =
                  "It is called .highbase-probe, in the directory of path. hbvrrp must be allowed to write "
                  "there, or nothing is known: make a directory that belongs to its user, and name it in "
                  "ReadWritePaths= of the systemd unit."},
             Flag<This>{&This::write}}};
    }
    [[nodiscard]] static std::string default_name() { return "disk"; }
    [[nodiscard]] std::string target() const { return path; }
    [[nodiscard]] static std::string mistake() { return {}; }
    friend bool operator==(const DiskOptions&, const DiskOptions&) = default;
};

std::unique_ptr<Checker> make_checker(const CheckContext& context, const DiskOptions& options);

}  // namespace highbase::health
