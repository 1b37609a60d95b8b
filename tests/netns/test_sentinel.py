# SPDX-License-Identifier: GPL-2.0-or-later
"""The parent process of the speaker: what becomes of the addresses when one of the two dies.

The same without it: there the other box waits as if the host had died, which shows that these tests can fail.
"""
import os
import re
import signal

import pytest

from lab.ownership import who_answers
from lab.process import is_alive
from lab.speakers import VIP4, VIP6
from lab.wait import wait_until

# At this interval Skew_Time of priority 100 is 0.6 s, and its Active_Down_Interval 3.6 s.
_INTERVAL_MS = 1000
_SOONER = 2
# Of an operator's patience, not of the sentinel's speed, which docs/failover.md tells.
_AT_ONCE = 0.5


def speaker_of(box):
    return box.status()["daemon"]["pid"]


def kill_speaker(box, number=signal.SIGKILL):
    os.kill(speaker_of(box), number)


def told_of_death(box):
    """How it died, and milliseconds until its addresses were given up."""
    found = re.search(r"HB0414 .*\((.*)\): .* in ([0-9.]+) ms$", box.process.output(), re.MULTILINE)
    return found and (found[1], float(found[2]))


def start(pair, **settings):
    return pair.start(interval_ms=_INTERVAL_MS, **settings)


@pytest.mark.parametrize("addresses", [VIP4, VIP6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("number, how", [(signal.SIGKILL, "killed by SIGKILL"),
                                         (signal.SIGSEGV, "killed by SIGSEGV")])
def test_a_speaker_that_dies_gives_its_addresses_up_at_once(pair, addresses, number, how):
    a, b = start(pair, addresses=addresses)
    assert speaker_of(a) != a.process.pid
    kill_speaker(a, number)
    wait_until(lambda: not a.host.has_address(a.router.vip), _AT_ONCE, "the address is gone")
    assert a.process.wait(1) == -number
    assert told_of_death(a)[0] == how
    b.wait_for_state("Active", _SOONER)
    assert b.router_status()["counters"]["priority_zero_received"] == 1
    pair.wait_for_owner(b)


def test_without_a_sentinel_the_other_box_has_to_wait(pair):
    a, b = start(pair, node={"sentinel": False})
    assert speaker_of(a) == a.process.pid
    kill_speaker(a)
    assert a.process.wait(1) == -signal.SIGKILL
    with pytest.raises(AssertionError, match="not within"):
        b.wait_for_state("Active", _SOONER)
    pair.wait_for_owner(b)


def test_a_speaker_that_hangs_is_ended_by_the_watchdogs_signal(pair):
    """SIGABRT goes to the main process. A process that is stopped takes none."""
    a, b = start(pair)
    stopped = speaker_of(a)
    os.kill(stopped, signal.SIGSTOP)
    a.process.signal(signal.SIGABRT)
    wait_until(lambda: not a.host.has_address(a.router.vip), _AT_ONCE, "the address is gone")
    b.wait_for_state("Active", _SOONER)
    os.kill(stopped, signal.SIGCONT)  # it dies of the signal that has waited, before it says anything
    assert a.process.wait(5) == -signal.SIGABRT
    pair.wait_for_owner(b)


def test_a_speaker_whose_sentinel_dies_hands_over_and_ends(pair):
    a, b = start(pair)
    left = speaker_of(a)
    a.process.signal(signal.SIGKILL)
    b.wait_for_state("Active", _SOONER)
    wait_until(lambda: not is_alive(left), 5, "the speaker has ended")
    assert "HB0415" in a.process.output() and "HB0002" in a.process.output()
    assert not a.host.has_address(a.router.vip)
    pair.wait_for_owner(b)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_in_order_leaves_nothing_to_be_done(pair, number):
    a, b = start(pair)
    a.process.signal(number)
    assert a.process.wait(5) == 0
    assert told_of_death(a) is None
    b.wait_for_state("Active", _SOONER)
    pair.wait_for_owner(b)


def test_a_backup_that_dies_says_nothing(pair):
    a, b = start(pair)
    kill_speaker(b)
    assert b.process.wait(1) == -signal.SIGKILL
    assert told_of_death(b) is None
    assert a.router_status()["counters"]["priority_zero_received"] == 0
    assert who_answers(pair.client, a.router.vip)


def test_unicast_peers_are_told(pair):
    a = pair.speaker(pair.a, interval_ms=_INTERVAL_MS, unicast_peers=[pair.b.nic.ipv4]).start()
    b = pair.speaker(pair.b, interval_ms=_INTERVAL_MS, unicast_peers=[pair.a.nic.ipv4]).start()
    pair.wait_for_owner(a)
    kill_speaker(a)
    b.wait_for_state("Active", _SOONER)
    pair.wait_for_owner(b)


def test_a_daemon_that_cannot_start_says_why_and_with_which_code(pair):
    a = pair.speaker(pair.a, node={"control_socket": "/proc/hbvrrp.sock"}).start()
    assert a.process.wait(5) == 1
    assert "/proc/hbvrrp.sock" in a.process.output()
