// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace highbase::daemon {
namespace {

bool is_ascii(char character) {
    return static_cast<unsigned char>(character) < 0x80;
}

bool is_key_character(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '-' || character == '.';
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::string_view take_key(std::string_view& text) {
    const auto end = std::ranges::find_if_not(text, is_key_character);
    const std::string_view key = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(key.size());
    return key;
}

// Whether a line begins with "[name" or "[[name". In an array no value does but [true], [inf] and their like.
bool begins_header(std::string_view line) {
    line = without_blanks(line);
    if (!line.starts_with('[')) return false;
    line.remove_prefix(line.starts_with("[[") ? 2 : 1);
    const std::string_view name = take_key(line);
    if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '-' || name[0] == '.') return false;
    return name != "true" && name != "false" && name != "inf" && name != "nan";
}

// Whether the text begins with what a statement may begin with: a comment, or a key with or without opening
// brackets.
bool begins_statement(std::string_view text) {
    if (text.starts_with('#')) return true;
    if (text.starts_with('[')) {
        text.remove_prefix(text.starts_with("[[") ? 2 : 1);
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    }
    if (text.empty() || text[0] == '.') return false;
    return is_key_character(text[0]) || text[0] == '"' || text[0] == '\'' || !is_ascii(text[0]);
}

// Whether a line begins with "key =". In an array no value does.
bool begins_assignment(std::string_view line) {
    line = without_blanks(line);
    if (take_key(line).empty()) return false;
    return without_blanks(line).starts_with('=');
}

// Octets of the well-formed UTF-8 character that `text` begins with (RFC 3629); nothing when it begins with
// another.
std::optional<std::size_t> character_size(std::string_view text) {
    const auto octet = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
    const unsigned first = octet(0);
    if (first < 0x80) return 1;
    const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || text.size() < size) return std::nullopt;
    for (std::size_t i = 1; i < size; ++i) {
        if ((octet(i) & 0xc0) != 0x80) return std::nullopt;
    }
    const bool overlong = (first == 0xe0 && octet(1) < 0xa0) || (first == 0xf0 && octet(1) < 0x90);
    const bool surrogate = first == 0xed && octet(1) >= 0xa0;
    const bool too_large = first == 0xf4 && octet(1) >= 0x90;
    if (overlong || surrogate || too_large) return std::nullopt;
    return size;
}

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_{text} {}

    Scan run() {
        // The parser skips a byte order mark without counting it.
        if (text_.starts_with("\xef\xbb\xbf")) at_ = start_ = 3;
        while (skip_blanks()) statement();
        return std::move(scan_);
    }

private:
    struct Bracket {
        char kind;
        Position position;
    };

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] char here() const { return text_[at_]; }
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

    bool skip_blanks() {
        const auto blank = [&] {
            return here() == ' ' || here() == '\t' || here() == '\n' || rest().starts_with("\r\n");
        };
        while (!at_end() && blank()) advance();
        return !at_end();
    }

    void statement() {
        scan_.statements.push_back({at_, at_, position_, here() == '['});
        has_error_ = false;
        brackets_.clear();
        dots_ = 0;
        if (!begins_statement(rest())) error(position_, "expected a key, a [header] or a comment");
        while (!at_end() && !ends_here()) part();
        scan_.statements.back().end = at_;
        if (!brackets_.empty() && !scan_.statements.back().is_header) {
            const Bracket& open = brackets_.back();
            error(open.position, fmt::format("this '{}' is never closed: write '{}' after its last element",
                                             open.kind, open.kind == '[' ? ']' : '}'));
        }
    }

    // A statement ends with its line, unless a bracket is open. It also ends where the next one obviously
    // begins: a forgotten bracket then costs one statement, and not the rest of the file.
    bool ends_here() {
        if (here() != '\n') return false;
        if (brackets_.empty() || scan_.statements.back().is_header) return true;
        const bool in_table = brackets_.back().kind == '{';
        if (in_table) {
            error(brackets_.back().position,
                  "the table opened by this '{' must be closed by '}' in the same line");
        }
        const std::string_view following = rest().substr(1, rest().find('\n', 1));
        return begins_header(following) || (!in_table && begins_assignment(following));
    }

    void part() {
        switch (here()) {
            case '#': return comment();
            case '"':
            case '\'': return string();
            case '[':
            case '{': open(); break;
            case ']':
            case '}':
                if (!brackets_.empty()) brackets_.pop_back();
                break;
            case '=':
            case ',': dots_ = 0; break;
            case '.': dot(); break;
            default:
                ascii_only(
                    "outside of strings and comments there are ASCII characters only: write it in quotes");
        }
        advance();
    }

    void comment() {
        while (!at_end() && here() != '\n') advance();
    }

    void string() {
        const char quote = here();
        // The parser looks ahead over such a word to find out what it is, whatever characters the quotes
        // hold.
        const std::string_view before = text_.substr(start_, at_ - start_);
        if (!before.empty() && std::string_view{" \t\n=,.[{"}.find(before.back()) == std::string_view::npos) {
            error(position_,
                  fmt::format("a string cannot begin in the middle of a word, as this {} does", quote));
        }
        const std::string triple(3, quote);
        if (rest().starts_with(triple)) return long_string(quote, triple);
        advance();
        while (!at_end() && here() != '\n') {
            const char character = here();
            advance();
            if (character == quote) return;
            if (character == '\\' && quote == '"' && !at_end() && here() != '\n') advance();
        }
    }

    void long_string(char quote, std::string_view triple) {
        for (int i = 0; i < 3; ++i) advance();
        while (!at_end()) {
            if (rest().starts_with(triple)) {
                // Up to two quotes may stand directly before the three that end it.
                for (int i = 0; i < 5 && !at_end() && here() == quote; ++i) advance();
                return;
            }
            if (here() == '\\' && quote == '"') advance();
            if (at_end()) return;
            if (quote == '"')
                ascii_only("only ASCII characters are read between \"\"\": write the string in one line");
            advance();
        }
    }

    void open() {
        dots_ = 0;
        brackets_.push_back({here(), position_});
        if (brackets_.size() > kMostNesting) {
            error(position_,
                  fmt::format("nested too deeply: at most {} brackets inside each other", kMostNesting));
        }
    }

    void dot() {
        if (++dots_ < kMostNesting) return;
        error(position_, fmt::format("a key of too many parts: at most {}", kMostNesting));
    }

    // Where the parser of 3.3 asks whether a character is white space it has no answer for many of those
    // beyond ASCII (is_non_ascii_horizontal_whitespace runs into __builtin_unreachable).
    void ascii_only(std::string_view message) {
        if (!is_ascii(here()) && character_size(rest())) error(position_, std::string{message});
    }

    void advance() {
        const std::optional<std::size_t> size = character_size(rest());
        if (!size) {
            error(position_, fmt::format("the octet 0x{:02x} is not valid UTF-8: save the file in UTF-8",
                                         static_cast<unsigned char>(here())));
        }
        if (is_control_here()) {
            error(position_,
                  fmt::format("the control character U+{:04X} is not allowed in TOML: leave it out",
                              static_cast<unsigned char>(here())));
        }
        position_ =
            here() == '\n' ? Position{position_.line + 1, 1} : Position{position_.line, position_.column + 1};
        at_ += size.value_or(1);
    }

    [[nodiscard]] bool is_control_here() const {
        if (here() == '\r') return !rest().starts_with("\r\n");
        return (here() >= 0 && here() < ' ' && here() != '\t' && here() != '\n') || here() == '\x7f';
    }

    void error(Position position, std::string message) {
        if (std::exchange(has_error_, true)) return;
        scan_.errors.push_back({position, std::move(message), scan_.statements.size() - 1});
    }

    std::string_view text_;
    std::size_t start_ = 0;  // behind a byte order mark
    std::size_t at_ = 0;
    Position position_{1, 1};
    Scan scan_;
    std::vector<Bracket> brackets_;  // open ones of the current statement
    std::size_t dots_ = 0;           // of the current key
    bool has_error_ = false;         // in the current statement
};

}  // namespace

Scan scan(std::string_view text) {
    return Scanner{text}.run();
}

}  // namespace highbase::daemon
