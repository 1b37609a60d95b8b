// SPDX-License-Identifier: GPL-2.0-or-later
// Asks one server how it is set up, in a session of its own that ends with the answer.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "mysql/session.hpp"
#include "replication/server_settings.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

class SettingsReader {
public:
    struct Trouble {
        std::string reason;
        bool unsupported = false;  // it answers, but is none that hbvrrp knows
        friend bool operator==(const Trouble&, const Trouble&) = default;
    };
    using Result = tl::expected<replication::ServerSettings, Trouble>;
    // Called once, never from within the constructor; it may destroy the reader.
    using Done = std::function<void(const Result&)>;

    struct Bounds {
        vrrp::Duration connect = std::chrono::seconds{3};     // the first word of a connection
        vrrp::Duration statement = std::chrono::seconds{10};  // each that follows
        vrrp::Duration whole = std::chrono::seconds{20};
    };

    // Begins at once. `io` outlives it.
    SettingsReader(boost::asio::io_context& io, mysql::Target target, const Bounds& bounds, Done done);
    SettingsReader(const SettingsReader&) = delete;
    SettingsReader& operator=(const SettingsReader&) = delete;
    ~SettingsReader() = default;

private:
    void ask(std::string statement, vrrp::Duration patience);
    void answered(const tl::expected<mysql::Answer, mysql::Failure>& result);
    void begin();
    void take(const tl::expected<mysql::Answer, mysql::Failure>& result);
    void finish(const Result& result);

    Bounds bounds_;
    vrrp::TimePoint deadline_;
    Done done_;
    std::string version_;
    std::optional<replication::Dialect> dialect_;
    std::vector<std::string> statements_;
    std::size_t bounding_ = 0;  // of these, those that come before what is asked
    std::size_t next_ = 0;
    std::vector<replication::Table> tables_;
    mysql::Session session_;
};

}  // namespace highbase::daemon
