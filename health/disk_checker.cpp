// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/disk_checker.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>

#include "health/checker.hpp"
#include "health/mount_info.hpp"
#include "netlink/descriptor.hpp"
#include "process/detached_task.hpp"

namespace highbase::health {
namespace {

constexpr int kMostProbes = 2;  // with those that hang
constexpr std::size_t kLongestMountInfo = std::size_t{1} << 20;
constexpr std::uint64_t kMebibyte = 1 << 20;

// What the disk says, and not what this process lacks.
bool is_of_disk(int error) {
    return error == EIO || error == ENOSPC || error == EDQUOT || error == ENODEV || error == ESTALE;
}

Finding failure(const std::string& what, int error) {
    return {is_of_disk(error) ? Sample::failed : Sample::unknown, what + ": " + std::strerror(error)};
}

std::string mount_info() {
    const netlink::Descriptor file{::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)};
    std::string text;
    std::array<char, 4096> buffer{};
    while (file && text.size() < kLongestMountInfo) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

// Seconds, as performance data has them.
std::string seconds(std::chrono::nanoseconds time) {
    const std::string digits = std::to_string(time.count() / 1000 % 1'000'000);
    return std::to_string(time.count() / 1'000'000'000) + "." + std::string(6 - digits.size(), '0') + digits +
           "s";
}

// Nothing when there is enough.
std::optional<Finding> judge_room(const struct statvfs& system, const DiskOptions& options,
                                  const std::string& measure) {
    const std::uint64_t free = std::uint64_t{system.f_bavail} * system.f_frsize;
    const std::uint64_t whole = std::uint64_t{system.f_blocks} * system.f_frsize;
    const std::uint64_t needed =
        options.min_free.octets != 0 ? options.min_free.octets : whole / 100 * options.min_free.percent;
    if (free >= needed) return std::nullopt;
    return Finding{Sample::failed,
                   options.path + ": " + std::to_string(free / kMebibyte) + " MiB are free, " +
                       std::to_string(needed / kMebibyte) + " MiB are needed",
                   measure};
}

// One small file, written to the disk itself.
Finding write_probe(const DiskOptions& options, std::string measure) {
    const std::string path = options.path + "/.highbase-probe";
    const netlink::Descriptor file{
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (!file) return failure(path, errno);
    const auto begun = std::chrono::steady_clock::now();
    const std::string text = std::to_string(begun.time_since_epoch().count()) + "\n";
    if (::pwrite(file.get(), text.data(), text.size(), 0) < 0) return failure("write " + path, errno);
    if (::fdatasync(file.get()) != 0) return failure("sync " + path, errno);
    measure += " sync=" + seconds(std::chrono::steady_clock::now() - begun);
    return {Sample::ok, {}, std::move(measure)};
}

// Every call may hang for as long as the disk does.
Finding probe_disk(const DiskOptions& options) {
    struct stat status {};
    struct statvfs system {};
    if (::stat(options.path.c_str(), &status) != 0 || ::statvfs(options.path.c_str(), &system) != 0)
        return failure(options.path, errno);
    const std::uint64_t percent =
        system.f_blocks == 0 ? 100 : std::uint64_t{system.f_bavail} * 100 / system.f_blocks;
    std::string measure = "free=" + std::to_string(percent) + "%";
    const bool may_be_read_only = (system.f_flag & ST_RDONLY) != 0;
    if (may_be_read_only && is_read_only(mount_info(), major(status.st_dev), minor(status.st_dev)) == true)
        return {Sample::failed, options.path + ": the file system is read-only", measure};
    if (auto finding = judge_room(system, options, measure)) return *finding;
    if (!options.write) return {Sample::ok, {}, measure};
    return write_probe(options, std::move(measure));
}

class DiskChecker final : public Checker {
public:
    DiskChecker(boost::asio::io_context& io, DiskOptions options) : io_{io}, options_{std::move(options)} {}

    void start(std::function<void(Finding)> done) override;
    void cancel() override {
        task_.reset();
        probe_.reset();
    }

private:
    boost::asio::io_context& io_;
    DiskOptions options_;
    process::Slots slots_{kMostProbes};
    std::unique_ptr<process::DetachedTask> task_;
    std::shared_ptr<std::function<void(Finding)>> probe_;
};

void DiskChecker::start(std::function<void(Finding)> done) {
    cancel();
    probe_ = std::make_shared<std::function<void(Finding)>>(std::move(done));
    const auto answer = [probe = std::weak_ptr{probe_}](const Finding& finding) {
        if (const auto asked = probe.lock()) (*asked)(finding);
    };
    const auto answer_later = [this, answer](Finding finding) {
        boost::asio::post(io_, [answer, finding = std::move(finding)] { answer(finding); });
    };
    process::Slot slot = slots_.take();
    if (!slot) return answer_later({Sample::failed, options_.path + ": earlier probes still hang"});
    const auto finding = std::make_shared<Finding>();
    auto task = process::DetachedTask::start(
        io_, std::move(slot), [finding, options = options_] { *finding = probe_disk(options); },
        [answer, finding] { answer(*finding); });
    if (!task) return answer_later({Sample::unknown, task.error().message});
    task_ = std::move(*task);
}

}  // namespace

std::unique_ptr<Checker> make_checker(const CheckContext& context, const DiskOptions& options) {
    return std::make_unique<DiskChecker>(context.io, options);
}

}  // namespace highbase::health
