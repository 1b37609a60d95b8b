// SPDX-License-Identifier: GPL-2.0-or-later
// vip_probe: looks at a virtual IP address the way a client does. It sends echo requests through the kernel's
// stack, and watches the wire for the answers, the VRRP advertisements and the announcements of the address.
#include "tests/tools/outage_meter.hpp"
#include "tests/tools/sockets.hpp"

#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace highbase::tests {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr const char* kUsage =
    "usage: vip_probe [options] ADDRESS\n"
    "  --interface NAME     interface towards the address (default eth0)\n"
    "  --interval US        microseconds between probes (default 1000)\n"
    "  --outage-after US    silence that is called an outage (default 5 intervals)\n"
    "  --duration SECONDS   stop by itself (default: on SIGTERM or SIGINT)\n"
    "  --realtime           run with real-time priority and locked memory\n"
    "Prints one JSON object a line. `t` is nanoseconds since the start; the line \"start\" has the monotonic "
    "clock.\n";

struct Options {
    IpAddress address;
    std::string interface = "eth0";
    microseconds interval{1000};
    microseconds outage_after{0};
    seconds duration{0};
    bool realtime = false;
};

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

IpAddress parse_address(const char* text) {
    IpAddress address;
    for (const int family : {AF_INET, AF_INET6}) {
        if (::inet_pton(family, text, address.octets.data()) == 1) {
            address.family = family;
            return address;
        }
    }
    throw UsageError(std::string("not an IP address: ") + text);
}

std::int64_t parse_positive(std::string_view text) {
    constexpr std::int64_t kMaximum = 1'000'000'000;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value <= 0 || value > kMaximum) {
        throw UsageError("not a positive number: " + std::string(text));
    }
    return value;
}

Options parse_options(int argc, char** argv) {
    static const std::array<option, 7> known{{
        {"interface", required_argument, nullptr, 'i'},
        {"interval", required_argument, nullptr, 'n'},
        {"outage-after", required_argument, nullptr, 'o'},
        {"duration", required_argument, nullptr, 'd'},
        {"realtime", no_argument, nullptr, 'r'},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0},
    }};
    Options options;
    for (int found = 0; (found = ::getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
        switch (found) {
            case 'i': options.interface = optarg; break;
            case 'n': options.interval = microseconds(parse_positive(optarg)); break;
            case 'o': options.outage_after = microseconds(parse_positive(optarg)); break;
            case 'd': options.duration = seconds(parse_positive(optarg)); break;
            case 'r': options.realtime = true; break;
            case 'h': std::fputs(kUsage, stdout); std::exit(0);
            default: throw UsageError("unknown option");
        }
    }
    if (optind + 1 != argc) {
        throw UsageError("exactly one address is expected");
    }
    options.address = parse_address(argv[optind]);
    if (options.outage_after == microseconds{0}) {
        options.outage_after = 5 * options.interval;
    }
    return options;
}

// Asked for explicitly, so a refusal is an error: a probe that is not scheduled in time measures itself.
void become_realtime() {
    const sched_param parameter{.sched_priority = 10};
    if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0 || ::sched_setscheduler(0, SCHED_FIFO, &parameter) != 0) {
        throw std::system_error(errno, std::generic_category(), "real-time priority");
    }
}

double milliseconds(nanoseconds value) {
    return static_cast<double>(value.count()) / 1e6;
}

class Probe {
public:
    explicit Probe(const Options& options)
        : options_(options),
          identifier_(static_cast<std::uint16_t>(::getpid() & 0xffff)),
          watch_(options.interface),
          sender_(options.address, options.interface, identifier_),
          meter_(options.outage_after),
          start_(now()),
          last_send_(start_) {
        std::printf(
            R"({"t": 0, "event": "start", "address": "%s", "monotonic_ns": %lld, "interval_us": %lld})"
            "\n",
            to_string(options.address).c_str(), static_cast<long long>(start_.count()),
            static_cast<long long>(options.interval.count()));
    }

    void tick() {
        const Instant at = now();
        if (const auto since = meter_.silence(at)) {
            std::printf(R"({"t": %lld, "event": "outage-start", "noticed": %lld})"
                        "\n",
                        relative(*since), relative(at));
        }
        longest_send_gap_ = std::max(longest_send_gap_, at - last_send_);
        last_send_ = at;
        refused_ += sender_.send(probes_++) ? 0 : 1;
    }

    void read_frames() {
        while (const auto frame = watch_.next()) {
            std::visit([&](const auto& seen) { report(frame->at, seen); }, observe(frame->bytes));
        }
    }

    bool expired() const { return options_.duration > seconds{0} && now() - start_ >= options_.duration; }

    int watch_fd() const { return watch_.fd(); }

    void finish() {
        const Instant at = now();
        const bool silent = meter_.finish(at);
        std::printf(
            R"({"t": %lld, "event": "summary", "probes": %llu, "answers": %llu, "duplicates": %llu, )"
            R"("refused": %llu, "longest_outage_ms": %.3f, "silent_at_end": %s, "longest_send_gap_ms": %.3f})"
            "\n",
            relative(at), static_cast<unsigned long long>(probes_),
            static_cast<unsigned long long>(meter_.answers()),
            static_cast<unsigned long long>(meter_.duplicates()), static_cast<unsigned long long>(refused_),
            milliseconds(meter_.longest()), silent ? "true" : "false", milliseconds(longest_send_gap_));
    }

private:
    long long relative(Instant at) const { return static_cast<long long>((at - start_).count()); }

    void report(Instant /*at*/, std::monostate /*other*/) {}

    void report(Instant at, const SeenAdvertisement& seen) {
        std::printf(
            R"({"t": %lld, "event": "advert", "source": "%s", "mac": "%s", "version": %u, "type": %u, )"
            R"("vrid": %u, "priority": %u, "interval_cs": %u, "addresses": %u, "ttl": %u, "checksum": "%s"})"
            "\n",
            relative(at), to_string(seen.source).c_str(), to_string(seen.sender).c_str(), seen.version,
            seen.type, seen.vrid, seen.priority, seen.interval_centiseconds, seen.address_count, seen.ttl,
            to_string(seen.checksum));
    }

    void report(Instant at, const SeenAnnouncement& seen) {
        if (seen.address != options_.address) {
            return;
        }
        std::printf(R"({"t": %lld, "event": "garp", "form": "%s", "mac": "%s", "claimed": "%s"})"
                    "\n",
                    relative(at), to_string(seen.form), to_string(seen.sender).c_str(),
                    to_string(seen.claimed).c_str());
    }

    void report(Instant at, const SeenEchoReply& seen) {
        if (seen.source != options_.address || seen.identifier != identifier_) {
            return;
        }
        const OutageMeter::Answer answer = meter_.answered(at, seen.sequence, seen.sender);
        if (answer.ended) {
            std::printf(R"({"t": %lld, "event": "outage-end", "since": %lld, "outage_ms": %.3f})"
                        "\n",
                        relative(at), relative(answer.ended->start), milliseconds(answer.ended->length()));
        }
        if (answer.other_owner) {
            std::printf(R"({"t": %lld, "event": "reply-mac", "mac": "%s"})"
                        "\n",
                        relative(at), to_string(seen.sender).c_str());
        }
    }

    Options options_;
    std::uint16_t identifier_;
    FrameWatch watch_;
    EchoSender sender_;
    OutageMeter meter_;
    Instant start_;
    Instant last_send_;
    nanoseconds longest_send_gap_{};
    std::uint64_t probes_ = 0;
    std::uint64_t refused_ = 0;
};

int open_stop_signals() {
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

int open_ticks(microseconds interval) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const auto whole = duration_cast<seconds>(interval);
    const timespec step{whole.count(), nanoseconds(interval - whole).count()};
    const itimerspec schedule{step, step};
    return fd >= 0 && ::timerfd_settime(fd, 0, &schedule, nullptr) == 0 ? fd : -1;
}

void run(const Options& options) {
    const FileDescriptor stop(open_stop_signals(), "signalfd");
    if (options.realtime) {
        become_realtime();
    }
    Probe probe(options);
    const FileDescriptor ticks(open_ticks(options.interval), "timerfd");
    std::array<pollfd, 3> waits{
        {{stop.get(), POLLIN, 0}, {probe.watch_fd(), POLLIN, 0}, {ticks.get(), POLLIN, 0}}};
    while (!probe.expired()) {
        std::fflush(stdout);
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (waits[0].revents != 0) {
            break;
        }
        probe
            .read_frames();  // before the tick: an answer that waits in the socket must not look like silence
        std::uint64_t expirations = 0;
        if (::read(ticks.get(), &expirations, sizeof expirations) == sizeof expirations) {
            probe.tick();
        }
    }
    probe.read_frames();
    probe.finish();
}

}  // namespace
}  // namespace highbase::tests

int main(int argc, char** argv) {
    try {
        highbase::tests::run(highbase::tests::parse_options(argc, argv));
        return std::fflush(stdout) == 0 ? 0 : 1;
    } catch (const highbase::tests::UsageError& error) {
        std::fprintf(stderr, "vip_probe: %s\n%s", error.what(), highbase::tests::kUsage);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "vip_probe: %s\n", error.what());
        return 1;
    }
}
