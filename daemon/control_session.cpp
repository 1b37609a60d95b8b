// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_session.hpp"

#include <sys/socket.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "daemon/control_hub.hpp"

namespace highbase::daemon {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;
using status::ErrorCode;
using status::protocol_error;

constexpr std::size_t kEventsAtOnce = 64;

}  // namespace

ControlSession::ControlSession(ControlHub& hub, stream_protocol::socket socket)
    : hub_{hub}, socket_{std::move(socket)}, deadline_{hub.io()}, tick_{hub.io()} {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
        uid_ = std::to_string(peer.uid);
        pid_ = std::to_string(peer.pid);
    }
}

void ControlSession::start() {
    hub_.report({node::EventId::control_connected, {{"uid", uid_}, {"pid", pid_}}});
    read_request();
}

void ControlSession::read_request() {
    set_deadline(hub_.limits().idle, "no request came");
    auto buffer = boost::asio::dynamic_buffer(input_, hub_.limits().request_size);
    boost::asio::async_read_until(
        socket_, buffer, '\n', [self = shared_from_this()](const error_code& error, std::size_t size) {
            if (error == boost::asio::error::not_found) {
                const std::string limit = std::to_string(self->hub_.limits().request_size);
                return self->refuse(
                    protocol_error(ErrorCode::too_long, "a request has at most " + limit + " octets"),
                    &ControlSession::close);
            }
            if (error) return self->close();
            const std::string line = self->input_.substr(0, size - 1);
            self->input_.erase(0, size);
            self->on_line(line);
        });
}

void ControlSession::on_line(std::string_view line) {
    deadline_.cancel();
    const auto request = status::parse_request(line);
    if (!request) return refuse(request.error(), &ControlSession::read_request);
    std::visit([this](const auto& verb) { answer(verb); }, *request);
}

void ControlSession::refuse(const status::ProtocolError& error, Next next) {
    write(status::error_line(error), next);
}

void ControlSession::answer(const status::StatusRequest&) {
    interval_ = {};
    show_status();
}

void ControlSession::answer(const status::WatchRequest& request) {
    interval_ = request.interval;
    await_hangup();
    show_status();
}

void ControlSession::answer(const status::EventsRequest& request) {
    shown_ = request.since;
    follow_ = request.follow;
    if (follow_) await_hangup();
    show_events();
}

void ControlSession::answer(const status::ReloadRequest&) {
    tell_who_steers("reload");
    await_hangup();
    hub_.reload(show_outcome());
}

void ControlSession::answer(const status::DoctorRequest& request) {
    await_hangup();
    hub_.doctor(request, show_outcome());
}

void ControlSession::answer(const status::SwitchoverRequest& request) {
    if (!request.dry_run) tell_who_steers("switchover");
    await_hangup();
    hub_.switchover(request, show_outcome());
}

void ControlSession::answer(const status::OrderRequest& request) {
    if (!request.dry_run) tell_who_steers(node::name(request.order));
    await_hangup();
    hub_.order(request, show_outcome());
}

void ControlSession::tell_who_steers(std::string_view verb) {
    hub_.report(
        {node::EventId::control_steered, {{"verb", std::string{verb}}, {"uid", uid_}, {"pid", pid_}}});
}

std::function<void(const ControlOutcome&)> ControlSession::show_outcome() {
    return [self = shared_from_this()](const ControlOutcome& outcome) {
        if (!outcome) return self->refuse(outcome.error(), &ControlSession::read_request);
        self->write(status::answer_line(*outcome), &ControlSession::read_request);
    };
}

// Who does not read would not see its client's end. Only when both directions are shut: a client may have
// closed its own side after the request (`echo ... | nc -N`).
void ControlSession::await_hangup() {
    socket_.async_wait(stream_protocol::socket::wait_error,
                       [self = shared_from_this()](const error_code& error) {
                           if (!error) self->close();
                       });
}

void ControlSession::show_status() {
    const auto next = interval_.count() > 0 ? &ControlSession::await_tick : &ControlSession::read_request;
    tick_.expires_after(interval_);
    hub_.with_status([self = shared_from_this(), next](const std::string* json_text) {
        if (json_text == nullptr) {
            return self->refuse(protocol_error(ErrorCode::no_answer, "the daemon's speaker does not answer"),
                                &ControlSession::read_request);
        }
        self->write(status::answer_line_of_text(*json_text, next == &ControlSession::await_tick), next);
    });
}

// One interval after the last status was asked for; at once where taking it lasted longer.
void ControlSession::await_tick() {
    tick_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled) self->show_status();
    });
}

void ControlSession::show_events() {
    const EventHistory::Page page = hub_.history().after(shown_, kEventsAtOnce);
    shown_ = page.last;
    std::string lines;
    if (page.lost > 0) lines += status::answer_line(status::Json{{"lost", page.lost}}, true);
    for (const status::Event& event : page.events) {
        lines += status::answer_line(status::Json{{"event", status::to_json(event)}}, true);
    }
    if (!lines.empty()) return write(std::move(lines), &ControlSession::show_events);
    if (!follow_)
        return write(status::answer_line(status::Json{{"last", shown_}}), &ControlSession::read_request);
    awaits_event_ = true;
}

void ControlSession::on_history() {
    if (std::exchange(awaits_event_, false)) show_events();
}

void ControlSession::write(std::string text, Next next) {
    if (!socket_.is_open()) return;
    output_ = std::move(text);
    set_deadline(hub_.limits().reading, "it did not read what it had asked for");
    boost::asio::async_write(socket_, boost::asio::buffer(output_),
                             [self = shared_from_this(), next](const error_code& error, std::size_t) {
                                 if (error) return self->close();
                                 self->deadline_.cancel();
                                 (*self.*next)();
                             });
}

void ControlSession::set_deadline(std::chrono::milliseconds limit, const char* reason) {
    deadline_.expires_after(limit);
    deadline_.async_wait([self = shared_from_this(), reason](const error_code& cancelled) {
        // One that had come when it was set anew is called all the same.
        if (!cancelled && self->deadline_.expiry() <= std::chrono::steady_clock::now()) self->drop(reason);
    });
}

void ControlSession::drop(const std::string& reason) {
    hub_.report({node::EventId::control_client_dropped, {{"uid", uid_}, {"pid", pid_}, {"reason", reason}}});
    close();
}

void ControlSession::close() {
    error_code ignored;
    socket_.close(ignored);
    deadline_.cancel();
    tick_.cancel();
    hub_.leave(shared_from_this());
}

}  // namespace highbase::daemon
