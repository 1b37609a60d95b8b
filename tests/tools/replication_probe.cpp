// SPDX-License-Identifier: GPL-2.0-or-later
// What replication/ makes of real servers, for tests in Python, which ask them: JSON in, JSON out.
//   replication_probe statements VERSION   what preflight asks
//   replication_probe preflight < INPUT    {own, peer: {version, answers: [{columns, rows}]}, expectations}
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "replication/preflight.hpp"

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

Json answer(const std::vector<std::string>& arguments) {
    if (arguments.size() == 2 && arguments[0] == "statements")
        return preflight_statements(value_or_throw(Dialect::of(arguments[1])));
    if (arguments.size() == 1 && arguments[0] == "preflight") return findings_of(Json::parse(std::cin));
    throw std::runtime_error{"usage: replication_probe statements VERSION | preflight"};
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
