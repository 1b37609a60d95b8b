// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/witness/etcd_cluster.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "netlink/descriptor.hpp"
#include "tests/files.hpp"
#include "witness/etcd.hpp"

namespace highbase::witness {
namespace {

using namespace std::chrono_literals;
using netlink::Descriptor;
using tests::contents;

constexpr auto kLongestStart = 60s;  // on a busy machine

// Output and errors go to `log`. The child dies with this thread.
pid_t launch(const std::vector<std::string>& command, const std::string& log) {
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

std::uint16_t bind_any(const Descriptor& socket) {
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

// All different: each is held until the last one is found.
std::vector<std::uint16_t> free_ports(std::size_t count) {
    std::vector<Descriptor> sockets;
    std::vector<std::uint16_t> ports;
    while (ports.size() < count) {
        sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ports.push_back(bind_any(sockets.back()));
    }
    return ports;
}

std::string url(bool tls, std::uint16_t port) {
    return Endpoint{tls, "127.0.0.1", port}.url();
}

}  // namespace

void run_program(const std::vector<std::string>& command) {
    const TemporaryDirectory directory;
    const std::string log = directory / "log";
    const pid_t pid = launch(command, log);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) throw std::runtime_error{command[0] + " failed: " + contents(log)};
}

Certificates::Certificates() {
    for (const std::string name : {"ca", "other"}) {
        run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                     "/CN=" + name, "-keyout", path(name + "-key"), "-out", path(name)});
    }
    sign("server", "ca", "IP:127.0.0.1,DNS:localhost");
    sign("stranger", "ca", "IP:127.0.0.9");
    sign("client", "ca", "DNS:gw1");
    sign("foreigner", "other", "DNS:gw1");
    run_program({"openssl", "pkey", "-in", path("client-key"), "-aes256", "-passout", "pass:secret", "-out",
                 path("sealed-key")});
}

void Certificates::sign(const std::string& name, const std::string& authority,
                        const std::string& alternative) {
    run_program({"openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout",
                 path(name + "-key"), "-out", path(name + "-request")});
    std::ofstream{path(name + "-extensions")} << "subjectAltName=" << alternative << "\n";
    run_program({"openssl", "x509", "-req", "-in", path(name + "-request"), "-CA", path(authority), "-CAkey",
                 path(authority + "-key"), "-CAcreateserial", "-days", "2", "-extfile",
                 path(name + "-extensions"), "-out", path(name)});
}

const Certificates& certificates() {
    static const Certificates all;
    return all;
}

EtcdCluster::EtcdCluster(ClusterOptions options) : options_{std::move(options)} {
    const auto ports = free_ports(2 * options_.members);
    for (std::size_t i = 0; i < options_.members; ++i)
        members_.push_back({ports[2 * i], ports[2 * i + 1], 0});
    for (std::size_t i = 0; i < options_.members; ++i) start(i);
    for (std::size_t i = 0; i < options_.members; ++i) wait_until_it_serves(i);
}

EtcdCluster::~EtcdCluster() {
    for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
}

void EtcdCluster::start(std::size_t member) {
    std::string all;
    for (std::size_t i = 0; i < members_.size(); ++i)
        all += (i == 0 ? "m" : ",m") + std::to_string(i) + "=" + url(false, members_[i].peer_port);
    const std::string clients = url(options_.tls, members_[member].client_port);
    const std::string peers = url(false, members_[member].peer_port);
    std::vector<std::string> command{"etcd",
                                     "--name=m" + std::to_string(member),
                                     "--data-dir=" + file("data", member),
                                     "--listen-client-urls=" + clients,
                                     "--advertise-client-urls=" + clients,
                                     "--listen-peer-urls=" + peers,
                                     "--initial-advertise-peer-urls=" + peers,
                                     "--initial-cluster=" + all,
                                     "--initial-cluster-state=new",
                                     "--heartbeat-interval=100",
                                     "--election-timeout=1000",
                                     "--unsafe-no-fsync"};
    const Certificates& files = certificates();
    if (options_.tls)
        command.insert(command.end(), {"--cert-file=" + files.path(options_.certificate),
                                       "--key-file=" + files.path(options_.certificate + "-key")});
    if (options_.asks_for_certificate)
        command.insert(command.end(), {"--client-cert-auth", "--trusted-ca-file=" + files.path("ca")});
    members_[member].pid = launch(command, file("log", member));
}

// Asked by the client itself: where the certificates do not fit, that is an answer as well.
void EtcdCluster::wait_until_it_serves(std::size_t member) {
    Configuration one = configuration();
    one.endpoints = {one.endpoints.at(member)};
    one.certificate_file = certificates().path("client");
    one.key_file = certificates().path("client-key");
    Etcd etcd{one};
    const auto end = std::chrono::steady_clock::now() + kLongestStart;
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        const Answer answer = etcd.ask("nobody", GoAlone{"nobody", cluster::Epoch{1}}, now + 1s);
        const auto* unknown = std::get_if<Unknown>(&answer);
        if (unknown == nullptr || unknown->trouble.kind == TroubleKind::tls) return;
        if (::waitpid(members_[member].pid, nullptr, WNOHANG) == members_[member].pid || now > end)
            throw std::runtime_error{"etcd does not serve: " + to_text(answer) + "\n" + log(member)};
    }
}

void EtcdCluster::kill(std::size_t member) {
    pid_t& pid = members_.at(member).pid;
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
}

void EtcdCluster::signal(std::size_t member, int number) const {
    ::kill(members_.at(member).pid, number);
}

Configuration EtcdCluster::configuration() const {
    Configuration configuration;
    for (const Member& member : members_)
        configuration.endpoints.push_back({options_.tls, "127.0.0.1", member.client_port});
    configuration.ca_file = certificates().path("ca");
    return configuration;
}

std::string EtcdCluster::log(std::size_t member) const {
    const std::string text = contents(file("log", member));
    return text.substr(text.size() > 3000 ? text.size() - 3000 : 0);
}

}  // namespace highbase::witness
