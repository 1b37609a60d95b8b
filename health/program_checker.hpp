// SPDX-License-Identifier: GPL-2.0-or-later
// A check that is a program, run anew for each probe: common to the types of check that run programs.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace highbase::health {

class Checker;
struct CheckContext;

// `arguments`: the first one is the program's absolute path. A program that cannot be started, is killed by
// a signal or ends with another status than 0, 1 or 2 has found nothing: `unknown`. One that is not done in
// time is killed with all that it has started.
std::unique_ptr<Checker> make_program_checker(const CheckContext& context,
                                              std::vector<std::string> arguments);

}  // namespace highbase::health
