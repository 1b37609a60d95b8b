# SPDX-License-Identifier: GPL-2.0-or-later
"""The primary's disk is full, and nothing asks how full it is: what tells is that nobody can write."""
import time

# A second without a commit, a write that waits for 1.5 s, and a busy machine.
SOON_MS = 10000


def test_writes_that_hang_are_a_failover(start_pair):
    pair = start_pair(disk_mb=250, check_disk=False)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        pair.a.server.disk.fill()
        pair.wait_for_primary(pair.b, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(at) < SOON_MS
        assert ledger.assert_nothing_lost(pair.b.server).turns == [1, 2]
    assert pair.a.has_reported("role_resigned", reason="it does not commit")


def test_the_server_of_the_full_disk_is_closed(start_pair):
    """Where nobody else writes it is hbvrrp's own heartbeat that hangs; it must not be in hbvrrp's way. MySQL
    ends itself when its binary log cannot be written (binlog_error_action)."""
    pair = start_pair(disk_mb=250, check_disk=False)
    pair.a.server.disk.fill()
    pair.wait_for_primary(pair.b, 20)
    pair.wait(lambda: not pair.a.server.running() or not pair.a.server.is_writable(), 10,
              "a's server is read-only, or has ended")
