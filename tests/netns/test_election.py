# SPDX-License-Identifier: GPL-2.0-or-later
"""Who becomes Active, and who takes the address from whom."""
import time

import pytest

from lab.ownership import send_gratuitous_arp
from lab.speakers import VIP4, VIP6
from lab.wait import assert_stays


# [rfc9568-6.4.3-arp:positive] [rfc9568-6.4.3-nd:positive] [rfc9568-6.4.3-solicited-node:positive]
# [rfc9568-6.4.2-no-arp:negative] [rfc9568-6.4.2-no-nd:negative] [rfc9568-6.4.2-not-accepted:negative]
# [rfc9568-8.1.2-arp-virtual-mac:negative] [rfc9568-8.2.2-nd-virtual-mac:negative]
@pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])
def test_the_higher_priority_becomes_active(pair, addresses):
    a, b = pair.start(addresses=addresses)
    with pair.probe() as probe:
        first = probe.wait_for("advert", 2, "an advertisement")
        probe.wait_for("reply-mac", 2, "the address answers", mac=a.mac())
    assert first["priority"] == 200 and first["vrid"] == 51 and first["interval_cs"] == 2
    assert first["version"] == 3 and first["type"] == 1 and first["ttl"] == 255
    assert first["addresses"] == len(addresses)
    assert first["checksum"] == ("message-only" if addresses == VIP4 else "pseudo-header")
    assert first["source"] == (a.host.nic.ipv4 if addresses == VIP4 else a.host.nic.link_local)
    assert a.state() == "Active" and b.state() == "Backup"


def test_every_address_of_a_router_moves(pair):
    addresses = ("192.0.2.100/24", "192.0.2.101/24", "192.0.2.102/32")
    a, b = pair.start(addresses=addresses)
    a.stop()
    pair.wait_for_owner(b)
    assert all(b.host.has_address(address.split("/")[0]) for address in addresses)


def test_one_that_starts_later_takes_over_from_a_lower_priority(pair):
    b = pair.speaker(pair.b).start()
    pair.wait_for_owner(b)
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "b answers", mac=b.mac())
        a = pair.speaker(pair.a).start()
        pair.wait_for_owner(a)
        summary = probe.stop()
    assert summary["longest_outage_ms"] < 50


def test_without_preempt_one_that_starts_later_leaves_the_address_where_it_is(pair):
    b = pair.speaker(pair.b, preempt=False).start()
    pair.wait_for_owner(b)
    a = pair.speaker(pair.a, preempt=False).start().wait_for_state("Backup")
    assert_stays(lambda: a.state() == "Backup" and b.state() == "Active", 0.5, "a leaves the address with b")
    pair.wait_for_owner(b)


def test_preempt_delay_is_waited_for(pair):
    b = pair.speaker(pair.b).start()
    pair.wait_for_owner(b)
    began = time.monotonic()
    a = pair.speaker(pair.a, preempt_delay="600ms").start()
    pair.wait_for_owner(a)
    assert time.monotonic() - began >= 0.6


def test_preempt_delay_does_not_delay_the_takeover_from_a_silent_active(pair):
    b = pair.speaker(pair.b).start()
    pair.wait_for_owner(b)
    a = pair.speaker(pair.a, preempt_delay="1h").start().wait_for_state("Backup")
    b.stop()
    pair.wait_for_owner(a)


def test_the_owner_of_the_address_needs_no_election(pair):
    b = pair.speaker(pair.b).start()
    pair.wait_for_owner(b)
    a = pair.speaker(pair.a, priority=255, preempt=False).start()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_nobody_takes_over_on_a_link_that_is_only_deaf(pair):
    """Until something is heard, or the time for that has passed."""
    pair.a.nic.lan.block(destination=pair.a.nic)
    a = pair.speaker(pair.a, ears_open_timeout="700ms").start()
    began = time.monotonic()
    a.wait_for_state("Backup")
    assert a.router_status()["waiting_for_ears"]
    a.wait_for_state("Active")
    assert time.monotonic() - began >= 0.6
    pair.a.nic.lan.heal()
    pair.wait_for_owner(a)


def test_ears_open_with_the_first_frame(pair):
    pair.a.nic.lan.block(destination=pair.a.nic)
    a = pair.speaker(pair.a, ears_open_timeout="1h").start().wait_for_state("Backup")
    assert_stays(lambda: a.state() == "Backup", 0.3, "a waits")
    pair.a.nic.lan.heal()
    send_gratuitous_arp(pair.client.nic, pair.client.nic.ipv4)
    pair.wait_for_owner(a)
