// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/http_session.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "witness/etcd_messages.hpp"

namespace highbase::witness {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// One for the process: libcurl allows no thread beside the first call of it. Throws.
void prepare_library() {
    static const CURLcode prepared = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (prepared != CURLE_OK) throw std::runtime_error{"libcurl cannot be used"};
}

// What is received of one answer.
struct Received {
    std::string body;
    std::size_t header_octets = 0;
    bool is_too_long = false;
};

extern "C" std::size_t take_body(char* octets, std::size_t size, std::size_t count, void* user) {
    auto& received = *static_cast<Received*>(user);
    received.is_too_long = received.body.size() + size * count > kLongestAnswer;
    if (received.is_too_long) return 0;  // ends the transfer
    received.body.append(octets, size * count);
    return size * count;
}

extern "C" std::size_t take_header(char* /*octets*/, std::size_t size, std::size_t count, void* user) {
    auto& received = *static_cast<Received*>(user);
    received.header_octets += size * count;
    received.is_too_long = received.header_octets > kLongestAnswer;
    return received.is_too_long ? 0 : size * count;
}

TroubleKind kind_of(CURLcode code, std::string_view text) {
    // With TLS 1.3 a server refuses a client's certificate only after the handshake.
    const bool is_broken = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
    if (is_broken && text.find(" alert ") != std::string_view::npos) return TroubleKind::tls;
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_USE_SSL_FAILED: return TroubleKind::tls;
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WRITE_ERROR: return TroubleKind::malformed;
        default: return TroubleKind::unreachable;
    }
}

}  // namespace

struct HttpSession::Library {
    Library(const Configuration& wanted, int stop_descriptor) : configuration{wanted}, stop{stop_descriptor} {
        prepare_library();
        multi = curl_multi_init();
        easy = curl_easy_init();
        headers = curl_slist_append(curl_slist_append(nullptr, "Content-Type: application/json"), "Expect:");
        if (multi == nullptr || easy == nullptr || headers == nullptr)
            throw std::runtime_error{"libcurl has no memory"};
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    ~Library() {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
        curl_slist_free_all(headers);
    }

    template <typename Value>
    void set(CURLoption option, Value value) {
        if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) refused = code;
    }
    void set_request(const std::string& url, const std::string& body, const HttpLimits& limits);
    void set_trust(const Endpoint& endpoint);
    // The library's verdict; CURLE_ABORTED_BY_CALLBACK: it was stopped.
    CURLcode perform(Clock::time_point end);
    [[nodiscard]] std::optional<CURLcode> verdict() const;
    [[nodiscard]] bool is_stopped() const {
        pollfd descriptor{stop, POLLIN, 0};
        return ::poll(&descriptor, 1, 0) > 0;
    }
    [[nodiscard]] bool may_have_been_sent() const {
        curl_off_t time = 0;
        // The moment just before the first octet of the request; a connection that is used again has it too.
        return curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &time) != CURLE_OK || time > 0;
    }

    const Configuration& configuration;
    int stop;
    CURLM* multi = nullptr;
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    CURLcode refused = CURLE_OK;  // an option that this library does not have
    std::array<char, CURL_ERROR_SIZE> error{};
    Received received;
};

void HttpSession::Library::set_request(const std::string& url, const std::string& body,
                                       const HttpLimits& limits) {
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    // On the same port etcd speaks gRPC to whoever asks for HTTP/2.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.whole.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // or the end of a transfer would wait for the resolution of a name
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&received));
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&received));
}

void HttpSession::Library::set_trust(const Endpoint& endpoint) {
    set(CURLOPT_PROTOCOLS_STR, endpoint.tls ? "https" : "http");
    if (!endpoint.tls) return;
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_CAINFO, configuration.ca_file.c_str());
    set(CURLOPT_CAPATH, nullptr);  // else whatever the system trusts would do as well
    if (configuration.certificate_file.empty()) return;
    set(CURLOPT_SSLCERT, configuration.certificate_file.c_str());
    set(CURLOPT_SSLKEY, configuration.key_file.c_str());
    set(CURLOPT_KEYPASSWD, "");  // else OpenSSL would ask for it on the terminal, and wait
}

CURLcode HttpSession::Library::perform(Clock::time_point end) {
    while (true) {
        int running = 0;
        if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
        if (const auto code = verdict()) return *code;
        const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
        if (is_stopped()) return CURLE_ABORTED_BY_CALLBACK;
        if (left <= milliseconds::zero()) return CURLE_OPERATION_TIMEDOUT;
        curl_waitfd stopped{stop, CURL_WAIT_POLLIN, 0};
        if (curl_multi_poll(multi, &stopped, 1, static_cast<int>(left.count()), nullptr) != CURLM_OK)
            return CURLE_FAILED_INIT;
    }
}

std::optional<CURLcode> HttpSession::Library::verdict() const {
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &queued)) {
        if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    return std::nullopt;
}

HttpSession::HttpSession(const Configuration& configuration, int stop)
    : library_{std::make_unique<Library>(configuration, stop)} {}

HttpSession::~HttpSession() = default;

tl::expected<HttpAnswer, HttpFailure> HttpSession::post(const Endpoint& endpoint, std::string_view path,
                                                        const std::string& body, const HttpLimits& limits) {
    Library& library = *library_;
    const std::string url = endpoint.url();
    const auto fail = [&](TroubleKind kind, std::string_view why, bool sent) {
        return tl::make_unexpected(HttpFailure{{kind, fmt::format("{}: {}", url, why)}, sent});
    };
    const auto late = fmt::format("no answer within {} ms", limits.whole.count());
    if (limits.whole < milliseconds{1} || limits.connect < milliseconds{1})
        return fail(TroubleKind::unreachable, late, false);
    const auto end = Clock::now() + limits.whole;
    curl_easy_reset(library.easy);
    library.error.fill('\0');
    library.received = {};
    library.refused = CURLE_OK;
    library.set_request(url + std::string{path}, body, limits);
    library.set_trust(endpoint);
    if (library.refused != CURLE_OK)
        return fail(TroubleKind::malformed, curl_easy_strerror(library.refused), false);
    if (curl_multi_add_handle(library.multi, library.easy) != CURLM_OK)
        return fail(TroubleKind::unreachable, "libcurl does not take the request", false);
    const CURLcode code = library.perform(end);
    const bool sent = library.may_have_been_sent();
    long status = 0;
    curl_easy_getinfo(library.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(library.multi, library.easy);
    if (code == CURLE_OK) return HttpAnswer{static_cast<int>(status), std::move(library.received.body)};
    if (code == CURLE_ABORTED_BY_CALLBACK) return fail(TroubleKind::stopped, "given up", sent);
    if (code == CURLE_OPERATION_TIMEDOUT) return fail(TroubleKind::unreachable, late, sent);
    if (library.received.is_too_long) return fail(TroubleKind::malformed, "its answer is too long", sent);
    const bool is_explained = library.error.front() != '\0';
    const std::string_view why = is_explained ? library.error.data() : curl_easy_strerror(code);
    return fail(kind_of(code, why), why, sent);
}

bool HttpSession::pause(milliseconds time) {
    pollfd descriptor{library_->stop, POLLIN, 0};
    return ::poll(&descriptor, 1, static_cast<int>(time.count())) <= 0;
}

}  // namespace highbase::witness
