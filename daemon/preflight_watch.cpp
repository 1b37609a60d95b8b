// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/preflight_watch.hpp"

#include <algorithm>

namespace highbase::daemon {
namespace {

using replication::Finding;
using replication::Severity;

node::Report report_of(node::EventId event, const std::string& service, const Finding& finding) {
    const std::string remedy = finding.remedy.to_string();
    return {event,
            {{"router", service},
             {"id", std::string{name(finding.id)}},
             {"server", std::string{name(finding.server)}},
             {"text", finding.text},
             {"remedy", remedy.empty() ? "no statement" : remedy}}};
}

}  // namespace

PreflightWatch::PreflightWatch(boost::asio::io_context& io, std::string service, Question question, Told told,
                               TellReport tell, const PreflightTiming& timing)
    : service_{std::move(service)},
      question_{std::move(question)},
      told_{std::move(told)},
      tell_{std::move(tell)},
      timing_{timing},
      doctor_{io},
      timer_{io} {}

// What a third server acknowledges may be lost by a takeover from now on, and not from the next hour on. A
// connection that comes and goes is no reason for one preflight after the other.
void PreflightWatch::server_seen(std::uint32_t acknowledgers) {
    if (!std::exchange(seen_, true)) within(timing_.after_start);
    const bool changed = std::exchange(acknowledgers_, acknowledgers) != acknowledgers;
    if (!changed || acknowledgers <= 1) return;
    const auto now = boost::asio::steady_timer::clock_type::now();
    const auto earliest = looked_ ? *looked_ + timing_.to_confirm : now;
    within(std::max<vrrp::Duration>(earliest - now, vrrp::Duration::zero()));
}

void PreflightWatch::role_is(cluster::Role role) {
    if (std::exchange(role_, role) != role && seen_) within(timing_.after_change);
}

void PreflightWatch::examine(Doctor::Done done) {
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    looked_ = boost::asio::steady_timer::clock_type::now();
    doctor_.examine(question_(), [this](const Doctor::Findings& findings) {
        take(findings);
        for (const Doctor::Done& one : std::exchange(waiting_, {})) one(findings);
    });
}

// What was to happen earlier still does.
void PreflightWatch::within(vrrp::Duration time) {
    const auto at = boost::asio::steady_timer::clock_type::now() + time;
    if (waits_ && timer_.expiry() <= at) return;
    waits_ = true;
    timer_.expires_at(at);
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](const auto& error) {
        if (!error && !alive.expired()) look();
    });
}

void PreflightWatch::look() {
    waits_ = false;
    examine([](const Doctor::Findings&) {});
}

void PreflightWatch::take(const Doctor::Findings& findings) {
    if (!findings) {
        if (!std::exchange(has_failed_, true))
            tell_({node::EventId::preflight_failed, {{"router", service_}, {"reason", findings.error()}}});
        return within(timing_.after_failure);
    }
    has_failed_ = false;
    const replication::PreflightNews news = history_.take(*findings);
    report(news);
    within(news.look_again ? timing_.to_confirm : timing_.usual);
    told_(node::PreflightDone{news.against_takeover});
}

void PreflightWatch::report(const replication::PreflightNews& news) {
    for (const Finding& finding : news.appeared) {
        const bool error = finding.severity == Severity::error;
        tell_(report_of(error ? node::EventId::preflight_error : node::EventId::preflight_warning, service_,
                        finding));
    }
    for (const Finding& finding : news.gone)
        tell_(report_of(node::EventId::preflight_mended, service_, finding));
}

}  // namespace highbase::daemon
