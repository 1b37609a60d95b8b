// SPDX-License-Identifier: GPL-2.0-or-later
// GTID sets as tests write them: a UUID is one letter, a line end is "|".
#pragma once

#include <string>
#include <string_view>

namespace highbase::tests {

// "U:1-5,|V:7" with U = 3e11fa47-71ca-11e1-9e33-c80aa9429562 and V the same with a last digit of 3.
inline std::string expanded(std::string_view text) {
    std::string result;
    for (const char sign : text) {
        if (sign == 'U') {
            result += "3e11fa47-71ca-11e1-9e33-c80aa9429562";
        } else if (sign == 'V') {
            result += "3e11fa47-71ca-11e1-9e33-c80aa9429563";
        } else {
            result += sign == '|' ? '\n' : sign;
        }
    }
    return result;
}

}  // namespace highbase::tests
