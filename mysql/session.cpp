// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/session.hpp"

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <optional>
#include <string_view>
#include <variant>

#include "mysql/wire.hpp"

namespace highbase::mysql {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

vrrp::TimePoint now() {
    return vrrp::TimePoint{std::chrono::steady_clock::now().time_since_epoch()};
}

SessionSettings with_timeout(SessionSettings settings, std::chrono::milliseconds connect_timeout) {
    settings.connect_timeout = connect_timeout;
    return settings;
}

}  // namespace

// One worker and what is on its way to and from it. A handler whose link is no more the session's is late,
// and does nothing.
struct Session::Link {
    explicit Link(boost::asio::io_context& io) : socket{io} {}

    std::optional<WorkerProcess> process;  // nothing: it could not even be tried
    stream_protocol::socket socket;
    FrameReader frames;
    std::array<std::uint8_t, std::size_t{64} * 1024> input{};
    std::deque<vrrp::OctetString> output;  // the first one is being written
};

Session::Session(boost::asio::io_context& io, std::filesystem::path worker, Target target,
                 SessionSettings settings, SessionObservers observers)
    : io_{io},
      worker_{std::move(worker)},
      target_{std::move(target)},
      observers_{std::move(observers)},
      machine_{with_timeout(settings, target_.connect_timeout)},
      timer_{io} {
    perform(machine_.start(now()));
    set_timer();
}

void Session::query(std::string sql, std::chrono::nanoseconds patience, Done done,
                    std::vector<std::string> columns) {
    const QueryId id{++last_id_};
    asked_.emplace(id, std::move(done));
    handle(QueryAsked{id, std::move(sql), patience, std::move(columns)});
}

void Session::close() {
    alive_.reset();
    asked_.clear();
    perform(StopWorker{});
    timer_.cancel();
}

// ---- the machine

void Session::handle(SessionEvent event) {
    if (!alive_) return;
    perform(machine_.handle(now(), std::move(event)));
    set_timer();
}

void Session::set_timer() {
    const auto deadline = machine_.next_deadline();
    if (!deadline) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(std::chrono::steady_clock::time_point{deadline->time_since_epoch()});
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](const error_code& error) {
        if (!error && !alive.expired()) handle(Wake{});
    });
}

void Session::perform(SessionActions actions) {
    for (SessionAction& action : actions) {
        std::visit([this](auto& one) { perform(std::move(one)); }, action);
    }
}

template <typename Call>
void Session::post(Call call) {
    boost::asio::post(io_, [this, alive = std::weak_ptr{alive_}, call = std::move(call)]() mutable {
        if (!alive.expired()) call(this);
    });
}

void Session::perform(const StartWorker&) {
    const auto link = std::make_shared<Link>(io_);
    link_ = link;
    auto process = WorkerProcess::start(worker_, count_);
    if (!process) {
        return post(
            [link, reason = process.error().message](Session* self) { self->worker_gone(link, reason); });
    }
    link->process.emplace(std::move(*process));
    link->socket.assign(stream_protocol{}, link->process->take_socket().release());
    read(link);
}

// Handlers keep the link itself until they have run, but its process and its socket end now.
void Session::perform(const StopWorker&) {
    if (!link_) return;
    link_->process.reset();
    error_code ignored;
    link_->socket.close(ignored);
    link_.reset();
}

void Session::perform(const SendConnect& action) {
    send(link_, Connect{action.number, target_});
}

void Session::perform(SendQuery action) {
    send(link_, Query{action.number, std::move(action.sql), std::move(action.columns)});
}

void Session::perform(Finish action) {
    auto asked = asked_.extract(action.id);
    post([done = std::move(asked.mapped()), result = std::move(action.result)](Session*) mutable {
        done(std::move(result));
    });
}

void Session::perform(const TellOpened& action) {
    if (observers_.opened) post([server = action.server](Session* self) { self->observers_.opened(server); });
}

void Session::perform(const TellLost& action) {
    if (observers_.lost) post([failure = action.failure](Session* self) { self->observers_.lost(failure); });
}

void Session::perform(const TellRefused& action) {
    if (observers_.refused) {
        post([failure = action.failure](Session* self) { self->observers_.refused(failure); });
    }
}

// ---- the worker

void Session::send(const std::shared_ptr<Link>& link, const Request& request) {
    auto frame = encode(request);
    if (!frame) {
        return post([link](Session* self) { self->worker_gone(link, "a request is longer than 1 MiB"); });
    }
    link->output.push_back(std::move(*frame));
    if (link->output.size() == 1) write(link);
}

// That the worker has gone shows while reading.
void Session::write(const std::shared_ptr<Link>& link) {
    boost::asio::async_write(
        link->socket, boost::asio::buffer(link->output.front()),
        [this, alive = std::weak_ptr{alive_}, link](const error_code& error, std::size_t) {
            if (error || alive.expired() || link != link_) return;
            link->output.pop_front();
            if (!link->output.empty()) write(link);
        });
}

void Session::read(const std::shared_ptr<Link>& link) {
    link->socket.async_read_some(
        boost::asio::buffer(link->input),
        [this, alive = std::weak_ptr{alive_}, link](const error_code& error, std::size_t size) {
            if (alive.expired() || link != link_) return;
            if (error) return worker_gone(link, link->process->ending());
            link->frames.add(vrrp::Octets{link->input}.first(size));
            take_frames(link);
            if (link == link_) read(link);
        });
}

void Session::take_frames(const std::shared_ptr<Link>& link) {
    while (link == link_) {
        const auto frame = link->frames.next();
        if (frame && !*frame) return;
        auto reply = frame ? decode_reply(**frame) : tl::make_unexpected(frame.error());
        if (!reply) {
            return worker_gone(link, "the worker's words were refused: " + std::string{name(reply.error())});
        }
        handle(WorkerSpoke{std::move(*reply)});
    }
}

void Session::worker_gone(const std::shared_ptr<Link>& link, const std::string& reason) {
    if (link == link_) handle(WorkerGone{reason});
}

}  // namespace highbase::mysql
