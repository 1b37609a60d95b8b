// SPDX-License-Identifier: GPL-2.0-or-later
// Compiled once for all tests: in Catch2 2.13 this file holds the whole of its implementation.
#define CATCH_CONFIG_RUNNER
#include "tests/catch.hpp"

int main(int argc, char* argv[]) {
    return Catch::Session().run(argc, argv);
}
