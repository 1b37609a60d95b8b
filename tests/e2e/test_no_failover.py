# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not move the service, and what must not be promoted: an operator is told instead."""
import time

import pytest

from lab import faults
from lab.database import MONITOR
from lab.database_pair import UNNOTICED_MS
from lab.wait import assert_stays

QUIET_SECONDS = 3
RESTART_SECONDS = 0.5  # after which a service manager starts hbvrrp again


def stays_on_a(pair, ledger, seconds=QUIET_SECONDS):
    """Clients notice nothing."""
    at = time.monotonic_ns()
    assert_stays(lambda: pair.a.is_primary() and not pair.b.is_primary(), seconds, "a is the primary")
    ledger.wait_for(50, 10, at)
    assert ledger.longest_gap(at).ms < UNNOTICED_MS
    assert ledger.acknowledged[-1].ended_ns - at > (seconds - 1) * 1e9


def cannot_be_promoted(pair, why):
    """And a knows it: else it would name b, which would refuse."""
    pair.wait(lambda: pair.a.service_of_the_other().get("eligibility") == why, 5, f"a knows that b is {why}")
    pair.a.server.kill()
    pair.check_nobody_serves(QUIET_SECONDS)
    assert pair.a.has_reported("no_successor")


def test_changed_credentials(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        faults.change_password(pair.a.server, "another")
        stays_on_a(pair, ledger)
        assert pair.a.has_reported("server_unknown", reason="Access denied")
        faults.change_password(pair.a.server, MONITOR[1])
        stays_on_a(pair, ledger)
        pair.check(ledger, pair.a)


def test_no_connection_left(start_pair):
    pair = start_pair(server={"max_connections": 30})
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        with faults.no_connection_left(
                pair.a.server, lambda: pair.a.has_reported("server_unknown", reason="Too many connections")):
            stays_on_a(pair, ledger)
        stays_on_a(pair, ledger)
        pair.check(ledger, pair.a)


def test_the_replica_is_killed_and_comes_back(pair):
    """Without it nothing can be acknowledged; with it all goes on."""
    with pair.ledger(answer_ms=2000) as ledger:
        ledger.wait_for(50, 10)
        pair.b.server.kill()
        assert_stays(lambda: pair.a.is_primary() and not pair.b.is_primary(), QUIET_SECONDS, "a stays")
        pair.b.server.start()
        pair.wait_in_sync(pair.b, 20)
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, pair.a)
    assert pair.a.service()["epoch"] == 1


def test_a_replica_with_a_broken_applier_is_not_promoted(pair):
    with pair.ledger() as ledger:
        faults.break_applier(pair.a.server, pair.b.server)
        stays_on_a(pair, ledger)
        cannot_be_promoted(pair, "not_applying")
        assert pair.b.has_reported("not_eligible", why="not_applying", reason="1062")
        pair.a.server.start()
        pair.wait_for_primary(pair.a, 20)
        pair.check(ledger, pair.a)


def test_a_replica_with_an_errant_transaction_is_not_promoted(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.quiet(ledger)  # else what b has still to apply would collide with it
        pair.b.server.write_behind_the_back("INSERT INTO app.t VALUES (7)")
        cannot_be_promoted(pair, "errant_transactions")
        pair.a.server.start()
        pair.wait_for_primary(pair.a, 20)
        pair.check(ledger, pair.a)


def test_a_replica_that_somebody_opened_is_closed(pair):
    pair.b.server.set_writable(True)
    pair.wait(lambda: not pair.b.server.is_writable(), 3, "b is read-only again")
    with pair.ledger() as ledger:
        stays_on_a(pair, ledger)
        pair.check(ledger, pair.a)


def test_a_replica_that_has_not_been_in_sync_since_its_start_is_not_promoted(pair):
    """What it had received and not applied may be gone: only the primary can fill it up."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        ledger.stop()
        pair.b.speaker.process.pause()
        pair.b.server.kill()
        pair.b.server.start()
        pair.a.server.kill()
        pair.b.speaker.process.resume()
        pair.check_nobody_serves(QUIET_SECONDS)
        pair.a.server.start()
        pair.wait_for_primary(pair.a, 20)
        pair.wait_in_sync(pair.b, 20)
        pair.check(ledger, pair.a)


@pytest.mark.parametrize("side", ["a", "b"])
def test_hbvrrp_is_killed_and_started_again(pair, side):
    """Whoever serves afterwards: nothing is lost, and the pair is whole."""
    box = getattr(pair, side)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        box.speaker.process.kill()
        time.sleep(RESTART_SECONDS)
        box.speaker.start()
        last = pair.wait_for_a_primary()
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, last, terms=2)


def test_hbvrrp_is_frozen_on_the_primary(pair):
    """It thaws when the other box has taken over: two servers must not acknowledge."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.speaker.process.pause()
        pair.wait(pair.b.is_primary, 20, "b takes over")
        pair.a.speaker.process.resume()
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
