// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "status/table_cell.hpp"

namespace highbase::status {
namespace {

constexpr std::array<const char*, 3> kSeverities{"error", "warning", "note"};
constexpr const char* kIndent = "         ";  // the width of the first column

Paint severity_paint(std::string_view severity) {
    if (severity == "error") return Paint::red;
    return severity == "warning" ? Paint::yellow : Paint::none;
}

// "2 errors, 1 note"
std::string counted(const Json& findings) {
    std::string result;
    for (const char* const severity : kSeverities) {
        const auto count = std::ranges::count_if(
            findings, [&](const Json& finding) { return text(finding, "severity") == severity; });
        if (count == 0) continue;
        result +=
            fmt::format("{}{} {}{}", result.empty() ? "" : ", ", count, severity, count == 1 ? "" : "s");
    }
    return result.empty() ? fmt::format("{} findings", findings.size()) : result;
}

std::string finding_lines(const Json& finding, Colour colour) {
    const std::string severity = text(finding, "severity");
    std::string lines = fmt::format(
        "{}{:<6}{}\n{}{}\n", paint(fmt::format("{:<9}", severity), severity_paint(severity), colour),
        text(finding, "server"), text(finding, "id"), kIndent, text(finding, "text"));
    const std::string remedy = text(finding, "remedy");
    if (!remedy.empty() && remedy != "?") lines += kIndent + paint(remedy, Paint::bold, colour) + '\n';
    return lines;
}

}  // namespace

Json doctor_answer(const std::string& service, const std::vector<replication::Finding>& findings) {
    Json answer{{"service", service}, {"findings", Json::array()}};
    for (const replication::Finding& finding : findings) {
        answer["findings"].push_back({{"id", name(finding.id)},
                                      {"severity", name(finding.severity)},
                                      {"server", name(finding.server)},
                                      {"text", finding.text},
                                      {"remedy", finding.remedy.to_string()}});
    }
    return answer;
}

std::string doctor_table(const Json& answer, Colour colour) {
    const Json& findings = list(answer, "findings");
    const std::string service = paint(text(answer, "service"), Paint::bold, colour);
    if (findings.empty()) return service + ": nothing is wrong\n";
    std::string result = fmt::format("{}: {}\n", service, counted(findings));
    for (const Json& finding : findings) result += '\n' + finding_lines(finding, colour);
    return result;
}

bool has_error(const Json& answer) {
    return std::ranges::any_of(list(answer, "findings"), [](const Json& finding) {
        return text(finding, "severity") == kSeverities.front();
    });
}

}  // namespace highbase::status
