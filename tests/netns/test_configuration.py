# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration file of a running daemon, and files that are wrong."""
import dataclasses

import pytest

from lab import AddressWatch
from lab.probe import built_program
from lab.wait import assert_stays


def last_reload(speaker):
    return speaker.status()["daemon"]["last_reload"]


def reload(speaker, text=None, **changes):
    """SIGHUP with changed settings of the first virtual router, or with another text; what became of it."""
    router, options = speaker.routers[0]
    speaker.router = dataclasses.replace(router, **changes)
    speaker.routers[0] = (speaker.router, options)
    before = last_reload(speaker)
    speaker.reload(text)
    speaker.host.lab.wait_until(lambda: last_reload(speaker) != before, 3, "the file was read again")
    return last_reload(speaker)


def test_a_change_that_allows_it_is_applied_without_leaving_active(pair):
    a, b = pair.start()
    with pair.probe() as probe, AddressWatch(a.host.namespace) as watch:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
        mark = probe.mark()
        assert reload(a, interval_ms=50)["applied"]
        changed = probe.wait_for("advert", 2, "the new interval", since=mark, interval_cs=5)
        assert changed["priority"] == 200
        assert reload(a, priority=210)["applied"]
        probe.wait_for("advert", 2, "the new priority", priority=210)
        summary = probe.stop()
        assert not [event for event in watch.events if not event.added]
    assert not probe.of_kind("advert", priority=0) and summary["longest_outage_ms"] < 50
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_a_lower_priority_moves_the_address(pair):
    a, b = pair.start()
    assert reload(a, priority=50)["applied"]
    pair.wait_for_owner(b)


def test_an_address_is_added_and_removed_while_active(pair):
    a, b = pair.start()
    both = ("192.0.2.100/24", "192.0.2.101/24")
    for speaker in (b, a):
        assert reload(speaker, addresses=both)["applied"]
    pair.wait_for_owner(a)
    assert a.host.has_address("192.0.2.100")
    for speaker in (b, a):
        assert reload(speaker, addresses=both[:1])["applied"]
    pair.wait_for_owner(a)
    pair.wait_for_no_owner("192.0.2.101")


@pytest.mark.parametrize("text, told", [
    ("[node]\nname = \"a\"\n[[virtual_router]\n", "hbvrrp.toml:3"),
    ("[node]\nnmae = \"a\"\n", "name"),
    ("", "virtual_router"),
], ids=["not TOML", "unknown key", "empty"])
def test_a_wrong_file_is_refused_and_the_running_one_stays(pair, text, told):
    a, b = pair.start()
    with AddressWatch(a.host.namespace) as watch:
        answer = reload(a, text)
        assert not answer["applied"] and told in answer["message"]
        assert_stays(lambda: a.state() == "Active" and b.state() == "Backup", 0.2, "nothing moves")
        assert not [event for event in watch.events if not event.added]
    pair.wait_for_owner(a)


def run_with(pair, text, *options):
    path = pair.lab.directory / "try.toml"
    path.write_text(text, encoding="utf-8")
    return pair.a.run(built_program("hbvrrp"), "--config", path, *options, check=False)


WRONG = """\
[node]
nmae = "a"
[[virtual_router]]
name = "vip"
interface = "eth0"
vrid = 300
addresses = ["192.0.2.100/24"]
advertisement_interval = "1ms"
"""


@pytest.mark.parametrize("options", [[], ["--check"]], ids=["start", "check"])
def test_all_mistakes_are_told_at_once_and_nothing_is_changed(pair, options):
    done = run_with(pair, WRONG, *options)
    told = done.stdout + done.stderr
    assert done.returncode == 2
    for place in ("try.toml:2:1", "try.toml:6:8", "try.toml:8:26"):
        assert place in told
    assert "name" in told
    pair.a.assert_nothing_left(timeout=0)


def test_check_and_print_config_start_nothing(pair):
    speaker = pair.speaker(pair.a)
    assert run_with(pair, speaker.configuration(), "--check").returncode == 0
    printed = run_with(pair, speaker.configuration(), "--print-config")
    assert printed.returncode == 0
    again = run_with(pair, printed.stdout, "--print-config")
    assert again.stdout == printed.stdout and "vrid" in printed.stdout
    pair.a.assert_nothing_left(timeout=0)


def test_a_missing_file_is_a_usage_error(pair):
    done = pair.a.run(built_program("hbvrrp"), "--config", "/nonexistent/hbvrrp.toml", check=False)
    assert done.returncode == 2 and "/nonexistent/hbvrrp.toml" in done.stderr


def key_file(pair, text, mode=0o600):
    path = pair.lab.directory / "try.key"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text, encoding="ascii")
        path.chmod(mode)
    return path


@pytest.mark.parametrize("text, mode, wrong", [
    (None, 0, "cannot be opened: No such file or directory"),
    ("", 0o600, ""),
    ("abc\n", 0o600, "holds 3 hexadecimal digits, and not 64"),
    (64 * "x", 0o600, "holds something else than hexadecimal digits"),
    (64 * "0", 0o600, "holds one octet 32 times, which is no secret"),
    (32 * "0f" + "\n", 0o644, "has mode 0644, which lets every user of this host at the key"),
], ids=["missing", "empty", "short", "not a number", "no secret", "readable"])
def test_without_a_good_key_nothing_starts_and_it_is_said_how_to_make_one(pair, text, mode, wrong):
    path = key_file(pair, text, mode)
    speaker = pair.speaker(pair.a, peer={"paths": [pair.b.nic.ipv4], "key_file": str(path)})
    for options, status in (([], 1), (["--check"], 2)):
        done = run_with(pair, speaker.configuration(), *options)
        assert done.returncode == status, done.stderr
        assert f"the key file {path} {wrong}" in done.stderr
        assert f"hbctl key > {path}" in done.stderr
    pair.a.assert_nothing_left(timeout=0)


def test_check_takes_a_good_key_and_looks_at_the_old_one_as_well(pair):
    path = key_file(pair, pair.a.run(built_program("hbctl"), "key").stdout)
    peer = {"paths": [pair.b.nic.ipv4], "key_file": str(path)}
    assert run_with(pair, pair.speaker(pair.a, peer=peer).configuration(), "--check").returncode == 0
    with_old = pair.speaker(pair.a, peer=peer | {"old_key_file": "/nonexistent/old.key"})
    done = run_with(pair, with_old.configuration(), "--check")
    assert done.returncode == 2 and "the key file /nonexistent/old.key cannot be opened" in done.stderr
