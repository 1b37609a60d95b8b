// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/wall_time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace highbase::status {

std::string to_iso8601(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::string to_words(std::chrono::milliseconds duration) {
    using namespace std::chrono;
    duration = std::max(duration, milliseconds{0});
    if (duration < minutes{1}) {
        return fmt::format("{}.{}s", duration / seconds{1}, duration % seconds{1} / milliseconds{100});
    }
    if (duration < hours{1})
        return fmt::format("{}min {}s", duration / minutes{1}, duration % minutes{1} / seconds{1});
    if (duration < days{1})
        return fmt::format("{}h {}min", duration / hours{1}, duration % hours{1} / minutes{1});
    return fmt::format("{}d {}h", duration / days{1}, duration % days{1} / hours{1});
}

double in_milliseconds(std::chrono::nanoseconds duration) {
    return static_cast<double>(duration / std::chrono::microseconds{1}) / 1000.0;
}

}  // namespace highbase::status
