// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/wire.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace highbase::mysql {
namespace {

using vrrp::Octets;
using vrrp::OctetString;

// Of requests and replies together: none can be taken for one of the other direction.
enum class Type : std::uint8_t {
    connect = 1,
    query = 2,
    ready = 16,
    connected = 17,
    answered = 18,
    failed = 19,
    lost = 20,
};

constexpr std::uint32_t kNull = 0xffffffff;  // in place of a text's length

// ---- writing

class Writer {
public:
    explicit Writer(Type type) {
        octets_.resize(kLengthSize);
        number(static_cast<std::uint8_t>(type));
    }

    template <typename Unsigned>
    void number(Unsigned value) {
        static_assert(std::is_unsigned_v<Unsigned>);
        for (std::size_t shift = 0; shift < sizeof value * 8; shift += 8) {
            octets_.push_back(static_cast<std::uint8_t>(value >> shift & 0xff));
        }
    }
    template <typename Enum>
    void member(Enum value) {
        number(static_cast<std::uint8_t>(value));
    }
    void text(std::string_view text) {
        is_too_long_ = is_too_long_ || text.size() > kLongestFrame;
        if (is_too_long_) return;
        number(static_cast<std::uint32_t>(text.size()));
        octets_.insert(octets_.end(), text.begin(), text.end());
    }
    void note(std::string_view note) {
        refuse_if(note.size() > kLongestNote);
        text(note);
    }
    void null() { number(kNull); }
    void refuse_if(bool beyond_bounds) { is_too_long_ = is_too_long_ || beyond_bounds; }

    std::optional<OctetString> frame() && {
        const std::size_t length = octets_.size() - kLengthSize;
        if (is_too_long_ || length > kLongestFrame) return std::nullopt;
        for (std::size_t i = 0; i < kLengthSize; ++i) octets_[i] = static_cast<std::uint8_t>(length >> 8 * i);
        return std::move(octets_);
    }

private:
    OctetString octets_;
    bool is_too_long_ = false;
};

void write(Writer& writer, const UnixEndpoint& endpoint) {
    writer.number(std::uint8_t{0});
    writer.text(endpoint.path);
}

void write(Writer& writer, const TcpEndpoint& endpoint) {
    const Octets address = endpoint.address.octets();
    writer.number(static_cast<std::uint8_t>(address.size()));
    for (const std::uint8_t octet : address) writer.number(octet);
    writer.number(endpoint.port);
}

void write(Writer& writer, const Target& target) {
    std::visit([&writer](const auto& endpoint) { write(writer, endpoint); }, target.endpoint);
    writer.text(target.user);
    writer.text(target.password);
    writer.member(target.tls.mode);
    writer.text(target.tls.ca);
    writer.text(target.tls.certificate);
    writer.text(target.tls.key);
    writer.refuse_if(target.connect_timeout.count() < 1 || target.connect_timeout > kLongestConnectTimeout ||
                     target.first_statements.size() > kMostFirstStatements);
    writer.number(static_cast<std::uint32_t>(target.connect_timeout.count()));
    writer.number(static_cast<std::uint32_t>(target.first_statements.size()));
    for (const std::string& statement : target.first_statements) writer.text(statement);
}

void write(Writer& writer, const Answer& answer) {
    writer.refuse_if(answer.columns.size() > kMostColumns || answer.values.size() > kMostValues);
    writer.number(static_cast<std::uint32_t>(answer.columns.size()));
    for (const std::string& column : answer.columns) writer.text(column);
    writer.number(static_cast<std::uint32_t>(answer.values.size()));
    for (const Value& value : answer.values) value ? writer.text(*value) : writer.null();
    writer.number(answer.affected);
    writer.number(answer.warnings);
}

void write(Writer& writer, const Failure& failure) {
    writer.member(failure.kind);
    writer.number(failure.code);
    writer.note(failure.sql_state);
    writer.note(failure.message);
    writer.member(failure.in_doubt);
}

std::optional<OctetString> encode_one(const Connect& request) {
    Writer writer{Type::connect};
    writer.number(request.number);
    write(writer, request.target);
    return std::move(writer).frame();
}

std::optional<OctetString> encode_one(const Query& request) {
    Writer writer{Type::query};
    writer.number(request.number);
    writer.text(request.sql);
    writer.refuse_if(request.columns.size() > kMostWantedColumns);
    writer.number(static_cast<std::uint32_t>(request.columns.size()));
    for (const std::string& column : request.columns) writer.text(column);
    return std::move(writer).frame();
}

std::optional<OctetString> encode_one(const Ready& reply) {
    Writer writer{Type::ready};
    writer.number(reply.protocol);
    writer.note(reply.library);
    return std::move(writer).frame();
}

std::optional<OctetString> encode_one(const Connected& reply) {
    Writer writer{Type::connected};
    writer.number(reply.number);
    writer.note(reply.server.version);
    writer.number(reply.server.connection_id);
    writer.note(reply.server.cipher);
    return std::move(writer).frame();
}

std::optional<OctetString> encode_one(const Answered& reply) {
    Writer writer{Type::answered};
    writer.number(reply.number);
    write(writer, reply.answer);
    return std::move(writer).frame();
}

std::optional<OctetString> encode_one(const Failed& reply) {
    Writer writer{Type::failed};
    writer.number(reply.number);
    write(writer, reply.failure);
    writer.member(reply.connected);
    return std::move(writer).frame();
}

std::optional<OctetString> encode_one(const Lost& reply) {
    Writer writer{Type::lost};
    write(writer, reply.failure);
    return std::move(writer).frame();
}

// ---- reading

// The first thing that is wrong stays; every field after it reads as nothing.
class Reader {
public:
    explicit Reader(Octets octets) : rest_{octets} {}

    template <typename Unsigned>
    Unsigned number() {
        static_assert(std::is_unsigned_v<Unsigned>);
        Unsigned value = 0;
        const Octets octets = take(sizeof value);
        for (std::size_t i = 0; i < octets.size(); ++i) {
            value = static_cast<Unsigned>(value | static_cast<Unsigned>(Unsigned{octets[i]} << 8 * i));
        }
        return value;
    }
    // A member of an enum that has `count` of them, from 0 on.
    template <typename Enum>
    Enum member(std::size_t count) {
        const auto value = number<std::uint8_t>();
        if (value >= count) refuse(Refusal::out_of_range);
        return refusal_ ? Enum{} : static_cast<Enum>(value);
    }
    bool flag() { return member<std::uint8_t>(2) == 1; }
    std::string text() {
        const auto length = number<std::uint32_t>();
        return text_of(length);
    }
    std::string note() {
        const auto length = number<std::uint32_t>();
        if (length > kLongestNote) refuse(Refusal::out_of_range);
        return text_of(length);
    }
    Value value() {
        const auto length = number<std::uint32_t>();
        if (length == kNull) return std::nullopt;
        return text_of(length);
    }
    // How many things follow, each of which takes at least four octets: none beyond the frame is believed.
    std::size_t count(std::size_t most) {
        const auto count = number<std::uint32_t>();
        if (count > most) refuse(Refusal::too_many);
        if (count > rest_.size() / kLengthSize) refuse(Refusal::cut_off);
        return refusal_ ? 0 : count;
    }
    Octets take(std::size_t length) {
        if (length > rest_.size()) refuse(Refusal::cut_off);
        if (refusal_) return {};
        const Octets taken = rest_.first(length);
        rest_ = rest_.subspan(length);
        return taken;
    }
    void refuse(Refusal refusal) {
        if (!refusal_) refusal_ = refusal;
    }

    template <typename Message>
    tl::expected<Message, Refusal> finish(Message message) {
        if (!rest_.empty()) refuse(Refusal::trailing);
        if (refusal_) return tl::make_unexpected(*refusal_);
        return message;
    }

private:
    std::string text_of(std::size_t length) {
        const Octets octets = take(length);
        return {octets.begin(), octets.end()};
    }

    Octets rest_;
    std::optional<Refusal> refusal_;
};

Endpoint read_endpoint(Reader& reader) {
    const auto size = reader.number<std::uint8_t>();
    if (size == 0) return UnixEndpoint{reader.text()};
    if (size != 4 && size != 16) reader.refuse(Refusal::out_of_range);
    const Octets address = reader.take(size);
    if (address.empty()) return UnixEndpoint{};
    TcpEndpoint endpoint;
    endpoint.address = vrrp::IpAddress::from_octets(address);
    endpoint.port = reader.number<std::uint16_t>();
    return endpoint;
}

Target read_target(Reader& reader) {
    Target target;
    target.endpoint = read_endpoint(reader);
    target.user = reader.text();
    target.password = reader.text();
    target.tls.mode = reader.member<TlsMode>(3);
    target.tls.ca = reader.text();
    target.tls.certificate = reader.text();
    target.tls.key = reader.text();
    target.connect_timeout = std::chrono::milliseconds{reader.number<std::uint32_t>()};
    if (target.connect_timeout.count() < 1 || target.connect_timeout > kLongestConnectTimeout) {
        reader.refuse(Refusal::out_of_range);
    }
    target.first_statements.resize(reader.count(kMostFirstStatements));
    for (std::string& statement : target.first_statements) statement = reader.text();
    return target;
}

Query read_query(Reader& reader) {
    Query query{reader.number<std::uint32_t>(), reader.text()};
    query.columns.resize(reader.count(kMostWantedColumns));
    for (std::string& column : query.columns) column = reader.text();
    return query;
}

Answer read_answer(Reader& reader) {
    Answer answer;
    answer.columns.resize(reader.count(kMostColumns));
    for (std::string& column : answer.columns) column = reader.text();
    answer.values.resize(reader.count(kMostValues));
    for (Value& value : answer.values) value = reader.value();
    const bool is_whole =
        answer.columns.empty() ? answer.values.empty() : answer.values.size() % answer.columns.size() == 0;
    if (!is_whole) reader.refuse(Refusal::too_many);
    answer.affected = reader.number<std::uint64_t>();
    answer.warnings = reader.number<std::uint32_t>();
    return answer;
}

// Braces: the fields are read in their order.
Failure read_failure(Reader& reader) {
    return Failure{reader.member<FailureKind>(kFailureKindCount), reader.number<std::uint32_t>(),
                   reader.note(), reader.note(), reader.flag()};
}

}  // namespace

std::string_view name(Refusal refusal) {
    switch (refusal) {
        case Refusal::empty: return "empty";
        case Refusal::too_long: return "too_long";
        case Refusal::unknown_type: return "unknown_type";
        case Refusal::cut_off: return "cut_off";
        case Refusal::trailing: return "trailing";
        case Refusal::out_of_range: return "out_of_range";
        case Refusal::too_many: return "too_many";
    }
    return "unknown";
}

std::optional<OctetString> encode(const Request& request) {
    return std::visit([](const auto& one) { return encode_one(one); }, request);
}

std::optional<OctetString> encode(const Reply& reply) {
    return std::visit([](const auto& one) { return encode_one(one); }, reply);
}

tl::expected<Request, Refusal> decode_request(Octets frame) {
    if (frame.empty()) return tl::make_unexpected(Refusal::empty);
    Reader reader{frame.subspan(1)};
    switch (static_cast<Type>(frame[0])) {
        case Type::connect: {
            const auto number = reader.number<std::uint32_t>();
            return reader.finish<Request>(Connect{number, read_target(reader)});
        }
        case Type::query: return reader.finish<Request>(read_query(reader));
        default: return tl::make_unexpected(Refusal::unknown_type);
    }
}

tl::expected<Reply, Refusal> decode_reply(Octets frame) {
    if (frame.empty()) return tl::make_unexpected(Refusal::empty);
    Reader reader{frame.subspan(1)};
    switch (static_cast<Type>(frame[0])) {
        case Type::ready: return reader.finish<Reply>(Ready{reader.number<std::uint32_t>(), reader.note()});
        case Type::connected: {
            const auto number = reader.number<std::uint32_t>();
            Server server{reader.note(), reader.number<std::uint64_t>(), reader.note()};
            return reader.finish<Reply>(Connected{number, std::move(server)});
        }
        case Type::answered: {
            const auto number = reader.number<std::uint32_t>();
            return reader.finish<Reply>(Answered{number, read_answer(reader)});
        }
        case Type::failed: {
            const auto number = reader.number<std::uint32_t>();
            Failure failure = read_failure(reader);
            return reader.finish<Reply>(Failed{number, std::move(failure), reader.flag()});
        }
        case Type::lost: return reader.finish<Reply>(Lost{read_failure(reader)});
        default: return tl::make_unexpected(Refusal::unknown_type);
    }
}

void FrameReader::add(Octets octets) {
    octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    octets_.insert(octets_.end(), octets.begin(), octets.end());
}

tl::expected<std::optional<Octets>, Refusal> FrameReader::next() {
    const Octets rest = Octets{octets_}.subspan(taken_);
    if (rest.size() < kLengthSize) return std::nullopt;
    const auto length = Reader{rest.first(kLengthSize)}.number<std::uint32_t>();
    if (length == 0) return tl::make_unexpected(Refusal::empty);
    if (length > kLongestFrame) return tl::make_unexpected(Refusal::too_long);
    if (rest.size() - kLengthSize < length) return std::nullopt;
    taken_ += kLengthSize + length;
    return rest.subspan(kLengthSize, length);
}

}  // namespace highbase::mysql
