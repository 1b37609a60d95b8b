// SPDX-License-Identifier: GPL-2.0-or-later
// The section of the third vote: [witness].
#include <fmt/format.h>

#include <algorithm>

#include "daemon/schema.hpp"
#include "daemon/schema_check_type.hpp"

namespace highbase::daemon {
namespace {

using witness::Configuration;
using witness::Endpoint;

constexpr vrrp::Duration kShortestPatience = std::chrono::milliseconds{100};
constexpr vrrp::Duration kLongestPatience = std::chrono::seconds{10};

std::optional<Endpoint> read_endpoint(const Value& value, const Complaint& complaint) {
    const auto* text = value.as<std::string>();
    if (text == nullptr) {
        complaint.unexpected_element(value, "a URL");
        return std::nullopt;
    }
    const auto endpoint = witness::parse_endpoint(*text);
    if (endpoint) return *endpoint;
    complaint.say(value.position, fmt::format("{} {}", in_quotes(*text), endpoint.error()));
    return std::nullopt;
}

std::optional<std::vector<Endpoint>> read_endpoints(const Value& value, const Complaint& complaint) {
    const auto* array = value.as<Array>();
    if (array == nullptr || array->empty() || array->size() > witness::kMostEndpoints) {
        complaint.unexpected(value);
        return std::nullopt;
    }
    std::vector<Endpoint> result;
    for (const Value& element : *array) {
        const auto endpoint = read_endpoint(element, complaint);
        if (!endpoint) return std::nullopt;
        if (std::ranges::find(result, *endpoint) != result.end()) {
            complaint.say(element.position, "the same member is in the list twice: leave one out");
            return std::nullopt;
        }
        result.push_back(*endpoint);
    }
    return result;
}

Type<std::vector<Endpoint>> endpoints() {
    return {fmt::format("a list of 1 to {} URLs", witness::kMostEndpoints), read_endpoints,
            [](const std::vector<Endpoint>& list) {
                std::string text;
                for (const Endpoint& endpoint : list)
                    text += (text.empty() ? "" : ", ") + toml_string(endpoint.url());
                return "[" + text + "]";
            }};
}

bool is_prefix(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"._-/"}.find(c) != std::string_view::npos;
    };
    return text.size() <= witness::kLongestPrefix && text.starts_with('/') && text.ends_with('/') &&
           std::ranges::all_of(text, fits);
}

Type<std::string> prefix() {
    return {fmt::format("at most {} letters, digits, '.', '_', '-' and '/', with '/' at both ends",
                        witness::kLongestPrefix),
            [](const Value& value, const Complaint& complaint) -> std::optional<std::string> {
                const auto* text = value.as<std::string>();
                if (text != nullptr && is_prefix(*text)) return *text;
                complaint.unexpected(value);
                return std::nullopt;
            },
            [](const std::string& text) { return toml_string(text); }};
}

Type<std::string> path_or_nothing() {
    return or_nothing(path_text(), std::string{});
}

std::vector<Key<Configuration>> file_keys() {
    return {
        {{.name = "ca_file",
          .reload = Reload::needs_restart,
          .example = "\"/etc/highbase/etcd-ca.pem\"",
          .help = "The certificates that a member's own must lead up to, in PEM form.",
          .doc = "Needed with https. What else the system trusts does not count. The member's certificate "
                 "must have the address or name that its URL has. The files are read each time etcd is "
                 "asked, so that renewed ones need nothing else."},
         bind<Configuration>(
             path_or_nothing(), [](auto& witness) -> auto& { return witness.ca_file; })},
        {{.name = "certificate_file",
          .reload = Reload::needs_restart,
          .example = "\"/etc/highbase/etcd-client.pem\"",
          .help = "The certificate of this box, where etcd asks for one (--client-cert-auth), in PEM form."},
         bind<Configuration>(
             path_or_nothing(), [](auto& witness) -> auto& { return witness.certificate_file; })},
        {{.name = "key_file",
          .reload = Reload::needs_restart,
          .example = "\"/etc/highbase/etcd-client.key\"",
          .help = "The private key of that certificate, in PEM form and without a passphrase.",
          .doc = "Others than its owner and its group must have no access to it."},
         bind<Configuration>(
             path_or_nothing(), [](auto& witness) -> auto& { return witness.key_file; })},
    };
}

std::vector<Key<Configuration>> witness_keys() {
    std::vector<Key<Configuration>> keys{
        {{.name = "etcd",
          .presence = Presence::required,
          .reload = Reload::needs_restart,
          .example =
              "[\"https://192.0.2.11:2379\", \"https://192.0.2.12:2379\", \"https://192.0.2.13:2379\"]",
          .help = "The members of the etcd cluster.",
          .doc = "Version 3.4 or later. Write addresses: a name has to be resolved while a takeover waits. "
                 "No more than one of three on each of the two boxes: the vote must outlive either of them. "
                 "With http:// whoever is on the way can vote."},
         bind<Configuration>(
             endpoints(), [](auto& witness) -> auto& { return witness.endpoints; })}};
    for (auto&& key : file_keys()) keys.push_back(std::move(key));
    keys.push_back({{.name = "prefix",
                     .reload = Reload::needs_restart,
                     .example = "\"/highbase/pair-1/\"",
                     .help = "What the keys in etcd begin with; the name of the service follows.",
                     .doc = "The same on both boxes, and another one for each pair that uses the same etcd."},
                    bind<Configuration>(
                        prefix(), [](auto& witness) -> auto& { return witness.prefix; })});
    keys.push_back({{.name = "timeout",
                     .reload = Reload::needs_restart,
                     .example = "\"2s\"",
                     .help = "How long a question may take, over all members and attempts.",
                     .doc = "What is not answered by then is not known, and is never taken for a yes."},
                    bind<Configuration>(
                        duration(kShortestPatience, kLongestPatience),
                        [](auto& witness) -> auto& { return witness.timeout; })});
    return keys;
}

}  // namespace

const Section<Configuration>& witness_section() {
    static const Section<Configuration> section{
        "witness",
        std::nullopt,
        "A third vote: an etcd cluster that neither box has for itself. May be left out. It is asked only "
        "when a "
        "term begins, when a primary has to go on alone, and when its replica is in sync again; service goes "
        "on while it cannot be reached.",
        witness_keys(),
        {}};
    return section;
}

}  // namespace highbase::daemon
