# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory's database servers themselves: each fault and each view must be what it says."""
import threading

import pymysql
import pytest

from lab import LabError, wait_until
from lab.database import APPLICATION, MONITOR
from lab.mariadb import MariaDb
from lab.mysql import MySql

USER, PASSWORD = APPLICATION
TAKEOVER = {
    MariaDb: ["SHOW ALL SLAVES STATUS", "STOP SLAVE IO_THREAD", "SELECT MASTER_GTID_WAIT('', 1)",
              "STOP SLAVE", "SET GLOBAL rpl_semi_sync_slave_enabled = OFF",
              "SET GLOBAL rpl_semi_sync_master_enabled = OFF", "RESET SLAVE ALL",
              "SET GLOBAL read_only = OFF", "SHOW PROCESSLIST", "SET SESSION sql_log_bin = OFF"],
    MySql: ["SHOW REPLICA STATUS", "STOP REPLICA IO_THREAD",
            "SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status",
            "SELECT WAIT_FOR_EXECUTED_GTID_SET('', 1)", "STOP REPLICA",
            "SET GLOBAL rpl_semi_sync_replica_enabled = OFF",
            "SET GLOBAL rpl_semi_sync_source_enabled = OFF", "RESET REPLICA ALL",
            "SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF", "SET GLOBAL offline_mode = OFF",
            "SHOW PROCESSLIST", "SET SESSION sql_log_bin = OFF"],
}


def write(server, number):
    server.sql(f"INSERT INTO app.t VALUES ({number})", USER, PASSWORD)


def rows(server):
    return [row["id"] for row in server.sql("SELECT id FROM app.t ORDER BY id")]


def test_a_pair_replicates_and_acknowledges(databases):
    a, b = databases
    before = a.semi_sync().acknowledged
    for number in range(10):
        write(a, number)
    b.wait_executed(a.executed(), 5)
    assert rows(b) == list(range(10))
    assert a.semi_sync().acknowledged == before + 10
    assert a.semi_sync().unacknowledged == 0
    assert (a.is_writable(), b.is_writable()) == (True, False)
    assert b.replica_state().source == a.address
    assert a.replica_state() is None
    with pytest.raises(pymysql.MySQLError, match="read-only"):
        write(b, 11)


def test_a_commit_waits_for_a_frozen_replica(databases):
    a, b = databases
    b.pause()
    writer = threading.Thread(target=write, args=(a, 1))
    writer.start()
    wait_until(lambda: a.semi_sync().waiting == 1, 5, "the commit waits")
    assert writer.is_alive()
    b.resume()
    writer.join(5)
    assert not writer.is_alive()
    assert rows(a) == [1]


def test_a_killed_primary_is_seen_and_comes_back_fenced(databases):
    a, b = databases
    write(a, 1)
    a.kill()
    assert not a.running()
    wait_until(lambda: not b.replica_state().receiving, 5, "the replica has lost its source")
    a.start()
    assert not a.is_writable()
    wait_until(lambda: b.replica_state().receiving, 10, "the replica is back",
               lambda: repr(b.replica_state()))
    assert rows(a) == rows(b) == [1]


def test_a_frozen_primary_answers_nobody(databases):
    a, _ = databases
    a.pause()
    with pytest.raises(pymysql.MySQLError):
        pymysql.connect(unix_socket=str(a.socket), user="root", connect_timeout=1, read_timeout=1)
    a.resume()
    assert a.value("SELECT 2") == 2


def test_the_monitor_may_do_what_a_takeover_needs(databases):
    a, b = databases
    write(a, 1)
    b.wait_executed(a.executed(), 5)
    for statement in TAKEOVER[type(b)]:
        b.sql(statement, *MONITOR)
    b.sql("CREATE TABLE highbase.probe (id INT PRIMARY KEY)", *MONITOR)
    b.sql("INSERT INTO highbase.probe VALUES (1)", *MONITOR)
    assert b.is_writable()
    assert rows(b) == [1]
    with pytest.raises(pymysql.MySQLError, match="denied"):
        b.sql("DROP TABLE app.t", *MONITOR)


def test_the_relay_log_is_seen(databases):
    a, b = databases
    write(a, 1)
    last = a.executed().rpartition("-")[2]
    wait_until(lambda: b.replica_state().received.rpartition("-")[2] == last, 5, "all is received",
               lambda: f"{b.replica_state()}, not {last}")
    b.unfollow()
    assert b.replica_state() is None


def test_a_server_without_a_network_and_its_life(tmp_path, product):
    with product(tmp_path, "alone", 7) as server:
        server.start()
        assert server.value("SELECT @@server_id") == 7
        assert server.value("SELECT @@skip_networking") == 1
        server.set_writable(True)
        server.sql("CREATE TABLE app.t (id INT PRIMARY KEY)")
        write(server, 1)
        server.kill()
        server.start()
        assert rows(server) == [1]
        assert server.stop() == 0
        assert not server.running()
    assert not server.directory.exists()


def test_a_server_that_cannot_start_says_why(tmp_path, product):
    with product(tmp_path, "broken", 1, settings={"no_such_setting": 1}) as server:
        with pytest.raises(LabError, match="no.such.setting"):
            server.start()
