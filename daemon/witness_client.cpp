// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/witness_client.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>

namespace highbase::daemon {
namespace {

using Clock = std::chrono::steady_clock;
using witness::Answer;
using witness::TroubleKind;
using witness::Unknown;

// More than one for each service, which asks again after a while.
constexpr std::size_t kMostUnderWay = 32;
// What the thread may be late, before nobody waits for it.
constexpr std::chrono::milliseconds kGrace{100};

}  // namespace

WitnessClient::WitnessClient(boost::asio::io_context& io, const witness::Configuration& configuration)
    : io_{io},
      etcd_{configuration},
      busy_{work_.get_executor()},
      thread_{std::in_place, "hb-witness", [this] { work_.run(); }} {}

WitnessClient::~WitnessClient() {
    etcd_.stop();
    work_.stop();
    thread_.reset();
}

void WitnessClient::ask(const std::string& service, const witness::Want& want, vrrp::Duration patience,
                        Done done) {
    const std::uint64_t id = ++last_id_;
    const auto deadline = Clock::now() + patience;
    const bool is_full = under_way_ >= kMostUnderWay;
    boost::asio::steady_timer timer{io_, is_full ? Clock::now() : deadline + kGrace};
    Waiting& waiting = waiting_.try_emplace(id, Waiting{std::move(done), std::move(timer)}).first->second;
    waiting.timer.async_wait([this, id, is_full, alive = std::weak_ptr{alive_}](const auto& error) {
        if (error || alive.expired()) return;
        give_up(id, is_full ? "earlier questions have not ended" : "the thread that asks does not answer");
    });
    if (is_full) return;
    ++under_way_;
    boost::asio::post(work_, [this, id, service, want, deadline] { work(id, service, want, deadline); });
}

// ---- on the thread

void WitnessClient::work(std::uint64_t id, const std::string& service, const witness::Want& want,
                         witness::Etcd::TimePoint deadline) {
    Answer answer;
    try {
        answer = etcd_.ask(service, want, deadline);
    } catch (const std::exception& error) {
        answer = Unknown{{TroubleKind::unreachable, error.what()}};
    }
    boost::asio::post(io_, [this, id, answer = std::move(answer), alive = std::weak_ptr{alive_}] {
        if (alive.expired()) return;
        --under_way_;
        this->answer(id, answer);
    });
}

// ---- on the loop

void WitnessClient::give_up(std::uint64_t id, const std::string& reason) {
    answer(id, Unknown{{TroubleKind::stopped, reason}});
}

// It is answered once: what comes after that is too late.
void WitnessClient::answer(std::uint64_t id, const Answer& answer) {
    auto found = waiting_.extract(id);
    if (!found.empty()) found.mapped().done(answer);
}

}  // namespace highbase::daemon
