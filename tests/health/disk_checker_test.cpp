// SPDX-License-Identifier: GPL-2.0-or-later
// On the file system of temporary files. What needs a file system of its own is in tests/netns/test_health*.
#include "health/disk_checker.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <regex>

#include "health/mount_info.hpp"
#include "tests/catch.hpp"
#include "tests/health/probe_bench.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::health {
namespace {

constexpr std::uint64_t kExbibyte = 1ULL << 60;

TEST_CASE("a disk with room that writes is well") {
    const TemporaryDirectory directory;
    DiskOptions options{directory.path(), {0, 0}, true};
    ProbeBench bench{options};
    const Finding finding = bench.probe();
    CHECK(finding.sample == Sample::ok);
    CHECK(finding.reason.empty());
    CHECK(std::regex_match(finding.measure, std::regex{R"(free=\d+% sync=\d+\.\d{6}s)"}));
    struct stat status {};
    REQUIRE(::stat((directory / ".highbase-probe").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(status.st_size > 0);
    CHECK(bench.probe().sample == Sample::ok);
}

TEST_CASE("a disk that is only looked at is not written to") {
    const TemporaryDirectory directory;
    const Finding finding = ProbeBench{DiskOptions{directory.path(), {0, 0}, false}}.probe();
    CHECK(finding.sample == Sample::ok);
    CHECK(::access((directory / ".highbase-probe").c_str(), F_OK) == -1);
}

TEST_CASE("a disk without room has failed") {
    const TemporaryDirectory directory;
    const Finding part = ProbeBench{DiskOptions{directory.path(), {0, 100}, false}}.probe();
    CHECK(part.sample == Sample::failed);
    CHECK(part.reason.find(" MiB are free, ") != std::string::npos);
    const Finding amount = ProbeBench{DiskOptions{directory.path(), {kExbibyte, 0}, false}}.probe();
    CHECK(amount.sample == Sample::failed);
    CHECK(amount.reason.ends_with(" MiB are free, 1099511627776 MiB are needed"));
}

TEST_CASE("a directory that is not there, or that may not be written to, is not known") {
    CHECK(text(ProbeBench{DiskOptions{"/nonexistent", {0, 0}, true}}.probe()) ==
          "unknown: /nonexistent: No such file or directory");
    // Nobody makes files there, not even root.
    const Finding finding = ProbeBench{DiskOptions{"/proc", {0, 0}, true}}.probe();
    CHECK(finding.sample == Sample::unknown);
}

TEST_CASE("a link in the way is not followed") {
    const TemporaryDirectory directory;
    REQUIRE(::symlink((directory / "target").c_str(), (directory / ".highbase-probe").c_str()) == 0);
    CHECK(ProbeBench{DiskOptions{directory.path(), {0, 0}, true}}.probe().sample == Sample::unknown);
    CHECK(::access((directory / "target").c_str(), F_OK) == -1);
}

TEST_CASE("the file system's own state is told from that of its mounts") {
    const std::string info =
        "22 27 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs ro\n"
        "36 35 98:0 / /mnt1 ro,noatime shared:1 - ext3 /dev/root rw,errors=continue\n"
        "37 35 98:1 / /mnt\\0402 rw shared:1 propagate_from:2 - ext4 /dev/sdb1 errors=remount-ro,ro\n"
        "38 35 98:2 / /mnt3 rw - ext4 /dev/sdb2 rw,errors=remount-ro\n"
        "39 35 98:3 / /cut rw";
    CHECK(is_read_only(info, 0, 20) == true);
    CHECK(is_read_only(info, 98, 0) == false);
    CHECK(is_read_only(info, 98, 1) == true);
    CHECK(is_read_only(info, 98, 2) == false);
    CHECK(is_read_only(info, 98, 3) == std::nullopt);
    CHECK(is_read_only(info, 98, 4) == std::nullopt);
    CHECK(is_read_only("", 0, 0) == std::nullopt);
}

}  // namespace
}  // namespace highbase::health
