// SPDX-License-Identifier: GPL-2.0-or-later
// A worker that behaves as its name says: the test makes a link to it for each way of misbehaving.
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "mysql/wire.hpp"

namespace {

using namespace highbase;
using namespace highbase::mysql;

constexpr int kChannel = 3;

void put(vrrp::Octets octets) {
    while (!octets.empty()) {
        const ssize_t count = ::write(kChannel, octets.data(), octets.size());
        if (count <= 0) std::_Exit(9);
        octets = octets.subspan(static_cast<std::size_t>(count));
    }
}

void say(const Reply& reply) {
    put(*encode(reply));
}

Request hear() {
    static FrameReader frames;
    std::array<std::uint8_t, 4096> octets{};
    while (true) {
        if (const auto frame = *frames.next()) return *decode_request(*frame);
        const ssize_t count = ::read(kChannel, octets.data(), octets.size());
        if (count <= 0) std::_Exit(0);
        frames.add(vrrp::Octets{octets}.first(static_cast<std::size_t>(count)));
    }
}

[[noreturn]] void hang() {
    std::signal(SIGTERM, SIG_IGN);
    while (true) ::pause();
}

std::string open_descriptors() {
    std::vector<int> numbers;
    DIR* const directory = ::opendir("/proc/self/fd");
    while (const dirent* const entry = ::readdir(directory)) {
        if (entry->d_name[0] != '.') numbers.push_back(std::atoi(entry->d_name));
    }
    std::erase(numbers, ::dirfd(directory));
    ::closedir(directory);
    std::ranges::sort(numbers);
    std::string text;
    for (const int number : numbers) text += std::to_string(number) + " ";
    return text;
}

// What it was started with.
Answer facts(char** environment) {
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    struct sigaction pipe {};
    ::sigaction(SIGPIPE, nullptr, &pipe);
    return {.columns = {"environment", "descriptors", "policy", "blocked", "pipe", "session", "stdin"},
            .values = {environment[0] == nullptr ? "empty" : environment[0], open_descriptors(),
                       ::sched_getscheduler(0) == SCHED_OTHER ? "other" : "real-time",
                       ::sigismember(&blocked, SIGUSR1) == 1 ? "blocked" : "none",
                       pipe.sa_handler == SIG_DFL ? "default" : "ignored",
                       ::getsid(0) == ::getpid() ? "its own" : "the parent's",
                       std::filesystem::read_symlink("/proc/self/fd/0").string()},
            .affected = 0,
            .warnings = 0};
}

void answer(const Query& query, const std::string& mode, char** environment) {
    if (mode == "hanging") hang();
    if (mode == "crashing") {
        std::signal(SIGSEGV, SIG_DFL);  // not a sanitizer's
        std::raise(SIGSEGV);
    }
    if (mode == "repeating") say(Ready{kProtocol, ""});
    if (mode == "stuttering") {
        const auto frame = *encode(Reply{Answered{query.number, {{"a"}, {query.sql}, 0, 0}}});
        for (const std::uint8_t octet : frame) put({&octet, 1});
        return;
    }
    if (query.sql == "facts") return say(Answered{query.number, facts(environment)});
    say(Answered{query.number, {.columns = {"sql"}, .values = {query.sql}, .affected = 0, .warnings = 0}});
}

}  // namespace

// The connection breaks while a statement comes in, which is read only when the daemon has heard of it.
void lose_connection() {
    pollfd channel{kChannel, POLLIN, 0};
    ::poll(&channel, 1, -1);
    say(Lost{{FailureKind::unreachable, 2013, "HY000", "lost", false}});
    ::usleep(100'000);
    const Request request = hear();
    say(Failed{std::get<Query>(request).number, {FailureKind::unreachable, 2006, "", "none", false}, false});
}

int main(int, char**, char** environment) {
    const auto* const path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    const std::string mode = std::filesystem::path{path}.filename();
    if (mode == "silent") hang();
    if (mode == "exiting") return 3;
    if (mode == "babbling") put(std::vector<std::uint8_t>(65536, 0x41));
    if (mode == "boasting") put(vrrp::OctetString{1, 0, 16, 0});
    if (mode == "nonsense") put(vrrp::OctetString{1, 0, 0, 0, 99});
    say(Ready{mode == "older" ? kProtocol + 1 : kProtocol, "rogue"});
    while (true) {
        const Request request = hear();
        if (const auto* connect = std::get_if<Connect>(&request)) {
            if (mode == "stalling") hang();
            say(Connected{connect->number, {"rogue", 1, ""}});
            if (mode == "crossing" && connect->number == 1) lose_connection();
        } else {
            answer(std::get<Query>(request), mode, environment);
        }
    }
}
