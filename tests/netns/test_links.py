# SPDX-License-Identifier: GPL-2.0-or-later
"""Interfaces that go down, lose their carrier, are missing, renamed, or vanish: a state, never an exit."""
import pytest

from lab.ownership import wait_until_settled
from lab.speakers import VIP4, VIP6

FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])


def wait_for_reason(speaker, reason):
    speaker.wait_for_state("Initialize")
    speaker.host.lab.wait_until(lambda: speaker.router_status()["reason"] == reason, 3,
                                f"the reason is {reason}")


@FAMILIES
@pytest.mark.parametrize("fault, repair", [("down", "up"), ("unplug", "plug")], ids=["link", "carrier"])
def test_an_active_that_loses_its_link_lets_go_and_comes_back(pair, addresses, fault, repair):
    a, b = pair.start(addresses=addresses)
    getattr(a.host.nic, fault)()
    wait_for_reason(a, "link_down")
    pair.wait_for_owner(b)
    getattr(a.host.nic, repair)()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


@FAMILIES
@pytest.mark.parametrize("fault, repair", [("down", "up"), ("unplug", "plug")], ids=["link", "carrier"])
def test_a_backup_that_loses_its_link_does_not_take_over(pair, addresses, fault, repair):
    a, b = pair.start(addresses=addresses)
    getattr(b.host.nic, fault)()
    wait_for_reason(b, "link_down")
    pair.wait_for_owner(a)
    getattr(b.host.nic, repair)()
    b.wait_for_state("Backup")
    pair.wait_for_owner(a)


@FAMILIES
def test_an_interface_that_is_missing_at_the_start_is_waited_for(pair, addresses):
    pair.a.nic.remove()
    a = pair.speaker(pair.a, addresses).start()
    wait_for_reason(a, "interface_missing")
    pair.a.nic.create()
    pair.wait_for_owner(a)


@FAMILIES
def test_an_interface_that_vanishes_and_returns(pair, addresses):
    a, b = pair.start(addresses=addresses)
    a.host.nic.remove()
    wait_for_reason(a, "interface_missing")
    pair.wait_for_owner(b)
    a.host.nic.create()
    pair.wait_for_owner(a)


@FAMILIES
def test_an_interface_that_is_renamed_is_another_one(pair, addresses):
    a, b = pair.start(addresses=addresses)
    a.host.nic.rename("uplink")
    wait_for_reason(a, "interface_missing")
    pair.wait_for_owner(b)
    a.host.nic.rename("eth0")
    pair.wait_for_owner(a)


def test_an_interface_without_an_address_of_its_own_is_waited_for(pair):
    pair.a.namespace.ip(f"addr del {pair.a.nic.ipv4}/24 dev eth0")
    a = pair.speaker(pair.a).start()
    wait_for_reason(a, "no_address")
    pair.a.namespace.ip(f"addr add {pair.a.nic.ipv4}/24 dev eth0")
    pair.wait_for_owner(a)


def test_a_link_that_flaps_ends_with_one_owner(pair):
    a, b = pair.start()
    for _ in range(5):
        a.host.nic.unplug()
        a.host.nic.plug()
    wait_until_settled(pair.client, a.router.vip, a.host)
    assert (a.state(), b.state()) == ("Active", "Backup")
