// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/mysql/database_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "netlink/descriptor.hpp"
#include "tests/files.hpp"

namespace highbase::mysql {
namespace {

namespace fs = std::filesystem;
using netlink::Descriptor;
using tests::contents;

constexpr std::chrono::seconds kLongestStart{60};

std::vector<std::string> as_root(std::vector<std::string> command) {
    if (::geteuid() == 0) command.emplace_back("--user=root");
    return command;
}

// Output and errors go to `log`. The child dies with this process.
pid_t launch(const std::vector<std::string>& command, const fs::path& log) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const Descriptor output{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output.get(), 1);
    ::dup2(output.get(), 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

std::uint16_t free_port() {
    const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error{"no free port"};
    }
    return ntohs(address.sin_port);
}

// Made once; every server gets a copy.
const fs::path& template_data() {
    static const TemporaryDirectory directory;
    static const fs::path data = [] {
        const fs::path path = directory / "data";
        run_program(
            as_root({"mariadb-install-db", "--no-defaults", "--datadir=" + path.string(),
                     "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}));
        return path;
    }();
    return data;
}

// Small and quick to start.
const std::vector<std::string> kUsualOptions = {"mariadbd",
                                                "--no-defaults",
                                                "--performance-schema=OFF",
                                                "--innodb-buffer-pool-size=8M",
                                                "--innodb-log-file-size=8M",
                                                "--aria-pagecache-buffer-size=1M",
                                                "--key-buffer-size=64K",
                                                "--innodb-buffer-pool-dump-at-shutdown=OFF",
                                                "--innodb-buffer-pool-load-at-startup=OFF",
                                                "--skip-name-resolve",
                                                "--bind-address=127.0.0.1"};

}  // namespace

void run_program(const std::vector<std::string>& command) {
    const TemporaryDirectory directory;
    const fs::path log = directory / "log";
    const pid_t pid = launch(command, log);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) throw std::runtime_error{command[0] + " failed: " + contents(log)};
}

DatabaseServer::DatabaseServer(std::vector<std::string> options, const std::string& setup)
    : options_{kUsualOptions}, port_{free_port()} {
    fs::copy(template_data(), file("data"), fs::copy_options::recursive);
    std::ofstream{file("setup.sql")} << setup;
    options_.insert(options_.end(),
                    {"--datadir=" + file("data").string(), "--socket=" + file("socket").string(),
                     "--pid-file=" + file("pid").string(), "--port=" + std::to_string(port_)});
    if (!setup.empty()) options_.push_back("--init-file=" + file("setup.sql").string());
    options_.insert(options_.end(), options.begin(), options.end());
    start();
}

DatabaseServer::~DatabaseServer() {
    if (pid_ > 0) kill();
}

void DatabaseServer::start() {
    pid_ = launch(as_root(options_), file("log"));
    wait_until_it_answers();
}

void DatabaseServer::kill() {
    signal(SIGKILL);
    wait_for_end();
}

void DatabaseServer::stop() {
    signal(SIGTERM);
    wait_for_end();
}

void DatabaseServer::signal(int number) const {
    ::kill(pid_, number);
    // It is told of when the last thread has stopped; until then another one may answer.
    if (number == SIGSTOP) ::waitpid(pid_, nullptr, WUNTRACED);
}

void DatabaseServer::wait_for_end() {
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void DatabaseServer::wait_until_it_answers() {
    const auto end = std::chrono::steady_clock::now() + kLongestStart;
    while (!greets()) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > end) {
            throw std::runtime_error{"the server does not answer: " + log()};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

// A greeting begins with its length, a sequence number of 0, and the protocol's version 10.
bool DatabaseServer::greets() const {
    const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    file("socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
    const timeval limit{1, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::uint8_t greeting[5] = {};
    return ::recv(socket.get(), greeting, sizeof greeting, MSG_WAITALL) == sizeof greeting &&
           greeting[4] == 10;
}

std::string DatabaseServer::log() const {
    const std::string text = contents(file("log"));
    return text.substr(text.size() > 3000 ? text.size() - 3000 : 0);
}

Target DatabaseServer::by_socket() const {
    Target target;
    target.endpoint = UnixEndpoint{file("socket")};
    target.user = "root";
    return target;
}

Target DatabaseServer::by_tcp(const std::string& user, const std::string& password) const {
    Target target;
    target.endpoint = TcpEndpoint{vrrp::IpAddress::v4(127, 0, 0, 1), port_};
    target.user = user;
    target.password = password;
    return target;
}

}  // namespace highbase::mysql
