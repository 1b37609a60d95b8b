// SPDX-License-Identifier: GPL-2.0-or-later
// A text of GTIDs, read from left to right. What is taken is passed; what is refused is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "replication/gtid_fault.hpp"
#include "replication/uuid.hpp"

namespace highbase::replication {

class GtidReader {
public:
    explicit GtidReader(std::string_view text) : text_{text} {}

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] char next() const { return at_end() ? '\0' : text_[at_]; }
    [[nodiscard]] tl::unexpected<GtidError> refuse(GtidFault fault) const {
        return tl::unexpected{GtidError{fault, at_}};
    }

    void skip_blanks();    // blanks, tabs and line ends
    bool take(char sign);  // whether it was there; any but '\0', which next() says at the end
    GtidResult<Uuid> uuid();
    // As many letters, digits and '_' as there are.
    std::string_view word();
    // Decimal digits, also with leading zeros; no sign.
    GtidResult<std::uint64_t> number(std::uint64_t lowest, std::uint64_t highest);

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace highbase::replication
