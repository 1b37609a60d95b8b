// SPDX-License-Identifier: GPL-2.0-or-later
// The journals of this node's services, as files: STATE_DIRECTORY/SERVICE.journal. A journal is replaced as a
// whole: whatever stops the writing, the file holds either what it held before or what it should.
//
// (daemon/journal.hpp is systemd's, for the log.)
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "cluster/journal.hpp"
#include "daemon/durable_file.hpp"
#include "daemon/worker_thread.hpp"

namespace highbase::daemon {

// While starting: waits for the disk. Where there is no file, the journal of a node that has not done
// anything yet. A file that cannot be read, or is damaged, is an error that says which and what to do: a node
// that does not know what it has promised must not be promoted. `service` is a name of the configuration.
tl::expected<cluster::Journal, std::string> read_journal(const std::filesystem::path& directory,
                                                         const std::string& service);

class JournalStore {
public:
    // On disk, in the directory too; or why not, for an operator: the file is then what it was before.
    using Outcome = FileResult;
    using Done = std::function<void(const Outcome&)>;

    // What comes of a write is posted to `io`, which outlives the store. `unheard` is told of a failure that
    // nobody waits for. Throws std::system_error.
    JournalStore(boost::asio::io_context& io, std::filesystem::path directory, Done unheard);
    JournalStore(const JournalStore&) = delete;
    JournalStore& operator=(const JournalStore&) = delete;
    ~JournalStore();  // writes what is queued, and waits for it; no Done is called any more

    // One after the other, on a thread of its own: a disk may hang. `done` may be empty: nobody waits, and a
    // later journal of the service takes the place of this one while it is queued.
    void write(const std::string& service, cluster::Journal journal, Done done = {});

private:
    struct Write {
        std::string service;
        cluster::Journal journal;
        Done done;
    };

    void work();
    Write next();
    void tell(Done done, Outcome outcome, bool only_failure);

    boost::asio::io_context& io_;
    std::filesystem::path directory_;
    Done unheard_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for what is posted
    std::mutex mutex_;
    std::list<Write> queue_;
    boost::asio::io_context work_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_;
    std::optional<WorkerThread> thread_;
};

}  // namespace highbase::daemon
