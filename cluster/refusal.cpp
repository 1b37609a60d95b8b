// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/refusal.hpp"

namespace highbase::cluster {

std::string_view name(Refusal refusal) {
    switch (refusal) {
        case Refusal::size: return "size";
        case Refusal::protocol: return "protocol";
        case Refusal::version: return "version";
        case Refusal::another_pair: return "another_pair";
        case Refusal::seal: return "seal";
        case Refusal::length: return "length";
        case Refusal::stamp: return "stamp";
        case Refusal::name: return "name";
        case Refusal::value: return "value";
        case Refusal::position: return "position";
        case Refusal::services: return "services";
        case Refusal::word: return "word";
        case Refusal::own: return "own";
        case Refusal::third_node: return "third_node";
        case Refusal::echo_ahead: return "echo_ahead";
        case Refusal::unproven: return "unproven";
        case Refusal::replayed: return "replayed";
    }
    return "unknown";
}

}  // namespace highbase::cluster
