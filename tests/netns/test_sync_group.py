# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual routers of one sync group are Active together or not at all."""
import pytest

from lab import Lab
from lab.speakers import VIP4, VIP6, VirtualRouter
from lab.wait import assert_stays


SECOND_LAN_VIP6 = ("fe80::51/64", "2001:db8:2::100/64")
ALL = [VirtualRouter(addresses, 1) for addresses in (VIP4, VIP6, SECOND_LAN_VIP6)]


@pytest.fixture(scope="module")
def lab():
    """a and b have two interfaces each, the client is on the first LAN."""
    with Lab() as laboratory:
        front, back = laboratory.lan(), laboratory.lan()
        for name in ("a", "b"):
            laboratory.host(name, front, back)
        laboratory.host("client", front)
        yield laboratory


def start_group(pair, second_interface, second_addresses):
    """An IPv4 router on eth0 and an IPv6 router on another interface, in one group, on both hosts."""
    speakers = []
    for host in (pair.a, pair.b):
        other = VirtualRouter(second_addresses, pair.PRIORITIES[host.name], vrid=51, interval_ms=20,
                              interface=second_interface, name="vip6")
        more = [(other, {"sync_group": "service"})]
        speakers.append(pair.speaker(host, VIP4, sync_group="service", more=more))
    a, b = (speaker.start() for speaker in speakers)
    wait_for_both(pair, a)
    for name in ("vip", "vip6"):
        b.wait_for_state("Backup", name=name)
    return a, b


def wait_for_both(pair, speaker):
    pair.wait_for_owner(speaker)
    speaker.wait_for_state("Active", name="vip6")
    other, _ = speaker.routers[1]
    pair.lab.wait_until(lambda: speaker.host.has_address(other.vip), 2, "the second address is there too")


def holds_any(host):
    return any(host.has_address(router.vip) for router in ALL)


def test_both_families_of_a_service_move_together(pair):
    a, b = start_group(pair, "eth0", VIP6)
    a.host.die()
    wait_for_both(pair, b)


def test_a_resignation_moves_both(pair):
    a, b = start_group(pair, "eth0", VIP6)
    a.stop()
    wait_for_both(pair, b)
    a.start()
    wait_for_both(pair, a)
    assert not holds_any(b.host)


def test_the_loss_of_one_interface_moves_both(pair):
    a, b = start_group(pair, "eth1", SECOND_LAN_VIP6)
    a.host.nics[1].unplug()
    wait_for_both(pair, b)
    assert not holds_any(a.host)
    assert_stays(lambda: not holds_any(a.host), 0.4, "a, with one working interface, takes nothing back")
    a.host.nics[1].plug()
    wait_for_both(pair, a)
    assert not holds_any(b.host)
