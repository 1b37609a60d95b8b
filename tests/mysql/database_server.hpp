// SPDX-License-Identifier: GPL-2.0-or-later
// A real MariaDB server for one test: its data below a temporary directory, a Unix socket there, and a TCP
// port on the loopback interface. It runs as the user who runs the test, and never outlives it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "mysql/message.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::mysql {

class DatabaseServer {
public:
    // Starts it with `options` ("--max-connections=5") beside the usual ones and waits until it answers. The
    // SQL of `setup` runs at every start, before anybody is let in. Throws std::runtime_error with the end of
    // its log.
    explicit DatabaseServer(std::vector<std::string> options = {}, const std::string& setup = "");
    DatabaseServer(const DatabaseServer&) = delete;
    DatabaseServer& operator=(const DatabaseServer&) = delete;
    ~DatabaseServer();  // SIGKILL

    void start();
    void kill();  // SIGKILL; returns when it is dead
    void stop();  // SIGTERM; returns when it has ended
    void signal(int number) const;

    // As root without a password.
    [[nodiscard]] Target by_socket() const;
    [[nodiscard]] Target by_tcp(const std::string& user, const std::string& password) const;
    [[nodiscard]] std::filesystem::path file(const char* name) const { return directory_ / name; }

private:
    void wait_until_it_answers();
    void wait_for_end();
    [[nodiscard]] bool greets() const;
    [[nodiscard]] std::string log() const;

    TemporaryDirectory directory_;
    std::vector<std::string> options_;
    std::uint16_t port_;
    pid_t pid_ = 0;
};

// Runs a program to its end, without a shell. Throws std::runtime_error with its output where it fails.
void run_program(const std::vector<std::string>& command);

}  // namespace highbase::mysql
