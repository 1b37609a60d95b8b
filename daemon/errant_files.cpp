// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/errant_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "replication/errant.hpp"

namespace highbase::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestAdvice = std::size_t{1} << 20;
constexpr const char* kSystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int kMostBefore = 1000;

// The program says at the end that it is the end, and not each version says by its exit status that the disk
// was full before that.
bool is_whole(const fs::path& path) {
    constexpr std::streamoff kTail = 4096;
    std::ifstream file{path, std::ios::binary | std::ios::ate};
    const std::streamoff size = file.tellg();
    if (!file || size <= 0) return false;
    file.seekg(std::max(size - kTail, std::streamoff{0}));
    const std::string tail{std::istreambuf_iterator<char>{file}, {}};
    return tail.find("# End of log file") != std::string::npos;
}

std::string in_lines(const std::vector<std::string>& paragraphs) {
    std::string text;
    for (const std::string& paragraph : paragraphs) text += paragraph + '\n';
    return text;
}

// "errant-db-7.sql" becomes "errant-db-7.sql.1": an excerpt is never lost to another one.
FileResult move_away(const ErrantFiles& files) {
    std::error_code error;
    if (!fs::exists(files.excerpt, error)) return {};
    for (int number = 1; number < kMostBefore; ++number) {
        const fs::path excerpt = fmt::format("{}.{}", files.excerpt.native(), number);
        if (fs::exists(excerpt, error)) continue;
        FileResult moved = move_file(files.excerpt, excerpt);
        if (!moved || !fs::exists(files.advice, error)) return moved;
        return move_file(files.advice, fmt::format("{}.{}", files.advice.native(), number));
    }
    return tl::make_unexpected(fmt::format("{}: too many excerpts", files.excerpt.native()));
}

FileResult replace_advice(const ErrantFiles& files, const std::vector<std::string>& advice) {
    return replace_file(files.advice, in_lines(advice));
}

fs::path options_of(const fs::path& directory, const std::string& service) {
    return directory / fmt::format("errant-{}.options", service);
}

fs::path unfinished_of(const fs::path& directory, const std::string& service) {
    return directory / fmt::format("errant-{}.unfinished", service);
}

}  // namespace

ErrantFiles errant_files(const fs::path& directory, const std::string& service, std::uint64_t epoch) {
    const fs::path excerpt = directory / replication::excerpt_name(service, epoch);
    fs::path advice = excerpt;
    return {options_of(directory, service), unfinished_of(directory, service), excerpt,
            advice.replace_extension(".txt")};
}

FileResult has_room(const fs::path& directory, std::uint64_t octets) {
    std::error_code error;
    const fs::space_info space = fs::space(directory, error);
    if (error || space.available >= octets) return {};  // what cannot be told is tried
    constexpr std::uint64_t kMebi = std::uint64_t{1} << 20;
    return tl::make_unexpected(fmt::format("{}: it may need {} MiB, and {} MiB are free", directory.native(),
                                           octets / kMebi, space.available / kMebi));
}

FileResult prepare(const ErrantFiles& files, const std::string& options) {
    const FileResult secret = write_new_file(files.options, options);
    return secret ? write_new_file(files.unfinished, "") : secret;
}

bool is_kept(const ErrantFiles& files, std::string_view line) {
    std::error_code error;
    if (!fs::exists(files.excerpt, error)) return false;
    if (fs::file_size(files.advice, error) > kLongestAdvice || error) return false;
    std::ifstream file{files.advice};
    for (std::string read; std::getline(file, read);) {
        if (read == line) return true;
    }
    return false;
}

FileResult keep(const ErrantFiles& files, const std::vector<std::string>& advice) {
    const fs::path made = files.unfinished;
    if (!is_whole(made)) {
        return tl::make_unexpected(
            fmt::format("{}: it is not whole; the disk may be full", files.excerpt.native()));
    }
    if (FileResult result = sync_file(made); !result) return result;
    if (FileResult result = move_away(files); !result) return result;
    if (FileResult result = replace_advice(files, advice); !result) return result;
    if (FileResult result = move_file(made, files.excerpt); !result) return result;
    return sync_directory(files.excerpt.parent_path());
}

FileResult write_advice(const ErrantFiles& files, const std::vector<std::string>& advice) {
    if (FileResult result = move_away(files); !result) return result;
    return replace_advice(files, advice);
}

void clear(const fs::path& directory, const std::string& service) {
    ::unlink(options_of(directory, service).c_str());
    ::unlink(unfinished_of(directory, service).c_str());
}

fs::path find_program(std::string_view name) {
    const char* const set = std::getenv("PATH");
    std::string_view path = set != nullptr ? set : kSystemPath;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find(':'), path.size());
        fs::path candidate = fs::path{path.substr(0, end)} / name;
        if (candidate.is_absolute() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return {};
}

}  // namespace highbase::daemon
