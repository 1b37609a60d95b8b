# SPDX-License-Identifier: GPL-2.0-or-later
"""One failover, measured: the timeline that the demo shows and the benchmark counts."""
import dataclasses
import random
import signal
import time

from .addresses import AddressWatch
from .ownership import send_gratuitous_arp, wait_for_answer
from .probe import VipProbe
from .speakers import active_down_ms, skew_ms
from .wait import wait_until

HOST_DEATH, SIGTERM = "host-death", "sigterm"
FAULTS = (HOST_DEATH, SIGTERM)

# As the kernel writes the groups 224.0.0.18 and ff02::12 in /proc/net/igmp and /proc/net/igmp6.
_GROUPS = {4: ("igmp", "120000E0"), 6: ("igmp6", "ff020000000000000000000000000012")}


@dataclasses.dataclass(frozen=True)
class Failover:
    """Times are nanoseconds of time.monotonic_ns(); those of frames are the kernel's, taken at the client."""

    fault_ns: int
    last_heard_ns: int  # last advertisement of the old Active
    wait_ms: float  # what the protocol makes the Backup wait after it
    first_sent_ns: int  # first advertisement of the new Active
    address_ns: int | None  # the address came on the new Active's host (read from netlink: late by a wake-up)
    announced_ns: int | None  # first gratuitous ARP or unsolicited Neighbor Advertisement
    answer_ns: int | None  # first answer to the client; None if no silence was long enough to be an outage
    outage_ms: float  # the client's longest time without an answer; 0 if none was long enough to be an outage
    probe_gap_ms: float = 0.0  # longest time between two probes; a shorter outage may be the probe's own

    @property
    def overhead_ms(self):
        """What the new Active adds to the protocol's own wait."""
        return (self.first_sent_ns - self.last_heard_ns) / 1e6 - self.wait_ms


def protocol_wait_ms(fault, backup_priority, interval_ms):
    """After an Active that died: Active_Down_Interval. After one that resigned with priority 0: Skew_Time."""
    return {HOST_DEATH: active_down_ms, SIGTERM: skew_ms}[fault](backup_priority, interval_ms)


def adverts(probe, speaker, since=0):
    """The advertisements of one speaker that the probe has seen."""
    source = speaker.host.nic.ipv4 if speaker.router.family == 4 else speaker.host.nic.link_local
    return probe.of_kind("advert", since, source=source, vrid=speaker.router.vrid)


def _listens(speaker):
    file, group = _GROUPS[speaker.router.family]
    with speaker.host.namespace.entered(), open(f"/proc/thread-self/net/{file}", encoding="ascii") as table:
        return group in table.read()


def cycle_timeout(router):
    """Long enough for an election with these timers, on a busy machine."""
    return 5 + 5 * router.interval_ms / 1000


def bring_up(client, active, backup, probe):
    """Start both speakers and wait until `active` serves the address and `backup` has heard it doing so."""
    timeout = cycle_timeout(active.router)
    tails = client.lab.tails
    active.start()

    def advertises():
        # A speaker may not trust a link on which it has heard nothing; no network is that quiet.
        send_gratuitous_arp(client.nic, client.nic.ipv4)
        return adverts(probe, active)

    wait_until(advertises, timeout, f"{active.host.name} advertises", tails)
    backup.start()
    wait_until(lambda: _listens(backup), timeout, f"{backup.host.name} listens", tails)
    heard = len(adverts(probe, active))
    wait_until(lambda: len(adverts(probe, active)) >= heard + 3, timeout, "it goes on", tails)
    wait_for_answer(client, active.router.vip, active.mac(), timeout, window=0.02)


def strike(fault, active):
    """Bring the fault upon the Active; when it happened."""
    if fault == HOST_DEATH:
        return active.host.die()
    at = time.monotonic_ns()
    active.process.signal(signal.SIGTERM)
    return at


def strike_and_measure(client, active, backup, fault, probe_interval_us=500):
    """Bring the fault upon the Active at a random moment between two advertisements, and the Failover."""
    router = backup.router
    with AddressWatch(backup.host.namespace) as watch, \
            VipProbe(client, router.vip, probe_interval_us, realtime=True) as probe:
        wait_until(lambda: len(adverts(probe, active)) >= 2 and probe.of_kind("reply-mac"),
                   cycle_timeout(router), "the probe sees the Active", client.lab.tails)
        time.sleep(random.uniform(0, router.interval_ms / 1000))
        fault_ns = strike(fault, active)
        wait_until(lambda: has_taken_over(probe, backup), cycle_timeout(router),
                   f"{backup.host.name} has taken over and the client hears it", client.lab.tails)
        summary = probe.stop()
        found = timeline(fault, active, backup, probe, watch, fault_ns)
    # From the summary: it knows also gaps that are too short to be called an outage.
    return dataclasses.replace(found, outage_ms=summary["longest_outage_ms"],
                               probe_gap_ms=summary["longest_send_gap_ms"])


def answered_by(probe, speaker):
    """Whether the client's last answer came from this speaker's host, by its physical or its virtual MAC."""
    owners = probe.of_kind("reply-mac")
    return bool(owners) and owners[-1]["mac"] in (speaker.host.nic.mac, speaker.mac())


def has_taken_over(probe, backup):
    """Whether `backup` advertises and the client is answered by it."""
    return adverts(probe, backup) and answered_by(probe, backup)


def timeline(fault, active, backup, probe, watch, fault_ns):
    """The failover after `fault_ns`, as the probe and the watch on the Backup's addresses recorded it."""
    router = backup.router
    first = next(event["t"] for event in adverts(probe, backup) if event["t"] > fault_ns)
    last = max(event["t"] for event in adverts(probe, active) if event["t"] < first)
    announced = [event["t"] for event in probe.of_kind("garp", claimed=backup.mac()) if event["t"] > fault_ns]
    outage = max((event for event in probe.of_kind("outage-end") if event["t"] > fault_ns),
                 key=lambda event: event["outage_ms"], default={"t": None, "outage_ms": 0.0})
    return Failover(
        fault_ns=fault_ns, last_heard_ns=last,
        wait_ms=protocol_wait_ms(fault, router.priority, router.interval_ms), first_sent_ns=first,
        address_ns=watch.added_after(router.vip, fault_ns), announced_ns=min(announced, default=None),
        answer_ns=outage["t"], outage_ms=outage["outage_ms"])
