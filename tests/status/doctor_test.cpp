// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/doctor.hpp"

#include "status/switchover.hpp"
#include "tests/catch.hpp"

namespace highbase::status {
namespace {

using replication::Finding;
using replication::FindingId;
using replication::FindingServer;
using replication::Severity;

const std::vector<Finding> kFindings{
    {FindingId::sync_binlog,
     Severity::error,
     FindingServer::own,
     "sync_binlog is 0: it hurts",
     {{"SET GLOBAL sync_binlog = 1"}, "sync_binlog = 1"}},
    {FindingId::delayed,
     Severity::error,
     FindingServer::peer,
     "it lags",
     {{"STOP SLAVE", "START SLAVE"}, ""}},
    {FindingId::binlog_format, Severity::warning, FindingServer::own, "MIXED", {{}, "binlog_format = ROW"}},
    {FindingId::peer_unseen, Severity::note, FindingServer::pair, "alone", {}},
};

TEST_CASE("Findings as JSON") {
    CHECK(doctor_answer("db", {kFindings[0], kFindings[3]}).dump() ==
          R"({"service":"db","findings":[)"
          R"({"id":"sync_binlog","severity":"error","server":"own","text":"sync_binlog is 0: it hurts",)"
          R"("remedy":"SET GLOBAL sync_binlog = 1; and in my.cnf: sync_binlog = 1"},)"
          R"({"id":"peer_unseen","severity":"note","server":"pair","text":"alone","remedy":""}]})");
    CHECK(doctor_answer("db", {}).dump() == R"({"service":"db","findings":[]})");
}

TEST_CASE("Findings as a table") {
    CHECK(doctor_table(doctor_answer("db", kFindings), Colour::off) ==
          "db: 2 errors, 1 warning, 1 note\n"
          "\n"
          "error    own   sync_binlog\n"
          "         sync_binlog is 0: it hurts\n"
          "         SET GLOBAL sync_binlog = 1; and in my.cnf: sync_binlog = 1\n"
          "\n"
          "error    peer  delayed\n"
          "         it lags\n"
          "         STOP SLAVE; START SLAVE;\n"
          "\n"
          "warning  own   binlog_format\n"
          "         MIXED\n"
          "         in my.cnf: binlog_format = ROW\n"
          "\n"
          "note     pair  peer_unseen\n"
          "         alone\n");
    CHECK(doctor_table(doctor_answer("db", {}), Colour::off) == "db: nothing is wrong\n");
    CHECK(doctor_table(doctor_answer("db", {kFindings[0]}), Colour::on).find("\033[1;31merror    \033[0m") !=
          std::string::npos);
}

TEST_CASE("Only an error is one") {
    CHECK(has_error(doctor_answer("db", {kFindings[2], kFindings[1]})));
    CHECK_FALSE(has_error(doctor_answer("db", {kFindings[2], kFindings[3]})));
    CHECK_FALSE(has_error(Json{}));
}

TEST_CASE("Findings of a daemon of another version, or of nobody's") {
    CHECK(doctor_table(Json::parse(R"({"findings":[{"severity":"fatal","text":"\u001b[2J"},7]})"),
                       Colour::off) ==
          "?: 2 findings\n\nfatal    ?     ?\n         ?[2J\n\n?        ?     ?\n         ?\n");
    CHECK(doctor_table(Json::array(), Colour::off) == "?: nothing is wrong\n");
}

TEST_CASE("What came of a switchover") {
    const Json done = Json::parse(R"({"done":true,"message":"gw2 is the primary of db","steps":[
        {"name":"drain","ms":12},{"name":"open","ms":3}],"writes_stopped_ms":63})");
    CHECK(switchover_text(done, Colour::off) ==
          "done: gw2 is the primary of db\nwrites were stopped for 63 ms\n"
          "  drain                   12 ms\n  open                     3 ms\n");
    CHECK(is_yes(done));
    const Json undone = Json::parse(R"({"done":false,"message":"no","steps":[]})");
    CHECK(switchover_text(undone, Colour::on) == "\033[1;31mnot done\033[0m: no\n");
    CHECK_FALSE(is_yes(undone));
    const Json possible = Json::parse(R"({"possible":true,"reasons":[],"steps":[{"name":"drain"}]})");
    CHECK(switchover_text(possible, Colour::off) == "possible\n  drain\n");
    CHECK(is_yes(possible));
    const Json impossible = Json::parse(R"({"possible":false,"reasons":["a\nb",1]})");
    CHECK(switchover_text(impossible, Colour::off) == "not possible\n  ! a?b\n  ! ?\n");
    CHECK_FALSE(is_yes(impossible));
    CHECK(switchover_text(Json{}, Colour::off) == "not done: ?\n");
}

}  // namespace
}  // namespace highbase::status
