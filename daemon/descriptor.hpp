// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <unistd.h>

#include <utility>

namespace highbase::daemon {

// Owns a file descriptor. Empty: -1.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    ~Descriptor() { reset(); }

    [[nodiscard]] int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    // The caller closes it from now on.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

private:
    void reset(int number = -1) {
        if (number_ >= 0) ::close(number_);
        number_ = number;
    }

    int number_ = -1;
};

}  // namespace highbase::daemon
