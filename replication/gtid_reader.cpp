// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/gtid_reader.hpp"

#include <charconv>

namespace highbase::replication {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";

constexpr bool is_digit(char sign) {
    return sign >= '0' && sign <= '9';
}

constexpr bool is_word(char sign) {
    return is_digit(sign) || (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') || sign == '_';
}

}  // namespace

void GtidReader::skip_blanks() {
    while (!at_end() && kBlanks.find(next()) != std::string_view::npos) ++at_;
}

bool GtidReader::take(char sign) {
    if (next() != sign) return false;
    ++at_;
    return true;
}

GtidResult<Uuid> GtidReader::uuid() {
    const std::optional<Uuid> uuid = Uuid::parse(text_.substr(at_, Uuid::kTextLength));
    if (!uuid) return refuse(GtidFault::uuid);
    at_ += Uuid::kTextLength;
    return *uuid;
}

std::string_view GtidReader::word() {
    const std::size_t begin = at_;
    while (is_word(next())) ++at_;
    return text_.substr(begin, at_ - begin);
}

GtidResult<std::uint64_t> GtidReader::number(std::uint64_t lowest, std::uint64_t highest) {
    if (!is_digit(next())) return refuse(GtidFault::number);
    const char* const begin = text_.data() + at_;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{} || value < lowest || value > highest) return refuse(GtidFault::range);
    at_ += static_cast<std::size_t>(end - begin);
    return value;
}

}  // namespace highbase::replication
