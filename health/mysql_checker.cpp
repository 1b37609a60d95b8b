// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/mysql_checker.hpp"

#include <boost/asio/post.hpp>
#include <fstream>
#include <optional>
#include <string>

#include "health/checker.hpp"
#include "health/mysql_finding.hpp"
#include "health/plugin_output.hpp"
#include "mysql/session.hpp"
#include "process/detached_task.hpp"

namespace highbase::health {
namespace {

constexpr int kMostReaders = 2;  // of the password, with those that hang
constexpr std::chrono::seconds kLongestConnect{3};

mysql::Target target_of(const MysqlOptions& options) {
    mysql::Target target;
    target.user = options.user;
    target.connect_timeout = kLongestConnect;
    if (options.server.port == 0) {
        target.endpoint = mysql::UnixEndpoint{options.socket};
    } else {
        target.endpoint = mysql::TcpEndpoint{options.server.address, options.server.port};
    }
    if (!options.tls_ca.empty()) target.tls = {mysql::TlsMode::verify, options.tls_ca, {}, {}};
    return target;
}

// Nothing where the file cannot be read.
std::optional<std::string> first_line(const std::string& file) {
    std::ifstream stream{file};
    std::string line;
    if (!stream || (!std::getline(stream, line) && !stream.eof())) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string describe(const mysql::Failure& failure) {
    return std::string{mysql::name(failure.kind)} + ": " + plain_text(failure.message);
}

class MysqlChecker final : public Checker {
public:
    MysqlChecker(const CheckContext& context, const MysqlOptions& options)
        : io_{context.io},
          password_file_{options.password_file},
          target_{target_of(options)},
          // Before the probe's own deadline: what the session knows about its failure decides, not the clock.
          patience_{context.timeout - context.timeout / 10} {
        if (password_file_.empty())
            open();
        else
            read_password();
    }

    void start(std::function<void(Finding)> done) override;
    void cancel() override { probe_.reset(); }
    void watch(std::function<void(Finding)> found) override { found_ = std::move(found); }

private:
    void open();
    void read_password();
    void take_password(const std::optional<std::string>& password);
    void refused(const mysql::Failure& failure);

    boost::asio::io_context& io_;
    std::string password_file_;
    mysql::Target target_;
    std::chrono::nanoseconds patience_;
    std::function<void(Finding)> found_;
    std::shared_ptr<std::function<void(Finding)>> probe_;  // the one under way
    bool has_lost_ = false;  // the connection broke, and the next attempt has not ended
    std::string trouble_ = "the password has not been read yet";  // why there is no session
    process::Slots slots_{kMostReaders};
    std::unique_ptr<process::DetachedTask> reader_;
    std::unique_ptr<mysql::Session> session_;
};

void MysqlChecker::open() {
    has_lost_ = false;
    mysql::SessionSettings settings;
    settings.connect_timeout = target_.connect_timeout;
    session_ = std::make_unique<mysql::Session>(
        io_, mysql::find_worker(), target_, settings,
        mysql::SessionObservers{[this](const mysql::Server&) { has_lost_ = false; },
                                [this](const mysql::Failure&) { has_lost_ = true; },
                                [this](const mysql::Failure& failure) { refused(failure); }});
}

// The file may be on a disk that hangs.
void MysqlChecker::read_password() {
    process::Slot slot = slots_.take();
    if (!slot) return;
    const auto password = std::make_shared<std::optional<std::string>>();
    auto task = process::DetachedTask::start(
        io_, std::move(slot), [password, file = password_file_] { *password = first_line(file); },
        [this, password] { take_password(*password); });
    if (task)
        reader_ = std::move(*task);
    else
        trouble_ = task.error().message;
}

void MysqlChecker::take_password(const std::optional<std::string>& password) {
    trouble_ = password_file_ + " cannot be read";
    if (!password || (session_ && *password == target_.password)) return;
    target_.password = *password;
    open();
}

// A broken connection alone may be somebody's KILL; a server that cannot be reached may be the network's
// fault. Both together, on the spot, are the end of the server.
void MysqlChecker::refused(const mysql::Failure& failure) {
    const bool is_proof = std::exchange(has_lost_, false) && says_nobody_listens(failure, target_.endpoint);
    if (is_proof && found_) found_({Sample::failed, describe(failure), {}, true});
    if (failure.kind == mysql::FailureKind::refused_credentials && !password_file_.empty()) read_password();
}

void MysqlChecker::start(std::function<void(Finding)> done) {
    probe_ = std::make_shared<std::function<void(Finding)>>(std::move(done));
    const auto answer = [probe = std::weak_ptr{probe_}](const Finding& finding) {
        if (const auto asked = probe.lock()) (*asked)(finding);
    };
    if (!session_) {
        if (!reader_ || slots_.taken() == 0) read_password();
        return boost::asio::post(io_, [answer, trouble = trouble_] { answer({Sample::unknown, trouble}); });
    }
    session_->query("SELECT 1", patience_,
                    [answer](const tl::expected<mysql::Answer, mysql::Failure>& result) {
                        answer(result ? Finding{.sample = Sample::ok}
                                      : Finding{sample_of(result.error().kind), describe(result.error())});
                    });
}

}  // namespace

std::unique_ptr<Checker> make_checker(const CheckContext& context, const MysqlOptions& options) {
    return std::make_unique<MysqlChecker>(context, options);
}

}  // namespace highbase::health
