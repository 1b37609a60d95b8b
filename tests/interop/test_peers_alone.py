# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived and FRR with each other: if this fails, the machine or their configuration is at fault."""
import itertools

import pytest

from lab.frr import Frr
from lab.keepalived import Keepalived
from lab.speakers import VIP4, VIP6, VirtualRouter


@pytest.mark.parametrize("one, other", itertools.product([Keepalived, Frr], repeat=2))
@pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])
def test_peers_elect_and_fail_over(pair, addresses, one, other):
    active = pair.add(one(pair.a, VirtualRouter(addresses, 200)))
    backup = pair.add(other(pair.b, VirtualRouter(addresses, 100)))
    with pair.probe() as probe:
        active.start()
        probe.wait_for("advert", 5, "the first one is Active", priority=200)
        backup.start()
        pair.lab.wait_until(lambda: len(probe.of_kind("advert", priority=200)) >= 10, 5, "it goes on")
        assert not probe.of_kind("advert", priority=100)
        active.host.die()
        probe.wait_for("advert", 3, "the second one takes over", priority=100)
        pair.wait_for_owner(backup)
