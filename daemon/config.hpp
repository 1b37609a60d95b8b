// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of hbvrrp: a TOML file, read as a whole or refused as a whole.
//
// What keys there are is told once, in schema.cpp; the parser, print_config(), needs_restart() and the
// reference pages are made from it. Rules that concern more than one key are in config_check.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/peer_configuration.hpp"
#include "daemon/config_diagnostic.hpp"
#include "node/configuration.hpp"
#include "node/report.hpp"
#include "witness/configuration.hpp"

namespace highbase::daemon {

struct Config {
    node::Configuration node;
    std::optional<cluster::PeerConfiguration> peer;
    std::optional<witness::Configuration> witness;
    std::filesystem::path state_directory = "/var/lib/highbase";
    std::filesystem::path control_socket = "/run/highbase/hbvrrp.sock";
    std::string control_group = "highbase";  // ignored when the system has no such group
    bool realtime = true;                    // real-time priority and locked memory for the speaker
    bool sentinel = true;                    // a process that outlives the speaker's
    std::string watchdog;                    // a device that resets the machine; empty: none
    vrrp::Duration watchdog_timeout = std::chrono::seconds{10};
    node::Level log_level = node::Level::info;
    friend bool operator==(const Config&, const Config&) = default;
};

enum class PemFile : std::uint8_t { certificate, key };
// Why a file that is named cannot be what it should be, and what to do, as the rest of a sentence: "cannot
// be read: No such file or directory: put it there, or write another path"; empty: it can.
using FileFault = std::function<std::string(const std::string& file, PemFile kind)>;

// What the file is read against.
struct Surroundings {
    std::string host_name;  // the default of node.name; refused where it is no name for a node
    std::function<bool(std::string_view interface)> interface_exists;  // empty: not known, no warnings
    FileFault file_fault{};                                            // empty: not known, no errors
};

struct ParseResult {
    std::optional<Config> config;         // nothing if and only if there is an error
    std::vector<Diagnostic> diagnostics;  // all of them, in the order of the file
};

ParseResult parse_config(std::string_view text, const Surroundings& surroundings);

// Reads the file, which must be a regular one, and parses it. A file that cannot be read is a diagnostic.
ParseResult load_config(const std::filesystem::path& file, const Surroundings& surroundings);

// This host's name, the interfaces of the current network namespace, and the files that this process may
// read.
Surroundings system_surroundings();

// Every key with its value in effect, as TOML that parses to an equal Config.
std::string print_config(const Config& config);

// The keys ("node.control_socket") that differ and that a running daemon does not change: it keeps the old
// values. "virtual_router": with a database behind it, one comes, goes or becomes another; then all of them
// stay as they are, for others may be about to have what it has.
std::vector<std::string> needs_restart(const Config& running, const Config& wanted);

// What is in effect once a daemon that runs with the one has read the other.
Config without_restart(const Config& running, const Config& wanted);

}  // namespace highbase::daemon
