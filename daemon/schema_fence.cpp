// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/schema_fence.hpp"

#include <array>
#include <span>

#include "daemon/schema_check_type.hpp"

namespace highbase::daemon {
namespace {

using Database = node::DatabaseConfiguration;
using node::FenceAction;

constexpr vrrp::Duration kLongestWait = std::chrono::minutes{10};
constexpr vrrp::Duration kShortestFence = std::chrono::milliseconds{100};
constexpr auto kActions =
    std::to_array<Choice<FenceAction>>({{"off", FenceAction::off}, {"reboot", FenceAction::reboot}});

// "off": never.
Type<std::optional<vrrp::Duration>> wait_or_off() {
    const Type<vrrp::Duration> type = duration(kLongestWait);
    using Wait = std::optional<vrrp::Duration>;
    return {type.expected + ", or \"off\"",
            [type](const Value& value, const Complaint& complaint) -> std::optional<Wait> {
                const auto* text = value.as<std::string>();
                if (text != nullptr && *text == "off") return Wait{};
                const auto wait = type.read(value, complaint);
                return wait ? std::optional<Wait>{*wait} : std::nullopt;
            },
            [type](const Wait& wait) { return wait ? type.print(*wait) : toml_string("off"); }};
}

}  // namespace

std::vector<Key<Database>> fence_keys() {
    return {
        {{.name = "fence_kill_after",
          .reload = Reload::needs_restart,
          .example = "\"2s\"",
          .help = "When the process of a server is killed that has to be closed and cannot be asked to.",
          .doc = "Only of a server that is reached by its Unix socket; only when this box has lost its role, "
                 "the server may still take writes, and another box serves or may serve. Counted from the "
                 "moment in which asking has failed: the server does not answer, or did not become "
                 "read-only. One that answers, or is ending by itself, is not killed. \"off\": never."},
         bind<Database>(
             wait_or_off(), [](auto& database) -> auto& { return database.fence.kill_after; })},
        {{.name = "fence_agent",
          .example = "\"/usr/sbin/fence_ipmilan\"",
          .help = "A program that switches the other box off before a takeover from one that is silent.",
          .doc = "By its absolute path. Any program with the convention of the ClusterLabs fence agents: it "
                 "reads name=value lines from its standard input, and ends with status 0 only when the box "
                 "is certainly off. It is not asked where the other box has handed over, or is heard and "
                 "takes no writes, or an operator says hbctl promote.",
          .default_note = "none"},
         bind<Database>(
             or_nothing(path_text(), std::string{}),
             [](auto& database) -> auto& { return database.fence.agent; })},
        {{.name = "fence_options",
          .example = "[\"ip=198.51.100.12\", \"username=highbase\", \"lanplus=1\"]",
          .help = "What the agent is told: \"name=value\", a line for each."},
         bind<Database>(
             words(), [](auto& database) -> auto& { return database.fence.options; })},
        {{.name = "fence_options_file",
          .example = "\"/etc/highbase/fence.options\"",
          .help = "A file with more such lines: the password.",
          .doc = "Readable for root alone (mode 0600). It is read again with each reload.",
          .default_note = "none"},
         bind<Database>(
             or_nothing(path_text(), std::string{}),
             [](auto& database) -> auto& { return database.fence.options_file; })},
        {{.name = "fence_action",
          .example = "\"off\"",
          .help = "What the agent is asked for.",
          .doc = "\"off\": the other box stays off until somebody switches it on. \"reboot\": it comes back "
                 "by itself, as a replica."},
         bind<Database>(
             choice<FenceAction>(std::span{kActions}),
             [](auto& database) -> auto& { return database.fence.action; })},
        {{.name = "fence_timeout",
          .example = "\"20s\"",
          .help = "An agent that has not ended after this time is ended, and has failed.",
          .doc = "The takeover waits for it."},
         bind<Database>(
             duration(kShortestFence, kLongestWait),
             [](auto& database) -> auto& { return database.fence.timeout; })},
        {{.name = "fence_required",
          .example = "true",
          .help = "No takeover from a silent box unless the agent has confirmed that it is off.",
          .doc = "With false a failure is told (HB0563), and the takeover goes on. In mode \"lossless\" that "
                 "loses nothing: the server that was not switched off gets no acknowledgement. An agent that "
                 "shares the power of its box fails together with it."},
         bind<Database>(
             boolean(), [](auto& database) -> auto& { return database.fence.required; })},
    };
}

}  // namespace highbase::daemon
