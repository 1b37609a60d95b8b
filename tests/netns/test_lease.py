# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses that the kernel lets a box serve only while its daemon lives.

The same without the lease: there two hosts answer, which shows that these tests can fail.
"""
import pytest

from lab.hbvrrp import GUARD
from lab.ownership import Answer, wait_for_answer, who_answers
from lab.speakers import VIP4, VIP6
from lab.wait import assert_stays

FAMILIES = pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])
ENDS = pytest.mark.parametrize("end", ["kill", "pause"])


def answers(pair, speaker):
    return who_answers(pair.client, speaker.router.vip)


def is_guarded(speaker):
    tables = speaker.host.namespace.nft_tables()
    found = [table in tables for table in GUARD]
    assert all(found) == any(found)
    return all(found)


def both(a, b):
    return {Answer(speaker.mac(), speaker.mac()) for speaker in (a, b)}


@FAMILIES
@ENDS
def test_a_daemon_that_does_not_live_serves_nobody_though_the_address_stands(pair, addresses, end):
    a, b = pair.start(addresses=addresses)
    getattr(a.process, end)()
    b.wait_for_state("Active")
    assert a.host.has_address(a.router.vip)
    wait_for_answer(pair.client, b.router.vip, b.mac(), timeout=0.5)
    assert a.host.has_address(a.router.vip)  # still: the kernel's lifetimes are of seconds
    if end == "pause":
        a.process.resume()
    pair.wait_for_owner(b if end == "kill" else a)


@FAMILIES
@ENDS
def test_without_a_lease_two_hosts_answer(pair, addresses, end):
    a, b = pair.start(addresses=addresses, lease="off")
    assert not is_guarded(a)
    getattr(a.process, end)()
    b.wait_for_state("Active")
    pair.lab.wait_until(lambda: answers(pair, b) == both(a, b), 1, "both answer")
    if end == "pause":
        a.process.resume()
    pair.wait_for_owner(b if end == "kill" else a)


@FAMILIES
def test_a_daemon_that_is_started_again_is_silent_until_it_serves(pair, addresses):
    a, b = pair.start(addresses=addresses, preempt=False)
    a.process.kill()
    b.wait_for_state("Active")
    a.start()
    a.wait_for_state("Backup")
    assert_stays(lambda: answers(pair, b) == {Answer(b.mac(), b.mac())}, 0.5, "b alone answers")
    pair.wait_for_owner(b)


def test_a_guard_that_somebody_has_flushed_is_put_back_and_nobody_misses_the_address(pair):
    a, b = pair.start(interval_ms=100)
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        a.host.run("nft", "flush", "ruleset")
        pair.lab.wait_until(lambda: is_guarded(a), 1, "there is a guard again")
        assert_stays(lambda: a.state() == "Active" and b.state() == "Backup", 0.5, "a serves on")
        summary = probe.stop()
    assert summary["longest_outage_ms"] < 50
    assert any(event["name"] == "guard_put_back" for event in a.events())
    a.process.pause()
    b.wait_for_state("Active")
    wait_for_answer(pair.client, b.router.vip, b.mac(), timeout=0.5)
    a.process.resume()
    pair.wait_for_owner(a)


def test_a_reload_takes_the_guard_away_and_brings_it_back(pair):
    a, b = pair.start()
    for lease in ("off", "50ms"):
        a.routers[0][1]["lease"] = lease
        with pair.probe() as probe:
            probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
            a.reload()
            pair.lab.wait_until(lambda: is_guarded(a) == (lease != "off"), 2, "the guard follows")
            assert_stays(lambda: a.state() == "Active", 0.2, "a serves on")
            assert probe.stop()["longest_outage_ms"] < 50
        assert a.router_status()["configuration"]["lease_ms"] == (None if lease == "off" else 50)
    pair.wait_for_owner(a)
    assert b.state() == "Backup"
