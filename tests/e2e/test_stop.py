# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator stops in order: hbvrrp of the primary, hbvrrp and the server of the replica, the server of
the primary. Clients hardly notice, and are told of nothing as done that is lost."""
import signal
import time

import pytest

from lab import faults
from lab.database_pair import UNNOTICED_MS
from lab.mariadb import MariaDb

# In which clients can write again, on a busy machine; bench/mysql measures what it is on an idle one.
SOON_MS = 5000


def test_hbvrrp_of_the_primary_is_stopped(pair):
    """A switchover that nobody has asked for by name, to a box that waits for the last transactions."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        assert pair.a.speaker.stop(10) == 0
        assert not pair.a.server.is_writable()
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(at) < SOON_MS
        audit = pair.check(ledger, pair.b, terms=2)
        assert audit.turns == [1, 2]
    assert pair.b.has_reported("promotion_step", step="await_floor")
    pair.assert_never_both_writable()


def test_the_replica_is_stopped_for_maintenance_and_comes_back(pair):
    """It says that it goes: commits do not wait for it, but wait again when it is back."""
    # As long as it catches up they all wait: each row that it has missed costs it some milliseconds.
    with pair.ledger(rate=50) as ledger:
        ledger.wait_for(20, 10)
        at = time.monotonic_ns()
        assert pair.b.speaker.stop(10) == 0
        pair.wait(lambda: pair.a.service()["alone"], 5, "a has heard that b goes")
        pair.b.server.stop()
        ledger.wait_for(40, 10, time.monotonic_ns())
        pair.b.server.start()
        pair.b.speaker.start()
        pair.wait_in_sync(pair.b)
        assert not pair.a.service()["alone"]
        ledger.wait_for(20, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < UNNOTICED_MS
        audit = pair.check(ledger, pair.a)
        # What it has missed as well.
        pair.b.server.wait_executed(pair.a.server.executed(), 10)
        assert ledger.audit(pair.b.server).clean and audit.turns == [1]
    assert pair.a.service()["epoch"] == 1


@pytest.mark.only(product=MariaDb)
def test_a_client_is_told_of_no_commit_that_waits_when_the_server_is_stopped(pair):
    """The replica, which was in sync, takes over without them. MySQL tells its clients that they are done
    where no replica is connected at that moment: docs/failover.md says so."""
    server = pair.a.server
    with faults.replication_cut(pair.b.host, server.address):
        writes = [faults.ClientWrite(pair.client, pair.vip, number) for number in range(4)]
        pair.wait(lambda: server.semi_sync().waiting and not server.semi_sync().clients, 10,
                  "commits wait, and there is no replica")
        server.process.signal(signal.SIGTERM)  # its end is not waited for: that takes MySQL ten seconds
        pair.wait_for_primary(pair.b)
        for write in writes:
            write.join(10)
    assert all(write.told for write in writes), "each client has got an answer, or a reset"
    there = [row["id"] for row in pair.b.server.sql("SELECT id FROM app.t")]
    lost = [write.number for write in writes if write.told == "OK" and write.number not in there]
    assert not lost, f"clients were told that the rows {lost} are done; on b there are {there}"
