// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reloader.hpp"

#include <boost/asio/post.hpp>

namespace highbase::daemon {

Reloader::Reloader(std::filesystem::path file) : file_{std::move(file)}, work_{io_.get_executor()} {
    thread_.emplace("hb-reload", [this] { io_.run(); });
}

Reloader::~Reloader() {
    io_.stop();
    thread_.reset();
}

void Reloader::read(std::function<void(ParseResult)> done) {
    boost::asio::post(io_,
                      [this, done = std::move(done)] { done(load_config(file_, system_surroundings())); });
}

}  // namespace highbase::daemon
