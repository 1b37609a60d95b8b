// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/journal.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/crc.hpp>
#include <charconv>
#include <utility>

namespace highbase::cluster {
namespace {

constexpr std::string_view kFirstLine = "highbase journal 1";
constexpr std::string_view kLastKey = "checksum ";
constexpr std::size_t kChecksumLine = kLastKey.size() + 8 + 1;
constexpr std::array kTerms{Term::none, Term::promoting, Term::held};
static_assert(kTerms.size() == kTermCount);

std::string checksum_of(std::string_view text) {
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return fmt::format("{:08x}", crc.checksum());
}

std::string_view yes_or_no(bool value) {
    return value ? "yes" : "no";
}

// MySQL puts line ends between the sources of a GTID set. Escaped is what would end a line, and the escape.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet == 0x7f || c == '\\') {
            result += fmt::format("\\{:02x}", octet);
        } else {
            result += c;
        }
    }
    return result;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        if (text.front() != '\\') {
            result += text.front();
            text.remove_prefix(1);
            continue;
        }
        if (text.size() < 3) return std::nullopt;
        unsigned int octet = 0;
        const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, octet, 16);
        if (error != std::errc{} || end != text.data() + 3) return std::nullopt;
        result += static_cast<char>(octet);
        text.remove_prefix(3);
    }
    return result;
}

// Takes one line after the other. After the first that is not what it should be, nothing more is read, and
// the values mean nothing.
class Lines {
public:
    explicit Lines(std::string_view text) : text_{text} {}

    // The rest of the next line, which begins with `key` and a blank.
    std::string_view value(std::string_view key) {
        if (!error_.empty()) return {};
        ++number_;
        const std::string_view line = text_.substr(0, text_.find('\n'));
        if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') {
            refuse(fmt::format("\"{}\"", key));
            return {};
        }
        text_.remove_prefix(line.size() + (line.size() < text_.size() ? 1 : 0));
        return line.substr(key.size() + 1);
    }
    template <typename Number>
    Number number(std::string_view key) {
        const std::string_view digits = value(key);
        Number number{};
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size())
            refuse(fmt::format("a number after \"{}\"", key));
        return number;
    }
    // Of a line that is there only where it says yes.
    bool is_said(std::string_view key) {
        const bool is_next = text_.starts_with(key) && text_.substr(key.size()).starts_with(' ');
        return is_next && flag(key);
    }
    bool flag(std::string_view key) {
        const std::string_view word = value(key);
        if (word != "yes" && word != "no") refuse(fmt::format("yes or no after \"{}\"", key));
        return word == "yes";
    }
    Term term(std::string_view key) {
        const std::string_view word = value(key);
        for (const Term term : kTerms) {
            if (word == name(term)) return term;
        }
        refuse(fmt::format("none, promoting or held after \"{}\"", key));
        return Term::none;
    }
    std::string text(std::string_view key) {
        auto result = unescaped(value(key));
        if (!result) refuse(fmt::format("two hexadecimal digits after each \\ of \"{}\"", key));
        return std::move(result).value_or("");
    }
    void end() {
        if (error_.empty() && !text_.empty()) {
            ++number_;
            refuse("the end");
        }
    }
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    void refuse(const std::string& expected) {
        if (error_.empty()) error_ = fmt::format("line {}: expected {}", number_, expected);
    }

    std::string_view text_;
    int number_ = 1;  // of the line last taken; the first one has been
    std::string error_;
};

SyncMemory read_memory(Lines& lines) {
    SyncMemory memory;
    memory.epoch = Epoch{lines.number<std::uint64_t>("in_sync_epoch")};
    memory.server = lines.text("in_sync_server");
    memory.boot = lines.text("in_sync_boot");
    memory.started = std::chrono::seconds{lines.number<std::int64_t>("in_sync_started")};
    memory.received = lines.text("in_sync_received");
    return memory;
}

}  // namespace

std::string_view name(Term term) {
    switch (term) {
        case Term::none: return "none";
        case Term::promoting: return "promoting";
        case Term::held: return "held";
    }
    return "unknown";
}

std::string to_text(const Journal& journal) {
    std::string text =
        fmt::format("{}\nepoch {}\nterm {}\nalone {}\nreleased {}\nin_sync {}\n", kFirstLine,
                    static_cast<std::uint64_t>(journal.epoch), name(journal.term), yes_or_no(journal.alone),
                    yes_or_no(journal.released), yes_or_no(journal.in_sync.has_value()));
    if (const auto& memory = journal.in_sync) {
        text += fmt::format(
            "in_sync_epoch {}\nin_sync_server {}\nin_sync_boot {}\nin_sync_started {}\nin_sync_received {}\n",
            static_cast<std::uint64_t>(memory->epoch), escaped(memory->server), escaped(memory->boot),
            memory->started.count(), escaped(memory->received));
    }
    // Only where it is so: older files have no such line.
    if (journal.maintenance) text += "maintenance yes\n";
    if (journal.maybe_open) text += "maybe_open yes\n";
    return text + fmt::format("{}{}\n", kLastKey, checksum_of(text));
}

tl::expected<Journal, std::string> parse_journal(std::string_view text) {
    const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
    if (text.size() > kLongestJournal)
        return refuse(fmt::format("it is longer than {} octets", kLongestJournal));
    if (!text.starts_with(kFirstLine) || !text.substr(kFirstLine.size()).starts_with('\n'))
        return refuse(fmt::format("line 1: expected \"{}\"", kFirstLine));
    const std::size_t size = text.size() - std::min(kChecksumLine, text.size());
    const std::string_view body = text.substr(0, size);
    if (text.substr(size) != fmt::format("{}{}\n", kLastKey, checksum_of(body)))
        return refuse("its last line is not the checksum of the others: it is torn, or was edited");

    Lines lines{body.substr(kFirstLine.size() + 1)};
    Journal journal;
    journal.epoch = Epoch{lines.number<std::uint64_t>("epoch")};
    journal.term = lines.term("term");
    journal.alone = lines.flag("alone");
    journal.released = lines.flag("released");
    if (lines.flag("in_sync")) journal.in_sync = read_memory(lines);
    journal.maintenance = lines.is_said("maintenance");
    journal.maybe_open = lines.is_said("maybe_open");
    lines.end();
    if (!lines.error().empty()) return refuse(lines.error());
    // A number with a leading zero, an escape that was not needed: the work of another program.
    if (to_text(journal) != text) return refuse("it is not written as this program writes it");
    return journal;
}

}  // namespace highbase::cluster
