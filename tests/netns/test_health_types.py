# SPDX-License-Identifier: GPL-2.0-or-later
"""Every type of check that needs something real: processes, file systems, neighbours, programs."""
import contextlib
import subprocess
import time

import pytest

from lab.probe import built_program
from lab.wait import assert_stays

SERVER = """
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
while True:
    server.accept()[0].close()
"""
# Far longer than what must not wait for it.
SLOW = {"interval": "3s", "timeout": "1s", "rise": 1, "fall": 3}
QUICK = {"interval": "100ms", "timeout": "80ms", "rise": 1, "fall": 2}
# What answers by a thread or a process of its own has to wait for a processor.
PATIENT = {"interval": "1s", "timeout": "1s", "rise": 1, "fall": 1}


@pytest.fixture
def directory(pair, request):
    path = pair.lab.directory / request.node.name.replace("[", "-").replace("]", "")
    path.mkdir()
    return path


def start_pair(pair, check, **options):
    """a with the check and the higher priority, b without: the address is where a lets it be."""
    a = pair.speaker(pair.a, checks=[check], **options).start()
    b = pair.speaker(pair.b).start()
    return a, b


def serve(host, path):
    path.unlink(missing_ok=True)
    return host.start("/usr/bin/python3", "-c", SERVER, path, name="server")


def events(speaker):
    """With single blanks; nothing while it does not listen yet."""
    return " ".join(speaker.ctl("events", check=False).stdout.split())


def test_the_end_of_a_process_is_noticed_between_two_probes(pair, directory):
    server = serve(pair.a, directory / "sock")
    pair.lab.wait_until((directory / "sock").exists, 5, "the server listens")
    a, b = start_pair(pair, {"type": "process", "socket": str(directory / "sock"), **SLOW})
    pair.wait_for_owner(a)
    server.kill()
    killed = time.monotonic()
    pair.wait_for_owner(b)
    assert time.monotonic() - killed < 2.5  # less than one interval; by samples it would be three
    assert f"vip: check process failed: process {server.pid} has ended" in events(a)
    serve(pair.a, directory / "sock")
    pair.wait_for_owner(a, 10)


def test_a_process_that_is_stopped_has_failed(pair, directory):
    server = serve(pair.a, directory / "sock")
    (directory / "pid").write_text(f"{server.pid}\n", encoding="utf-8")
    a, b = start_pair(pair, {"type": "process", "pid_file": str(directory / "pid"), "command": "python3",
                             **QUICK})
    pair.wait_for_owner(a)
    server.pause()
    pair.wait_for_owner(b)
    assert f"process {server.pid} is stopped" in events(a)
    server.resume()
    pair.wait_for_owner(a)


@contextlib.contextmanager
def small_disk(directory):
    """A file system of 4 MiB of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def test_a_disk_that_fills_up_or_becomes_read_only_has_failed(pair, directory):
    with small_disk(directory):
        a, b = start_pair(pair, {"type": "disk", "path": str(directory), "min_free": "1MiB",
                                 **PATIENT})
        pair.wait_for_owner(a)
        (directory / "large").write_bytes(bytes(3500 * 1024))
        pair.wait_for_owner(b)
        assert "MiB are free, 1 MiB are needed" in events(a)
        (directory / "large").unlink()
        pair.wait_for_owner(a)
        a.process.kill()  # it would hold the file system
        pair.wait_for_owner(b)
        subprocess.run(["mount", "-o", "remount,ro", directory], check=True)
        a.start()
        pair.lab.wait_until(lambda: "the file system is read-only" in events(a), 5, "a sees it")
        a.process.kill()  # the mount in its own namespace stays as it is
        subprocess.run(["mount", "-o", "remount,rw", directory], check=True)
        a.start()
        pair.wait_for_owner(a)


def test_a_mount_that_only_we_may_not_write_to_moves_nothing(pair, directory):
    """As systemd's ProtectSystem= makes them: what this process may not do is no proof against the disk."""
    with small_disk(directory):
        subprocess.run(["mount", "-o", "remount,bind,ro", directory], check=True)
        a, b = start_pair(pair, {"type": "disk", "path": str(directory), **PATIENT})
        pair.wait_for_owner(b)  # a is not eligible: nothing is known
        assert_stays(lambda: "HB0440" not in events(a), 2.5, "no failure")
        a.process.kill()  # the mount in its own namespace stays as it is
        subprocess.run(["mount", "-o", "remount,bind,rw", directory], check=True)
        a.start()
        pair.wait_for_owner(a)


@pytest.mark.parametrize("address, length", [("192.0.2.77", 24), ("2001:db8::77", 64), ("fe80::77", 64)])
def test_a_gateway_that_falls_silent(pair, address, length):
    nodad = " nodad" if ":" in address else ""
    pair.client.namespace.ip(f"addr add {address}/{length} dev eth0{nodad}")
    try:
        a, b = start_pair(pair, {"type": "gateway", "interface": "eth0", "address": address, **QUICK})
        pair.wait_for_owner(a)
        pair.client.namespace.ip(f"addr del {address}/{length} dev eth0")
        pair.wait_for_owner(b)
        assert "vip: check gateway failed: no answer in time" in events(a)
    finally:
        with contextlib.suppress(Exception):
            pair.client.namespace.ip(f"addr add {address}/{length} dev eth0{nodad}")
    pair.wait_for_owner(a)
    pair.client.namespace.ip(f"addr del {address}/{length} dev eth0")
    pair.wait_for_owner(b)


def test_a_program_decides_by_its_exit_status(pair, directory):
    answer = directory / "answer"
    answer.write_text("0 well", encoding="utf-8")
    script = f"read status text < {answer}; echo $text; exit $status"
    a, b = start_pair(pair, {"type": "exec", "command": ["/bin/sh", "-c", script], **PATIENT})
    pair.wait_for_owner(a)
    for harmless in ("1 slow", "3 who knows", "77 what"):
        answer.write_text(harmless, encoding="utf-8")
        assert_stays(lambda: a.state() == "Active", 2.2, harmless)
    assert "HB0444 vip: check exec warns: slow" in events(a)
    answer.write_text("2 gone", encoding="utf-8")
    pair.wait_for_owner(b)
    assert "vip: check exec failed: gone" in events(a)
    answer.write_text("0 well", encoding="utf-8")
    pair.wait_for_owner(a)


def test_what_a_program_has_measured_is_in_the_status(pair, directory):
    answer = directory / "answer"
    answer.write_text("0 well|time=0.1s;1;2", encoding="utf-8")
    script = f"IFS=' ' read -r status text < {answer}; echo \"$text\"; exit $status"
    a, _ = start_pair(pair, {"type": "exec", "command": ["/bin/sh", "-c", script], **PATIENT})
    pair.wait_for_owner(a)
    check, = a.router_status()["checks"]
    assert check["age_ms"] < 3000
    assert check | {"age_ms": 0} == {
        "name": "exec", "type": "exec", "verdict": "up", "stale": False, "warning": False, "reason": None,
        "failure": None, "measure": "time=0.1s;1;2", "age_ms": 0}
    assert "check exec: up, asked " in a.ctl("status").stdout
    answer.write_text("2 gone|time=9s;1;2", encoding="utf-8")
    pair.lab.wait_until(lambda: a.router_status()["checks"][0]["verdict"] == "down", 10, "it is down")
    check, = a.router_status()["checks"]
    assert (check["reason"], check["failure"], check["measure"]) == ("gone", "gone", "time=9s;1;2")
    answer.write_text("0 well", encoding="utf-8")
    pair.wait_for_owner(a)


def test_a_soft_check_moves_the_address_to_the_better_box_and_never_to_nobody(pair, directory):
    answer = directory / "answer"
    answer.write_text("0", encoding="utf-8")
    check = {"type": "exec", "command": ["/bin/sh", "-c", f"echo soft; exit $(cat {answer})"], "weight": 150,
             **PATIENT}
    a, b = start_pair(pair, check)
    pair.wait_for_owner(a)
    answer.write_text("2", encoding="utf-8")
    pair.wait_for_owner(b)
    assert "HB0442 vip: check exec takes 150 off the priority: soft" in events(a)
    b.process.kill()
    pair.wait_for_owner(a)  # worse is better than nobody
    answer.write_text("77", encoding="utf-8")
    stale = "HB0443 vip: check exec has not known for long: exit status 77: soft"
    pair.lab.wait_until(lambda: stale in events(a), 20, "it is stale")
    assert a.state() == "Active"


def test_a_plugin_is_asked_by_a_process_of_its_own(pair, directory):
    beat = directory / "beat"
    beat.touch()
    a, b = start_pair(pair, {"type": "plugin", "plugin": str(built_program("file_age.so")),
                             "settings": [f"file={beat}", "critical=1000"], **PATIENT})
    pair.wait_for_owner(a)
    beat.unlink()
    pair.wait_for_owner(b)
    assert f"vip: check plugin failed: {beat}: No such file or directory" in events(a)
    beat.touch()
    pair.wait_for_owner(a)


def test_a_service_that_a_restart_brings_back_keeps_its_address(pair, directory):
    socket, script = directory / "sock", directory / "server.py"
    script.write_text(SERVER, encoding="utf-8")
    serve(pair.a, socket)
    pair.lab.wait_until(socket.exists, 5, "the server listens")
    restart = f"rm -f {socket}; /usr/bin/python3 {script} {socket} & echo $! > {directory}/pid"
    a, b = start_pair(pair, {"type": "process", "socket": str(socket), **QUICK},
                      on_service_down="restart-then-failover", restart_command=["/bin/sh", "-c", restart],
                      restart_budget="10s")
    pair.wait_for_owner(a)
    pair.a.processes[-2].kill()
    pair.lab.wait_until((directory / "pid").exists, 5, "it was restarted")
    assert_stays(lambda: a.state() == "Active", 1, "the address stays")
    assert a.router_status()["counters"]["became_active"] == 1
    assert "HB0445 vip: check process failed: process" in events(a)
    assert "HB0446 vip: the restart command ended: exit status 0; no output" in events(a)
    # Again, and too soon: now it is a failover.
    subprocess.run(["kill", "-9", (directory / "pid").read_text(encoding="utf-8").strip()], check=True)
    pair.wait_for_owner(b)
