// SPDX-License-Identifier: GPL-2.0-or-later
// Catch2 in either generation: the single header of 2.13 (Debian 12) or the library of 3.x. Matchers are
// named in full (Catch::Matchers::Equals), which both know.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
