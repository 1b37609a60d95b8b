// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <pthread.h>

#include <functional>
#include <string>

namespace highbase::daemon {

// A thread beside the speaker, for what may wait. It never has a real-time priority, whoever starts it;
// signals go past it; its stack is small, because the process's memory may be locked.
class WorkerThread {
public:
    // `name`: at most 15 characters, for ps and top. Throws std::system_error. `work` must not throw.
    WorkerThread(const std::string& name, std::function<void()> work);
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;
    ~WorkerThread();  // joins

private:
    pthread_t thread_{};
};

}  // namespace highbase::daemon
