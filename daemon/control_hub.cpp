// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_hub.hpp"

#include <fcntl.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>

#include "daemon/control_session.hpp"
#include "status/control_protocol.hpp"

namespace highbase::daemon {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptAgain{100};

// Asio closes what it is given.
int duplicate(int descriptor) {
    const int result = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (result < 0) throw std::system_error{errno, std::generic_category(), "duplicating a descriptor"};
    return result;
}

}  // namespace

ControlHub::ControlHub(ControlSocket socket, ControlServices services, const ControlLimits& limits)
    : socket_{std::move(socket)},
      services_{std::move(services)},
      limits_{limits},
      acceptor_{io_, stream_protocol{}, duplicate(socket_.descriptor())},
      accept_again_{io_},
      answers_{io_, duplicate(services_.mailbox->answer_descriptor())},
      silence_{io_} {}

void ControlHub::start() {
    services_.history->set_listener([this] { on_history(); });
    accept();
    await_answer();
}

void ControlHub::run() {
    io_.run();
}

void ControlHub::stop() {
    services_.history->set_listener({});
    io_.stop();
}

void ControlHub::clear() {
    waiting_.clear();
    expected_.clear();
    sessions_.clear();
}

void ControlHub::accept() {
    acceptor_.async_accept([this](const error_code& error, stream_protocol::socket socket) {
        if (!error) {
            welcome(std::move(socket));
            return accept();
        }
        // No descriptor left, or no memory: the connection stays in the queue, and trying at once would spin.
        accept_again_.expires_after(kAcceptAgain);
        accept_again_.async_wait([this](const error_code& cancelled) {
            if (!cancelled) accept();
        });
    });
}

void ControlHub::welcome(stream_protocol::socket socket) {
    if (sessions_.size() < limits_.clients) {
        const auto session = std::make_shared<ControlSession>(*this, std::move(socket));
        sessions_.insert(session);
        return session->start();
    }
    report({node::EventId::control_full, {{"count", std::to_string(sessions_.size())}}});
    // The line fits into the empty buffer of a new connection. A client that is gone already needs no answer.
    error_code ignored;
    socket.non_blocking(true, ignored);
    const std::string answer = status::error_line(
        status::protocol_error(status::ErrorCode::too_many_clients,
                               std::to_string(sessions_.size()) + " clients are connected already"));
    socket.write_some(boost::asio::buffer(answer), ignored);
}

void ControlHub::leave(const std::shared_ptr<ControlSession>& session) {
    sessions_.erase(session);
}

void ControlHub::with_status(StatusHandler handler) {
    if (std::chrono::steady_clock::now() < status_good_until_) return handler(&status_);
    waiting_.push_back(std::move(handler));
    if (waiting_.size() > 1) return;
    // An unanswered question of those who have given up waiting still stands: its answer serves these as
    // well.
    services_.mailbox->ask();
    silence_.expires_after(limits_.speaker);
    silence_.async_wait([this](const error_code& cancelled) {
        if (!cancelled && silence_.expiry() <= std::chrono::steady_clock::now()) on_silence();
    });
}

void ControlHub::await_answer() {
    answers_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
        if (error) return;
        on_answer();
        await_answer();
    });
}

void ControlHub::on_answer() {
    const status::Status* const answer = services_.mailbox->answer();
    if (answer == nullptr) return;
    status_ = status::to_text(status::to_json(*answer));
    status_good_until_ = std::chrono::steady_clock::now() + limits_.reuse;
    silence_.cancel();
    give(&status_);
}

void ControlHub::on_silence() {
    give(nullptr);
}

void ControlHub::give(const std::string* json_text) {
    // A handler may ask again.
    for (const StatusHandler& handler : std::exchange(waiting_, {})) handler(json_text);
}

// Who carries out a verb gets a number and not the handler: that would keep a session beyond its server.
ControlDone ControlHub::expect(OutcomeHandler handler) {
    const std::uint64_t number = ++expectations_;
    expected_.emplace(number, std::move(handler));
    return [weak = weak_from_this(), number](ControlOutcome outcome) {
        const auto hub = weak.lock();
        if (!hub) return;
        boost::asio::post(hub->io_, [hub = hub.get(), number, outcome = std::move(outcome)] {
            hub->on_outcome(number, outcome);
        });
    };
}

void ControlHub::on_outcome(std::uint64_t number, const ControlOutcome& outcome) {
    status_good_until_ = {};  // what was good before is not any more
    const auto found = expected_.extract(number);
    if (!found.empty()) found.mapped()(outcome);
}

void ControlHub::reload(OutcomeHandler handler) {
    services_.reload([done = expect(std::move(handler))](const ReloadResult& result) {
        if (result) return done(status::Json{{"message", *result}});
        done(tl::make_unexpected(status::protocol_error(status::ErrorCode::refused, result.error())));
    });
}

void ControlHub::doctor(const status::DoctorRequest& request, OutcomeHandler handler) {
    services_.doctor(request, expect(std::move(handler)));
}

void ControlHub::switchover(const status::SwitchoverRequest& request, OutcomeHandler handler) {
    services_.switchover(request, expect(std::move(handler)));
}

void ControlHub::order(const status::OrderRequest& request, OutcomeHandler handler) {
    services_.order(request, expect(std::move(handler)));
}

void ControlHub::on_history() {
    if (history_told_.exchange(true)) return;
    boost::asio::post(io_, [this] {
        history_told_ = false;
        const std::set<std::shared_ptr<ControlSession>> sessions =
            sessions_;  // a session may leave meanwhile
        for (const auto& session : sessions) session->on_history();
    });
}

}  // namespace highbase::daemon
