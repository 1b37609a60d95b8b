// SPDX-License-Identifier: GPL-2.0-or-later
// What a node does, in words: a story's expectations are lists of lines.
#pragma once

#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/node/host.hpp"
#include "tests/node/world.hpp"

namespace highbase::tests {

using Lines = std::vector<std::string>;

// One action. Links and routers are numbers, as the node gives them:
//   open eth0                 close 2                  scope 2 any | protocol
//   #0 2: advert 51 100 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:01
//   #0 2: datagram advert 51 100 every 1000 ms, 192.0.2.1 > 192.0.2.2, 192.0.2.100
//   #0 2: arp request 192.0.2.100 is 02:00:00:00:00:01        (or reply)
//   #0 2: who has 192.0.2.100                                 (or fe80::100)
//   #0 2: neighbor fe80::100 is 02:00:00:00:00:01
//   #0 put 192.0.2.100/24 on 2, 192.0.2.101/24 on 2           (without subnet routes: put ... routeless)
//   #0 delete 192.0.2.100/24 on 2
//   #0 macvlan hb4-51-2 on 2 with 00:00:5e:00:01:33
//   delete link 3
//   refuse 192.0.2.100                                        (an empty list: "refuse nothing")
//   tell vip became_active priority=100 cause=...             (without the router's interface)
std::string describe(const node::Action& action);
Lines describe(const node::Actions& actions);  // without LeaveWill: its own tests look at it
// The same with its time, in milliseconds since the beginning of the story: "3609.375 close 2".
std::string describe(const Performed& performed);
Lines describe(const std::vector<Performed>& log);

// Those that contain `word`.
Lines only(const Lines& lines, const std::string& word);
// The lines without `word`.
Lines without(const Lines& lines, const std::string& word);
// Milliseconds with as many decimals as it takes.
std::string milliseconds(vrrp::Duration duration);

}  // namespace highbase::tests

namespace Catch {

template <>
struct StringMaker<highbase::node::Action> {
    static std::string convert(const highbase::node::Action& action) {
        return highbase::tests::describe(action);
    }
};
// One line each, so that two long lists can be compared by eye.
template <>
struct StringMaker<highbase::tests::Lines> {
    static std::string convert(const highbase::tests::Lines& lines) {
        std::string text;
        for (const std::string& line : lines) text += "\n    " + line;
        return text.empty() ? "nothing" : text;
    }
};

}  // namespace Catch
