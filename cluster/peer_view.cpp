// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/peer_view.hpp"

namespace highbase::cluster {

std::string_view name(Standing standing) {
    switch (standing) {
        case Standing::silent: return "silent";
        case Standing::one_way: return "one_way";
        case Standing::fresh: return "fresh";
    }
    return "unknown";
}

}  // namespace highbase::cluster
