// SPDX-License-Identifier: GPL-2.0-or-later
// What a real server has and its primary has not, saved by the program of its client tools, or by one that
// fails in some way.
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "daemon/errant_keeper.hpp"
#include "mysql/worker_process.hpp"
#include "tests/catch.hpp"
#include "tests/files.hpp"
#include "tests/mysql/database_server.hpp"
#include "tests/run_until.hpp"

namespace highbase::daemon {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using mysql::DatabaseServer;
using replication::Flavour;
using replication::Position;
using Names = std::vector<std::string>;
using tests::contents;
using tests::mode_of;

constexpr auto kLongest = 40s;  // of a wait, on a busy machine

const std::string kAccounts =
    "CREATE OR REPLACE USER highbase@localhost IDENTIFIED BY 'monitor-secret';\n"
    "GRANT BINLOG MONITOR ON *.* TO highbase@localhost;\n"
    "CREATE OR REPLACE USER repl@localhost IDENTIFIED BY 'repl-secret';\n"
    "GRANT REPLICATION SLAVE ON *.* TO repl@localhost;\n";

// A server that has written three rows after all that its primary has of it.
struct Bench {
    boost::asio::io_context io{1};
    DatabaseServer server{{"--log-bin=binlog", "--server-id=1", "--binlog-format=ROW"}, kAccounts};
    TemporaryDirectory state;
    TemporaryDirectory programs;
    std::string path = std::getenv("PATH");
    std::vector<node::Report> reports;
    std::optional<ErrantKeeper> keeper;
    ErrantCase errant_case{"db", {}, cluster::Epoch{7}, true, {{}, Position{replication::GtidPosition{}}},
                           60s};

    Bench() {
        errant_case.database.server = std::get<mysql::UnixEndpoint>(server.by_socket().endpoint).path;
        errant_case.database.peer_server = {vrrp::IpAddress::v4(192, 0, 2, 2), 3306};
        errant_case.database.user = "highbase";
        errant_case.database.password = "monitor-secret";
        errant_case.database.replication_user = "repl";
        errant_case.database.replication_password = "repl-secret";
        write({"CREATE DATABASE app", "CREATE TABLE app.t (id INT PRIMARY KEY, v TEXT)",
               "INSERT INTO app.t VALUES (1, 'common')"});
        const std::uint64_t common = last();
        write({"INSERT INTO app.t VALUES (2, 'errant')"});
        errant_case.deed.own.dialect = {Flavour::mariadb, {10, 11, 0}};
        look(common);
        begin();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    ~Bench() { ::setenv("PATH", path.c_str(), 1); }

    void begin() {
        keeper.emplace(io, state.path(), [this](const node::Report& report) { reports.push_back(report); });
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        return tests::run_until(io, condition, kLongest);
    }
    mysql::Answer write(const Names& statements) {
        mysql::Session session{io, mysql::find_worker(), server.by_socket(), {}, {}};
        std::optional<mysql::Answer> last;
        for (const std::string& statement : statements) {
            last.reset();
            session.query(statement, 20s, [&](const auto& answer) {
                if (answer) last = *answer;
            });
            REQUIRE(run_until([&] { return last.has_value(); }));
        }
        return *last;
    }
    std::uint64_t last() {
        const std::string gtid = *write({"SELECT @@GLOBAL.gtid_binlog_pos"}).at(0, 0);
        return std::stoull(gtid.substr(gtid.rfind('-') + 1));
    }
    // The primary has what this server wrote up to `common`, and went on by itself.
    void look(std::uint64_t common) {
        const auto position = [](const std::string& text) {
            return *Position::parse(Flavour::mariadb, text);
        };
        errant_case.deed.own.history = position("0-1-" + std::to_string(last()));
        errant_case.deed.primary =
            position("0-1-" + std::to_string(common) + ",0-2-" + std::to_string(last() + 9));
    }
    ErrantKeeper::Result save() {
        std::optional<ErrantKeeper::Result> result;
        keeper->save(errant_case, [&](const ErrantKeeper::Result& done) { result = done; });
        CHECK_FALSE(result);
        REQUIRE(run_until([&] { return result.has_value(); }));
        return *result;
    }
    // In the place of the real program.
    void pretend(const std::string& script) {
        const fs::path program = programs / "mariadb-binlog";
        std::ofstream{program}
            << "#!/bin/sh\nfor word; do case $word in --result-file=*) "
               "result=${word#*=};; --defaults-extra-file=*) options=${word#*=};; esac; done\n"
            << script << '\n';
        fs::permissions(program, fs::perms::owner_all);
        ::setenv("PATH", programs.path().c_str(), 1);
    }
    [[nodiscard]] Names files() const {
        Names names;
        for (const auto& entry : fs::directory_iterator{state.path()})
            names.push_back(entry.path().filename().native());
        std::ranges::sort(names);
        return names;
    }
    [[nodiscard]] std::string field(std::size_t report, const std::string& name) const {
        for (const node::Field& field : reports.at(report).fields) {
            if (field.name == name) return field.value;
        }
        return "";
    }
};

TEST_CASE("What the primary has not is saved, with what can be done beside it, once") {
    Bench bench;
    REQUIRE(bench.save());
    CHECK(bench.files() == Names{"errant-db-7.sql", "errant-db-7.txt"});
    const std::string excerpt = contents(bench.state / "errant-db-7.sql");
    CHECK_THAT(excerpt, Contains("### INSERT INTO `app`.`t`") && Contains("@2='errant'"));
    CHECK_THAT(excerpt, !Contains("common"));
    CHECK(mode_of(bench.state / "errant-db-7.sql") == 0600);
    CHECK(mode_of(bench.state / "errant-db-7.txt") == 0600);
    const std::string advice = contents(bench.state / "errant-db-7.txt");
    CHECK_THAT(advice, Contains("the primary (192.0.2.2 port 3306) has not: 0-1-") &&
                           Contains("Nobody was told that they are committed") &&
                           Contains("They are saved in " + (bench.state / "errant-db-7.sql").native()) &&
                           Contains("mv " + bench.server.file("data").native()));
    REQUIRE(bench.reports.size() == 1);
    CHECK(bench.reports[0].id == node::EventId::errant_saved);
    CHECK(bench.field(0, "told") == "to_nobody");
    CHECK(bench.field(0, "advice") == (bench.state / "errant-db-7.txt").native());
    for (const node::Report& report : bench.reports) CHECK_THAT(to_text(report), !Contains("secret"));

    // Not again, in this life or in the next.
    bench.pretend("exit 9");
    CHECK(bench.save());
    CHECK(bench.reports.size() == 1);
    bench.begin();
    CHECK(bench.save());
    CHECK(bench.reports.size() == 2);
    CHECK(bench.reports[1].id == node::EventId::errant_saved);
    CHECK(contents(bench.state / "errant-db-7.sql") == excerpt);
}

TEST_CASE("Who was told follows from the last term") {
    for (const auto& [held, alone, mode, told] :
         {std::tuple{true, true, node::Mode::lossless, "yes"},
          std::tuple{false, false, node::Mode::lossless, "yes"},
          std::tuple{true, false, node::Mode::available, "perhaps"}}) {
        Bench bench;
        bench.errant_case.held = held;
        bench.errant_case.deed.acknowledged = alone;
        bench.errant_case.database.mode = mode;
        bench.pretend("echo '# End of log file' > $result");
        REQUIRE(bench.save());
        CHECK(bench.field(0, "told") == told);
    }
}

TEST_CASE("Without the program the command is given, and it is tried again later") {
    Bench bench;
    ::setenv("PATH", bench.programs.path().c_str(), 1);
    const auto result = bench.save();
    REQUIRE_FALSE(result);
    CHECK(result.error() == "there is no program mariadb-binlog here");
    CHECK(bench.files() == Names{"errant-db-7.txt"});
    const std::string advice = contents(bench.state / "errant-db-7.txt");
    CHECK_THAT(advice, Contains("They are not saved: there is no program mariadb-binlog here.") &&
                           Contains("    mariadb-binlog --password --read-from-remote-server --user=repl "));
    REQUIRE(bench.reports.size() == 1);
    CHECK(bench.reports[0].id == node::EventId::errant_not_saved);
    CHECK(bench.field(0, "reason") == "there is no program mariadb-binlog here");
    CHECK_THAT(bench.field(0, "command"),
               Contains("mariadb-binlog --password") && Contains("errant-db-7.sql binlog.000001"));
    // Asked again each second, it does nothing for a while.
    bench.pretend("echo ran > $(dirname $0)/ran; exit 1");
    CHECK(bench.save().error() == result.error());
    CHECK_FALSE(fs::exists(bench.programs / "ran"));
    CHECK(bench.reports.size() == 1);
}

TEST_CASE("A program that fails is asked once more without the place, and its words are told") {
    Bench bench;
    bench.pretend(
        "echo \"$@\" >> $(dirname $0)/asked; stat -c %a $options >> $(dirname $0)/asked; "
        "cat $options >> $(dirname $0)/asked; echo torn > $result; echo no such place >&2; exit 1");
    const auto result = bench.save();
    REQUIRE_FALSE(result);
    CHECK_THAT(result.error(), Catch::Matchers::EndsWith("/mariadb-binlog: exit status 1: no such place"));
    CHECK(bench.files() == Names{"errant-db-7.txt"});
    const std::string asked = contents(bench.programs / "asked");
    const auto second = asked.find("--defaults-extra-file", asked.find('\n'));
    REQUIRE(second != std::string::npos);
    CHECK_THAT(asked.substr(0, second), Contains("--start-position=0-1-"));
    CHECK_THAT(asked.substr(second), !Contains("--start-position") && Contains("binlog.000001"));
    // The password is in a file for nobody else, and nowhere else.
    CHECK_THAT(asked.substr(0, second), Contains("\n600\n[client]\npassword=\"repl-secret\"\n"));
    CHECK_THAT(asked.substr(0, asked.find('\n')), !Contains("secret"));
}

TEST_CASE("An excerpt that is not whole is none, whatever the program says") {
    Bench bench;
    bench.pretend("echo 'half of it' > $result");
    const auto result = bench.save();
    REQUIRE_FALSE(result);
    CHECK_THAT(result.error(), Contains("errant-db-7.sql: it is not whole; the disk may be full"));
    CHECK(bench.files() == Names{"errant-db-7.txt"});
    CHECK(bench.reports.size() == 1);
}

TEST_CASE("What an earlier life has left is removed, also where there is nothing more to save") {
    Bench bench;
    REQUIRE(bench.save());
    const auto leave = [&] {
        std::ofstream{bench.state / "errant-db.options"} << "password=secret";
        std::ofstream{bench.state / "errant-db.unfinished"} << "half";
        std::ofstream{bench.state / "errant-other.options"};
    };
    const Names kept{"errant-db-7.sql", "errant-db-7.txt", "errant-other.options"};
    leave();
    clear(bench.state.path(), "db");
    CHECK(bench.files() == kept);
    leave();
    bench.begin();
    REQUIRE(bench.save());
    CHECK(bench.files() == kept);
}

TEST_CASE("A stop in the middle leaves nothing") {
    Bench bench;
    bench.pretend("echo > $(dirname $0)/ran; exec /bin/sleep 1000");
    bench.keeper->save(bench.errant_case, [](const auto&) {});
    REQUIRE(bench.run_until([&] { return fs::exists(bench.programs / "ran"); }));
    CHECK(bench.files() == Names{"errant-db.options", "errant-db.unfinished"});
    bench.keeper.reset();
    CHECK(bench.files().empty());
}

TEST_CASE("Nothing is begun that may fill the disk of the journals") {
    const TemporaryDirectory directory;
    CHECK(has_room(directory.path(), 1));
    CHECK(has_room(directory / "none", 1));  // that is found out later
    const FileResult refused = has_room(directory.path(), std::uint64_t{1} << 62);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error(),
               Contains(directory.path().native() + ": it may need 4398046511104 MiB, and ") &&
                   Contains(" MiB are free"));
}

TEST_CASE("A folder that cannot be written to is a failure, and said") {
    Bench bench;
    bench.keeper.emplace(bench.io, bench.state / "none",
                         [&](const node::Report& report) { bench.reports.push_back(report); });
    const auto result = bench.save();
    REQUIRE_FALSE(result);
    CHECK_THAT(result.error(), Contains("errant-db.options: cannot be made: No such file or directory") &&
                                   Contains("; and ") && Contains("errant-db-7.txt.new: cannot be made"));
    CHECK(bench.reports.size() == 1);
}

TEST_CASE("A program that does not end is ended before nobody waits any more") {
    Bench bench;
    bench.errant_case.patience = 6s;
    bench.pretend("exec sleep 1000");
    ::setenv("PATH", (bench.programs.path().native() + ":/usr/bin:/bin").c_str(), 1);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THAT(bench.save().error(), Contains("no end in time"));
    CHECK(std::chrono::steady_clock::now() - begin < 6s);
}

TEST_CASE("Who asks meanwhile for the same gets the answer; other transactions are another excerpt") {
    Bench bench;
    bench.pretend("echo once >> $(dirname $0)/ran; echo '# End of log file' > $result");
    int first = 0;
    int second = 0;
    bench.keeper->save(bench.errant_case, [&](const auto&) { ++first; });
    bench.keeper->save(bench.errant_case, [&](const auto&) { ++second; });
    REQUIRE(bench.run_until([&] { return second == 1; }));
    CHECK(first == 0);
    CHECK(contents(bench.programs / "ran") == "once\n");

    const std::uint64_t common = bench.last() - 1;
    bench.write({"INSERT INTO app.t VALUES (3, 'more')"});
    bench.look(common);
    REQUIRE(bench.save());
    CHECK(bench.files() ==
          Names{"errant-db-7.sql", "errant-db-7.sql.1", "errant-db-7.txt", "errant-db-7.txt.1"});
    CHECK(contents(bench.programs / "ran") == "once\nonce\n");
}

TEST_CASE("Nothing is saved where the primary has everything") {
    Bench bench;
    bench.errant_case.deed.primary = bench.errant_case.deed.own.history;
    CHECK(bench.save());
    CHECK(bench.files().empty());
    CHECK(bench.reports.empty());
}

}  // namespace
}  // namespace highbase::daemon
