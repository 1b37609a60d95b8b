# SPDX-License-Identifier: GPL-2.0-or-later
"""The primary fails while clients write: the other box serves, and nothing that was acknowledged is lost."""
import time

from lab import faults
from lab.database import APPLICATION

# In which clients can write again, on a busy machine; bench/mysql measures what it is on an idle one.
SOON_MS = 5000


def fails_over(pair, ledger, fault, soon_ms=SOON_MS):
    """Clients write, the fault comes, b serves them soon."""
    ledger.wait_for(50, 10)
    at = time.monotonic_ns()
    fault()
    pair.wait_for_primary(pair.b, 20)
    ledger.wait_for(50, 10, time.monotonic_ns())
    assert ledger.outage_ms(at) < soon_ms
    pair.check(ledger, pair.b, terms=2)


def test_the_server_is_killed(pair):
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.server.kill)
    pair.assert_never_both_writable()
    assert pair.b.service()["epoch"] == 2


def test_a_server_that_is_reached_by_tcp(start_pair):
    pair = start_pair(by_tcp=True)  # with TLS, where the server has it
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.server.kill)
    pair.assert_never_both_writable()


def test_the_server_is_killed_under_full_load(pair):
    with pair.ledger(rate=0, threads=8) as ledger:
        fails_over(pair, ledger, pair.a.server.kill, soon_ms=15000)
    pair.assert_never_both_writable()


def test_the_server_freezes_and_thaws_later(start_pair):
    pair = start_pair(mysql={"fence_kill_after": "off"})  # test_fence.py has what happens otherwise
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.server.pause)
        pair.a.server.resume()
        pair.wait(lambda: not pair.a.server.is_writable(), 5, "the old primary is fenced")
        pair.check(ledger, pair.b, terms=2)
    assert pair.b.is_primary()


def test_the_server_is_stopped(pair):
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.server.stop)
    pair.assert_never_both_writable()


def test_the_host_dies(pair):
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.host.die)


def test_clients_of_a_dead_host_do_not_wait_for_it(pair):
    """They have sent their statement and wait for its end: nothing that they send would find out."""
    sleeper = ("import pymysql, sys; "
               "pymysql.connect(host=sys.argv[1], user=sys.argv[2], password=sys.argv[3])"
               ".cursor().execute('SELECT SLEEP(600)')")
    waiting = [pair.client.start("/usr/bin/python3", "-c", sleeper, pair.vip, *APPLICATION, name="sleeper")
               for _ in range(3)]
    pair.wait(lambda: pair.b.speaker.status()["peer"]["clients"] == len(waiting), 10,
              "b knows the clients of a")
    pair.a.host.die()
    pair.wait_for_primary(pair.b, 20)
    for client in waiting:
        client.wait(5)
        assert "Lost connection" in client.output()


def test_the_link_goes_down(pair):
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.host.nic.down)
        pair.wait(lambda: not pair.a.server.is_writable(), 5, "a makes its server read-only")


def test_the_carrier_is_lost(pair):
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.host.nic.unplug)
        pair.wait(lambda: not pair.a.server.is_writable(), 5, "a makes its server read-only")


def test_the_disk_is_full(start_pair):
    pair = start_pair(disk_mb=250)
    with pair.ledger() as ledger:
        fails_over(pair, ledger, pair.a.server.disk.fill, soon_ms=10000)


def test_the_replica_lags_five_seconds(pair):
    """What it has received it applies first, however long that takes within max_drain."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        held = faults.applier_held_for(pair.b.server, 5)
        ledger.wait_for(200, 10, time.monotonic_ns())
        pair.a.server.kill()
        pair.wait(lambda: not held.is_alive(), 10, "the replica goes on")
        pair.wait_for_primary(pair.b, 10)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    pair.assert_never_both_writable()


def test_the_boxes_do_not_hear_each_other(pair):
    """Clients reach both: the replica's box takes over, and no two servers acknowledge."""
    lan = pair.a.host.nic.lan
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        lan.partition([pair.a.host.nic], [pair.b.host.nic])
        pair.wait(pair.b.is_primary, 20, "b takes over")
        lan.heal()
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)


def test_one_and_then_the_other(pair):
    """Each takes over from the other, and a row of every term is there at the end."""
    with pair.ledger() as ledger:
        fault, terms = pair.a, 1
        for survivor in (pair.b, pair.a, pair.b):
            ledger.wait_for(50, 20, time.monotonic_ns())
            pair.quiet(ledger)
            fault.server.kill()
            ledger.resume()
            pair.wait_for_primary(survivor, 20)
            fault.server.start_as_replica()
            pair.wait_in_sync(fault, 20)
            fault, terms = survivor, terms + 1
        ledger.wait_for(50, 20, time.monotonic_ns())
        audit = pair.check(ledger, pair.b, terms)
        assert audit.turns == [1, 2, 1, 2]
    assert pair.b.service()["epoch"] == 4
