// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reloader.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "daemon/secrets.hpp"

namespace highbase::daemon {

Reloader::Reloader(std::filesystem::path file) : file_{std::move(file)}, work_{io_.get_executor()} {
    thread_.emplace("hb-reload", [this] { io_.run(); });
}

Reloader::~Reloader() {
    io_.stop();
    thread_.reset();
}

void Reloader::read(std::function<void(ParseResult)> done) {
    boost::asio::post(io_, [this, done = std::move(done)] {
        ParseResult result = load_config(file_, system_surroundings());
        if (result.config) {
            for (const std::string& fault : read_passwords(result.config->node))
                result.diagnostics.push_back({Severity::error, 0, 0, fault});
        }
        const bool wrong = std::ranges::any_of(result.diagnostics, [](const auto& diagnostic) {
            return diagnostic.severity == Severity::error;
        });
        if (wrong) result.config.reset();
        done(std::move(result));
    });
}

}  // namespace highbase::daemon
