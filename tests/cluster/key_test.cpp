// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/key.hpp"

#include <sys/stat.h>

#include <fstream>

#include "tests/catch.hpp"
#include "tests/cluster/keys.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::cluster {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

std::string fault_of(std::string_view text) {
    const auto key = parse_key(text);
    return key ? "none" : key.error();
}

class KeyFile {
public:
    KeyFile(const std::string& text, mode_t mode) {
        std::ofstream{name()} << text;
        REQUIRE(::chmod(name().c_str(), mode) == 0);
    }
    [[nodiscard]] std::string name() const { return (directory_.path() / "peer.key").string(); }
    [[nodiscard]] std::string fault() const {
        const auto key = read_key_file(name());
        return key ? "none" : key.error();
    }

private:
    TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("a key is 64 hexadecimal digits on a line", "[peer]") {
    for (const std::string& text :
         {kDigits, kDigits + "\n", "\n# made yesterday\n  " + kDigits + " \r\n\n#\n",
          "#" + std::string(64, '1') + "\n" + kDigits}) {
        const auto key = parse_key(text);
        REQUIRE(key.has_value());
        CHECK(*key == tests::key_of(0));
        CHECK_FALSE(*key == tests::key_of(1));
    }
}

TEST_CASE("what is no key is refused, and not repeated", "[peer]") {
    CHECK(fault_of("") == "holds no key");
    CHECK(fault_of("# only a comment\n") == "holds no key");
    CHECK(fault_of(kDigits.substr(1)) == "holds 63 hexadecimal digits, and not 64");
    CHECK(fault_of(kDigits + "0") == "holds 65 hexadecimal digits, and not 64");
    CHECK(fault_of(kDigits.substr(1) + "g") == "holds something else than hexadecimal digits");
    CHECK(fault_of(kDigits + " # mine") == "holds something else than hexadecimal digits");
    CHECK(fault_of(kDigits + std::string(1, '\0')) == "holds something else than hexadecimal digits");
    CHECK(fault_of(kDigits + "\n" + kDigits + "\n") == "holds more than one line beside comments");
    CHECK(fault_of(std::string(64, '0')) == "holds one octet 32 times, which is no secret");
    std::string repeated;
    for (int i = 0; i < 32; ++i) repeated += "a5";
    CHECK(fault_of(repeated) == "holds one octet 32 times, which is no secret");
    repeated.back() = '4';
    CHECK(fault_of(repeated) == "none");
}

TEST_CASE("a key file is for its owner and its group", "[peer]") {
    for (const mode_t mode : {0600, 0400, 0640, 0660}) CHECK(KeyFile(kDigits, mode).fault() == "none");
    for (const mode_t mode : {0604, 0644, 0602, 0601, 0666}) {
        CHECK_THAT(KeyFile(kDigits, mode).fault(), Contains("which lets every user of this host at the key"));
    }
    const KeyFile file{kDigits, 0644};
    CHECK_THAT(file.fault(),
               StartsWith("the key file " + file.name() + " has mode 0644, which lets every user"));
    CHECK_THAT(file.fault(), Contains("run 'chmod 600 " + file.name() + "'"));
}

TEST_CASE("who has no key is told how to make one", "[peer]") {
    const TemporaryDirectory directory;
    const std::string name = (directory.path() / "peer.key").string();
    const auto key = read_key_file(name);
    REQUIRE_FALSE(key.has_value());
    CHECK_THAT(key.error(),
               StartsWith("the key file " + name + " cannot be opened: No such file or directory\n"));
    CHECK_THAT(key.error(), Contains("\n    (umask 077; hbctl key > " + name + ")\n"));
    CHECK_THAT(key.error(),
               EndsWith("\n    (umask 077; head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' > " +
                        name + ")"));
    // As it is told, it works.
    const std::string command = key.error().substr(key.error().rfind("\n    (umask") + 5);
    REQUIRE(std::system(command.c_str()) == 0);
    CHECK(read_key_file(name).has_value());
}

TEST_CASE("what is no file of that kind is refused", "[peer]") {
    const TemporaryDirectory directory;
    const auto fault = [](const std::string& name) {
        const auto key = read_key_file(name);
        return key ? "none" : key.error().substr(0, key.error().find('\n'));
    };
    CHECK(fault(directory.path().string()) ==
          "the key file " + directory.path().string() + " is not a regular file");
    const std::string pipe = (directory.path() / "pipe").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(fault(pipe) == "the key file " + pipe + " is not a regular file");
    const KeyFile longest{"#" + std::string(4096 - 1 - 65, ' ') + "\n" + kDigits, 0600};
    CHECK(longest.fault() == "none");
    const KeyFile too_long{"#" + std::string(4096 - 65, ' ') + "\n" + kDigits, 0600};
    CHECK_THAT(too_long.fault(), Contains(" is too long for a key file\n"));
}

TEST_CASE("a key that is made can be read, and is another one each time", "[peer]") {
    const std::string text = make_key_text();
    CHECK_THAT(text, StartsWith("# The key of a pair of Highbase boxes"));
    CHECK(KeyFile(text, 0600).fault() == "none");
    CHECK_FALSE(parse_key(text).value() == parse_key(make_key_text()).value());
}

}  // namespace highbase::cluster
