# SPDX-License-Identifier: GPL-2.0-or-later
"""mac = "virtual": the address has the virtual router MAC address, whoever owns it (RFC 9568, 7.3, 8.1.2)."""
import pytest

from lab import who_answers
from lab.capture import ArpCapture
from lab.speakers import VIP4, VIP6

FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])


def macvlans(host):
    return [link["ifname"] for link in host.namespace.ip_json("-details", "link", "show", "type", "macvlan")]


# [rfc9568-7.2-source-mac:positive] [rfc9568-8.1.2-arp-virtual-mac:positive]
# [rfc9568-8.2.2-nd-virtual-mac:positive]
# [rfc9568-6.4.3-virtual-mac-forwarded:positive] [rfc9568-6.4.2-virtual-mac-discarded:negative]
@FAMILIES
def test_advertisements_and_answers_come_from_the_virtual_mac(pair, addresses):
    a, b = pair.start(addresses=addresses, mac="virtual")
    assert a.mac() == ("00:00:5e:00:01:33" if addresses == VIP4 else "00:00:5e:00:02:33")
    with pair.probe() as probe:
        assert probe.wait_for("advert", 2, "an advertisement")["mac"] == a.mac()
        probe.wait_for("reply-mac", 2, "the address answers")
        a.host.die()
        assert probe.wait_for("advert", 2, "b advertises", priority=100)["mac"] == b.mac()
        pair.wait_for_owner(b)


# [rfc9568-6.4.2-no-arp:positive] [rfc9568-6.4.2-no-nd:positive]
# [rfc9568-6.4.2-virtual-mac-discarded:positive]
# [rfc9568-6.4.2-not-accepted:positive] [rfc9568-6.4.3-arp:negative] [rfc9568-6.4.3-nd:negative]
# [rfc9568-6.4.3-virtual-mac-forwarded:negative]
@FAMILIES
def test_a_backup_is_silent_about_the_virtual_mac(pair, addresses):
    """A slow Active is cut off: until the Backup takes over, nobody may answer."""
    a, _ = pair.start(addresses=addresses, mac="virtual", interval_ms=1000)
    lan = a.host.nic.lan
    lan.cut(a.host.nic)
    assert who_answers(pair.client, a.router.vip) == set()
    lan.heal()
    pair.wait_for_owner(a)


# [rfc9568-8.1.2-no-physical-mac:positive] [rfc9568-8.1.2-no-physical-mac:negative]
def test_the_physical_mac_does_not_leak(pair):
    """Whatever the Active asks in the name of the address, it asks with the virtual MAC (RFC 9568, 8.1.2)."""
    a, _ = pair.start(mac="virtual")
    with ArpCapture(pair.client) as capture:
        a.host.run("ip", "neigh", "flush", "all")
        a.host.run("ping", "-c1", "-W0.3", "-I", a.router.vip, pair.client.nic.ipv4)
        pair.client.run("ip", "neigh", "flush", "all")
        pair.client.run("ping", "-c1", "-W0.3", a.router.vip)
        assert capture.senders(a.router.vip) == {(a.mac(), a.mac())}
        # The host's own address keeps its own MAC.
        pair.client.run("ping", "-c1", "-W0.3", a.host.nic.ipv4)
        assert capture.senders(a.host.nic.ipv4) == {(a.host.nic.mac, a.host.nic.mac)}


@FAMILIES
def test_a_neighbour_needs_no_announcement(pair, addresses):
    """The client's entry stays right, only the switch must learn: no announcement is needed."""
    a, b = pair.start(addresses=addresses, mac="virtual", announce="none")
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers")
        a.host.die()
        probe.wait_for("outage-end", 3, "b answers")
        assert not probe.of_kind("garp")
    pair.wait_for_owner(b)


@FAMILIES
def test_the_macvlan_follows_its_interface(pair, addresses):
    a, b = pair.start(addresses=addresses, mac="virtual")
    a.host.nic.remove()
    pair.wait_for_owner(b)
    a.host.nic.create()
    pair.wait_for_owner(a)
    assert len(macvlans(a.host)) == 1


@FAMILIES
def test_a_macvlan_left_by_a_killed_daemon_is_taken_over(pair, addresses):
    a, b = pair.start(addresses=addresses, mac="virtual")
    a.process.kill()
    b.wait_for_state("Active")
    a.start()
    pair.wait_for_owner(a)
    assert len(macvlans(a.host)) == 1
