# SPDX-License-Identifier: GPL-2.0-or-later
"""hbctl and the control socket of a running daemon."""
import json
import socket
import stat

import pytest


def test_status_tells_who_owns_the_address(pair):
    a, b = pair.start()
    mine, theirs = a.router_status(), b.router_status()
    assert mine["state"] == "Active" and mine["serving"] and mine["active"]["self"]
    assert mine["addresses"] == ["192.0.2.100/24"] and mine["service_mac"] == a.mac()
    assert mine["counters"]["became_active"] == 1 and mine["counters"]["advertisements_sent"] > 0
    assert theirs["state"] == "Backup" and not theirs["serving"]
    assert theirs["active"]["address"] == a.host.nic.ipv4 and theirs["active"]["priority"] == 200
    assert theirs["counters"]["advertisements_received"] > 0
    assert a.status()["node"] == "a"


def test_status_for_people_names_the_state(pair):
    a, b = pair.start()
    assert "Active" in a.ctl("status").stdout and "192.0.2.100" in a.ctl("status").stdout
    assert "Backup" in b.ctl("status").stdout


def test_events_tell_the_takeover_in_order(pair):
    a, _ = pair.start()
    events = [json.loads(line) for line in a.ctl("events", "--json").stdout.splitlines()]
    names = [event["name"] for event in events]
    assert names.index("became_backup") < names.index("became_active") < names.index("addresses_acquired")
    assert all(event["code"].startswith("HB") for event in events)


def test_the_socket_is_closed_to_others_and_removed_at_the_end(pair):
    a, _ = pair.start()
    path = a.socket_of(a.host)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    a.stop()
    assert not path.exists()
    pair.wait_for_owner(pair.speakers[1])


def test_without_a_daemon_hbctl_says_so(pair):
    done = pair.speaker(pair.a).ctl("status", check=False)
    assert done.returncode == 3 and "hbvrrp" in done.stderr


@pytest.mark.parametrize("arguments", [["frobnicate"], ["status", "--frobnicate"], []])
def test_wrong_usage_is_told_apart(pair, arguments):
    assert pair.speaker(pair.a).ctl(*arguments, check=False).returncode == 2


@pytest.mark.parametrize("request_text", [b"nonsense\n", b"{}\n", b"\xff\xfe\x00\n", b"{" * 100000 + b"\n"])
def test_nonsense_on_the_socket_disturbs_nobody(pair, request_text):
    a, _ = pair.start()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        client.connect(str(a.socket_of(a.host)))
        try:
            client.sendall(request_text)
            answer = client.recv(65536)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
    assert answer == b"" or "error" in json.loads(answer)
    pair.wait_for_owner(a)


def test_a_daemon_that_was_killed_leaves_no_obstacle(pair):
    a, b = pair.start()
    a.process.kill()
    b.wait_for_state("Active")
    a.start()
    pair.wait_for_owner(a)
    b.wait_for_state("Backup")
