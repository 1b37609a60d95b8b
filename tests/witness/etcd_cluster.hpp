// SPDX-License-Identifier: GPL-2.0-or-later
// A real etcd cluster for one test: its data below a temporary directory, its ports on the loopback interface
// of the network namespace that it is made in. It runs as the user who runs the test, and never outlives it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/runtime/temporary_directory.hpp"
#include "witness/configuration.hpp"

namespace highbase::witness {

// Made with the program openssl: authorities "ca" and "other", and what they sign: "server" (127.0.0.1 and
// localhost), "stranger" (127.0.0.9), "client"; its key with a passphrase: "sealed-key".
class Certificates {
public:
    Certificates();
    [[nodiscard]] std::string path(const std::string& name) const {
        return directory_.path() / (name + ".pem");
    }

private:
    void sign(const std::string& name, const std::string& authority, const std::string& alternative);

    TemporaryDirectory directory_;
};
const Certificates& certificates();  // made once

struct ClusterOptions {
    std::size_t members = 3;
    bool tls = true;
    std::string certificate = "server";
    bool asks_for_certificate = false;  // of its clients
};

class EtcdCluster {
public:
    // Starts them, and waits until each of them serves. Throws std::runtime_error with the end of a log.
    explicit EtcdCluster(ClusterOptions options = {});
    EtcdCluster(const EtcdCluster&) = delete;
    EtcdCluster& operator=(const EtcdCluster&) = delete;
    ~EtcdCluster();  // SIGKILL

    void kill(std::size_t member);  // SIGKILL; returns when it is dead
    void signal(std::size_t member, int number) const;
    // That has all of them, with the authority "ca", and a timeout that a busy machine does not reach.
    [[nodiscard]] Configuration configuration() const;
    [[nodiscard]] std::uint16_t port(std::size_t member) const { return members_.at(member).client_port; }

private:
    struct Member {
        std::uint16_t client_port = 0;
        std::uint16_t peer_port = 0;
        pid_t pid = 0;
    };
    void start(std::size_t member);
    void wait_until_it_serves(std::size_t member);
    [[nodiscard]] std::string log(std::size_t member) const;
    [[nodiscard]] std::string file(const std::string& what, std::size_t member) const {
        return directory_.path() / (what + std::to_string(member));
    }

    TemporaryDirectory directory_;
    ClusterOptions options_;
    std::vector<Member> members_;
};

// Runs a program to its end, without a shell. Throws std::runtime_error with its output where it fails.
void run_program(const std::vector<std::string>& command);

}  // namespace highbase::witness
