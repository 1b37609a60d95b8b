# SPDX-License-Identifier: GPL-2.0-or-later
"""The address itself: deleted, claimed or left behind by others; and what the Active accepts for it."""
import socket

import pytest

from lab import AddressWatch
from lab.ownership import send_gratuitous_arp
from lab.speakers import VIP4, VIP6
from lab.wait import assert_stays

FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])


def delete(speaker):
    speaker.host.namespace.ip(f"addr del {speaker.router.addresses[-1]} dev eth0")


@FAMILIES
def test_an_address_deleted_by_somebody_else_is_put_back_and_announced(pair, addresses):
    a, b = pair.start(addresses=addresses)
    with pair.probe() as probe, AddressWatch(a.host.namespace) as watch:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        mark = probe.mark()
        delete(a)
        pair.lab.wait_until(lambda: watch.absences(a.router.vip), 2, "the address is put back")
        probe.wait_for("garp", 2, "it is announced", since=mark, claimed=a.mac())
        absence_ms = watch.absences(a.router.vip)[0] / 1e6
    print(f"absent for {absence_ms:.3f} ms")
    assert absence_ms < 20
    assert a.router_status()["counters"]["addresses_put_back"] == 1
    assert a.state() == "Active" and b.state() == "Backup"
    pair.wait_for_owner(a)


def test_an_active_whose_address_is_deleted_again_and_again_gives_up(pair):
    a, b = pair.start(hold_down="1s")
    with pair.probe() as probe:
        for _ in range(11):
            pair.lab.wait_until(lambda: a.host.has_address(a.router.vip) or b.state() == "Active", 2,
                                "it is back")
            if b.state() != "Active":
                delete(a)
        pair.wait_for_owner(b)
        assert probe.of_kind("advert", priority=0, source=a.host.nic.ipv4)
    assert a.router_status()["held_down_ms"] is not None
    pair.wait_for_owner(a)


@FAMILIES
def test_a_stale_address_is_removed_at_the_start(pair, addresses):
    """One that a crash has left, or that somebody has configured, would be a second owner."""
    a = pair.speaker(pair.a, addresses).start()
    pair.wait_for_owner(a)
    for address in addresses:
        pair.b.namespace.ip(f"addr add {address} dev eth0{' nodad' if ':' in address else ''}")
    pair.speaker(pair.b, addresses).start().wait_for_state("Backup")
    pair.wait_for_owner(a)


def test_another_host_that_claims_the_address_is_reported_and_answered(pair):
    a, _ = pair.start(announce="on-takeover")
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        mark = probe.mark()
        send_gratuitous_arp(pair.client.nic, a.router.vip)
        probe.wait_for("garp", 2, "a announces the address again", since=mark, claimed=a.mac())
    conflict = a.router_status()["last_conflict"]
    assert conflict["mac"] == pair.client.nic.mac and conflict["address"] == a.router.vip
    assert a.router_status()["counters"]["address_conflicts"] == 1
    pair.wait_for_owner(a)


def test_announce_none_sends_no_gratuitous_arp(pair):
    a, b = pair.start(announce="none")
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        a.stop()
        pair.wait_for_owner(b)
        assert not probe.of_kind("garp")


def ping(pair, address):
    return pair.client.run("ping", "-c1", "-W0.3", address, check=False).returncode == 0


# [rfc9568-6.1-nd-never-dropped:positive] [rfc9568-6.4.3-not-accept:positive] [rfc9568-6.4.3-accept:negative]
# [rfc9568-6.1-nd-never-dropped:negative]
@FAMILIES
def test_without_accept_the_address_is_resolved_but_not_served(pair, addresses):
    a, _ = pair.start(addresses=addresses, accept=False)
    assert not ping(pair, a.router.vip)
    assert ping(pair, a.host.nic.ipv4 if addresses == VIP4 else a.host.nic.ipv6)
    pair.wait_for_owner(a)


# [rfc9568-6.4.3-accept:positive] [rfc9568-6.4.3-not-accept:negative]
@FAMILIES
def test_with_accept_the_address_is_served(pair, addresses):
    a, _ = pair.start(addresses=addresses)
    assert ping(pair, a.router.vip)


def test_a_tcp_service_on_the_address_survives_a_takeover_and_back(pair):
    """Bound to the address, as a database is."""
    a, b = pair.start()
    for speaker in (a, b):
        speaker.host.start("/usr/bin/python3", "-c", SERVER, speaker.host.name, name="server")
    assert pair.lab.wait_until(lambda: ask(pair, a.router.vip), 3, "a's server answers") == "a"
    a.stop()
    pair.wait_for_owner(b)
    assert ask(pair, b.router.vip) == "b"
    assert_stays(lambda: ask(pair, b.router.vip) == "b", 0.3, "b's server answers")


SERVER = """
import socket, sys
listener = socket.create_server(("", 3306))
while True:
    connection, _ = listener.accept()
    connection.sendall(sys.argv[1].encode())
    connection.close()
"""


def ask(pair, address):
    with pair.client.namespace.entered():
        link = socket.socket()
    with link:
        link.settimeout(0.3)
        try:
            link.connect((address, 3306))
            return link.recv(100).decode()
        except OSError:
            return ""
