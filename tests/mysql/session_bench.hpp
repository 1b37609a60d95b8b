// SPDX-License-Identifier: GPL-2.0-or-later
// A session on a loop of its own, and what it has told.
#pragma once

#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "mysql/session.hpp"
#include "tests/run_until.hpp"

namespace highbase::mysql {

class SessionBench {
public:
    template <typename Condition>
    bool run_until(Condition condition) {
        return tests::run_until(io, condition);
    }

    void open(const std::filesystem::path& worker, Target target = {}, SessionSettings settings = {}) {
        session.emplace(io, worker, std::move(target), settings,
                        SessionObservers{[this](const Server& server) { opened.push_back(server); },
                                         [this](const Failure& failure) { lost.push_back(failure); },
                                         [this](const Failure& failure) { refused.push_back(failure); }});
    }
    bool wait_open() {
        return run_until([this] { return session->is_connected() && !opened.empty(); });
    }

    using Result = tl::expected<Answer, Failure>;
    // The result of one statement, and how long it took.
    Result ask(std::string sql, std::chrono::nanoseconds patience = tests::kLongestWait) {
        std::optional<Result> result;
        const auto begin = std::chrono::steady_clock::now();
        session->query(std::move(sql), patience, [&](Result got) { result = std::move(got); });
        if (!run_until([&] { return result.has_value(); })) return tl::make_unexpected(Failure{});
        took = std::chrono::steady_clock::now() - begin;
        return *result;
    }

    boost::asio::io_context io{1};
    std::vector<Server> opened;
    std::vector<Failure> lost;
    std::vector<Failure> refused;
    std::chrono::nanoseconds took{};
    std::optional<Session> session;
};

inline std::string kind_of(const SessionBench::Result& result) {
    return result ? "answered" : std::string{name(result.error().kind)};
}

// The reason of the first attempt that failed.
inline Failure first_refusal(const std::filesystem::path& worker, const Target& target) {
    SessionBench bench;
    bench.open(worker, target);
    bench.run_until([&] { return !bench.refused.empty() || !bench.opened.empty(); });
    return bench.refused.empty() ? Failure{} : bench.refused.front();
}

inline std::size_t open_descriptor_count() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Zombies counted.
inline bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace highbase::mysql
