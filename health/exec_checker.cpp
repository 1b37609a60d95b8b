// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/exec_checker.hpp"

#include "health/checker.hpp"
#include "health/program_checker.hpp"

namespace highbase::health {

std::unique_ptr<Checker> make_checker(const CheckContext& context, const ExecOptions& options) {
    return make_program_checker(context, options.command);
}

}  // namespace highbase::health
