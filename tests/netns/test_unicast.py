# SPDX-License-Identifier: GPL-2.0-or-later
"""unicast_peers: the same protocol without multicast."""
import pytest

from lab.speakers import VIP4, VIP6

FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])


def start_unicast(pair, addresses, **options):
    def own(host):
        return host.nic.ipv4 if addresses == VIP4 else host.nic.link_local

    a = pair.speaker(pair.a, addresses, unicast_peers=[own(pair.b)], **options).start()
    b = pair.speaker(pair.b, addresses, unicast_peers=[own(pair.a)], **options).start()
    pair.wait_for_owner(a)
    b.wait_for_state("Backup")
    return a, b


@FAMILIES
def test_unicast_speakers_elect_and_fail_over(pair, addresses):
    a, b = start_unicast(pair, addresses)
    a.host.die()
    pair.wait_for_owner(b)
    a.host.reboot()
    a.start()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


@FAMILIES
def test_unicast_speakers_send_nothing_to_the_group(pair, addresses):
    a, b = start_unicast(pair, addresses)
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        before = b.router_status()["counters"]["advertisements_received"]
        pair.lab.wait_until(lambda: b.router_status()["counters"]["advertisements_received"] >= before + 5, 2,
                            "b hears a")
        assert not probe.of_kind("advert")
    pair.wait_for_owner(a)


@FAMILIES
def test_a_unicast_resignation_reaches_the_peer(pair, addresses):
    a, b = start_unicast(pair, addresses, interval_ms=1000)
    a.stop()
    pair.wait_for_owner(b, timeout=2.5)  # an Active that is only silent would be replaced after 3.6 s
    assert b.router_status()["counters"]["priority_zero_received"] == 1
