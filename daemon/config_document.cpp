// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "daemon/config_scan.hpp"

namespace {

// Thrown where the parser finds itself in a state that it holds impossible.
struct ParserConfused {};

constexpr void parser_assert(bool condition) {
    if (!condition) throw ParserConfused{};
}

}  // namespace

// The library's sources and not its shared object: this is its only user, sanitizers and fuzzers see inside,
// and its assertions can be told what to do. Some of those in 3.3 are false for files that are merely wrong
// (a header that begins with a comma), and neither may such a file end the daemon, nor may they be promises
// to the optimiser, which is what they become with NDEBUG.
#undef NDEBUG
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ASSERT(condition) parser_assert(static_cast<bool>(condition))
#include <toml++/toml.h>

namespace highbase::daemon {
namespace {

// The parser finds one mistake at a time. Each costs a pass over the text.
constexpr std::size_t kMostSyntaxErrors = 20;

Position position_of(const toml::source_position& position) {
    return {position.line, position.column};
}

Value convert(const toml::node& node);

Table convert_table(const toml::table& table) {
    Table result;
    for (const auto& [key, node] : table) {
        result.entries.push_back({std::string{key.str()}, position_of(key.source().begin), convert(node)});
    }
    std::ranges::sort(result.entries, {}, &Entry::position);
    return result;
}

Value convert(const toml::node& node) {
    Value value{position_of(node.source().begin), {}};
    switch (node.type()) {
        case toml::node_type::string: value.content = node.as_string()->get(); break;
        case toml::node_type::integer: value.content = node.as_integer()->get(); break;
        case toml::node_type::floating_point: value.content = node.as_floating_point()->get(); break;
        case toml::node_type::boolean: value.content = node.as_boolean()->get(); break;
        case toml::node_type::date: value.content = Temporal::date; break;
        case toml::node_type::time: value.content = Temporal::time; break;
        case toml::node_type::date_time: value.content = Temporal::date_time; break;
        case toml::node_type::table: value.content = convert_table(*node.as_table()); break;
        case toml::node_type::array: {
            Array array;
            for (const toml::node& element : *node.as_array()) array.push_back(convert(element));
            value.content = std::move(array);
            break;
        }
        case toml::node_type::none: break;  // of no value, only of an empty view
    }
    return value;
}

struct Hint {
    std::string_view reason;  // a part of the parser's message
    std::string_view remedy;
};

constexpr std::array<Hint, 12> kHints{{
    {"could not determine value type", "text stands in quotes"},
    {"expected value, saw", "write a value after '='"},
    {"expected '=', saw", "write key = value"},
    {"expected a comment or whitespace, saw", "write each key in a line of its own"},
    {"cannot redefine existing", "a name stands only once; more routers are more [[virtual_router]]"},
    {"string: unescaped control characters", "close the string in its line"},
    {"string: control characters", "close the string in its line"},
    {"escape sequence", "write a backslash as \\\\"},
    {"leading zeroes", "write the number without leading zeros"},
    {"expected comma or closing ']'", "separate elements by commas"},
    {"table header: expected ']'", "close the header in its line"},
    {"encountered end-of-file", "the file ends too early"},
}};

// What the parser takes text without quotes for, by its first letter.
constexpr std::array<std::string_view, 6> kGuesses{
    "boolean: ", "floating-point: ", "decimal integer: ", "date: ", "time: ", "date-time: "};

std::string_view remedy_for(std::string_view message) {
    const auto contains = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
    const auto hint = std::ranges::find_if(kHints, contains, &Hint::reason);
    if (hint != kHints.end()) return hint->remedy;
    const bool guessed =
        std::ranges::any_of(kGuesses, [&](auto guess) { return message.starts_with(guess); });
    return guessed && contains(", saw '") ? "text stands in quotes" : std::string_view{};
}

std::string syntax_message(std::string_view message) {
    constexpr std::string_view kPrefix = "Error while parsing ";
    if (message.starts_with(kPrefix)) message.remove_prefix(kPrefix.size());
    const std::string_view remedy = remedy_for(message);
    // The parser quotes names as they are.
    return fmt::format("not valid TOML: {}{}{}", without_controls(message), remedy.empty() ? "" : ": ",
                       remedy);
}

// The text with its wrong statements blanked out, so that the places of all others stay what they are.
class Draft {
public:
    explicit Draft(std::string_view text)
        : text_{text}, scan_{scan(text)}, left_out_(scan_.statements.size()) {}

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<ScanError>& scan_errors() const { return scan_.errors; }

    [[nodiscard]] std::size_t count() const { return scan_.statements.size(); }
    [[nodiscard]] Position position(std::size_t index) const { return scan_.statements[index].position; }
    // The text up to the end of the first statements, `count` of them; at least one.
    [[nodiscard]] std::string_view first(std::size_t count) const {
        return std::string_view{text_}.substr(0, scan_.statements[count - 1].end);
    }

    // The statement that the parser stopped in at `line`; it may notice only after the line break.
    [[nodiscard]] std::optional<std::size_t> statement_at(std::uint32_t line) const {
        const auto after = std::ranges::upper_bound(
            scan_.statements, line, {}, [](const Statement& statement) { return statement.position.line; });
        for (auto i = static_cast<std::size_t>(after - scan_.statements.begin()); i-- > 0;) {
            if (!left_out_[i]) return i;
        }
        return std::nullopt;
    }

    void leave_out(std::size_t index) {
        const bool section = scan_.statements[index].is_header;
        blank(index);
        while (section && ++index < scan_.statements.size() && !scan_.statements[index].is_header)
            blank(index);
    }

private:
    void blank(std::size_t index) {
        left_out_[index] = true;
        const Statement& statement = scan_.statements[index];
        const auto begin = text_.begin() + static_cast<std::ptrdiff_t>(statement.begin);
        const auto end = text_.begin() + static_cast<std::ptrdiff_t>(statement.end);
        std::replace_if(
            begin, end, [](char character) { return character != '\n'; }, ' ');
    }

    std::string text_;
    Scan scan_;
    std::vector<bool> left_out_;
};

// The first statement that the parser has no words for: the last one of the shortest part of the text that
// confuses it.
std::size_t confusing_statement(const Draft& draft) {
    std::size_t harmless = 0;  // as many statements from the first on
    std::size_t confusing = draft.count();
    while (confusing - harmless > 1) {
        const std::size_t middle = harmless + (confusing - harmless) / 2;
        try {
            static_cast<void>(toml::parse(draft.first(middle)));
            harmless = middle;
        } catch (const toml::parse_error&) {
            harmless = middle;
        } catch (const ParserConfused&) {
            confusing = middle;
        }
    }
    return confusing - 1;
}

// Parses until nothing wrong is left.
toml::table parse(Draft& draft, Problems& problems) {
    Position last;
    for (std::size_t i = 0; i < kMostSyntaxErrors; ++i) {
        std::optional<std::size_t> wrong;
        try {
            return toml::parse(draft.text());
        } catch (const toml::parse_error& error) {
            const Position position = position_of(error.source().begin);
            // The same place again: the parser noticed only after the line break, and the line before was
            // wrong.
            if (position != last) problems.error(position, syntax_message(error.description()));
            last = position;
            wrong = draft.statement_at(position.line);
        } catch (const ParserConfused&) {
            wrong = confusing_statement(draft);
            problems.error(draft.position(*wrong),
                           "not valid TOML: check this statement, text stands in quotes");
        }
        if (!wrong) return {};
        draft.leave_out(*wrong);
    }
    return {};
}

}  // namespace

const Entry* Table::find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, &Entry::key);
    return found == entries.end() ? nullptr : &*found;
}

std::string Value::description() const {
    struct Describe {
        std::string operator()(const std::string& text) const { return "the string " + in_quotes(text); }
        std::string operator()(std::int64_t number) const { return fmt::format("the integer {}", number); }
        std::string operator()(double number) const { return fmt::format("the number {}", number); }
        std::string operator()(bool truth) const { return truth ? "true" : "false"; }
        std::string operator()(Temporal kind) const {
            return kind == Temporal::date ? "a date" : kind == Temporal::time ? "a time" : "a date and time";
        }
        std::string operator()(const Array&) const { return "an array"; }
        std::string operator()(const Table&) const { return "a table"; }
    };
    return std::visit(Describe{}, content);
}

Document read_document(std::string_view text, Problems& problems) {
    Document document;
    const auto refuse = [&](std::string message) {
        problems.error({}, std::move(message));
        document.complete = false;
        return document;
    };
    if (text.size() > kMostOctets) {
        return refuse(fmt::format("the file is larger than {} octets", kMostOctets));
    }
    if (text.find('\0') != std::string_view::npos)
        return refuse("this is not a text file: save it as UTF-8 text");

    Draft draft{text};
    for (const ScanError& error : draft.scan_errors()) {
        problems.error(error.position, error.message);
        draft.leave_out(error.statement);
    }
    const toml::table root = parse(draft, problems);
    document.complete = !problems.has_errors();
    document.root = convert_table(root);
    return document;
}

}  // namespace highbase::daemon
