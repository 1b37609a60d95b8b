// SPDX-License-Identifier: GPL-2.0-or-later
// The section [witness].
#include <sys/stat.h>

#include <fstream>

#include "daemon/schema.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using Lines = std::vector<std::string>;

const std::string kDatabase = R"([peer]
paths = ["198.51.100.2"]
key_file = "/etc/highbase/peer.key"
[[virtual_router]]
name = "db"
interface = "eth0"
vrid = 51
addresses = ["192.0.2.100/24"]
[virtual_router.mysql]
peer_server = "198.51.100.2:3306"
password_file = "/etc/highbase/mysql.password"
)";
const std::string kEtcd = R"(etcd = ["https://192.0.2.11:2379"])";
const std::string kCa = R"(ca_file = "/ca.pem")";

// The section begins in line 1, and the first of `lines` is line 2.
std::string text(const Lines& lines) {
    std::string result = "[witness]\n";
    for (const std::string& line : lines) result += line + "\n";
    return result + kDatabase;
}
witness::Configuration read_witness(const Lines& lines) {
    const ParseResult result = parse_config(text(lines), test_host());
    CHECK(result.diagnostics.empty());
    return result.config.value().witness.value();
}
Lines said_of(const Lines& lines) {
    return complaints(text(lines));
}

TEST_CASE("a witness with the required keys only has all defaults") {
    const witness::Configuration witness = read_witness({kEtcd, kCa});
    CHECK(witness.endpoints == std::vector{witness::Endpoint{true, "192.0.2.11", 2379}});
    CHECK(witness.ca_file == "/ca.pem");
    CHECK(witness.certificate_file.empty());
    CHECK(witness.key_file.empty());
    CHECK(witness.prefix == "/highbase/");
    CHECK(witness.timeout == std::chrono::seconds{1});
    CHECK_FALSE(parse_config(kDatabase, test_host()).config.value().witness);
}

TEST_CASE("a witness with all keys, and the examples") {
    Lines lines;
    for (const auto& key : witness_section().keys)
        lines.push_back(std::string{key.text.name} + " = " + std::string{key.text.example});
    const witness::Configuration witness = read_witness(lines);
    CHECK(witness.endpoints.size() == 3);
    CHECK(witness.certificate_file == "/etc/highbase/etcd-client.pem");
    CHECK(witness.key_file == "/etc/highbase/etcd-client.key");
    CHECK(witness.prefix == "/highbase/pair-1/");
    CHECK(witness.timeout == std::chrono::seconds{2});
    const Config config = parse_config(text(lines), test_host()).config.value();
    CHECK(parse_config(print_config(config), test_host()).config == config);
}

TEST_CASE("members are URLs, one to seven, each once") {
    const std::string list =
        "2:8: error: etcd: expected a list of 1 to 7 URLs, found an array: write for example etcd = "
        "[\"https://192.0.2.11:2379\", \"https://192.0.2.12:2379\", \"https://192.0.2.13:2379\"]";
    CHECK(said_of({"etcd = []", kCa}) == Lines{list});
    std::string eight = "etcd = [";
    for (int i = 1; i <= 8; ++i) eight += "\"https://192.0.2." + std::to_string(i) + ":2379\", ";
    CHECK(said_of({eight + "]", kCa}) == Lines{list});
    CHECK(said_of({R"(etcd = ["https://192.0.2.11:2379", "https://192.0.2.12"])", kCa}) ==
          Lines{"2:36: error: etcd: \"https://192.0.2.12\" has no port: write for example "
                "https://192.0.2.11:2379"});
    CHECK(said_of({R"(etcd = ["https://[2001:db8::1]:2379", "https://[2001:DB8:0::1]:2379/"])", kCa}) ==
          Lines{"2:39: error: etcd: the same member is in the list twice: leave one out"});
    CHECK(said_of({"etcd = [7]", kCa})
              .at(0)
              .starts_with("2:9: error: etcd: expected a URL in the list, found"));
    CHECK(said_of({kCa}) == Lines{"1:1: error: [witness] has no etcd: write for example etcd = "
                                  "[\"https://192.0.2.11:2379\", \"https://192.0.2.12:2379\", "
                                  "\"https://192.0.2.13:2379\"]"});
}

TEST_CASE("TLS needs an authority, and is missed where it is not") {
    CHECK(said_of({kEtcd}) == Lines{"2:8: error: etcd: https:// needs a ca_file: write the path of the "
                                    "certificate of etcd's authority"});
    const Lines plain{R"(etcd = ["http://192.0.2.11:2379"])"};
    CHECK(said_of(plain) ==
          Lines{"2:8: warning: etcd: http://192.0.2.11:2379 is not encrypted, and whoever is "
                "on the way can vote: write https:// and a ca_file"});
    CHECK(parse_config(text(plain), test_host()).config);
}

TEST_CASE("a certificate and its key belong together") {
    CHECK(said_of({kEtcd, kCa, R"(certificate_file = "/c.pem")"}) ==
          Lines{"4:20: error: certificate_file: there is no key_file: write one, or leave this out"});
    CHECK(said_of({kEtcd, kCa, R"(key_file = "/c.key")"}) ==
          Lines{"4:12: error: key_file: there is no certificate_file: write one, or leave this out"});
}

TEST_CASE("the prefix of keys, and the time for a question") {
    CHECK(read_witness({kEtcd, kCa, R"(prefix = "/")"}).prefix == "/");
    for (const char* prefix : {"", "highbase/", "/highbase", "/high base/", "/h\\u0000/", "/\u00fc/"})
        CHECK(said_of({kEtcd, kCa, "prefix = \"" + std::string{prefix} + "\""})
                  .at(0)
                  .starts_with("4:10: error: prefix: expected at most 128 letters, digits, '.', '_', '-' and "
                               "'/', with '/' at both ends, found the string "));
    CHECK(read_witness({kEtcd, kCa, R"(timeout = "100ms")"}).timeout == std::chrono::milliseconds{100});
    CHECK(read_witness({kEtcd, kCa, R"(timeout = "10s")"}).timeout == std::chrono::seconds{10});
    for (const char* timeout : {"99ms", "10001ms"})
        CHECK(said_of({kEtcd, kCa, "timeout = \"" + std::string{timeout} + "\""})
                  .at(0)
                  .starts_with("4:11: error: timeout: expected a duration with its unit, from \"100ms\" to "
                               "\"10s\", found the string "));
}

TEST_CASE("a witness without a database, and one that is written otherwise") {
    CHECK(complaints("[witness]\n" + kEtcd + "\n" + kCa + "\n" + with_line("")) ==
          Lines{"1:1: warning: [witness]: has no effect without a [virtual_router.mysql] in mode lossless"});
    CHECK(complaints("witness = 7\n" + kDatabase) ==
          Lines{"1:1: error: expected [witness], once, found the integer 7: write it as [witness]"});
    CHECK(complaints("[witnes]\n" + kDatabase) ==
          Lines{"1:2: error: unknown table \"witnes\": did you mean \"witness\"?"});
}

TEST_CASE("files that cannot be what they should be") {
    const TemporaryDirectory directory;
    const auto file = [&](const char* name, std::string_view contents, mode_t mode) {
        const std::string path = directory / name;
        std::ofstream{path} << contents;
        ::chmod(path.c_str(), mode);
        return path;
    };
    const std::string certificate = file("good.pem", "-----BEGIN CERTIFICATE-----\n", 0644);
    const std::string key = file("good.key", "-----BEGIN EC PRIVATE KEY-----\n", 0640);
    const std::string open_key = file("open.key", "-----BEGIN PRIVATE KEY-----\n", 0644);
    const std::string sealed_key = file("sealed.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0600);
    const std::string missing = directory / "missing";
    const auto errors = [&](const std::string& ca, const std::string& own, const std::string& secret) {
        const ParseResult result =
            parse_config(text({kEtcd, "ca_file = \"" + ca + "\"", "certificate_file = \"" + own + "\"",
                               "key_file = \"" + secret + "\""}),
                         {"gw1", {}, system_surroundings().file_fault});
        Lines lines;
        for (const Diagnostic& diagnostic : result.diagnostics)
            lines.push_back(format(diagnostic, "").substr(1));
        return lines;
    };
    CHECK(errors(certificate, certificate, key).empty());
    CHECK(errors(missing, certificate, key) ==
          Lines{"3:11: error: ca_file: \"" + missing +
                "\" cannot be read: No such file or directory: put the file there, or write another path"});
    CHECK(errors(certificate, directory.path(), key) ==
          Lines{"4:20: error: certificate_file: \"" + directory.path().string() +
                "\" is not a regular file: put the file there, or write another path"});
    CHECK(errors(certificate, certificate, open_key) ==
          Lines{"5:12: error: key_file: \"" + open_key +
                "\" is accessible to others than its owner and group: chmod o= " + open_key});
    CHECK(errors(certificate, certificate, sealed_key) ==
          Lines{"5:12: error: key_file: \"" + sealed_key +
                "\" has a passphrase, which nobody could type: write it anew with `openssl pkey`"});
    CHECK(errors(key, key, certificate) ==
          Lines{"3:11: error: ca_file: \"" + key + "\" has no certificate in PEM form: write the path of one",
                "4:20: error: certificate_file: \"" + key +
                    "\" has no certificate in PEM form: write the path of one",
                "5:12: error: key_file: \"" + certificate +
                    "\" is accessible to others than its owner and group: chmod o= " + certificate});
}

}  // namespace
}  // namespace highbase::daemon
