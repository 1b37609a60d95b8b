// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about [witness].
#include <fmt/format.h>

#include <algorithm>

#include "daemon/config_check.hpp"

namespace highbase::daemon {
namespace {

using witness::Endpoint;

void check_tls(const WitnessReading& witness, Problems& problems) {
    if (!witness.usable("etcd")) return;
    const auto& endpoints = witness.configuration.endpoints;
    const auto plain = std::ranges::find(endpoints, false, &Endpoint::tls);
    if (plain != endpoints.end())
        problems.warning(witness.position("etcd"),
                         fmt::format("etcd: {} is not encrypted, and whoever is on the way can vote: write "
                                     "https:// and a ca_file",
                                     plain->url()));
    const bool is_secured = std::ranges::find(endpoints, true, &Endpoint::tls) != endpoints.end();
    if (is_secured && witness.configuration.ca_file.empty() && witness.usable("ca_file"))
        problems.error(
            witness.position("etcd"),
            "etcd: https:// needs a ca_file: write the path of the certificate of etcd's authority");
}

void check_pair(const WitnessReading& witness, Problems& problems) {
    const bool has_certificate = !witness.configuration.certificate_file.empty();
    const bool has_key = !witness.configuration.key_file.empty();
    if (!witness.usable("certificate_file") || !witness.usable("key_file") || has_certificate == has_key)
        return;
    const std::string_view present = has_certificate ? "certificate_file" : "key_file";
    const std::string_view missing = has_certificate ? "key_file" : "certificate_file";
    problems.error(witness.position(present),
                   fmt::format("{}: there is no {}: write one, or leave this out", present, missing));
}

void check_files(const WitnessReading& witness, const FileFault& fault_of, Problems& problems) {
    if (!fault_of) return;
    const auto check = [&](std::string_view key, const std::string& file, PemFile kind) {
        if (file.empty() || !witness.usable(key)) return;
        if (const std::string fault = fault_of(file, kind); !fault.empty())
            problems.error(witness.position(key), fmt::format("{}: {} {}", key, in_quotes(file), fault));
    };
    check("ca_file", witness.configuration.ca_file, PemFile::certificate);
    check("certificate_file", witness.configuration.certificate_file, PemFile::certificate);
    check("key_file", witness.configuration.key_file, PemFile::key);
}

}  // namespace

void check_witness(const WitnessReading& witness, std::span<const RouterReading> routers,
                   const FileFault& fault_of, Problems& problems) {
    check_tls(witness, problems);
    check_pair(witness, problems);
    check_files(witness, fault_of, problems);
    const bool is_needed = std::ranges::any_of(routers, [](const RouterReading& router) {
        return router.database && router.database->configuration.mode == node::Mode::lossless;
    });
    if (!is_needed)
        problems.warning(witness.header,
                         "[witness]: has no effect without a [virtual_router.mysql] in mode lossless");
}

}  // namespace highbase::daemon
