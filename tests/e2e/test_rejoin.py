# SPDX-License-Identifier: GPL-2.0-or-later
"""An old primary returns: alone it serves nobody, and what it has more than the new one is never hidden."""
import time

import pytest

from lab import faults
from lab.database_pair import UNNOTICED_MS
from lab.mariadb import MariaDb
from lab.process import kill_at_once

STRANDED = 5


def takes_over(pair):
    pair.a.server.kill()
    pair.wait_for_primary(pair.b, 20)


def strand_a_row(pair):
    """a has a transaction that nobody has acknowledged; a is dead and b serves."""
    with faults.replication_cut(pair.b.host, pair.a.server.address):
        faults.write_that_waits(pair.a.server, STRANDED)
        pair.a.server.kill()
    pair.wait_for_primary(pair.b, 20)
    assert has_row(pair.b) == 0


def has_row(box):
    return box.server.value(f"SELECT COUNT(*) FROM app.t WHERE id = {STRANDED}")


def test_without_extra_transactions_it_becomes_the_replica_by_itself(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.quiet(ledger)
        takes_over(pair)
        pair.a.server.start_as_replica()
        pair.wait_in_sync(pair.a, 20)
        pair.check(ledger, pair.b)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        before = pair.b.server.semi_sync()
        assert before.source_active and before.unacknowledged == 0
        pair.check(ledger, pair.b)
        pair.a.server.wait_executed(pair.b.server.executed(), 5)
        assert ledger.audit(pair.a.server).clean
    pair.assert_never_both_writable()


def test_clients_do_not_notice_the_return(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.quiet(ledger)
        takes_over(pair)
        ledger.resume()
        ledger.wait_for(50, 10, time.monotonic_ns())
        at = time.monotonic_ns()
        pair.a.server.start_as_replica()
        pair.wait_in_sync(pair.a, 20)
        ledger.wait_for(200, 20, time.monotonic_ns())
        gap = ledger.longest_gap(at)
        assert gap.ms < UNNOTICED_MS, f"{gap.ms:.0f} ms\n{pair.story()}"
        pair.check(ledger, pair.b, terms=2)


def test_a_host_that_died_under_load_is_back_after_its_reboot(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.host.die()
        pair.wait_for_primary(pair.b, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.a.host.reboot()
        pair.a.server.start_as_replica()
        pair.a.speaker.start()
        pair.wait(lambda: pair.a.service(), 10, "hbvrrp on a answers")
        pair.check(ledger, pair.b, terms=2)
    assert pair.b.is_primary() and not pair.a.is_primary()
    assert not pair.a.server.is_writable()


@pytest.mark.only(product=MariaDb)
def test_a_server_that_is_started_as_a_replica_forgets_what_nobody_has_acknowledged(pair):
    strand_a_row(pair)
    pair.a.server.start_as_replica()
    pair.wait_in_sync(pair.a, 20)
    assert has_row(pair.a) == 0
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.check(ledger, pair.b)


def test_extra_transactions_keep_it_out_until_somebody_decides(pair):
    strand_a_row(pair)
    pair.a.server.start()
    stays_out(pair)
    pair.a.server.kill()
    pair.wait(lambda: pair.a.service().get("eligibility") == "service_down", 5, "a's server is down again")
    pair.a.server.start()
    stays_out(pair)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.check(ledger, pair.b)


def stays_out(pair):
    """Read-only, following nobody, not eligible; the transaction is still there, and hbvrrp names it."""
    name_of_it = "@@gtid_binlog_pos" if isinstance(pair.a.server, MariaDb) else "@@server_uuid"
    errant = pair.a.server.value(f"SELECT {name_of_it}")
    pair.wait(lambda: pair.a.has_reported("errant_saved", gtids=errant)
              or pair.a.has_reported("errant_not_saved", gtids=errant), 30, f"a tells of {errant}")
    pair.wait(lambda: pair.a.service().get("eligibility") == "not_receiving", 10, "a follows nobody")
    assert not pair.a.server.is_writable() and not pair.a.is_in_sync()
    assert has_row(pair.a) == 1 and has_row(pair.b) == 0
    state = pair.a.server.replica_state()
    assert state is None or not state.receiving
    assert pair.b.is_primary()


def test_both_servers_are_killed_at_once_and_return(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        ledger.stop()
        kill_at_once(*(box.server.process for box in pair.boxes))  # a promotion takes but milliseconds
        pair.wait(lambda: all(box.has_reported("server_down") for box in pair.boxes), 5, "both boxes know")
        for box in pair.boxes[::-1]:
            box.server.start()
        pair.wait_for_primary(pair.a, 20)
        pair.wait_in_sync(pair.b, 20)
        pair.check(ledger, pair.a)


def test_both_hosts_lose_power_and_return(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        ledger.stop()
        for box in pair.boxes:
            box.host.die()
        for box in pair.boxes[::-1]:
            box.host.reboot()
            box.server.start()
            box.speaker.start()
        last = pair.wait_for_a_primary()
        pair.wait_in_sync(pair.other(last), 20)
        pair.check(ledger, last)


def test_the_stale_one_returns_alone_and_does_not_serve(pair):
    """a fails, b takes over and writes, b fails, a returns: it lacks what b has acknowledged."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.quiet(ledger)
        takes_over(pair)
        pair.a.speaker.process.kill()  # while it is away, a must not become the replica
        ledger.resume()
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.b.host.die()
        pair.a.server.start_as_replica()
        pair.a.speaker.start()
        pair.check_nobody_serves(5)
        pair.b.host.reboot()
        pair.b.server.start()
        pair.b.speaker.start()
        pair.wait_for_primary(pair.b, 20)
        pair.wait_in_sync(pair.a, 20)
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
