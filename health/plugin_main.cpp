// SPDX-License-Identifier: GPL-2.0-or-later
// highbase-check-plugin PLUGIN [SETTING...]: one probe by a shared object (health/plugin.h), answered in the
// way of Nagios plug-ins. A process of its own, so that nothing a plug-in does is done to the daemon.
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "health/plugin.h"

namespace {

struct Plugin {
    decltype(&highbase_check_abi) abi;
    decltype(&highbase_check_create) create;
    decltype(&highbase_check_probe) probe;
    decltype(&highbase_check_destroy) destroy;
};

highbase_check_result unknown(const std::string& text) {
    highbase_check_result result{};
    result.status = HIGHBASE_CHECK_UNKNOWN;
    text.copy(result.text, sizeof result.text - 1);
    return result;
}

template <typename Function>
bool find(void* object, const char* name, Function& function) {
    void* const symbol = ::dlsym(object, name);
    std::memcpy(&function, &symbol, sizeof function);
    return symbol != nullptr;
}

std::optional<Plugin> load(const char* path) {
    void* const object = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    Plugin plugin{};
    const bool is_plugin = object != nullptr && find(object, "highbase_check_abi", plugin.abi) &&
                           find(object, "highbase_check_create", plugin.create) &&
                           find(object, "highbase_check_probe", plugin.probe) &&
                           find(object, "highbase_check_destroy", plugin.destroy);
    return is_plugin ? std::optional{plugin} : std::nullopt;
}

highbase_check_result probe(const char* path, std::span<const char* const> settings) {
    const std::optional<Plugin> plugin = load(path);
    if (!plugin) return unknown(::dlerror());
    if (const unsigned abi = plugin->abi(); abi != HIGHBASE_CHECK_ABI) {
        return unknown(std::string{path} + " is made for version " + std::to_string(abi) +
                       " of the interface, not for " + std::to_string(HIGHBASE_CHECK_ABI));
    }
    char error[HIGHBASE_CHECK_TEXT_SIZE] = "the plug-in does not say why it cannot be used";
    void* const check = plugin->create(settings.data(), settings.size(), error, sizeof error);
    error[sizeof error - 1] = '\0';
    if (check == nullptr) return unknown(error);
    highbase_check_result result = unknown("");
    plugin->probe(check, &result);
    plugin->destroy(check);
    result.text[sizeof result.text - 1] = '\0';
    result.measure[sizeof result.measure - 1] = '\0';
    return result;
}

// A line of the convention: what would end the text early is replaced.
std::string line_of(highbase_check_result& result) {
    const auto clean = [](std::string text) {
        std::ranges::replace(text, '\n', ' ');
        std::ranges::replace(text, '|', '/');
        return text;
    };
    const std::string measure = clean(result.measure);
    return clean(result.text) + (measure.empty() ? "" : " | " + measure) + "\n";
}

}  // namespace

int main(int count, char* arguments[]) {
    if (count < 2) {
        std::fputs("usage: highbase-check-plugin PLUGIN [SETTING...]\n", stderr);
        return HIGHBASE_CHECK_UNKNOWN;
    }
    // What a plug-in prints itself is no answer, and neither is an exit() of its own.
    std::atexit([] { ::_exit(HIGHBASE_CHECK_UNKNOWN); });
    const int output = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    const std::span<char*> all{arguments, static_cast<std::size_t>(count)};
    const auto settings = all.subspan(2);
    highbase_check_result result = probe(arguments[1], {settings.data(), settings.size()});
    const std::string line = line_of(result);
    if (::write(output, line.data(), line.size()) < 0) return HIGHBASE_CHECK_UNKNOWN;
    const bool is_known = result.status >= HIGHBASE_CHECK_OK && result.status <= HIGHBASE_CHECK_UNKNOWN;
    ::_exit(is_known ? result.status : HIGHBASE_CHECK_UNKNOWN);
}
