// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/will_memory.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <type_traits>

namespace highbase::daemon {

struct WillMemory::Shared {
    struct Slot {
        std::uint32_t size = 0;
        std::uint32_t checksum = 0;
        std::array<std::uint8_t, kLargest> octets;
    };
    // Of the slot that counts; the other one is written.
    std::atomic<std::uint32_t> current{0};
    std::array<Slot, 2> slots;
};

namespace {

using vrrp::Octets;

std::uint32_t checksum_of(Octets octets) {
    boost::crc_32_type crc;
    crc.process_bytes(octets.data(), octets.size());
    return crc.checksum();
}

class Writer {
public:
    explicit Writer(std::span<std::uint8_t> room) : room_{room} {}

    template <typename T>
    void put(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        put_octets({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
    }
    void put(const vrrp::OctetString& octets) {
        put(octets.size());
        put_octets(octets);
    }
    void put(const node::Will::Frame& frame) {
        put(frame.link);
        put(frame.octets);
    }
    void put(const node::Will::Datagram& datagram) {
        put(datagram.link);
        put(datagram.source);
        put(datagram.destination);
        put(datagram.payload);
    }
    template <typename T>
    void put_all(const std::vector<T>& values) {
        put(values.size());
        for (const T& value : values) put(value);
    }
    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void put_octets(Octets octets) {
        fits_ = fits_ && octets.size() <= room_.size() - size_;
        if (!fits_) return;
        std::ranges::copy(octets, room_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += octets.size();
    }

    std::span<std::uint8_t> room_;
    std::size_t size_ = 0;
    bool fits_ = true;
};

// Beyond the end everything is zero, and fits() says so.
class Reader {
public:
    explicit Reader(Octets octets) : octets_{octets} {}

    template <typename T>
    void take(T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        const Octets octets = take_octets(sizeof value);
        if (octets.size() == sizeof value)
            std::memcpy(static_cast<void*>(&value), octets.data(), sizeof value);
    }
    void take(vrrp::OctetString& octets) {
        std::size_t size = 0;
        take(size);
        const Octets taken = take_octets(size);
        octets.assign(taken.begin(), taken.end());
    }
    void take(node::Will::Frame& frame) {
        take(frame.link);
        take(frame.octets);
    }
    void take(node::Will::Datagram& datagram) {
        take(datagram.link);
        take(datagram.source);
        take(datagram.destination);
        take(datagram.payload);
    }
    template <typename T>
    void take_all(std::vector<T>& values) {
        std::size_t count = 0;
        take(count);
        for (std::size_t i = 0; i < count && fits_; ++i) take(values.emplace_back());
    }
    [[nodiscard]] bool fits() const { return fits_ && octets_.empty(); }

private:
    Octets take_octets(std::size_t size) {
        fits_ = fits_ && size <= octets_.size();
        if (!fits_) return {};
        const Octets taken = octets_.first(size);
        octets_ = octets_.subspan(size);
        return taken;
    }

    Octets octets_;
    bool fits_ = true;
};

}  // namespace

WillMemory::WillMemory() {
    void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw std::system_error{errno, std::generic_category(), "memory shared with the sentinel"};
    shared_ = new (memory) Shared;  // its octets are not touched
}

WillMemory::~WillMemory() {
    ::munmap(shared_, sizeof(Shared));
}

bool WillMemory::leave(const node::Will& will) {
    const std::uint32_t next = 1 - shared_->current.load(std::memory_order_relaxed);
    Shared::Slot& slot = shared_->slots.at(next);
    Writer writer{slot.octets};
    writer.put_all(will.leases);
    writer.put_all(will.frames);
    writer.put_all(will.datagrams);
    writer.put_all(will.served);
    writer.put_all(will.forwarded);
    writer.put_all(will.addresses);
    slot.size = writer.fits() ? static_cast<std::uint32_t>(writer.size()) : 0;
    slot.checksum = checksum_of(Octets{slot.octets}.first(slot.size));
    shared_->current.store(next, std::memory_order_release);
    return writer.fits();
}

std::optional<node::Will> WillMemory::read() const {
    const Shared::Slot& slot = shared_->slots.at(shared_->current.load(std::memory_order_acquire) & 1U);
    if (slot.size == 0 || slot.size > slot.octets.size()) return std::nullopt;
    const Octets octets = Octets{slot.octets}.first(slot.size);
    if (slot.checksum != checksum_of(octets)) return std::nullopt;
    Reader reader{octets};
    node::Will will;
    reader.take_all(will.leases);
    reader.take_all(will.frames);
    reader.take_all(will.datagrams);
    reader.take_all(will.served);
    reader.take_all(will.forwarded);
    reader.take_all(will.addresses);
    if (!reader.fits()) return std::nullopt;
    return will;
}

std::span<std::uint8_t> WillMemory::octets() {
    return {reinterpret_cast<std::uint8_t*>(shared_), sizeof(Shared)};
}

}  // namespace highbase::daemon
