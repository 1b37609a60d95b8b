// SPDX-License-Identifier: GPL-2.0-or-later
// hbctl's command line as a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "status/control_protocol.hpp"

namespace highbase::ctl {

struct Help {
    std::string text;
    friend bool operator==(const Help&, const Help&) = default;
};
struct Version {
    friend bool operator==(const Version&, const Version&) = default;
};
struct Status {
    bool json = false;
    friend bool operator==(const Status&, const Status&) = default;
};
struct Watch {
    bool json = false;
    std::chrono::milliseconds interval{1000};
    friend bool operator==(const Watch&, const Watch&) = default;
};
struct Events {
    bool json = false;
    std::uint64_t since = 0;
    bool follow = false;
    friend bool operator==(const Events&, const Events&) = default;
};
struct Reload {
    bool json = false;
    friend bool operator==(const Reload&, const Reload&) = default;
};
struct Doctor {
    bool json = false;
    std::string service{};  // empty: the only one
    friend bool operator==(const Doctor&, const Doctor&) = default;
};
struct Switchover {
    bool json = false;
    std::string service{};  // empty: the only one
    std::string to{};       // empty: the other node
    bool dry_run = false;
    friend bool operator==(const Switchover&, const Switchover&) = default;
};
// Makes a new key for the link between the two boxes; asks no daemon.
struct Key {
    friend bool operator==(const Key&, const Key&) = default;
};
// solo, promote, maintenance, ack.
struct Order {
    bool json = false;
    status::OrderRequest request;
    friend bool operator==(const Order&, const Order&) = default;
};
using Verb = std::variant<Help, Version, Status, Watch, Events, Reload, Doctor, Switchover, Order, Key>;

struct CommandLine {
    std::string control_socket;
    Verb verb;
    friend bool operator==(const CommandLine&, const CommandLine&) = default;
};

// `arguments` without the program's name. An error is a sentence for the user.
tl::expected<CommandLine, std::string> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace highbase::ctl
