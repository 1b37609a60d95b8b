// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "netlink/descriptor.hpp"

namespace highbase::daemon {
namespace {

namespace fs = std::filesystem;
using netlink::Descriptor;

constexpr mode_t kMode = 0600;

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(descriptor, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

FileResult write_file(const fs::path& path, std::string_view text, int flags) {
    const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, kMode)};
    if (!file) return file_failure(path, "cannot be made");
    if (!write_all(file.get(), text)) return file_failure(path, "cannot be written");
    if (::fdatasync(file.get()) != 0) return file_failure(path, "cannot be brought to disk");
    return {};
}

FileResult sync(const fs::path& path, int flags) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags)};
    if (!file || ::fsync(file.get()) != 0) return file_failure(path, "cannot be brought to disk");
    return {};
}

}  // namespace

tl::unexpected<std::string> file_failure(const fs::path& path, std::string_view what) {
    return tl::make_unexpected(fmt::format("{}: {}: {}", path.native(), what, std::strerror(errno)));
}

FileResult write_new_file(const fs::path& path, std::string_view text) {
    ::unlink(path.c_str());
    return write_file(path, text, O_EXCL);
}

FileResult replace_file(const fs::path& path, std::string_view text) {
    const fs::path fresh = path.native() + ".new";
    FileResult result = write_file(fresh, text, O_TRUNC);
    if (result) result = move_file(fresh, path);
    if (result) return sync_directory(path.parent_path());
    ::unlink(fresh.c_str());
    return result;
}

FileResult move_file(const fs::path& from, const fs::path& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) return file_failure(to, "cannot be replaced");
    return {};
}

FileResult sync_file(const fs::path& path) {
    return sync(path, 0);
}

FileResult sync_directory(const fs::path& path) {
    return sync(path, O_DIRECTORY);
}

}  // namespace highbase::daemon
