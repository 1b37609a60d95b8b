// SPDX-License-Identifier: GPL-2.0-or-later
// The worker's whole work: one connection, one request after the other, and an eye on the connection between
// them. It keeps no time and retries nothing: whoever started it does, and ends it when it takes too long.
#pragma once

#include "mysql/client.hpp"
#include "mysql/wire.hpp"

namespace highbase::mysql {

class Worker {
public:
    // `channel`: a stream socket to the daemon, which stays open as long as the worker.
    explicit Worker(int channel) : channel_{channel} {}

    // Until the daemon closes the channel. Throws std::runtime_error where the channel or what comes through
    // it is broken.
    void run();

private:
    void watch_both();
    void look_at_connection();
    void take_requests();
    void serve(const Connect& request);
    void serve(const Query& request);
    void send(const Reply& reply);

    int channel_;
    bool is_over_ = false;
    FrameReader frames_;
    Client client_;
};

}  // namespace highbase::mysql
