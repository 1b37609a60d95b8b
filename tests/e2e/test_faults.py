# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory's faults of databases: each must bring about what it says, and be over when it is over."""
import errno

import pymysql
import pytest

from lab import faults
from lab.database import APPLICATION, MONITOR
from lab.ledger import TABLE
from lab.wait import assert_stays, wait_until
from lab.watch import WritabilityWatch


@pytest.fixture
def databases(start_databases):
    """With the ledger's table, and each with a small disk."""
    return start_databases(TABLE, "CREATE TABLE app.t (id INT PRIMARY KEY)", disk_mb=250)


def rows(server):
    return server.value("SELECT COUNT(*) FROM app.ledger")


def write(server):
    server.sql("INSERT INTO app.ledger VALUES (1, 1, 1)", *APPLICATION)


def refusal(server):
    """The number of the error that hbvrrp's account gets."""
    with pytest.raises(pymysql.MySQLError) as refused:
        server.sql("SELECT 1", *MONITOR)
    return refused.value.args[0]


def test_a_changed_password(databases):
    a, b = databases
    session = a.connect(*MONITOR)
    faults.change_password(a, "another")
    assert refusal(a) == 1045
    with pytest.raises(pymysql.MySQLError):
        session.ping(reconnect=False)
    assert b.sql("SELECT 1", *MONITOR)
    write(a)
    faults.change_password(a, MONITOR[1])
    assert a.sql("SELECT 1", *MONITOR)


def test_no_connection_left(databases):
    a, _ = databases
    session = a.connect(*MONITOR)
    with faults.no_connection_left(a):
        assert refusal(a) == faults.TOO_MANY_CONNECTIONS
        with pytest.raises(pymysql.MySQLError):
            session.ping(reconnect=False)
    assert a.sql("SELECT 1", *MONITOR)


def test_an_applier_that_is_held_lags_and_catches_up(databases):
    a, b = databases
    with faults.applier_held(b):
        write(a)  # which b acknowledges: it has received it
        assert_stays(lambda: rows(b) == 0 and b.replica_state().receiving, 1, "the row is not applied")
    b.wait_executed(a.executed(), 5)
    assert rows(b) == 1


def test_a_broken_applier(databases):
    a, b = databases
    faults.break_applier(a, b)
    state = b.replica_state()
    assert state.error and state.receiving and not state.applying and not b.is_writable()
    write(a)  # it is received all the same


def test_a_transaction_that_was_not_acknowledged_is_on_the_old_primary_alone(lab, databases):
    a, b = databases
    with faults.replication_cut(lab.hosts["b"], a.address):
        faults.write_that_waits(a, 5)
        a.kill()
    assert b.value("SELECT COUNT(*) FROM app.t") == 0
    a.start()
    assert a.value("SELECT COUNT(*) FROM app.t") == 1
    assert not lab.hosts["b"].namespace.nft_tables()


def test_a_full_disk_stops_writes_until_it_has_room(databases):
    a, _ = databases
    a.disk.fill()
    with pytest.raises(OSError) as full, open(a.disk.directory / "one-more", "wb", buffering=0) as file:
        file.write(bytes(4096))
    assert full.value.errno == errno.ENOSPC
    a.disk.free()
    (a.disk.directory / "one-more").unlink()
    write(a)
    assert rows(a) == 1


def test_an_errant_transaction(databases):
    a, b = databases
    before = a.executed()
    b.write_behind_the_back("INSERT INTO app.t VALUES (7)")
    assert (a.executed(), b.is_writable()) == (before, False)
    assert b.executed() != before and b.value("SELECT COUNT(*) FROM app.t") == 1


def test_two_writable_servers_are_seen(databases):
    a, b = databases
    with WritabilityWatch(a, b) as watch:
        wait_until(lambda: all(watch.samples.values()), 5, "both have been asked")
        assert not watch.both_writable()
        b.set_writable(True)
        wait_until(watch.both_writable, 5, "both are seen to be writable")
    assert not watch.blind_on()


def test_a_server_that_nobody_has_seen_is_not_called_read_only(databases):
    a, b = databases
    b.kill()
    with WritabilityWatch(a, b) as watch:
        wait_until(lambda: watch.samples["a"], 5, "a has been asked")
    assert not watch.both_writable() and watch.blind_on() == ["b"]
