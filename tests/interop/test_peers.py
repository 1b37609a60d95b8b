# SPDX-License-Identifier: GPL-2.0-or-later
"""hbvrrp beside other VRRP speakers, each in both roles.

keepalived 2.2.7 and FRR 8.4.4 send and accept IPv4 checksums with a pseudo-header only; keepalived learnt RFC
9568's form later, as v3_checksum_as_v2. Where the installed one knows it, it is met in that form too.
"""
import pytest

from lab.frr import Frr
from lab.keepalived import Keepalived, knows_message_only
from lab.speakers import VIP4, VIP6, VirtualRouter

INTERVAL_MS = 100
PEERS = {"keepalived": Keepalived, "frr": Frr}
if knows_message_only():
    PEERS["keepalived-message-only"] = lambda host, router: Keepalived(host, router, message_only=True)

PEER = pytest.mark.parametrize("peer", PEERS)
FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])


def meet(pair, peer, addresses, hbvrrp_priority, checksum=None):
    """hbvrrp on host a, the peer on host b, neither started; and hbvrrp's configuration for that peer."""
    form = checksum or ("rfc9568" if peer.endswith("message-only") else "pseudo-header")
    options = {"checksum": form} if addresses == VIP4 else {}
    ours = pair.speaker(pair.a, addresses, INTERVAL_MS, priority=hbvrrp_priority, **options)
    theirs = pair.add(PEERS[peer](pair.b, VirtualRouter(addresses, 150, interval_ms=INTERVAL_MS)))
    return ours, theirs


def last_advertised(probe):
    """The MAC whose advertisement was the last one that is not a resignation."""
    return [event["mac"] for event in probe.of_kind("advert") if event["priority"]][-1:]


@PEER
@FAMILIES
def test_the_peer_obeys_and_replaces_hbvrrp(pair, peer, addresses):
    """The peer is Backup: hbvrrp's advertisements keep it quiet, after its resignation it takes over."""
    ours, theirs = meet(pair, peer, addresses, hbvrrp_priority=200)
    ours.start()
    pair.wait_for_owner(ours)
    with pair.probe() as probe:
        theirs.start()
        heard = ours.router_status()["counters"]["advertisements_sent"]
        pair.lab.wait_until(lambda: ours.router_status()["counters"]["advertisements_sent"] > heard + 15, 5,
                            "a second and a half has passed")
        assert not probe.of_kind("advert", priority=150), "the peer does not hear hbvrrp"
        pair.wait_for_owner(ours)
        mark = probe.mark()
        ours.stop()
        resigned = probe.wait_for("advert", 2, "hbvrrp resigns", since=mark, priority=0)
        successor = probe.wait_for("advert", 2, "the peer takes over", since=mark, priority=150)
        pair.wait_for_owner(theirs)
    assert 30e6 < successor["t"] - resigned["t"] < 200e6  # skew: 41 ms for 150 of 256


@PEER
@FAMILIES
def test_the_peer_replaces_an_hbvrrp_that_dies(pair, peer, addresses):
    ours, theirs = meet(pair, peer, addresses, hbvrrp_priority=200)
    ours.start()
    pair.wait_for_owner(ours)
    with pair.probe() as probe:
        theirs.start()
        pair.lab.wait_until(lambda: len(probe.of_kind("advert", priority=200)) >= 15, 5,
                            "the peer hears hbvrrp")
        ours.host.die()
        probe.wait_for("advert", 2, "the peer takes over", priority=150)
        pair.wait_for_owner(theirs)


@PEER
@FAMILIES
def test_hbvrrp_obeys_and_replaces_the_peer(pair, peer, addresses):
    ours, theirs = meet(pair, peer, addresses, hbvrrp_priority=100)
    theirs.start()
    pair.wait_for_owner(theirs)
    with pair.probe() as probe:
        probe.wait_for("advert", 5, "the peer is Active", priority=150)
        ours.start().wait_for_state("Backup")
        pair.lab.wait_until(lambda: ours.router_status()["counters"]["advertisements_received"] >= 10, 5,
                            "hbvrrp hears the peer")
        assert ours.state() == "Backup" and not probe.of_kind("advert", priority=100)
        mark = probe.mark()
        theirs.stop()
        resigned = probe.wait_for("advert", 2, "the peer resigns", since=mark, priority=0)
        successor = probe.wait_for("advert", 2, "hbvrrp takes over", since=mark, priority=100)
        pair.wait_for_owner(ours)
    assert 60.9e6 <= successor["t"] - resigned["t"] < 160e6  # skew: 60.94 ms for 100 of 256


@PEER
@FAMILIES
def test_hbvrrp_replaces_a_peer_that_dies_and_yields_when_it_returns(pair, peer, addresses):
    ours, theirs = meet(pair, peer, addresses, hbvrrp_priority=100)
    theirs.start()
    pair.wait_for_owner(theirs)
    ours.start().wait_for_state("Backup")
    pair.lab.wait_until(lambda: ours.router_status()["counters"]["advertisements_received"] >= 3, 5,
                        "hbvrrp hears the peer")
    theirs.host.die()
    pair.wait_for_owner(ours)
    theirs.host.reboot()
    theirs.start()
    ours.wait_for_state("Backup", timeout=10)
    pair.wait_for_owner(theirs)


@PEER
def test_auto_follows_the_checksum_of_the_peer(pair, peer):
    """Even when hbvrrp was first and has the higher priority: it learns from what an inferior peer sends."""
    ours, theirs = meet(pair, peer, VIP4, hbvrrp_priority=200, checksum="auto")
    ours.start()
    pair.wait_for_owner(ours)
    wanted = "message-only" if peer.endswith("message-only") else "pseudo-header"
    with pair.probe() as probe:
        theirs.start()
        probe.wait_for("advert", 5, "hbvrrp sends the peer's form", priority=200, checksum=wanted)
        pair.wait_for_owner(ours)
        mark = probe.mark()
        pair.lab.wait_until(lambda: len(probe.of_kind("advert", mark, priority=200)) >= 10, 5,
                            "a second has passed")
        assert not probe.of_kind("advert", mark, priority=150), "the peer has not stepped down"


@PEER
def test_as_backup_the_default_checksum_understands_every_peer(pair, peer):
    ours, theirs = meet(pair, peer, VIP4, hbvrrp_priority=100, checksum="rfc9568")
    theirs.start()
    pair.wait_for_owner(theirs)
    ours.start().wait_for_state("Backup")
    pair.lab.wait_until(lambda: ours.router_status()["counters"]["advertisements_received"] >= 10, 5,
                        "hbvrrp hears the peer")
    assert ours.state() == "Backup"
    assert not any(ours.router_status()["counters"]["discards"].values())
    pair.wait_for_owner(theirs)
