// SPDX-License-Identifier: GPL-2.0-or-later
// What one check of a service asks, and how often. A plain value: check_runner.hpp does it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "health/check_state.hpp"
#include "health/disk_checker.hpp"
#include "health/exec_checker.hpp"
#include "health/gateway_checker.hpp"
#include "health/mysql_checker.hpp"
#include "health/plugin_checker.hpp"
#include "health/process_checker.hpp"
#include "health/tcp_checker.hpp"
#include "vrrp/time.hpp"

namespace highbase::health {

// Every type of check there is. The first one is the default.
using CheckOptions = std::variant<TcpOptions, MysqlOptions, ProcessOptions, DiskOptions, GatewayOptions,
                                  ExecOptions, PluginOptions>;

struct CheckConfiguration {
    std::string name;  // unique in its virtual router
    CheckOptions options;
    vrrp::Duration interval = std::chrono::milliseconds{500};  // from the start of one probe to the next
    vrrp::Duration timeout = std::chrono::milliseconds{200};   // not longer than the interval
    Thresholds thresholds;
    // 0: while it is down, so is the service. Else: while it is down, so much is taken off the priority.
    std::uint8_t weight = 0;
    friend bool operator==(const CheckConfiguration&, const CheckConfiguration&) = default;
};

inline std::string_view type_of(const CheckConfiguration& check) {
    return std::visit([](const auto& options) { return options.kType; }, check.options);
}
// What is asked, for people: "127.0.0.1:3306".
inline std::string target_of(const CheckConfiguration& check) {
    return std::visit([](const auto& options) { return options.target(); }, check.options);
}

}  // namespace highbase::health
