# SPDX-License-Identifier: GPL-2.0-or-later
"""mode = "available": whoever is left serves with what it has, and what it lacks is found when the old
primary is back."""
import os
import time

import pytest
from test_errant_kept import mysqlbinlog

from lab import faults
from lab.database import APPLICATION
from lab.database_pair import DatabasePair
from lab.mysql import MySql

SOON_MS = 5000
# What was acknowledged longer than this before a host died has been received: nothing but a busy machine is
# between the two.
ON_ITS_WAY_MS = 1000
ACKNOWLEDGED = range(4)  # to a client, and received by nobody


@pytest.fixture
def available(lab, product, tmp_path):
    if product is MySql:
        mysqlbinlog(tmp_path)
    gateway = {"type": "gateway", "interface": "eth0", "address": lab.hosts["client"].nic.ipv4, "weight": 10,
               "interval": "200ms", "timeout": "100ms"}
    with DatabasePair(lab, product, mysql={"mode": "available"}, router={"checks": [gateway]}) as pair:
        for box in pair.boxes:
            box.speaker.environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        pair.start().watch.start()
        yield pair


def wait_until_told(pair):
    """a's box has seen all that its server has committed, and b's has heard of it."""
    server = pair.a.server
    pair.wait(lambda: pair.a.service()["server"]["executed"] == server.executed(), 5, "a has seen it")
    at = time.monotonic()
    pair.wait(lambda: pair.b.speaker.status()["peer"]["age_ms"] < (time.monotonic() - at) * 1e3, 5,
              "b has heard of it")


def test_the_server_is_killed_and_returns_with_what_b_lacks(available, tmp_path):
    pair = available
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.quiet(ledger)
        with faults.replication_cut(pair.b.host, pair.a.server.address):
            for number in ACKNOWLEDGED:  # nobody waits for b
                pair.a.server.sql(f"INSERT INTO app.t VALUES ({number})", *APPLICATION)
            wait_until_told(pair)  # b knows that it lacks them, and takes over all the same
            at = time.monotonic_ns()
            pair.a.server.kill()
        ledger.resume()
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(at) < SOON_MS
        pair.a.server.start()
        pair.wait(lambda: pair.a.has_reported("errant_saved"), 30, "what only a has is saved")
        [saved] = pair.a.has_reported("errant_saved")
        excerpt = open(saved["fields"]["file"], encoding="utf-8").read()
        assert excerpt.count("### INSERT INTO `app`.`t`") == len(ACKNOWLEDGED)
        assert all(f"###   @1={number}\n" in excerpt for number in ACKNOWLEDGED)
        assert saved["fields"]["told"] == "yes"  # to clients: a wrote alone
        pair.check(ledger, pair.b, terms=2)
    assert pair.a.service()["eligibility"] == "not_receiving"
    assert pair.a.server.replica_state() is None
    assert pair.b.server.value("SELECT COUNT(*) FROM app.t") == 0
    pair.assert_never_both_writable()


def test_the_host_dies(available):
    pair = available
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = pair.a.host.die()
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(at) < SOON_MS
        audit = ledger.audit(pair.b.server)
        lost = [write for write in ledger.acknowledged if write.id in audit.lost]
        assert all(at - ON_ITS_WAY_MS * 1e6 < write.ended_ns <= at for write in lost), ledger.tail()
        assert not audit.duplicates and audit.turns == [1, 2]


def test_commits_wait_for_the_replica_and_not_for_ever(available):
    pair, server = available, available.a.server
    pair.wait(lambda: server.semi_sync().source_active, 10, "commits wait for b")

    def insert(number):
        began = time.monotonic()
        server.sql(f"INSERT INTO app.t VALUES ({number})", *APPLICATION)
        return time.monotonic() - began

    insert(0)
    assert pair.a.service()["at_risk"] == 0
    with faults.replication_cut(pair.b.host, server.address):
        assert insert(1) >= 1  # commit_wait, by default
        insert(2)
        pair.wait(lambda: (pair.a.service()["at_risk"] or 0) >= 2, 5, "what b lacks is counted")
        assert "what is acknowledged now is on this server alone" in pair.a.speaker.ctl("status").stdout
    pair.wait(lambda: server.semi_sync().source_active, 20, "commits wait for b again")
    pair.wait(lambda: pair.a.service()["at_risk"] == 0, 5, "nothing is at risk any more")
    assert pair.b.server.value("SELECT COUNT(*) FROM app.t") == 3


def test_a_primary_that_is_cut_off_closes_its_server(available):
    """Nobody reaches it but who is on its own host, and b has taken over."""
    pair = available
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        nic = pair.a.host.nic
        nic.lan.cut(nic)
        pair.wait(lambda: not pair.a.server.is_writable(), 10, "a's server is closed")
        assert pair.a.has_reported("role_lost", reason="this box is cut off")
        assert pair.a.has_reported("not_eligible", why="network")
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        nic.lan.heal(nic)
        pair.wait(lambda: pair.a.service().get("role") == "replica"
                  or pair.a.has_reported("errant_saved"), 30, "a is back")
        assert pair.b.is_primary()
