// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/journal_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "daemon/durable_file.hpp"
#include "netlink/descriptor.hpp"

namespace highbase::daemon {
namespace {

namespace fs = std::filesystem;
using cluster::Journal;
using netlink::Descriptor;

fs::path path_of(const fs::path& directory, const std::string& service) {
    return directory / (service + ".journal");
}

// Of a regular file; one octet more than a journal may have is enough to see that it is none.
tl::expected<std::string, int> contents(int descriptor) {
    std::string text(cluster::kLongestJournal + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(descriptor, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return tl::make_unexpected(errno);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
}

JournalStore::Outcome put(const fs::path& path, const Journal& journal) {
    const std::string text = cluster::to_text(journal);
    // Whoever could not read it again would have to stop.
    if (const auto read = cluster::parse_journal(text); !read)
        return tl::make_unexpected(fmt::format("{}: not written: {}", path.native(), read.error()));
    return replace_file(path, text);
}

}  // namespace

tl::expected<Journal, std::string> read_journal(const fs::path& directory, const std::string& service) {
    const fs::path path = path_of(directory, service);
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file && errno == ENOENT) return Journal{};
    if (!file) return file_failure(path, "cannot be read");
    const auto text = contents(file.get());
    if (!text) {
        errno = text.error();
        return file_failure(path, "cannot be read");
    }
    auto journal = cluster::parse_journal(*text);
    if (journal) return journal;
    return tl::make_unexpected(
        fmt::format("{}: {}. It was to tell what this node had promised before it stopped. Compare the two "
                    "servers: only when this one lacks nothing that the other has, remove the file and "
                    "restart hbvrrp",
                    path.native(), journal.error()));
}

JournalStore::JournalStore(boost::asio::io_context& io, fs::path directory, Done unheard)
    : io_{io},
      directory_{std::move(directory)},
      unheard_{std::move(unheard)},
      busy_{work_.get_executor()},
      thread_{std::in_place, "hb-journal", [this] { work_.run(); }} {}

JournalStore::~JournalStore() {
    busy_.reset();
    thread_.reset();
}

void JournalStore::write(const std::string& service, Journal journal, Done done) {
    {
        const std::lock_guard lock{mutex_};
        const auto queued = std::ranges::find_if(
            queue_, [&](const Write& write) { return write.service == service && !write.done; });
        if (queued != queue_.end()) {
            queued->journal = std::move(journal);
            queued->done = std::move(done);
            return;
        }
        queue_.push_back({service, std::move(journal), std::move(done)});
    }
    boost::asio::post(work_, [this] { work(); });
}

// ---- on the store's thread

void JournalStore::work() {
    const Write write = next();
    tell(write.done ? write.done : unheard_, put(path_of(directory_, write.service), write.journal),
         !write.done);
}

JournalStore::Write JournalStore::next() {
    const std::lock_guard lock{mutex_};
    Write write = std::move(queue_.front());
    queue_.pop_front();
    return write;
}

void JournalStore::tell(Done done, Outcome outcome, bool only_failure) {
    if (!done || (only_failure && outcome)) return;
    boost::asio::post(io_,
                      [alive = std::weak_ptr{alive_}, done = std::move(done), outcome = std::move(outcome)] {
                          if (!alive.expired()) done(outcome);
                      });
}

}  // namespace highbase::daemon
