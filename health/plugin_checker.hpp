// SPDX-License-Identifier: GPL-2.0-or-later
// A check that is a shared object: health/plugin.h.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct PluginOptions {
    static constexpr std::string_view kType = "plugin";
    static constexpr std::string_view kHelp =
        "A shared object says how the service is; highbase/plugin.h describes its functions. It is loaded by "
        "a process of its own for each probe: one that crashes has found nothing, one that hangs has failed.";

    std::string plugin;
    std::vector<std::string> settings;

    static std::vector<Option<PluginOptions>> options() {
        using This = PluginOptions;
        return {{{.name = "plugin",
                  .required = true,
                  .example = "\"/usr/lib/highbase/file_age.so\"",
                  .help = "The shared object."},
                 Path<This>{&This::plugin}},
                {{.name = "settings",
                  .example = "[\"file=/run/heartbeat\", \"critical=10\"]",
                  .help = "What the plug-in is told, as it understands it."},
                 Words<This>{&This::settings}}};
    }
    [[nodiscard]] static std::string default_name() { return "plugin"; }
    [[nodiscard]] std::string target() const { return plugin; }
    [[nodiscard]] static std::string mistake() { return {}; }
    friend bool operator==(const PluginOptions&, const PluginOptions&) = default;
};

std::unique_ptr<Checker> make_checker(const CheckContext& context, const PluginOptions& options);

}  // namespace highbase::health
