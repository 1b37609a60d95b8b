// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/gateway_checker.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <string>

#include "health/checker.hpp"
#include "health/neighbor_socket.hpp"

namespace highbase::health {
namespace {

// The link cannot carry the question, which is as bad as no answer. All else is this process's own trouble.
Sample sample_of_errno(int error) {
    const bool is_link = error == ENETDOWN || error == ENODEV || error == ENXIO;
    return is_link ? Sample::failed : Sample::unknown;
}

class GatewayChecker final : public Checker {
public:
    GatewayChecker(boost::asio::io_context& io, GatewayOptions options)
        : io_{io}, options_{std::move(options)}, readable_{io} {}
    GatewayChecker(const GatewayChecker&) = delete;
    GatewayChecker& operator=(const GatewayChecker&) = delete;
    ~GatewayChecker() override { close(); }

    void start(std::function<void(Finding)> done) override;
    void cancel() override {
        probe_.reset();
        boost::system::error_code ignored;
        if (readable_.is_open()) readable_.cancel(ignored);
    }

private:
    using Probe = std::shared_ptr<std::function<void(Finding)>>;

    netlink::Result<void> ask();
    void close();
    void wait(const std::weak_ptr<std::function<void(Finding)>>& probe);

    boost::asio::io_context& io_;
    GatewayOptions options_;
    std::optional<NeighborSocket> socket_;  // kept from probe to probe: closing one waits for the kernel
    boost::asio::posix::stream_descriptor readable_;  // the same descriptor, which it does not own
    Probe probe_;
};

void GatewayChecker::start(std::function<void(Finding)> done) {
    cancel();
    probe_ = std::make_shared<std::function<void(Finding)>>(std::move(done));
    const std::weak_ptr probe{probe_};
    const auto asked = ask();
    if (asked) return wait(probe);
    close();
    boost::asio::post(io_, [probe, error = asked.error()] {
        if (const auto waiting = probe.lock()) (*waiting)({sample_of_errno(error.code), error.message});
    });
}

netlink::Result<void> GatewayChecker::ask() {
    if (socket_ && !socket_->is_current()) close();
    if (!socket_) {
        auto socket = NeighborSocket::open(options_.interface, options_.address);
        if (!socket) return tl::make_unexpected(socket.error());
        socket_ = std::move(*socket);
        readable_.assign(socket_->descriptor());
    }
    return socket_->ask();
}

void GatewayChecker::close() {
    if (readable_.is_open()) readable_.release();
    socket_.reset();
}

void GatewayChecker::wait(const std::weak_ptr<std::function<void(Finding)>>& probe) {
    readable_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this, probe](const boost::system::error_code& error) {
                             const auto waiting = probe.lock();
                             if (error || !waiting) return;
                             if (!socket_->has_answer()) return wait(probe);
                             (*waiting)({.sample = Sample::ok});
                         });
}

}  // namespace

std::unique_ptr<Checker> make_checker(const CheckContext& context, const GatewayOptions& options) {
    return std::make_unique<GatewayChecker>(context.io, options);
}

}  // namespace highbase::health
