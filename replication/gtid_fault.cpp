// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/gtid_fault.hpp"

namespace highbase::replication {

std::string_view name(GtidFault fault) {
    switch (fault) {
        case GtidFault::too_long: return "the text is too long";
        case GtidFault::too_many: return "too many intervals or GTIDs";
        case GtidFault::uuid: return "expected a UUID";
        case GtidFault::tag: return "a tag has at most 32 characters";
        case GtidFault::number: return "expected a number";
        case GtidFault::range: return "the number is out of range";
        case GtidFault::order: return "the interval ends before it begins";
        case GtidFault::colon: return "expected ':'";
        case GtidFault::hyphen: return "expected '-'";
        case GtidFault::comma: return "expected ',' or the end";
        case GtidFault::duplicate: return "the same server and domain a second time";
    }
    return "";
}

std::string GtidError::to_string() const {
    return "after " + std::to_string(at) + " octets: " + std::string{name(fault)};
}

}  // namespace highbase::replication
