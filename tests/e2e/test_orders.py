# SPDX-License-Identifier: GPL-2.0-or-later
"""What a box cannot know, and an operator says: hbctl solo, promote, maintenance, ack. And what a replica's
box knows for certain, and allows by itself."""
import time

from lab import faults
from lab.wait import assert_stays

QUIET_SECONDS = 3
SOON = 10


def order(box, *words):
    """Whether it was done, and what was said."""
    done = box.speaker.ctl(*words, check=False)
    return done.returncode == 0, done.stdout


def acknowledges_nothing(ledger, seconds=QUIET_SECONDS):
    at = time.monotonic_ns()
    assert_stays(lambda: not ledger.since(at + 500_000_000), seconds, "nothing is acknowledged")


def test_a_replica_whose_server_is_gone_is_not_waited_for(pair):
    """Its box lives, and says so; when the server is back it is waited for again, and may be promoted."""
    with pair.ledger(rate=50, answer_ms=2000) as ledger:
        ledger.wait_for(20, 10)
        pair.b.server.kill()
        pair.wait(lambda: pair.a.service()["alone"], SOON, "a goes on alone")
        assert pair.b.has_reported("released", reason="the server is down")
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert not pair.b.is_in_sync()
        pair.b.server.start()
        pair.wait_in_sync(pair.b, 30)
        assert not pair.a.service()["alone"]
        ledger.wait_for(20, 10, time.monotonic_ns())
        pair.quiet(ledger)
        pair.a.server.kill()
        pair.wait_for_primary(pair.b)
        ledger.resume()
        ledger.wait_for(20, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    pair.assert_never_both_writable()


def test_what_was_written_alone_is_not_given_up_for_a_replica_that_is_back(pair):
    """It lacks that: nobody is promoted until the old primary is back."""
    with pair.ledger(rate=50, answer_ms=2000) as ledger:
        ledger.wait_for(20, 10)
        with faults.replication_cut(pair.b.host, pair.a.server.address):
            pair.b.server.kill()
            pair.wait(lambda: pair.a.service()["alone"], SOON, "a goes on alone")
            ledger.wait_for(50, 10, time.monotonic_ns())
            pair.b.server.start()
            pair.wait(lambda: pair.b.service()["server"]["state"] == "up", SOON, "b's server is back")
            pair.a.server.kill()
            pair.check_nobody_serves(QUIET_SECONDS)
            assert pair.b.service()["eligibility"] == "not_in_sync"
        pair.a.server.start()
        pair.wait_for_primary(pair.a, 20)
        ledger.wait_for(20, 10, time.monotonic_ns())
        pair.check(ledger, pair.a)


def test_solo_where_the_other_host_is_lost(pair):
    with pair.ledger(answer_ms=2000) as ledger:
        ledger.wait_for(50, 10)
        done, said = order(pair.a, "solo")
        assert not done and "is heard and in sync" in said
        pair.b.host.die()
        acknowledges_nothing(ledger)
        done, said = order(pair.a, "solo", "--dry-run")
        assert done and "must not be promoted" in said
        assert not pair.a.service()["alone"]
        done, _ = order(pair.a, "solo")
        assert done
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert pair.a.service()["alone"] and pair.a.has_reported("order_given", order="solo")
        assert order(pair.a, "solo") == (False, "not done: commits wait for nobody already\n")
        pair.check(ledger, pair.a)


def test_promote_where_both_hosts_were_down_and_the_primarys_is_lost(pair):
    """It waits for an operator, who says what is known: the other one is off."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.quiet(ledger)
        for box in (pair.b, pair.a):
            box.speaker.process.kill()
            box.server.kill()
        pair.b.server.start()
        pair.b.speaker.start()
        pair.check_nobody_serves(QUIET_SECONDS)
        done, said = order(pair.b, "promote")
        assert not done and "--accept-loss" in said
        done, said = order(pair.b, "promote", "--accept-loss")
        assert done and "is lost" in said
        pair.wait_for_primary(pair.b)
        ledger.resume()
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)  # nothing was in flight: nothing is lost


def test_maintenance_of_the_replica(pair):
    """Neither waited for nor promoted, over a restart of its daemon and its server."""
    with pair.ledger(rate=50, answer_ms=2000) as ledger:
        ledger.wait_for(20, 10)
        at = time.monotonic_ns()
        assert order(pair.b, "maintenance", "on")[0]
        pair.wait(lambda: pair.a.service()["alone"], SOON, "a goes on alone")
        assert pair.b.service()["eligibility"] == "maintenance"
        assert pair.b.speaker.stop(10) == 0
        pair.b.server.kill()
        pair.b.server.start()
        pair.b.speaker.start()
        pair.wait(lambda: pair.b.service().get("maintenance"), SOON, "b remembers")
        ledger.wait_for(20, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < 1500
        assert pair.a.service()["alone"]
        assert order(pair.b, "maintenance", "off")[0]
        pair.wait_in_sync(pair.b, 30)
        ledger.wait_for(20, 10, time.monotonic_ns())
        pair.check(ledger, pair.a)


def test_maintenance_of_the_primary(pair):
    """Its server may be restarted, and its host too: nobody takes over."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        assert order(pair.a, "maintenance", "on")[0]
        pair.wait(lambda: pair.a.service()["eligibility"] == "maintenance", SOON, "a says so")
        pair.wait(lambda: pair.b.service_of_the_other().get("eligibility") == "maintenance", SOON,
                  "b has heard")
        pair.a.server.kill()
        pair.check_nobody_serves(QUIET_SECONDS)
        pair.a.server.start()
        pair.wait_for_primary(pair.a)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.a.host.die()
        assert_stays(lambda: not pair.b.is_primary(), QUIET_SECONDS, "b does not take over")
        done, _ = order(pair.b, "promote")
        assert done
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)


def test_a_fault_that_moves_from_server_to_server_is_followed_only_so_often(start_pair):
    pair = start_pair(mysql={"max_failovers": 1})
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        for box in (pair.a, pair.b):
            pair.quiet(ledger)
            box.server.kill()
            pair.wait_for_primary(pair.other(box))
            assert pair.other(box).has_reported("too_many_failovers")
            ledger.resume()
            box.server.start()
            pair.wait_in_sync(box, 30)
        assert pair.b.service()["eligibility"] == "hold_down"
        pair.quiet(ledger)
        pair.a.server.kill()
        pair.check_nobody_serves(QUIET_SECONDS)
        assert pair.a.has_reported("no_successor", peer="hold_down")
        assert order(pair.b, "ack")[0]
        pair.wait_for_primary(pair.b)
        ledger.resume()
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=4)
