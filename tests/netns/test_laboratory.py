# SPDX-License-Identifier: GPL-2.0-or-later
"""The laboratory and its instruments themselves: each must see what it is there to see."""
import os
import signal
import subprocess
import sys
import time

import pytest

from lab import (AddressWatch, Lab, LabError, VipProbe, WaitTimeout, assert_exactly_one_owner, wait_for_owner,
                 wait_until, who_answers)
from lab.capture import ArpCapture
from lab.namespace import own_namespaces
from lab.ownership import send_gratuitous_arp
from lab.probe import ROOT

VIP, VIP6 = "192.0.2.100", "2001:db8:1::100"


@pytest.fixture
def hosts(lab):
    yield [lab.hosts[name] for name in ("a", "b", "client")]
    for lan in lab.lans:
        lan.heal()
    for host in lab.hosts.values():
        host.clean()


def give(host, address=f"{VIP}/32"):
    host.namespace.ip(f"addr add {address} dev eth0" + (" nodad" if ":" in address else ""))


@pytest.mark.parametrize("vip, prefix", [(VIP, 32), (VIP6, 128)])
def test_one_owner_is_told_from_two_and_from_none(hosts, vip, prefix):
    a, b, client = hosts
    assert who_answers(client, vip) == set()
    give(a, f"{vip}/{prefix}")
    assert_exactly_one_owner(client, vip, a)
    with pytest.raises(AssertionError):
        assert_exactly_one_owner(client, vip, b)
    give(b, f"{vip}/{prefix}")
    claimed = {answer.claimed for answer in who_answers(client, vip)}
    assert claimed == {"02:68:62:00:00:01", "02:68:62:00:00:02"}
    with pytest.raises(AssertionError):
        assert_exactly_one_owner(client, vip, a)


def test_what_is_left_behind_is_named(hosts):
    a, *_ = hosts
    a.assert_nothing_left()
    give(a)
    a.namespace.ip("link add left0 link eth0 type macvlan")
    a.namespace.nft("table inet highbase {}")
    a.namespace.sysctl("net.ipv4.conf.eth0.arp_ignore", 1)
    with pytest.raises(WaitTimeout) as failure:
        a.assert_nothing_left(timeout=0)
    text = str(failure.value)
    for expected in (f"more: address {VIP}/32 on eth0", "more: interface left0 macvlan",
                     "more: table inet highbase", "more: sysctl net.ipv4.conf.eth0.arp_ignore = 1"):
        assert expected in text
    a.clean()
    a.assert_nothing_left()


def test_a_probe_measures_an_outage_and_who_ends_it(hosts):
    a, b, client = hosts
    give(a)
    with VipProbe(client, VIP, realtime=True) as probe:
        probe.wait_for("reply-mac", 2, "a answers", mac=a.nic.mac)
        a.die()
        time.sleep(0.2)
        give(b)
        send_gratuitous_arp(b.nic, VIP)
        probe.wait_for("reply-mac", 2, "b answers", mac=b.nic.mac)
        announced = probe.of_kind("garp", form="arp-request", claimed=b.nic.mac)
        summary = probe.stop()
    assert len(announced) == 1
    assert 200 <= summary["longest_outage_ms"] < 1000
    assert summary["answers"] < summary["probes"] - 100


def test_a_probe_without_any_fault_sees_no_outage(hosts):
    a, _, client = hosts
    give(a)
    with VipProbe(client, VIP, realtime=True) as probe:
        probe.wait_for("reply-mac", 2, "a answers")
        time.sleep(0.3)
        summary = probe.stop()
    assert summary["answers"] >= summary["probes"] - 2 and summary["duplicates"] == 0
    assert summary["longest_outage_ms"] < summary["longest_send_gap_ms"] + 20


def hears(listener, speaker):
    """Whether a broadcast frame of `speaker` reaches `listener`, whatever happens to frames the other way."""
    with ArpCapture(listener) as capture:
        send_gratuitous_arp(speaker.nic, "192.0.2.77")
        try:
            return bool(wait_until(lambda: capture.senders("192.0.2.77"), 0.1, "a frame"))
        except WaitTimeout:
            return False


def test_frames_can_be_lost_in_one_direction(hosts):
    a, b, client = hosts
    lan = a.nic.lan
    lan.block(a.nic, b.nic)
    assert not hears(b, a) and hears(a, b) and hears(client, a)
    lan.heal()
    lan.block(source=a.nic)
    assert not hears(b, a) and not hears(client, a) and hears(a, b)
    lan.heal()
    lan.block(destination=a.nic)
    assert not hears(a, b) and hears(b, a)
    lan.heal()
    assert hears(b, a) and hears(a, b)


def test_a_partition_separates_and_heals(hosts):
    a, b, client = hosts
    lan = a.nic.lan
    lan.partition([a.nic], [b.nic, client.nic])
    assert not hears(client, a) and not hears(a, client) and hears(client, b)
    lan.heal()
    assert hears(client, a)


def test_healing_one_host_leaves_the_others_faults(hosts):
    a, b, client = hosts
    lan = a.nic.lan
    lan.cut(a.nic)
    lan.cut(b.nic)
    lan.heal(a.nic)
    assert hears(client, a) and not hears(client, b)


def test_an_unplugged_host_loses_its_carrier(hosts):
    a, *_ = hosts
    a.nic.unplug()
    wait_until(lambda: "NO-CARRIER" in a.run("ip", "link", "show", "eth0").stdout, 2, "no carrier")
    a.nic.plug()
    wait_until(lambda: "LOWER_UP" in a.run("ip", "link", "show", "eth0").stdout, 2, "carrier")


def test_an_address_watch_measures_absences(hosts):
    a, *_ = hosts
    give(a)
    with AddressWatch(a.namespace) as watch:
        a.namespace.ip(f"addr del {VIP}/32 dev eth0")
        time.sleep(0.05)
        give(a)
        wait_until(lambda: watch.absences(VIP), 2, "the address came back")
    assert len(watch.absences(VIP)) == 1
    assert watch.absences(VIP)[0] >= 50_000_000


def test_a_host_that_died_comes_back_empty(hosts):
    a, b, client = hosts
    give(a)
    process = a.start("sleep", "100")
    a.die()
    assert process.returncode == -signal.SIGKILL
    assert who_answers(client, VIP) == set()
    give(b)
    a.reboot()
    wait_for_owner(client, VIP, b)


def test_a_condition_that_does_not_come_is_explained(lab):
    with pytest.raises(WaitTimeout, match=r"not within 0.01 s: the sky falls \(last value: 0\)"):
        wait_until(lambda: 0, 0.01, "the sky falls")


def test_everything_is_removed_after_an_exception():
    before = own_namespaces()
    with pytest.raises(ZeroDivisionError), Lab() as second:
        host = second.host("a", second.lan())
        process = host.start("sleep", "100")
        assert len(own_namespaces()) == len(before) + 2
        raise ZeroDivisionError
    assert own_namespaces() == before
    assert process.returncode == -signal.SIGKILL and not second.directory.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_everything_is_removed_after_a_signal(number):
    """After SIGKILL by the next laboratory that starts."""
    script = ("import sys, time; from lab import Lab\n"
              "with Lab() as lab:\n"
              "    lab.host('a', lab.lan()).start('sleep', '100'); print('up', flush=True); time.sleep(100)")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    victim = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, env=environment)
    assert victim.stdout.readline() == "up\n"
    victim.send_signal(number)
    assert victim.wait(10) != 0
    if number == signal.SIGKILL:
        with Lab():
            pass
    assert not [name for name in os.listdir("/run/netns") if f"-{victim.pid}-" in name]


def test_a_missing_program_is_an_error_and_not_a_skip(hosts, monkeypatch, tmp_path):
    monkeypatch.setenv("HIGHBASE_BUILD_DIR", str(tmp_path))
    with pytest.raises(LabError, match="run tools/build first"):
        VipProbe(hosts[2], VIP)
