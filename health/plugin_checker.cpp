// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/plugin_checker.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "health/checker.hpp"
#include "health/program_checker.hpp"

namespace highbase::health {
namespace {

constexpr const char* kHelper = "highbase-check-plugin";

// Beside the running program, as in a build tree, or where it is installed.
std::filesystem::path find_helper() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    auto beside = self.parent_path() / kHelper;
    if (!error && ::access(beside.c_str(), X_OK) == 0) return beside;
    return std::filesystem::path{HIGHBASE_LIBEXEC_DIR} / kHelper;
}

}  // namespace

std::unique_ptr<Checker> make_checker(const CheckContext& context, const PluginOptions& options) {
    std::vector<std::string> arguments{find_helper(), options.plugin};
    arguments.insert(arguments.end(), options.settings.begin(), options.settings.end());
    return make_program_checker(context, std::move(arguments));
}

}  // namespace highbase::health
