// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/errant_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <numeric>

#include "daemon/clock.hpp"
#include "daemon/database_target.hpp"
#include "mysql/worker_process.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using replication::Acknowledged;

constexpr vrrp::Duration kStatement = 10s;
constexpr vrrp::Duration kRetry = 20s;  // less than the service waits before it asks again
// What a task may take, less what is needed to say in time how it ended.
constexpr vrrp::Duration kReserve = 5s;
constexpr std::size_t kLongestSaid = 400;
constexpr std::size_t kLongestList = 1000;
// An excerpt is text, and mostly longer than what it is made of. The journals are on the same disk.
constexpr std::uint64_t kRoomPerOctet = 2;
constexpr std::uint64_t kRoomLeft = std::uint64_t{64} << 20;

std::string cut(std::string text, std::size_t longest) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.size() <= longest) return text;
    text.resize(longest);
    return text + "...";
}

// Names what was there to be saved, whatever the primary has written since.
std::string key_of(const ErrantCase& errant_case) {
    return fmt::format("The transactions of this server when they were looked for: {}",
                       errant_case.deed.own.history.to_string());
}

std::uint64_t number_in(const std::string& text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Acknowledged acknowledged_by(const ErrantCase& errant_case) {
    // In mode lossless nobody takes over by itself who has not received all that was acknowledged.
    const bool in_sync = errant_case.database.mode == node::Mode::lossless;
    return replication::acknowledged({errant_case.held, errant_case.deed.acknowledged, in_sync});
}

bool has_replication_account(const node::DatabaseConfiguration& database) {
    return !database.replication_user.empty();
}

const std::string& reader_password(const node::DatabaseConfiguration& database) {
    return has_replication_account(database) ? database.replication_password : database.password;
}

// The programs of the two products have different words for it.
std::string tls_options(const node::DatabaseConfiguration& database, bool mariadb) {
    const bool by_socket = std::holds_alternative<std::string>(database.server);
    if (by_socket || database.tls == node::DatabaseTls::off) return "";
    const bool verify = database.tls == node::DatabaseTls::verify;
    std::string options = verify ? fmt::format("ssl-ca=\"{}\"\n", database.tls_ca) : "";
    if (mariadb) return options + (verify ? "ssl\nssl-verify-server-cert\n" : "ssl\n");
    return options + (verify ? "ssl-mode=VERIFY_IDENTITY\n" : "ssl-mode=REQUIRED\n");
}

}  // namespace

struct ErrantKeeper::Work {
    ErrantCase errant_case;
    replication::Errant errant;
    std::string key;
    Done done;
    ErrantFiles files;
    vrrp::TimePoint deadline{};
    std::unique_ptr<mysql::Session> session{};
    std::vector<std::string> logs{};  // of the server, the oldest first
    std::uint64_t octets = 0;         // in all of them
    FileResult room{};                // for as much as they may become
    std::string first_log{};
    std::string data_directory{};
    std::filesystem::path program{};
    std::unique_ptr<process::Run> run{};
    std::unique_ptr<process::DetachedTask> task{};

    [[nodiscard]] const replication::Dialect& dialect() const { return errant_case.deed.own.dialect; }
    [[nodiscard]] bool mariadb() const { return dialect().is_mariadb(); }
    [[nodiscard]] std::optional<std::vector<std::string>> command(bool from_place,
                                                                  const std::string& file) const;
    // Empty: none can be given.
    [[nodiscard]] std::vector<std::string> command_for_operator() const;
};

std::optional<std::vector<std::string>> ErrantKeeper::Work::command(bool from_place,
                                                                    const std::string& file) const {
    const node::DatabaseConfiguration& database = errant_case.database;
    replication::LogReader reader;
    if (const auto* socket = std::get_if<std::string>(&database.server)) {
        reader.socket = *socket;
    } else {
        const auto& endpoint = std::get<vrrp::Endpoint>(database.server);
        reader.address = {endpoint.address.to_string(), endpoint.port};
    }
    reader.user = has_replication_account(database) ? database.replication_user : database.user;
    reader.option_file = files.options.native();
    replication::Errant what = errant;
    if (!from_place) what.after.reset();
    return replication::excerpt_command(dialect(), what, reader, first_log, file);
}

// The option file is not there any more: it asks for the password.
std::vector<std::string> ErrantKeeper::Work::command_for_operator() const {
    auto words = first_log.empty() ? std::nullopt : command(true, files.excerpt.native());
    if (!words) return {};
    std::ranges::replace_if(
        *words, [](const std::string& word) { return word.starts_with("--defaults-extra-file="); },
        std::string{"--password"});
    return *std::move(words);
}

ErrantKeeper::ErrantKeeper(boost::asio::io_context& io, std::filesystem::path directory, TellReport tell)
    : io_{io}, directory_{std::move(directory)}, tell_{std::move(tell)} {}

// At the end of everything the disk may be waited for.
ErrantKeeper::~ErrantKeeper() {
    if (!work_) return;
    const std::string service = work_->errant_case.service;
    work_.reset();
    clear(directory_, service);
}

void ErrantKeeper::save(ErrantCase errant_case, Done done) {
    const auto answer = [&](const Result& result) {
        boost::asio::post(io_, [alive = std::weak_ptr{alive_}, done = std::move(done), result] {
            if (!alive.expired()) done(result);
        });
    };
    auto errant = replication::errant_transactions(errant_case.deed.own.history, errant_case.deed.primary);
    if (!errant) return answer({});
    std::string key = key_of(errant_case);
    if (work_ && work_->key == key) {
        work_->done = std::move(done);
        return;
    }
    if (past_ && past_->key == key && (past_->result || boottime_now() < past_->again))
        return answer(past_->result);
    begin(std::move(errant_case), *std::move(errant), std::move(key));
    work_->done = std::move(done);
}

void ErrantKeeper::begin(ErrantCase errant_case, replication::Errant errant, std::string key) {
    const vrrp::Duration patience = errant_case.patience;
    ErrantFiles files =
        errant_files(directory_, errant_case.service, static_cast<std::uint64_t>(errant_case.epoch));
    work_ = std::make_unique<Work>(
        Work{std::move(errant_case), std::move(errant), std::move(key), {}, std::move(files)});
    work_->deadline = boottime_now() + patience - kReserve;
    // The account of replication may not see what logs there are.
    ask(target_of(work_->errant_case.database));
    query("SELECT @@GLOBAL.datadir", [this](const auto& answer) {
        if (answer && answer->row_count() == 1) work_->data_directory = answer->at(0, 0).value_or("");
        list_logs();
    });
}

vrrp::Duration ErrantKeeper::left() const {
    return std::max(work_->deadline - boottime_now(), vrrp::Duration::zero());
}

// ---- where the transactions begin

void ErrantKeeper::ask(const mysql::Target& target) {
    work_->session = std::make_unique<mysql::Session>(io_, mysql::find_worker(), target, session_settings(),
                                                      mysql::SessionObservers{});
}

void ErrantKeeper::query(std::string sql,
                         std::function<void(const tl::expected<mysql::Answer, mysql::Failure>&)> take) {
    work_->session->query(std::move(sql), std::min(kStatement, left()),
                          [take = std::move(take)](const auto& answer) { take(answer); });
}

void ErrantKeeper::list_logs() {
    query("SHOW BINARY LOGS", [this](const auto& answer) {
        if (!answer)
            return finish("the binary logs of the server cannot be listed: " + in_words(answer.error()));
        for (std::size_t row = 0; row < answer->row_count(); ++row) {
            work_->logs.push_back(answer->at(row, 0).value_or(""));
            work_->octets += number_in(answer->at(row, 1).value_or(""));
        }
        if (work_->logs.empty()) return finish("the server has no binary log");
        work_->first_log = work_->logs.front();
        if (work_->mariadb()) return prepare_files();  // the server finds the place
        ask(as_replica(target_of(work_->errant_case.database), work_->errant_case.database));
        look_at_log(work_->logs.size() - 1);
    });
}

// The newest first: it is there mostly, and there may be very many.
void ErrantKeeper::look_at_log(std::size_t index) {
    const std::string& log = work_->logs.at(index);
    query(replication::log_head_statement(log), [this, index](const auto& answer) {
        if (!answer)
            return finish("the binary logs of the server cannot be read: " + in_words(answer.error()));
        work_->first_log = work_->logs.at(index);
        const bool found = replication::begins_before(work_->errant, table_of(*answer));
        if (found || index == 0) return prepare_files();
        look_at_log(index - 1);
    });
}

// ---- the excerpt

void ErrantKeeper::in_background(std::function<void()> work, std::function<void()> then) {
    auto task = process::DetachedTask::start(io_, slots_.take(), std::move(work), std::move(then));
    if (task) {
        work_->task = std::move(*task);
        return;
    }
    clear(directory_, work_->errant_case.service);  // here, where it may wait: a password is not to stay
    told(tl::make_unexpected(task.error().message), task.error().message);
}

void ErrantKeeper::prepare_files() {
    work_->session.reset();
    struct Found {
        std::filesystem::path program;
        bool kept = false;
        FileResult room;
        FileResult ready;
    };
    const auto found = std::make_shared<Found>();
    const node::DatabaseConfiguration& database = work_->errant_case.database;
    const std::string options =
        replication::client_options(reader_password(database)) + tls_options(database, work_->mariadb());
    in_background(
        [found, files = work_->files, directory = directory_, service = work_->errant_case.service, options,
         key = work_->key, need = kRoomPerOctet * work_->octets + kRoomLeft,
         name = std::string{replication::excerpt_program(work_->dialect())}] {
            clear(directory, service);  // of an earlier life
            found->kept = is_kept(files, key);
            if (found->kept) return;
            found->program = find_program(name);
            if (found->program.empty()) return;
            found->room = has_room(directory, need);
            found->ready = prepare(files, options);
        },
        [this, found] {
            work_->program = found->program;
            work_->room = found->room;
            if (found->kept) return told({}, "");
            if (found->program.empty()) {
                return finish(fmt::format("there is no program {} here",
                                          replication::excerpt_program(work_->dialect())));
            }
            if (!found->ready) return finish(found->ready.error());
            run(true);
        });
}

// Without a place MariaDB's program writes down all that the logs hold. MySQL's picks the transactions.
void ErrantKeeper::run(bool from_place) {
    const bool all = work_->mariadb() && (!from_place || !work_->errant.after);
    if (all && !work_->room) return finish(work_->room.error());
    auto command = work_->command(from_place, work_->files.unfinished.native());
    if (!command) return finish("they are too many for a command line");
    command->front() = work_->program.native();
    process::Command program{.arguments = std::move(*command)};
    program.deadline = std::max(left(), vrrp::Duration{1s});
    work_->run = std::make_unique<process::Run>(
        io_, slots_, std::move(program),
        [this, from_place](const process::Outcome& outcome) { ended(outcome, from_place); });
}

// MariaDB's server knows no place in logs that were purged.
void ErrantKeeper::ended(const process::Outcome& outcome, bool from_place) {
    if (process::has_succeeded(outcome)) return finish("");
    if (from_place && work_->errant.after && left() > vrrp::Duration::zero()) return run(false);
    const std::string said = cut(outcome.error, kLongestSaid);
    finish(fmt::format("{}: {}{}{}", work_->program.native(), process::describe(outcome.ending),
                       said.empty() ? "" : ": ", said));
}

std::vector<std::string> ErrantKeeper::advice(const std::string& not_saved) const {
    const ErrantCase& errant_case = work_->errant_case;
    const vrrp::Endpoint& primary = errant_case.database.peer_server;
    const replication::ErrantStory story{work_->dialect(),
                                         work_->errant,
                                         acknowledged_by(errant_case),
                                         {primary.address.to_string(), primary.port},
                                         work_->files.excerpt.native(),
                                         not_saved,
                                         work_->command_for_operator(),
                                         work_->data_directory};
    std::vector<std::string> lines = errant_advice(story);
    lines.push_back(work_->key);
    return lines;
}

// `not_saved`: why; empty: the program has made the excerpt.
void ErrantKeeper::finish(std::string not_saved) {
    work_->session.reset();
    struct Put {
        std::string not_saved;
        FileResult advice;
    };
    const auto put = std::make_shared<Put>(Put{std::move(not_saved), {}});
    const std::vector<std::string> saved = advice("");
    const auto later = [lines = advice("REASON")](const std::string& reason) {
        std::vector<std::string> all = lines;
        for (std::string& line : all) {
            if (line == "They are not saved: REASON.") line = fmt::format("They are not saved: {}.", reason);
        }
        return all;
    };
    in_background(
        [put, files = work_->files, directory = directory_, service = work_->errant_case.service, saved,
         later] {
            if (put->not_saved.empty()) {
                if (const FileResult kept = keep(files, saved); !kept) put->not_saved = kept.error();
            }
            clear(directory, service);
            if (!put->not_saved.empty()) put->advice = write_advice(files, later(put->not_saved));
        },
        [this, put] {
            if (put->not_saved.empty()) return told({}, "");
            std::string reason = put->not_saved;
            if (!put->advice) reason += fmt::format("; and {}", put->advice.error());
            told(tl::make_unexpected(reason), reason);
        });
}

// Told once, also where it is tried again and again.
void ErrantKeeper::told(const Result& result, const std::string& not_saved) {
    const std::unique_ptr<Work> work = std::move(work_);
    past_ = Past{work->key, result, boottime_now() + kRetry};
    node::Report report{result ? node::EventId::errant_saved : node::EventId::errant_not_saved,
                        {{"router", work->errant_case.service},
                         {"gtids", cut(work->errant.gtids, kLongestList)},
                         {"told", std::string{name(acknowledged_by(work->errant_case))}},
                         {"file", work->files.excerpt.native()},
                         {"advice", work->files.advice.native()}}};
    if (!result) {
        const std::vector<std::string> command = work->command_for_operator();
        report.fields.push_back({"reason", not_saved});
        report.fields.push_back(
            {"command", command.empty() ? "none" : cut(replication::shell_line(command), kLongestList)});
    }
    if (std::exchange(told_, work->key + not_saved) != work->key + not_saved) tell_(report);
    work->done(result);
}

}  // namespace highbase::daemon
