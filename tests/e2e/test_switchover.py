# SPDX-License-Identifier: GPL-2.0-or-later
"""`hbctl switchover`: planned, loses nothing, and is undone where it cannot be finished."""
import time

import pymysql
import pytest

from lab import faults
from lab.database_pair import UNNOTICED_MS

# On a busy machine; bench/mysql measures it on an idle one.
SOON_MS = 2000
UNDONE_MS = 6000  # two attempts to close the server, of 1.5 s at most each, and what follows
RESTARTED_MS = 15000  # nobody can write before the replica's server has been started again


@pytest.mark.parametrize("rate", [200, 0], ids=["200 rows a second", "full load"])
def test_under_load_and_back(pair, rate):
    with pair.ledger(rate=rate, threads=4) as ledger:
        for terms, box in ((2, pair.b), (3, pair.a)):
            ledger.wait_for(50, 10, time.monotonic_ns())
            pair.wait_in_sync(box)
            at = time.monotonic_ns()
            told = pair.switch_over().stdout
            assert box.name in told and "ms" in told  # to whom, and for how long nobody could write
            pair.wait_for_primary(box, 5)
            ledger.wait_for(50, 10, time.monotonic_ns())
            assert ledger.longest_gap(at).ms < SOON_MS
            # Whoever writes alone may write more than a replica, which syncs each transaction, can receive.
            if not rate:
                ledger.pause()
            pair.wait_in_sync(pair.other(box))
            ledger.resume()
        audit = pair.check(ledger, pair.a, terms)
        assert audit.turns == [1, 2, 1]
    pair.assert_never_both_writable()


def test_a_dry_run_changes_nothing(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        assert "b" in pair.switch_over("--dry-run").stdout
        ledger.wait_for(100, 10, at)
        assert ledger.longest_gap(at).ms < UNNOTICED_MS
        pair.check(ledger, pair.a)
    assert pair.a.is_primary() and pair.a.service()["epoch"] == 1


def test_a_long_transaction_ends_or_the_switchover_is_undone(pair):
    with pair.ledger() as ledger, faults.open_transaction(pair.client, pair.vip, 1) as transaction:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        done = pair.switch_over(check=False)
        last = pair.b if done.returncode == 0 else pair.a
        pair.wait_for_primary(last, 5)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < 5000
        pair.check(ledger, last, terms=2)
        try:
            transaction.commit()
            committed = True
        except (pymysql.MySQLError, OSError):
            committed = False
    assert last.server.value("SELECT COUNT(*) FROM app.t") == committed


def test_to_a_replica_that_cannot_it_is_refused(pair):
    faults.break_applier(pair.a.server, pair.b.server)
    pair.wait(lambda: pair.a.service_of_the_other().get("eligibility") == "not_applying", 5,
              "a knows that b does not apply")
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        done = pair.switch_over(check=False)
        assert done.returncode == 1 and "b cannot take over" in done.stderr + done.stdout
        ledger.wait_for(100, 10, at)
        assert ledger.longest_gap(at).ms < UNNOTICED_MS
        pair.check(ledger, pair.a)


def test_with_a_replica_that_lags_nobody_waits_for_long(pair):
    """It is refused, or waits for the replica before clients have to."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        with faults.applier_held(pair.b.server):
            ledger.wait_for(100, 10, time.monotonic_ns())
            at = time.monotonic_ns()
            done = pair.switch_over(check=False)
            assert done.returncode == 1 and pair.b.name in done.stderr + done.stdout
            ledger.wait_for(50, 10, time.monotonic_ns())
            assert ledger.longest_gap(at).ms < SOON_MS
        pair.wait_for_primary(pair.a, 5)
        pair.check(ledger, pair.a)


def test_the_replica_dies_in_the_middle(pair):
    """The server that was the primary goes on, or the other one does; nothing is lost in between."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        events = pair.follow_events(pair.a)
        events.on_event = lambda event: event["name"] == "demotion_began" and pair.b.server.kill()
        at = time.monotonic_ns()
        pair.switch_over(check=False)
        pair.wait(lambda: not pair.b.server.running(), 1, "the replica was killed when the switchover began")
        pair.b.server.start()
        last = pair.wait_for_a_primary()
        ledger.wait_for(50, 20, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < RESTARTED_MS
        pair.check(ledger, last, terms=2)


def test_a_server_that_cannot_be_closed_takes_writes_again(pair):
    """Somebody whom nobody may send away keeps it from becoming read-only: all is as it was before."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        with faults.read_only_refused(pair.a.server):
            done = pair.switch_over(check=False)
        assert done.returncode == 1 and "read_only" in done.stdout + done.stderr
        assert pair.a.has_reported("demotion_failed", error="read_only")
        pair.wait_for_primary(pair.a, 5)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < UNDONE_MS
        assert pair.check(ledger, pair.a).turns == [1]
        pair.wait_in_sync(pair.b)
        assert pair.a.service()["epoch"] == 1 and not pair.b.has_reported("promotion_began")
        pair.switch_over()  # what was in its way is gone
        pair.wait_for_primary(pair.b, 5)
    pair.assert_never_both_writable()
