// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/run.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "cluster/key.hpp"
#include "ctl/client.hpp"
#include "ctl/command_line.hpp"
#include "status/control_protocol.hpp"
#include "status/doctor.hpp"
#include "status/switchover.hpp"
#include "status/table.hpp"

namespace highbase::ctl {
namespace {

using status::Json;
using std::chrono::milliseconds;

// Times that of other verbs: a disk is read, servers are asked.
constexpr int kLongPatience = 6;
// A switchover waits for a replica, and for hooks: 5 min.
constexpr int kSwitchoverPatience = 60;

// Over what stands on the terminal, line by line: erasing all of it first would flicker.
std::string redrawn(std::string_view text) {
    std::string result = "\033[H";
    for (const char character : text) {
        if (character == '\n') result += "\033[K";
        result += character;
    }
    return result + "\033[J";
}

class Conversation {
public:
    Conversation(const Output& output, std::string path, milliseconds patience)
        : output_{output}, path_{std::move(path)}, patience_{patience} {}

    [[nodiscard]] milliseconds patience() const { return patience_; }

    // Asks, and hands each result of the answer to `show`.
    // `on_silence`: what to say where no answer has come in time, instead of that the daemon is stuck.
    ExitCode ask(const status::Request& request, std::optional<milliseconds> patience,
                 const std::function<void(const Json&)>& show, std::string_view on_silence = {}) const {
        auto client = Client::connect(path_);
        if (!client) return unreachable(client.error());
        if (auto sent = client->send(status::to_line(request)); !sent) return unreachable(sent.error());
        while (true) {
            const auto line = client->receive(patience);
            if (!line && client->is_silent() && !on_silence.empty())
                return unreachable(std::string{on_silence});
            if (!line) return unreachable(line.error());
            const auto answer = status::parse_answer(*line);
            if (!answer) return refused(answer.error());
            show(answer->result);
            if (!answer->more) return ExitCode::done;
        }
    }

private:
    ExitCode unreachable(const std::string& why) const {
        output_.err(fmt::format("hbctl: {}\n", why));
        return ExitCode::unreachable;
    }

    ExitCode refused(const status::ProtocolError& error) const {
        std::string message = error.message.empty() ? "no reason given" : error.message;
        if (error.code == status::name(status::ErrorCode::unsupported_version)) {
            message +=
                fmt::format("; this hbctl, {}, speaks version {}: use the hbctl that came with the daemon",
                            HIGHBASE_VERSION, status::kProtocolVersion);
        }
        output_.err(fmt::format("hbctl: {}\n", status::printable_lines(message)));
        return ExitCode::no;
    }

    const Output& output_;
    std::string path_;
    milliseconds patience_;
};

status::Colour colour(const Output& output) {
    return output.colour ? status::Colour::on : status::Colour::off;
}

ExitCode perform(const Help& help, const Conversation&, const Output& output) {
    output.out(help.text);
    return ExitCode::done;
}

ExitCode perform(const Version&, const Conversation&, const Output& output) {
    output.out("hbctl " HIGHBASE_VERSION "\n");
    return ExitCode::done;
}

ExitCode perform(const Key&, const Conversation&, const Output& output) {
    try {
        output.out(cluster::make_key_text());
    } catch (const std::runtime_error& error) {
        output.err(fmt::format("hbctl: {}\n", error.what()));
        return ExitCode::no;
    }
    return ExitCode::done;
}

ExitCode perform(const Status& verb, const Conversation& conversation, const Output& output) {
    return conversation.ask(status::StatusRequest{}, conversation.patience(), [&](const Json& result) {
        output.out(verb.json ? result.dump(2) + '\n' : status::status_table(result, colour(output)));
    });
}

ExitCode perform(const Watch& verb, const Conversation& conversation, const Output& output) {
    const milliseconds patience = verb.interval + conversation.patience();
    return conversation.ask(status::WatchRequest{verb.interval}, patience, [&](const Json& result) {
        if (verb.json) return output.out(status::to_text(result) + '\n');
        const std::string table = status::status_table(result, colour(output));
        output.out(output.terminal ? redrawn(table) : table + '\n');
    });
}

ExitCode perform(const Events& verb, const Conversation& conversation, const Output& output) {
    std::optional<milliseconds> patience = conversation.patience();
    if (verb.follow) patience.reset();
    return conversation.ask(
        status::EventsRequest{verb.since, verb.follow}, patience, [&](const Json& result) {
            if (const auto lost = result.find("lost"); lost != result.end()) {
                output.err(
                    fmt::format("hbctl: {} older events are no longer kept\n", status::to_text(*lost)));
            }
            const auto event = result.find("event");
            if (event == result.end()) return;
            output.out(verb.json ? status::to_text(*event) + '\n'
                                 : status::event_text(*event, colour(output)));
        });
}

ExitCode perform(const Reload& verb, const Conversation& conversation, const Output& output) {
    return conversation.ask(
        status::ReloadRequest{}, kLongPatience * conversation.patience(), [&](const Json& result) {
            if (verb.json) return output.out(result.dump(2) + '\n');
            const auto message = result.find("message");
            const bool told = message != result.end() && message->is_string();
            output.out(status::printable_lines(told ? message->get<std::string>() : "reloaded") + '\n');
        });
}

struct Silence {
    int patience = kLongPatience;
    std::string_view words = {};  // of its end
};

// `good`: whether the result is what the user hopes for.
ExitCode ask_long(const status::Request& request, const Conversation& conversation,
                  const std::function<void(const Json&)>& show, bool (*good)(const Json&),
                  const Silence& silence = {}) {
    bool yes = false;
    const ExitCode code = conversation.ask(
        request, silence.patience * conversation.patience(),
        [&](const Json& result) {
            show(result);
            yes = good(result);
        },
        silence.words);
    return code == ExitCode::done && !yes ? ExitCode::no : code;
}

ExitCode perform(const Doctor& verb, const Conversation& conversation, const Output& output) {
    return ask_long(
        status::DoctorRequest{verb.service}, conversation,
        [&](const Json& result) {
            output.out(verb.json ? result.dump(2) + '\n' : status::doctor_table(result, colour(output)));
        },
        [](const Json& result) { return !status::has_error(result); });
}

ExitCode perform(const Switchover& verb, const Conversation& conversation, const Output& output) {
    return ask_long(
        status::SwitchoverRequest{verb.service, verb.to, verb.dry_run}, conversation,
        [&](const Json& result) {
            output.out(verb.json ? result.dump(2) + '\n' : status::switchover_text(result, colour(output)));
        },
        status::is_yes,
        verb.dry_run ? Silence{}
                     : Silence{kSwitchoverPatience,
                               "no answer yet: the switchover is still under way; look at hbctl status"});
}

ExitCode perform(const Order& verb, const Conversation& conversation, const Output& output) {
    return ask_long(
        verb.request, conversation,
        [&](const Json& result) {
            output.out(verb.json ? result.dump(2) + '\n' : status::switchover_text(result, colour(output)));
        },
        status::is_yes);
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, const Output& output, milliseconds patience) {
    const auto command_line = parse_command_line(arguments);
    if (!command_line) {
        output.err(fmt::format("hbctl: {}\nhbctl --help tells more.\n", command_line.error()));
        return ExitCode::usage;
    }
    const Conversation conversation{output, command_line->control_socket, patience};
    return std::visit([&](const auto& verb) { return perform(verb, conversation, output); },
                      command_line->verb);
}

}  // namespace highbase::ctl
