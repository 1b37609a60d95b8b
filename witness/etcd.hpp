// SPDX-License-Identifier: GPL-2.0-or-later
// Asks an etcd cluster for its vote. Blocking: for a thread that may wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "netlink/descriptor.hpp"
#include "witness/configuration.hpp"
#include "witness/question.hpp"

namespace highbase::witness {

// Its members are asked in turn, beginning with the one that answered last; each has only a share of the
// time that is left, so that a dead one, or one without the others, does not use it up.
class Etcd {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Before the process has other threads that use libcurl or OpenSSL. Throws std::system_error,
    // std::runtime_error.
    explicit Etcd(Configuration configuration);

    // Returns by `deadline` and a few milliseconds. A yes has been proved by the record; what is not known
    // by then is Unknown. `service` is a name of the configuration. Of one thread at a time.
    Answer ask(const std::string& service, const Want& want, TimePoint deadline);

    // From any thread, for good: what is asked, and what will be, is Unknown at once. It may have been done
    // all the same.
    void stop() noexcept;

private:
    class Attempts;

    Configuration configuration_;
    netlink::Descriptor stop_;  // an eventfd
    std::size_t next_ = 0;      // the member that is asked first
};

}  // namespace highbase::witness
