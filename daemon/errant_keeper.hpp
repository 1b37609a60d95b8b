// SPDX-License-Identifier: GPL-2.0-or-later
// Saves what a server has and the primary has not, before anybody throws it away: as a file for an operator,
// with what can be done beside it. Once for the same transactions; what has failed is tried again after a
// while.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "daemon/errant_files.hpp"
#include "mysql/session.hpp"
#include "node/database_configuration.hpp"
#include "node/report.hpp"
#include "node/task.hpp"
#include "process/run.hpp"
#include "replication/errant.hpp"

namespace highbase::daemon {

struct ErrantCase {
    std::string service;
    node::DatabaseConfiguration database;
    cluster::Epoch epoch{};
    bool held = false;  // this box had the last term but the present one
    node::SaveErrant deed;
    vrrp::Duration patience{};
};

class ErrantKeeper {
public:
    using Result = tl::expected<void, std::string>;
    using Done = std::function<void(const Result&)>;
    using TellReport = std::function<void(const node::Report&)>;

    // `io` outlives it. `directory` must exist.
    ErrantKeeper(boost::asio::io_context& io, std::filesystem::path directory, TellReport tell);
    ErrantKeeper(const ErrantKeeper&) = delete;
    ErrantKeeper& operator=(const ErrantKeeper&) = delete;
    ~ErrantKeeper();  // ends what is under way, and removes its files; no Done is called any more

    // `done` is called once, never from within, unless it is asked again meanwhile: then only the last one
    // is. The same transactions go on being saved; others are begun with, and the first are given up.
    void save(ErrantCase errant_case, Done done);

private:
    struct Work;
    struct Past {
        std::string key;
        Result result;
        vrrp::TimePoint again{};  // after a failure
    };

    void begin(ErrantCase errant_case, replication::Errant errant, std::string key);
    void ask(const mysql::Target& target);
    void query(std::string sql, std::function<void(const tl::expected<mysql::Answer, mysql::Failure>&)> take);
    void list_logs();
    void look_at_log(std::size_t index);
    void prepare_files();
    void run(bool from_place);
    void ended(const process::Outcome& outcome, bool from_place);
    void finish(std::string not_saved);
    void told(const Result& result, const std::string& not_saved);
    void in_background(std::function<void()> work, std::function<void()> then);
    [[nodiscard]] std::vector<std::string> advice(const std::string& not_saved) const;
    [[nodiscard]] vrrp::Duration left() const;

    boost::asio::io_context& io_;
    std::filesystem::path directory_;
    TellReport tell_;
    process::Slots slots_{2};
    std::optional<Past> past_;
    std::string told_;  // the last event, so that it is not told again
    std::unique_ptr<Work> work_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
};

}  // namespace highbase::daemon
