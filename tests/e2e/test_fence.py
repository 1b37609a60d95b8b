# SPDX-License-Identifier: GPL-2.0-or-later
"""A primary that cannot be asked to close: its process is killed, or its box is switched off."""
import time

import pytest

from lab import faults
from lab.fence import PASSWORD, PowerSwitch
from lab.process import is_alive
from lab.wait import assert_stays

SOON_MS = 5000


def test_a_frozen_primary_is_killed_before_it_thaws(pair):
    """Its box has lost its role for good; at its thaw it would answer who reaches it by its own address."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pid, at = pair.a.server.pid, time.monotonic_ns()
        pair.a.server.pause()
        pair.wait_for_primary(pair.b, 20)
        pair.wait(lambda: not is_alive(pid), 10, "a's server is dead")
        pair.a.server.resume()  # nobody is there to thaw
        assert not is_alive(pid)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(at) < SOON_MS
        pair.check(ledger, pair.b, terms=2)
        pair.wait(lambda: pair.a.has_reported("fenced", steps="kill"), 5, "a tells what it has done")
        [killed] = pair.a.has_reported("server_killed", pid=str(pid))
        assert "it does not answer" in killed["fields"]["reason"]
        # What its service manager does, and the rest happens by itself.
        pair.a.server.start_as_replica()
        pair.wait_in_sync(pair.a, 20)
    pair.assert_never_both_writable()


def test_a_frozen_primary_is_left_alone_where_that_is_wanted(start_pair):
    pair = start_pair(mysql={"fence_kill_after": "off"})
    pid = pair.a.server.pid
    pair.a.server.pause()
    pair.wait_for_primary(pair.b, 20)
    # As long as it would take: 2 s, and the server is down since before b has taken over.
    assert_stays(lambda: is_alive(pid), 4, "a's server lives")
    pair.a.server.resume()
    pair.wait(lambda: not pair.a.server.is_writable(), 5, "it is made read-only")
    pair.wait(lambda: pair.a.has_reported("fenced", steps="read_only"), 5, "a tells what it has done")


def test_a_server_that_thaws_in_time_is_not_killed(start_pair):
    """What only stood still for a moment costs no recovery of a crash."""
    pair = start_pair(mysql={"fence_kill_after": "10s"})
    pid = pair.a.server.pid
    pair.a.server.pause()
    pair.wait_for_primary(pair.b, 20)
    pair.a.server.resume()
    pair.wait_in_sync(pair.a, 20)
    assert_stays(lambda: is_alive(pid), 11, "a's server lives")
    assert not pair.a.has_reported("server_killed")


def test_a_frozen_replica_is_not_killed(pair):
    """It is closed: that it does not answer harms nobody."""
    pair.wait_in_sync(pair.b)
    pid = pair.b.server.pid
    pair.b.server.pause()
    pair.wait(lambda: pair.b.service()["server"]["state"] == "down", 10, "b has noticed")
    assert_stays(lambda: is_alive(pid), 4, "b's server lives")
    pair.b.server.resume()


def test_a_server_that_ends_by_itself_is_not_killed(pair):
    """Its stop takes long, and a SIGKILL would cost the recovery of a crash: nobody reaches it any more."""
    pair.a.server.stop()
    pair.wait_for_primary(pair.b, 20)
    pair.wait(lambda: pair.a.has_reported("fenced", steps="kill"), 10, "a has found nobody to be killed")
    assert not pair.a.has_reported("server_killed")


def test_a_server_that_cannot_be_made_read_only_is_killed(pair):
    """It answers, and somebody holds a lock for which SET GLOBAL read_only waits in vain."""
    pid = pair.a.server.pid
    lan = pair.a.host.nic.lan
    with faults.read_only_refused(pair.a.server):
        pair.a.host.nic.down()
        pair.wait(pair.b.is_primary, 20, "b takes over")
        pair.wait(lambda: not is_alive(pid), 20, "a's server is dead")
    pair.a.host.nic.up()
    lan.heal()
    [killed] = pair.wait(lambda: pair.a.has_reported("server_killed", pid=str(pid)), 5, "a tells it")
    assert "it cannot be closed" in killed["fields"]["reason"]


def test_the_next_daemon_takes_the_ladder_up(start_pair):
    """hbvrrp is killed after its box has lost its role, and before the server's process is: the journal has
    it that the server may be open."""
    pair = start_pair(mysql={"fence_kill_after": "3s"})
    pid = pair.a.server.pid
    pair.a.server.pause()
    pair.wait_for_primary(pair.b, 20)
    # The later term is in a's journal: it holds none any more.
    pair.wait(lambda: pair.a.service().get("epoch") == 2, 5, "a has learnt of b's term")
    pair.a.speaker.process.kill()
    assert is_alive(pid)
    pair.a.speaker.start()
    pair.wait(lambda: not is_alive(pid), 15, "a's server is dead")
    pair.wait(lambda: pair.a.has_reported("server_killed", pid=str(pid)), 5, "a tells it")
    assert pair.b.is_primary()


# ---- the agent that switches the other box off

@pytest.fixture
def switch(lab, tmp_path):
    with PowerSwitch(lab.hosts["a"], tmp_path) as made:
        yield made


@pytest.fixture
def start_fenced_pair(start_pair, switch):
    """Only b has the agent: it is a's power that it cuts."""
    def start(**more):
        pair = start_pair()
        _, options = pair.b.speaker.routers[0]
        options["mysql"] |= switch.settings(**more)
        pair.b.speaker.stop()
        pair.b.speaker.start()
        pair.wait_in_sync(pair.b)
        return pair
    return start


def cut_off(pair):
    pair.a.host.nic.lan.partition([pair.a.host.nic], [pair.b.host.nic])


def test_a_primary_that_fell_silent_is_switched_off_before_another_one_serves(start_fenced_pair, switch):
    """The boxes do not hear each other, and clients reach both."""
    pair = start_fenced_pair()
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        cut_off(pair)
        pair.wait_for_primary(pair.b, 20)
        assert pair.a.host.dead
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    assert not pair.a.server.running()
    [told] = switch.told
    assert told["action"] == "off" and told["plug"] == "1" and told["password"] == PASSWORD
    assert told["argv"] == "1" and "PASSWORD" not in told["environ"].upper()
    assert pair.b.has_reported("peer_fenced", agent="fence_double")
    assert "fence_peer" in pair.b.has_reported("promoted", epoch="2")[0]["fields"]["steps"]


@pytest.mark.parametrize("answers, failure", [(PowerSwitch.REFUSE, "refused"),
                                              (PowerSwitch.SILENCE, "refused")])
def test_without_the_agents_word_nobody_is_promoted(start_fenced_pair, switch, answers, failure):
    pair = start_fenced_pair(fence_timeout="1s")
    switch.answers = answers
    cut_off(pair)
    pair.wait(lambda: pair.b.has_reported("promotion_failed", step="fence_peer", failure=failure), 20,
              "b is not promoted")
    assert pair.b.has_reported("peer_not_fenced", agent="fence_double")
    assert not pair.b.server.is_writable() and switch.told
    # It is a replica again, and nothing has happened to it.
    pair.a.host.nic.lan.heal()
    pair.wait_for_primary(pair.a, 20)
    pair.wait_in_sync(pair.b, 20)


def test_an_agent_that_need_not_succeed_only_delays(start_fenced_pair, switch):
    pair = start_fenced_pair(fence_required=False)
    switch.answers = PowerSwitch.REFUSE
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.host.die()
        pair.wait_for_primary(pair.b, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    [failed] = pair.b.has_reported("peer_not_fenced")
    assert "the board has no power" in failed["fields"]["said"]


def test_a_primary_that_hands_over_is_not_switched_off(start_fenced_pair, switch):
    pair = start_fenced_pair()
    pair.a.server.kill()
    pair.wait_for_primary(pair.b, 20)
    assert switch.told == [] and not pair.a.host.dead


def test_an_operator_who_knows_that_it_is_off_is_believed(start_fenced_pair, switch):
    pair = start_fenced_pair()
    switch.answers = PowerSwitch.REFUSE
    pair.a.host.die()
    pair.wait(lambda: pair.b.has_reported("promotion_failed", step="fence_peer"), 20, "b is not promoted")
    asked = len(switch.told)
    pair.b.speaker.ctl("promote")
    pair.wait_for_primary(pair.b, 20)
    assert len(switch.told) == asked


def test_hbvrrp_is_killed_while_the_agent_runs(start_fenced_pair, switch):
    """The next one wins again, and asks again."""
    pair = start_fenced_pair(fence_timeout="60s")
    switch.answers = PowerSwitch.SILENCE
    pair.a.host.die()
    pair.wait(lambda: switch.told, 20, "the agent is asked")
    pair.b.speaker.process.kill()
    switch.answers = PowerSwitch.OFF
    pair.b.speaker.start()
    pair.wait_for_primary(pair.b, 20)
    assert len(switch.told) == 2
