// SPDX-License-Identifier: GPL-2.0-or-later
// What a server may answer to the preflight: tables of any content, one after the other with an empty line
// between them, columns with tabs. The same answers are given by both servers and to both dialects.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "replication/preflight.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace highbase::replication;

std::string_view take(std::string_view& text, char end) {
    const std::string_view taken = text.substr(0, text.find(end));
    text.remove_prefix(std::min(text.size(), taken.size() + 1));
    return taken;
}

Table take_table(std::string_view& text) {
    Table table;
    std::string_view line = take(text, '\n');
    while (!line.empty()) table.columns.emplace_back(take(line, '\t'));
    for (line = take(text, '\n'); !line.empty(); line = take(text, '\n')) {
        std::vector<std::optional<std::string>> row;
        while (!line.empty()) row.emplace_back(take(line, '\t'));
        table.rows.push_back(std::move(row));
    }
    return table;
}

void judge(const Dialect& dialect, const std::vector<Table>& answers) {
    const auto settings = read_settings(dialect, answers);
    FUZZ_REQUIRE(settings || !settings.error().empty());
    if (!settings) return;
    for (const ServerRole role : {ServerRole::unknown, ServerRole::primary, ServerRole::replica}) {
        const Expectations expectations{
            Promise::lossless, {"192.0.2.100"}, {"192.0.2.1", 3306}, {"192.0.2.2", 3306}, role};
        Severity last = Severity::error;
        for (const Finding& finding : preflight(*settings, *settings, expectations)) {
            FUZZ_REQUIRE(!finding.text.empty() && !name(finding.id).empty());
            FUZZ_REQUIRE(finding.severity >= last);
            last = finding.severity;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Dialect kMysql = *Dialect::of("9.7.4");
    static const Dialect kMariadb = *Dialect::of("10.11.14-MariaDB");
    std::string_view text{reinterpret_cast<const char*>(data), size};
    std::vector<Table> answers;
    while (answers.size() < preflight_statements(kMysql).size()) answers.push_back(take_table(text));
    judge(kMysql, answers);
    judge(kMariadb, answers);
    return 0;
}
