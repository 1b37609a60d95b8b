# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that must not move the service, and are told: advertisements that are lost, a check with a weight, a
replica that somebody opens."""
import time

import pytest

from lab import faults
from lab.database_pair import UNNOTICED_MS, DatabasePair
from lab.hbvrrp import BACKUP
from lab.mariadb import MariaDb
from lab.wait import assert_stays

QUIET_SECONDS = 2  # several times as long as a Backup waits for an Active router that is silent
WEIGHT = 20


@pytest.mark.only(product=MariaDb)
def test_advertisements_are_lost_and_the_peer_link_is_not(pair):
    """The other server takes writes, as its box says all the time: VRRP's silence counts for nothing."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        with faults.advertisements_lost(pair.a.host.nic.lan):
            received = pair.b.speaker.router_status()["counters"]["advertisements_received"]
            assert_stays(lambda: pair.a.is_primary() and pair.b.is_in_sync(), QUIET_SECONDS, "nothing moves")
            router = pair.b.speaker.router_status()
            assert router["counters"]["advertisements_received"] - received <= 1  # that was under way
            assert router["state"] == BACKUP and router["active"]["last_heard_ms_ago"] > 1000
            assert pair.b.service_of_the_other()["role"] == "primary"
            assert not pair.b.has_reported("promotion_began") + pair.b.has_reported("takeover_refused")
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < UNNOTICED_MS
        pair.wait_for_primary(pair.a, 5)
        pair.wait_in_sync(pair.b, 5)
        assert pair.check(ledger, pair.a).turns == [1]
    assert pair.a.service()["epoch"] == 1
    pair.assert_never_both_writable()


@pytest.fixture
def checked(lab, product, tmp_path):
    """On a, the service is a worse one as long as tmp_path/bad is there."""
    with DatabasePair(lab, product) as pair:
        _, options = pair.a.speaker.routers[0]
        script = f"[ ! -e {tmp_path}/bad ] || exit 2"  # as programs of Nagios say that it is critical
        options["checks"] = [{"type": "exec", "command": ["/bin/sh", "-c", script],
                              "interval": "200ms", "timeout": "200ms", "weight": WEIGHT}]
        pair.start().watch.start()
        yield pair


@pytest.mark.only(product=MariaDb)
def test_a_check_with_a_weight_fails(checked, tmp_path):
    """A primary that works is left alone, also a lower one."""
    pair = checked

    def priorities():
        """What a advertises, and what b hears."""
        heard = pair.b.speaker.router_status()["active"]
        return pair.a.speaker.router_status()["priority"], heard["priority"]

    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        full, _ = priorities()
        at = time.monotonic_ns()
        (tmp_path / "bad").touch()
        pair.wait(lambda: priorities() == (full - WEIGHT,) * 2, 5, f"a's priority is lower by {WEIGHT}")
        assert pair.a.has_reported("service_lowered")
        assert_stays(lambda: pair.a.is_primary() and not pair.b.is_primary(), QUIET_SECONDS, "a serves")
        (tmp_path / "bad").unlink()
        pair.wait(lambda: priorities() == (full, full), 5, "a's priority is what it was")
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < UNNOTICED_MS
        assert pair.check(ledger, pair.a).turns == [1]
    assert pair.a.service()["epoch"] == 1
    pair.assert_never_both_writable()


def test_a_replica_that_somebody_opens_is_closed_at_once(pair):
    """And is the same replica after it."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        pair.b.server.set_writable(True)
        pair.wait(lambda: not pair.b.server.is_writable(), 5, "b is read-only again")
        assert time.monotonic_ns() - at < 2e9
        pair.wait(lambda: pair.b.has_reported("duty_done", duty="fence"), 5, "b says so")
        pair.wait_in_sync(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.longest_gap(at).ms < UNNOTICED_MS
        assert pair.check(ledger, pair.a).turns == [1]
    assert pair.a.service()["epoch"] == 1


def test_a_primary_that_somebody_closes_is_opened_again(pair):
    """It has kept the role: nothing moves."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.server.set_writable(False)
        pair.wait(pair.a.server.is_writable, 10, "it is opened again")
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert pair.a.has_reported("duty_began", duty="reopen")
        assert pair.check(ledger, pair.a).turns == [1]
    assert pair.a.service()["epoch"] == 1
    pair.assert_never_both_writable()


def test_a_replica_that_lacks_binary_logs_says_so_and_is_not_promoted(pair):
    """What it was to receive next is gone from the primary: only a new copy helps."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.b.server.stop()
        pair.wait(lambda: pair.a.service()["alone"], 10, "a goes on alone")
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.a.server.sql("FLUSH BINARY LOGS")
        # MariaDB keeps a file until the storage engine has all of it on disk.
        pair.wait(lambda: older_logs_are_purged(pair.a.server), 10, "the older binary logs are gone")
        pair.b.server.start()
        pair.wait(lambda: receiver_error(pair.b) in (1236, 13114), 30, "b cannot follow, and says why")
        assert pair.b.service()["eligibility"] in ("not_in_sync", "not_receiving")
        at = time.monotonic_ns()
        assert_stays(lambda: pair.a.is_primary() and not pair.b.is_in_sync(), QUIET_SECONDS, "a serves alone")
        ledger.wait_for(50, 10, at)
        assert pair.check(ledger, pair.a).turns == [1]


def older_logs_are_purged(server):
    [*_, last] = server.sql("SHOW BINARY LOGS")
    server.sql(f"PURGE BINARY LOGS TO '{last['Log_name']}'")
    return len(server.sql("SHOW BINARY LOGS")) == 1


def receiver_error(box):
    source = box.service().get("server", {}).get("source")
    return source["receiver"]["error_number"] if source else None
