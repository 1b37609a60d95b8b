// SPDX-License-Identifier: GPL-2.0-or-later
// What replication/ makes of real servers, for tests in Python, which ask them: JSON in, JSON out.
//   replication_probe statements VERSION   what preflight asks
//   replication_probe preflight < INPUT    {own, peer: {version, answers: [{columns, rows}]}, expectations}
//   replication_probe errant < INPUT       {version, own, primary: [positions], socket, user, password,
//                                           option_file, first_log, file, donor, data_directory}
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "replication/errant.hpp"

namespace {

using namespace highbase::replication;
using Json = nlohmann::ordered_json;

template <typename T>
T value_or_throw(tl::expected<T, std::string> result) {
    if (!result) throw std::runtime_error{result.error()};
    return std::move(*result);
}

Table table_of(const Json& json) {
    Table table;
    table.columns = json.at("columns").get<std::vector<std::string>>();
    for (const Json& row : json.at("rows")) {
        std::vector<std::optional<std::string>> cells;
        for (const Json& cell : row)
            cells.push_back(cell.is_null() ? std::nullopt : std::optional{cell.get<std::string>()});
        table.rows.push_back(std::move(cells));
    }
    return table;
}

ServerSettings settings_of(const Json& json) {
    std::vector<Table> answers;
    for (const Json& answer : json.at("answers")) answers.push_back(table_of(answer));
    const Dialect dialect = value_or_throw(Dialect::of(json.at("version").get<std::string>()));
    return value_or_throw(read_settings(dialect, answers));
}

Expectations expectations_of(const Json& json) {
    const auto address = [&](const char* server) {
        return ServerAddress{json.at(server).at(0).get<std::string>(),
                             json.at(server).at(1).get<std::uint16_t>()};
    };
    const std::string role = json.at("role").get<std::string>();
    return {json.at("lossless").get<bool>() ? Promise::lossless : Promise::available,
            json.at("virtual_addresses").get<std::vector<std::string>>(), address("own"), address("peer"),
            role == "primary"   ? ServerRole::primary
            : role == "replica" ? ServerRole::replica
                                : ServerRole::unknown};
}

Json findings_of(const Json& input) {
    std::optional<ServerSettings> peer;
    if (!input.at("peer").is_null()) peer = settings_of(input.at("peer"));
    Json result = Json::array();
    for (const Finding& finding :
         preflight(settings_of(input.at("own")), peer, expectations_of(input.at("expectations")))) {
        result.push_back({{"id", name(finding.id)},
                          {"severity", name(finding.severity)},
                          {"server", name(finding.server)},
                          {"text", finding.text},
                          {"statements", finding.remedy.statements},
                          {"option", finding.remedy.option}});
    }
    return result;
}

// Of MariaDB gtid_binlog_state and gtid_slave_pos.
Position position_of(const Dialect& dialect, const Json& texts) {
    if (!dialect.is_mariadb()) return Position{GtidSet::parse(texts.at(0).get<std::string>()).value()};
    const auto state = GtidPosition::parse(texts.at(0).get<std::string>()).value();
    return Position{state.joined(GtidPosition::parse(texts.at(1).get<std::string>()).value())};
}

Json errant_of(const Json& input) {
    const auto text = [&](const char* key) { return input.at(key).get<std::string>(); };
    const Dialect dialect = value_or_throw(Dialect::of(text("version")));
    const auto errant =
        errant_transactions(position_of(dialect, input.at("own")), position_of(dialect, input.at("primary")));
    if (!errant) return nullptr;
    const LogReader reader{text("socket"), {}, text("user"), text("option_file")};
    const auto command = excerpt_command(dialect, *errant, reader, text("first_log"), text("file")).value();
    const ErrantStory story{dialect, *errant, Acknowledged::perhaps, {text("donor"), 3306}, text("file"),
                            "",      {},      text("data_directory")};
    return {{"gtids", errant->gtids},
            {"command", command},
            {"options", client_options(text("password"))},
            {"advice", errant_advice(story)},
            {"clone", clone_statements(story.primary, text("clone_user"), text("clone_password"))}};
}

Json answer(const std::vector<std::string>& arguments) {
    if (arguments.size() == 2 && arguments[0] == "statements")
        return preflight_statements(value_or_throw(Dialect::of(arguments[1])));
    if (arguments.size() == 1 && arguments[0] == "preflight") return findings_of(Json::parse(std::cin));
    if (arguments.size() == 1 && arguments[0] == "errant") return errant_of(Json::parse(std::cin));
    throw std::runtime_error{"usage: replication_probe statements VERSION | preflight | errant"};
}

}  // namespace

int main(int argc, char* argv[]) {
    try {
        std::cout << answer({argv + 1, argv + argc}).dump() << "\n";
    } catch (const std::exception& error) {
        std::cerr << "replication_probe: " << error.what() << "\n";
        return 1;
    }
}
