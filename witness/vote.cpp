// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/vote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace highbase::witness {
namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Takes one part after the other. After the first that is not what it should be, nothing more is read.
class Parts {
public:
    explicit Parts(std::string_view text) : whole_{text}, rest_{text} {}

    void exactly(std::string_view part, std::string_view called) {
        if (!error_.empty()) return;
        if (!rest_.starts_with(part)) return refuse(called);
        rest_.remove_prefix(part.size());
    }
    [[nodiscard]] bool optionally(std::string_view part) {
        if (!error_.empty() || !rest_.starts_with(part)) return false;
        rest_.remove_prefix(part.size());
        return true;
    }
    std::uint64_t number() {
        std::uint64_t number = 0;
        if (!error_.empty()) return number;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (error != std::errc{}) {
            refuse("a number");
            return 0;
        }
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return number;
    }
    std::string name() {
        exactly("\"", "a name");
        const std::string_view name = rest_.substr(0, rest_.find('"'));
        if (error_.empty() && !is_name(name)) refuse("a name");
        if (!error_.empty()) return {};
        rest_.remove_prefix(name.size());
        exactly("\"", "the end of a name");
        return std::string{name};
    }
    void end() {
        if (error_.empty() && !rest_.empty()) refuse("the end");
    }
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    void refuse(std::string_view called) {
        error_ = fmt::format("expected {} at octet {}", called, whole_.size() - rest_.size());
    }

    std::string_view whole_;
    std::string_view rest_;
    std::string error_;
};

}  // namespace

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > cluster::kLongestName) return false;
    if (text.front() == '.' || text.front() == '-') return false;
    return std::ranges::all_of(
        text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_valid(const Record& record) {
    if (record.epoch == cluster::Epoch{0} || !is_name(record.owner)) return false;
    return !record.in_sync || (is_name(*record.in_sync) && *record.in_sync != record.owner);
}

std::string to_text(const Record& record) {
    const std::string in_sync = record.in_sync ? fmt::format("\"{}\"", *record.in_sync) : "null";
    return fmt::format(R"({{"version":1,"epoch":{},"owner":"{}","in_sync":{}}})",
                       static_cast<std::uint64_t>(record.epoch), record.owner, in_sync);
}

tl::expected<Record, std::string> parse_record(std::string_view text) {
    if (text.size() > kLongestRecord)
        return tl::make_unexpected(fmt::format("it has more than {} octets", kLongestRecord));
    Parts parts{text};
    parts.exactly(R"({"version":)", "\"version\"");
    const std::uint64_t version = parts.number();
    if (parts.error().empty() && version != 1)
        return tl::make_unexpected(fmt::format("it is of version {}, and only 1 is known here", version));
    Record record;
    parts.exactly(R"(,"epoch":)", "\"epoch\"");
    record.epoch = cluster::Epoch{parts.number()};
    parts.exactly(R"(,"owner":)", "\"owner\"");
    record.owner = parts.name();
    parts.exactly(R"(,"in_sync":)", "\"in_sync\"");
    if (!parts.optionally("null")) record.in_sync = parts.name();
    parts.exactly("}", "\"}\"");
    parts.end();
    if (!parts.error().empty()) return tl::make_unexpected(parts.error());
    if (!is_valid(record) || to_text(record) != text)
        return tl::make_unexpected("it is not a record that anybody here would write");
    return record;
}

}  // namespace highbase::witness
