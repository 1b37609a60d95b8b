// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace highbase::ctl {

// A connection to the daemon's control socket. What fails is told in a sentence that ends with what to do
// about it.
class Client {
public:
    static tl::expected<Client, std::string> connect(const std::string& path);

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&& other) noexcept;
    Client& operator=(Client&&) = delete;
    ~Client();

    tl::expected<void, std::string> send(std::string_view line);
    // The next line, without its end. `patience`: how long the daemon may be silent; nothing: as long as it
    // likes.
    tl::expected<std::string, std::string> receive(std::optional<std::chrono::milliseconds> patience);
    // Whether the last receive() has failed for lack of an answer in time.
    [[nodiscard]] bool is_silent() const { return silent_; }

private:
    Client(std::string path, int descriptor) : path_{std::move(path)}, descriptor_{descriptor} {}

    std::string path_;
    int descriptor_;
    std::string input_;
    bool silent_ = false;
};

}  // namespace highbase::ctl
