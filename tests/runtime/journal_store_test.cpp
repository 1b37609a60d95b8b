// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/journal_store.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <condition_variable>
#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/catch.hpp"
#include "tests/files.hpp"
#include "tests/run_until.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

namespace fs = std::filesystem;
using tests::contents;
using namespace std::chrono_literals;
using cluster::Epoch;
using cluster::Journal;
using cluster::Term;

Journal journal(std::uint64_t epoch, Term term = Term::held) {
    Journal result;
    result.epoch = Epoch{epoch};
    result.term = term;
    return result;
}

std::string refusal(const fs::path& directory) {
    const auto read = read_journal(directory, "db");
    return read ? "" : read.error();
}

// Like the daemon: a loop on this thread, which runs until everything that was asked is answered.
struct Stored {
    explicit Stored(fs::path directory) {
        store.emplace(io, std::move(directory),
                      [this](const auto& outcome) { unheard.push_back(outcome.error()); });
    }
    void write(const std::string& service, const Journal& value) {
        ++waiting;
        store->write(service, value, [this](const JournalStore::Outcome& outcome) {
            --waiting;
            outcomes.push_back(outcome ? "ok" : outcome.error());
        });
    }
    void wait(std::size_t failures = 0) {
        REQUIRE(tests::run_until(io, [&] { return waiting == 0 && unheard.size() >= failures; }));
    }

    boost::asio::io_context io;
    int waiting = 0;
    std::vector<std::string> outcomes;
    std::vector<std::string> unheard;
    std::optional<JournalStore> store;
};

// Whoever opens a FIFO waits until somebody reads from it: so does the store, in the middle of a write.
class StuckDisk {
public:
    explicit StuckDisk(fs::path path) : path_{std::move(path)} {
        REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    }
    void release() const {
        std::ifstream{path_}.get();
        fs::remove(path_);
    }

private:
    fs::path path_;
};

TEST_CASE("A node that has not done anything has no journal") {
    const TemporaryDirectory directory;
    CHECK(read_journal(directory.path(), "db") == Journal{});
    CHECK(read_journal(directory / "none", "db") == Journal{});
}

TEST_CASE("What was written is read, each service by itself") {
    const TemporaryDirectory directory;
    Stored bench{directory.path()};
    bench.write("db", journal(1, Term::promoting));
    bench.write("web", journal(2));
    bench.write("db", journal(3));
    bench.wait();
    CHECK(bench.outcomes == std::vector<std::string>{"ok", "ok", "ok"});
    CHECK(read_journal(directory.path(), "db") == journal(3));
    CHECK(read_journal(directory.path(), "web") == journal(2));
    CHECK(contents(directory / "db.journal") == to_text(journal(3)));
    CHECK_FALSE(fs::exists(directory / "db.journal.new"));
    struct stat file {};
    REQUIRE(::stat((directory / "db.journal").c_str(), &file) == 0);
    CHECK((file.st_mode & 07777) == 0600);
}

TEST_CASE("Journals that somebody waits for are all written, in order; of others the last one") {
    const TemporaryDirectory directory;
    const StuckDisk disk{directory / "web.journal.new"};
    Stored bench{directory.path()};
    bench.store->write("web", journal(1));
    std::vector<std::string> seen;
    const auto note = [&](const JournalStore::Outcome& outcome) {
        seen.push_back(outcome ? contents(directory / "db.journal") : outcome.error());
        --bench.waiting;
    };
    bench.store->write("db", journal(1));
    bench.store->write("other", journal(1));
    bench.store->write("db", journal(2));
    bench.waiting += 2;
    bench.store->write("db", journal(3), note);
    bench.store->write("db", journal(4), note);
    bench.store->write("db", journal(5));
    bench.store->write("db", journal(6));
    CHECK_FALSE(fs::exists(directory / "db.journal"));
    disk.release();
    bench.wait(1);
    // While it says that the third is on disk, the next ones may be already.
    REQUIRE(seen.size() == 2);
    CHECK(seen[0] >= to_text(journal(3)));
    CHECK(seen[1] >= to_text(journal(4)));
    bench.store.reset();
    CHECK(read_journal(directory.path(), "db") == journal(6));
    CHECK(read_journal(directory.path(), "other") == journal(1));
    // A FIFO is no file that could be brought to disk.
    CHECK(bench.unheard == std::vector<std::string>{(directory / "web.journal.new").native() +
                                                    ": cannot be brought to disk: Invalid argument"});
}

TEST_CASE("What is queued when the store goes is written, and nobody is told") {
    const TemporaryDirectory directory;
    Stored bench{directory.path()};
    bench.write("db", journal(8));
    bench.store->write("web", journal(9));
    bench.store.reset();
    CHECK(read_journal(directory.path(), "db") == journal(8));
    CHECK(read_journal(directory.path(), "web") == journal(9));
    bench.io.run();
    CHECK(bench.outcomes.empty());
}

TEST_CASE("A journal that cannot be written leaves the one before") {
    const TemporaryDirectory directory;
    Stored bench{directory.path()};
    bench.write("db", journal(1));
    bench.wait();
    const std::string fresh = (directory / "db.journal.new").native();
    SECTION("something else has the name of the new file") {
        fs::create_directory(fresh);
        bench.write("db", journal(2));
        bench.wait();
        CHECK(bench.outcomes.back() == fresh + ": cannot be made: Is a directory");
    }
    SECTION("the disk is full") {
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit little{10, before.rlim_max};
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &little);
        bench.write("db", journal(2));
        bench.wait();
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        CHECK(bench.outcomes.back() == fresh + ": cannot be written: File too large");
        CHECK_FALSE(fs::exists(fresh));
        CHECK(read_journal(directory.path(), "db") == journal(1));
        bench.write("db", journal(3));
        bench.wait();
        CHECK(bench.outcomes.back() == "ok");
        CHECK(read_journal(directory.path(), "db") == journal(3));
        return;
    }
    SECTION("it would be too long to be read") {
        Journal huge = journal(2);
        huge.in_sync.emplace().received = std::string(cluster::kLongestJournal, '1');
        bench.write("db", huge);
        bench.wait();
        CHECK(bench.outcomes.back() ==
              (directory / "db.journal").native() + ": not written: it is longer than 1048576 octets");
    }
    CHECK(read_journal(directory.path(), "db") == journal(1));
}

TEST_CASE("A directory that is gone, or takes no files") {
    const TemporaryDirectory directory;
    Stored bench{directory / "removed"};
    bench.write("db", journal(1));
    bench.wait();
    CHECK(bench.outcomes == std::vector<std::string>{(directory / "removed/db.journal.new").native() +
                                                     ": cannot be made: No such file or directory"});
    Stored process{"/proc/self"};  // not even root may make a file there
    process.store->write("db", journal(1));
    process.wait(1);
    CHECK(process.unheard ==
          std::vector<std::string>{"/proc/self/db.journal.new: cannot be made: No such file or directory"});
}

TEST_CASE("A damaged journal is an error that says what to do, never the journal of a new node") {
    const TemporaryDirectory directory;
    const fs::path path = directory / "db.journal";
    const std::string text = to_text(journal(7));
    for (std::size_t size = 0; size < text.size(); ++size) {
        std::ofstream{path} << text.substr(0, size);
        INFO(size);
        CHECK(refusal(directory.path()).starts_with(path.native() + ": "));
    }
    CHECK(refusal(directory.path()) ==
          path.native() +
              ": its last line is not the checksum of the others: it is torn, or was edited. It was to tell "
              "what this node had promised before it stopped. Compare the two servers: only when this one "
              "lacks nothing that the other has, remove the file and restart hbvrrp");
    std::ofstream{path} << text;
    CHECK(read_journal(directory.path(), "db") == journal(7));
    // A write that was stopped half-way has not touched it.
    std::ofstream{directory / "db.journal.new"} << text.substr(0, 20);
    CHECK(read_journal(directory.path(), "db") == journal(7));
}

TEST_CASE("What cannot be read is an error, and no file is read without end") {
    const TemporaryDirectory directory;
    const fs::path path = directory / "db.journal";
    fs::create_directory(path);
    CHECK(refusal(directory.path()) == path.native() + ": cannot be read: Is a directory");
    fs::remove(path);
    fs::create_symlink("/dev/zero", path);
    CHECK(refusal(directory.path()).starts_with(path.native() + ": it is longer than 1048576 octets. "));
    fs::remove(path);
    fs::create_symlink(path, path);
    CHECK(refusal(directory.path()) == path.native() + ": cannot be read: Too many levels of symbolic links");
}

}  // namespace
}  // namespace highbase::daemon
