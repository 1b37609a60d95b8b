// SPDX-License-Identifier: GPL-2.0-or-later
// highbase-mysql: talks with one database server in the name of a daemon that must never wait. Not to be
// started by hand.
#include <cstdio>
#include <exception>

#include "mysql/confine.hpp"
#include "mysql/worker.hpp"
#include "mysql/worker_process.hpp"

int main() {
    try {
        highbase::mysql::confine();
        highbase::mysql::Worker{highbase::mysql::kWorkerChannel}.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "highbase-mysql: %s\n", error.what());
        return 1;
    }
}
