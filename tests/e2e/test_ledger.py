# SPDX-License-Identifier: GPL-2.0-or-later
"""The ledger itself: it must notice a lost row, a row that is there twice, and an outage."""
import time

import pytest

from lab.database import APPLICATION
from lab.ledger import TABLE, Ledger, Write, _turns
from lab.wait import assert_stays


@pytest.fixture
def server(lab, product):
    """On host a, writable, with the ledger's table. It does not wait for its disk, which may be slow; still,
    its death loses nothing."""
    host = lab.hosts["a"]
    settings = {"sync_binlog": 0, "innodb_flush_log_at_trx_commit": 2}
    with product(lab.directory, "ledger", 1, host.namespace.name, host.nic.ipv4, settings) as server:
        server.start()
        server.set_writable(True)
        server.sql(TABLE)
        yield server
    for host in lab.hosts.values():
        host.clean()


def test_the_outage_of_a_killed_server_is_seen_and_nothing_is_lost(lab, server):
    with Ledger(lab.hosts["client"], server.address) as ledger:
        ledger.wait_for(100, 10)
        calm = ledger.longest_gap().ms
        server.kill()
        lab.wait_until(lambda: ledger.read().failures, 5, "the ledger has noticed")
        noticed = ledger.failures[0][0]
        server.start()
        server.set_writable(True)
        ledger.wait_for(50, 10, noticed)
        gap = ledger.longest_gap(noticed)
        assert gap.last_ns < noticed < gap.next_ns
        assert ledger.outage_ms(noticed) <= gap.ms and calm < gap.ms
        audit = ledger.assert_nothing_lost(server)
        assert audit.acknowledged == len(ledger.acknowledged) >= 150 and audit.turns == [1]


def test_a_lost_row_and_a_double_one_are_found(lab, server):
    with Ledger(lab.hosts["client"], server.address, rate=0) as ledger:
        ledger.wait_for(100, 10)
        ledger.stop()
        lost, double = (ledger.acknowledged[index].id for index in (17, 40))
        server.sql(f"DELETE FROM app.ledger WHERE id = {lost}")
        server.sql(f"INSERT INTO app.ledger SELECT * FROM app.ledger WHERE id = {double}")
        audit = ledger.audit(server)
        assert (audit.lost, audit.duplicates) == ([lost], [double])
        with pytest.raises(AssertionError, match=f"{lost}"):
            ledger.assert_nothing_lost(server)


def test_a_read_only_server_refuses_and_a_frozen_one_leaves_it_open(lab, server):
    with Ledger(lab.hosts["client"], server.address) as ledger:
        ledger.wait_for(20, 10)
        server.set_writable(False)
        lab.wait_until(lambda: ledger.read().refused, 5, "rows are refused")
        server.set_writable(True)
        ledger.wait_for(20, 10, ledger.refused[-1].ended_ns)
        server.pause()
        lab.wait_until(lambda: len(ledger.read().unknown) >= 4, 5, "each thread has given up one row")
        server.resume()
        ledger.wait_for(20, 10, ledger.unknown[-1].ended_ns)
        assert ledger.assert_nothing_lost(server).clean
        there = {row["id"] for row in server.sql("SELECT id FROM app.ledger")}
        assert not there & {write.id for write in ledger.refused}


def test_while_it_pauses_nothing_is_under_way(lab, server):
    def rows():
        return server.value("SELECT COUNT(*) FROM app.ledger")

    with Ledger(lab.hosts["client"], server.address, rate=0) as ledger:
        for _ in range(3):
            ledger.wait_for(50, 10, time.monotonic_ns())
            ledger.pause()
            assert rows() == len(ledger.read().acknowledged)
            assert_stays(lambda: not server.statements_of(APPLICATION[0]), 0.3, "nothing is written")
            assert rows() == len(ledger.read().acknowledged)
            ledger.resume()
        ledger.pause()
        ledger.stop()
        assert rows() == len(ledger.acknowledged)


def test_the_rate_is_kept(lab, server):
    with Ledger(lab.hosts["client"], server.address, rate=200) as ledger:
        ledger.wait_for(300, 10)
        times = [write.sent_ns for write in ledger.acknowledged[100:]]
        rate = (len(times) - 1) / (times[-1] - times[0]) * 1e9
        assert 150 < rate < 250


@pytest.mark.parametrize("writes, turns", [
    ([], []),
    ([(0, 1, 1), (2, 3, 1)], [1]),
    ([(0, 1, 1), (2, 3, 2)], [1, 2]),
    # Both were under way at once: either came first.
    ([(0, 5, 1), (1, 6, 2), (2, 7, 1)], [1]),
    ([(0, 1, 1), (2, 4, 2), (3, 5, 1)], [1, 2]),
    ([(0, 1, 1), (2, 3, 2), (4, 5, 1)], [1, 2, 1]),
    # The first to be answered hides that server 2 was followed by server 1.
    ([(0, 5, 1), (4, 6, 2), (7, 8, 1)], [2, 1]),
])
def test_turns(writes, turns):
    found = _turns([(Write(0, sent, ended), server) for sent, ended, server in writes])
    assert found == turns
