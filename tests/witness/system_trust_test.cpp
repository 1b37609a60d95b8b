// SPDX-License-Identifier: GPL-2.0-or-later
// Whom the system trusts does not vote. On a thread with a view of /etc/ssl/certs of its own.
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <thread>

#include "tests/catch.hpp"
#include "tests/witness/etcd_cluster.hpp"
#include "witness/etcd.hpp"

namespace highbase::witness {
namespace {

// As Debian's ca-certificates puts it there: the certificate under a hash of its name.
void trust(const std::string& certificate, const std::filesystem::path& directory) {
    std::filesystem::copy(certificate, directory / "authority.pem");
    run_program({"openssl", "rehash", directory});
}

bool see_as_system_trust(const std::filesystem::path& directory) {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount(directory.c_str(), "/etc/ssl/certs", nullptr, MS_BIND, nullptr) == 0;
}

TEST_CASE("an authority that the system trusts is not trusted here") {
    const EtcdCluster cluster{{1, true, "server", false}};
    const TemporaryDirectory directory;
    trust(certificates().path("ca"), directory.path());
    Configuration configuration = cluster.configuration();
    configuration.ca_file = certificates().path("other");
    bool is_seen = false;
    std::string answer;
    std::thread{[&] {
        is_seen = see_as_system_trust(directory.path());
        Etcd etcd{configuration};
        answer = to_text(etcd.ask("db", BeginTerm{"gw1", cluster::Epoch{7}, true},
                                  std::chrono::steady_clock::now() + std::chrono::seconds{20}));
    }}.join();
    CHECK(is_seen);
    CHECK(answer.starts_with("unknown: tls: "));
}

}  // namespace
}  // namespace highbase::witness
