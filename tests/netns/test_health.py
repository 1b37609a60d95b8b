# SPDX-License-Identifier: GPL-2.0-or-later
"""A check of the service behind the address moves the address."""
import time

from lab.speakers import VIP4, skew_ms
from lab.wait import assert_stays

SERVER = """
import socket
server = socket.create_server(("127.0.0.1", 3306))
while True:
    server.accept()[0].close()
"""
CHECK = {"server": "127.0.0.1:3306", "interval": "100ms", "timeout": "50ms", "rise": 2, "fall": 3}
FALL_MS, TIMEOUT_MS = 3 * 100, 50
VIP = VIP4[0].split("/")[0]


def serve(host):
    return host.start("/usr/bin/python3", "-c", SERVER, name="server")


def start_pair(pair, serving, **options):
    """Speakers with a check on both hosts, and servers on those that are `serving`, by the host's name."""
    servers = {host.name: serve(host) for host in serving}
    a, b = (pair.speaker(host, checks=[CHECK], **options).start() for host in (pair.a, pair.b))
    return a, b, servers


def warnings(speaker):
    return {warning["code"] for warning in speaker.router_status()["warnings"]}


def test_the_address_leaves_a_server_that_dies_and_returns_with_it(pair):
    a, b, servers = start_pair(pair, (pair.a, pair.b))
    pair.wait_for_owner(a)
    b.wait_for_state("Backup")
    pair.lab.wait_until(lambda: b.router_status()["eligible"], 5, "b could serve too")
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        mark = probe.mark()
        servers["a"].kill()
        killed = time.monotonic()
        probe.wait_for("reply-mac", 5, "b answers", since=mark, mac=b.mac())
        moved_ms = (time.monotonic() - killed) * 1000
        released = probe.of_kind("advert", priority=0)
        outage_ms = probe.stop()["longest_outage_ms"]
    # Half a second more for two busy processors: without the check it would not move at all.
    assert moved_ms < FALL_MS + TIMEOUT_MS + skew_ms(100, 20) + 500
    assert outage_ms < 200 and released
    pair.wait_for_owner(b)
    # Perhaps also of a conflict: both may have begun in the same millisecond, and been Active for a moment.
    assert {"not_eligible"} <= warnings(a) <= {"not_eligible", "address_conflict"}
    assert "not eligible: a check of its service failed" in a.ctl("status").stdout
    assert "vip: check tcp-3306 failed: Connection refused" in a.ctl("events").stdout

    serve(pair.a)
    pair.wait_for_owner(a)
    assert warnings(a) <= {"address_conflict"} and b.state() == "Backup"


def test_without_preempt_the_address_stays_where_the_service_went(pair):
    a, b, servers = start_pair(pair, (pair.a,), preempt=False)
    pair.wait_for_owner(a)
    serve(pair.b)
    pair.lab.wait_until(lambda: b.router_status()["eligible"], 5, "b could serve too")
    servers["a"].kill()
    pair.wait_for_owner(b)
    serve(pair.a)
    pair.lab.wait_until(lambda: a.router_status()["eligible"], 5, "a could serve again")
    assert_stays(lambda: b.state() == "Active", 0.5, "the address stays with b")
    pair.wait_for_owner(b)


def test_nobody_has_the_address_while_the_service_is_down_everywhere(pair):
    a, b, servers = start_pair(pair, (pair.b,))
    pair.wait_for_owner(b)
    assert a.router_status()["priority"] == 200 and not a.router_status()["eligible"]
    servers["b"].kill()
    pair.wait_for_no_owner(VIP)
    assert_stays(lambda: a.state() == b.state() == "Backup", 0.5, "both wait for their service")
    serve(pair.b)
    pair.wait_for_owner(b)


def test_a_reload_that_keeps_the_check_keeps_its_verdict(pair):
    a, b, _ = start_pair(pair, (pair.a,))
    pair.wait_for_owner(a)
    for checks in ([CHECK], [CHECK, CHECK | {"name": "other"}], []):
        router, _ = a.routers[0]
        a.routers[0] = (router, {"ears_open_timeout": "0s", "checks": checks})
        before = a.status()["daemon"]["last_reload"]
        a.reload()
        pair.lab.wait_until(lambda: a.status()["daemon"]["last_reload"] != before, 3,
                            "the file was read again")
        status = a.router_status()
        assert len(status["configuration"]["checks"]) == len(checks)
        assert status["eligible"] and status["counters"]["became_active"] == 1
    assert not b.router_status()["eligible"]
