# SPDX-License-Identifier: GPL-2.0-or-later
"""on_service_down = "restart-then-failover": a server that goes down is started again where it is, and only
where that does not help does the other box take over."""
import time


def start_restarting(start_pair, command):
    return start_pair(router={"on_service_down": "restart-then-failover", "restart_command": command,
                              "restart_budget": "20s"})


def test_a_server_that_comes_back_keeps_its_role(start_pair, tmp_path):
    asked, started = tmp_path / "asked", tmp_path / "started"
    waits = f"echo > {asked}; until [ -e {started} ]; do sleep 0.02; done"
    pair = start_restarting(start_pair, ["/bin/sh", "-c", waits])
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.server.kill()
        pair.wait(asked.exists, 5, "a restart of the server is asked for")
        assert pair.a.service()["eligibility"] == "service_unknown"
        pair.a.server.start()
        started.touch()
        ledger.wait_for(50, 20, time.monotonic_ns())
        audit = pair.check(ledger, pair.a)
        assert audit.turns == [1]
    assert pair.a.service()["epoch"] == 1 and pair.a.is_primary()
    assert pair.a.has_reported("restart_begun") and pair.a.has_reported("restart_ended")
    pair.assert_never_both_writable()


def test_a_restart_that_fails_is_a_failover(start_pair):
    pair = start_restarting(start_pair, ["/bin/false"])
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.server.kill()
        pair.wait_for_primary(pair.b, 10)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    assert pair.a.has_reported("restart_ended")
    pair.assert_never_both_writable()
