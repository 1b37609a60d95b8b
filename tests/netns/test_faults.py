# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts that die, daemons that end in every way, and how long a client misses the address.

With advertisements every 100 ms a Backup of priority 100 waits 360.94 ms after an Active that is silent and
60.94 ms after one that resigned (RFC 9568, 6.1). The bounds here leave room for a busy machine; what
measures is bench/failover.
"""
import pytest

from lab import AddressWatch
from lab.speakers import VIP4, VIP6
from lab.wait import assert_stays

FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])


def outage_after(pair, a, b, fault):
    """The client's outage, and the probe's events, when `fault` moves the address from a to b."""
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        fault()
        probe.wait_for("reply-mac", 3, "b answers", mac=b.mac())
        summary = probe.stop()
    return summary["longest_outage_ms"], probe


@FAMILIES
def test_the_backup_takes_over_when_the_host_of_the_active_dies(pair, addresses):
    a, b = pair.start(addresses=addresses, interval_ms=100)
    outage, probe = outage_after(pair, a, b, a.host.die)
    assert 200 < outage < 561
    announced = probe.of_kind("garp", claimed=b.mac())
    assert announced and all(event["mac"] == b.mac() for event in announced)
    if addresses == VIP4:
        assert {event["form"] for event in announced} == {"arp-request", "arp-reply"}
    pair.wait_for_owner(b)


@FAMILIES
def test_the_dead_host_returns_and_takes_the_address_back(pair, addresses):
    a, b = pair.start(addresses=addresses)
    a.host.die()
    pair.wait_for_owner(b)
    a.host.reboot()
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "b answers", mac=b.mac())
        a.start()
        probe.wait_for("reply-mac", 3, "a answers", mac=a.mac())
        summary = probe.stop()
    assert summary["longest_outage_ms"] < 50
    pair.wait_for_owner(a)


@FAMILIES
def test_sigterm_resigns_and_costs_about_the_skew_time(pair, addresses):
    a, b = pair.start(addresses=addresses, interval_ms=100)
    with AddressWatch(a.host.namespace) as watch:
        outage, probe = outage_after(pair, a, b, lambda: a.process.signal(15))
        assert a.process.wait(2) == 0
        removed = [event.at_ns for event in watch.events if event.address == a.router.vip and not event.added]
    resignation = probe.of_kind("advert", priority=0)
    assert len(resignation) == 1
    assert outage < 200
    # The successor must not be told before the address is free: two owners, if only for a moment.
    assert len(removed) == 1 and removed[0] < probe.of_kind("advert", priority=100)[0]["t"]
    pair.wait_for_owner(b)


def test_sigterm_of_a_backup_is_silent(pair):
    a, b = pair.start()
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        assert b.stop() == 0
        summary = probe.stop()
    assert not probe.of_kind("advert", priority=0) and summary["longest_outage_ms"] < 50
    pair.wait_for_owner(a)


@FAMILIES
def test_the_address_of_a_killed_daemon_goes_away_by_itself(pair, addresses):
    """The kernel forgets it when nobody renews its lifetime."""
    a, b = pair.start(addresses=addresses)
    a.process.kill()
    b.wait_for_state("Active")
    assert a.host.has_address(a.router.vip)
    pair.lab.wait_until(lambda: not a.host.has_address(a.router.vip), 5, "the kernel forgets the address")
    pair.wait_for_owner(b)


@FAMILIES
def test_the_addresses_of_a_running_active_do_not_expire(pair, addresses):
    """It holds the address longer than a lifetime, without ever losing it."""
    a, _ = pair.start(addresses=addresses)
    with AddressWatch(a.host.namespace) as watch:
        assert_stays(lambda: a.host.has_address(a.router.vip), 3.5, "the address stands")
        assert not [event for event in watch.events if not event.added]
        renewed = [event for event in watch.events if event.address == a.router.vip]
    assert len(renewed) >= 2


def test_a_daemon_started_again_after_a_kill_takes_over_anew(pair):
    a, b = pair.start()
    a.process.kill()
    b.wait_for_state("Active")
    a.start()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_a_stopped_daemon_lets_go_before_it_decides_anything(pair):
    """A paused machine: others have taken over meanwhile, so what it believed before is worth nothing."""
    a, b = pair.start(preempt=False)
    a.process.pause()
    b.wait_for_state("Active")
    with AddressWatch(a.host.namespace) as watch:
        a.process.resume()
        a.wait_for_state("Backup")
        pair.wait_for_owner(b)
        mine = [event for event in watch.events if event.address == a.router.vip]
    assert [event.added for event in mine] in ([False], [])  # gone; or the kernel's lifetime had ended before
    assert a.router_status()["counters"]["late_wakeups"] >= 1
    assert_stays(lambda: a.state() == "Backup", 0.3, "a leaves the address with b")


def test_a_stopped_daemon_with_preempt_takes_the_address_back_in_order(pair):
    a, b = pair.start()
    a.process.pause()
    b.wait_for_state("Active")
    a.process.resume()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_a_pause_shorter_than_the_backups_patience_moves_nothing(pair):
    a, b = pair.start(interval_ms=200)
    a.process.pause()
    pair.lab.wait_until(lambda: (b.router_status()["active"] or {}).get("last_heard_ms_ago", 0) >= 250, 2,
                        "b has missed an advertisement")
    a.process.resume()
    assert_stays(lambda: b.state() == "Backup" and a.host.has_address(a.router.vip), 0.5, "a stays Active")
    pair.wait_for_owner(a)
