# SPDX-License-Identifier: GPL-2.0-or-later
"""The failover of an address alone, to look at: two hosts and a client, and no service behind the address."""
import time

from . import failover
from .addresses import AddressWatch
from .hbvrrp import Hbvrrp
from .keepalived import Keepalived
from .ownership import assert_exactly_one_owner, holders, wait_for_owner
from .probe import VipProbe, built_program
from .screen import BOLD, DIM, GREEN, RED, Scene, until_interrupted
from .speakers import VIP4, VirtualRouter

SPEAKERS = {"hbvrrp": Hbvrrp, "keepalived": Keepalived}


class Show(Scene):
    """Who owns the address, and what the client sees of it."""

    def __init__(self, screen, probe, speakers, client):
        super().__init__(screen, self.picture, client.lab.tails)
        self.screen, self.probe, self.speakers, self.client = screen, probe, speakers, client

    def role(self, speaker):
        if speaker.host.dead:
            return "dead"
        if speaker.process is None or not speaker.process.running():
            return "stopped"
        heard = self.probe.of_kind("advert")
        recent = heard and time.monotonic_ns() - heard[-1]["t"] < 4e6 * speaker.router.interval_ms
        return "Active" if recent and heard[-1]["source"] == speaker.host.nic.ipv4 else "Backup"

    def client_sees(self):
        for event in reversed(self.probe.read()):
            if event["event"] == "outage-start":
                return "NO ANSWER", f" for {(time.monotonic_ns() - event['t']) / 1e6:.0f} ms"
            if event["event"] in ("reply-mac", "outage-end"):
                break
        owners = [s.host.name for s in self.speakers if failover.answered_by(self.probe, s)]
        return (f"answered by {owners[0]}", "") if owners else ("no answer yet", "")

    def picture(self):
        vip = self.speakers[0].router.vip
        here = holders(self.client.lab, vip)
        lines, words = [], []
        for speaker in self.speakers:
            role, name = self.role(speaker), speaker.host.name
            style = {"Active": GREEN, "dead": RED}.get(role, DIM)
            where = f"{vip} is here" if speaker.host in here else ""
            lines.append(f"  {name:7}{speaker.host.nic.ipv4:12} priority {speaker.router.priority}  "
                         f"{self.screen.paint(f'{role:8}', style)} {where}")
            words.append(f"{name} {role}")
        seen, since = self.client_sees()
        seen_in_colour = self.screen.paint(seen, RED if since else BOLD)
        lines.append(f"  client {self.client.nic.ipv4:12} {seen_in_colour}{since}")
        return lines, f"{', '.join(words)}; client: {seen}"


class AddressDemo:
    def __init__(self, lab, screen, arguments):
        self.lab, self.screen, self.arguments = lab, screen, arguments
        lan = lab.lan()
        self.gw1, self.gw2, self.client = (lab.host(name, lan) for name in ("gw1", "gw2", "client"))
        speaker = SPEAKERS[arguments.speaker]
        self.first, self.second = (
            speaker(host, VirtualRouter(VIP4, priority, interval_ms=arguments.advert))
            for host, priority in ((self.gw1, 150), (self.gw2, 100)))
        self.vip = self.first.router.vip

    def run(self):
        say, title = self.screen.say, self.screen.title
        with (VipProbe(self.client, self.vip, realtime=True) as probe,
              AddressWatch(self.gw2.namespace) as watch):
            self.show = Show(self.screen, probe, (self.first, self.second), self.client)
            title(f"1. {self.arguments.speaker} starts on gw1 and gw2; they elect who owns {self.vip}")
            self.start()
            say()
            title("2. gw1 dies: its frames vanish at one instant, its processes are killed")
            found = self.kill(probe, watch)
            say()
            self.print_timeline(found)
            say()
            title("3. gw1 comes back")
            self.come_back(probe)
        self.summary(found)

    def start(self):
        timeout = failover.cycle_timeout(self.first.router)
        self.first.start()
        self.show.until(lambda: self.show.role(self.first) == "Active", timeout, "gw1 is Active")
        self.second.start()
        self.show.until(lambda: failover.answered_by(self.show.probe, self.first), timeout,
                        "the client is answered")
        self.show.watch(2.5)
        assert_exactly_one_owner(self.client, self.vip, self.gw1, self.first.mac())
        self.screen.keep()

    def kill(self, probe, watch):
        fault_ns = failover.strike(failover.HOST_DEATH, self.first)
        self.show.until(lambda: failover.has_taken_over(probe, self.second),
                        failover.cycle_timeout(self.second.router), "gw2 has taken over")
        self.show.watch(1.0)
        assert_exactly_one_owner(self.client, self.vip, self.gw2, self.second.mac())
        self.screen.keep()
        return failover.timeline(failover.HOST_DEATH, self.first, self.second, probe, watch, fault_ns)

    def come_back(self, probe):
        mark = probe.mark()
        self.gw1.reboot()
        self.first.start()
        self.show.until(lambda: failover.answered_by(probe, self.first),
                        2 * failover.cycle_timeout(self.first.router), "gw1 owns the address again")
        self.show.watch(1.0)
        self.screen.keep()
        wait_for_owner(self.client, self.vip, self.gw1, mac=self.first.mac())
        outages = [event["outage_ms"] for event in probe.of_kind("outage-end", mark)]
        felt = f"had no answer for {max(outages):.2f} ms" if outages else "noticed nothing"
        self.screen.say(f"   It has the higher priority, so it took the address back: the client {felt}.")

    def print_timeline(self, found):
        router = self.second.router
        rows = [(found.last_heard_ns, "last advertisement of gw1"),
                (found.first_sent_ns, "first advertisement of gw2"),
                (found.address_ns, f"{self.vip} seen on gw2 (netlink)"),
                (found.announced_ns, "first gratuitous ARP of gw2"),
                (found.answer_ns, "first answer to the client again")]
        self.screen.say("   milliseconds after the death of gw1")
        for at, what in sorted(row for row in rows if row[0] is not None):
            self.screen.say(f"   {(at - found.fault_ns) / 1e6:10.2f}  {what}")
        outage = self.screen.paint(f"{found.outage_ms:.2f} ms", BOLD)
        self.screen.say(f"   The protocol made gw2 wait {found.wait_ms:.2f} ms after the last advertisement")
        self.screen.say(f"   (Active_Down_Interval: priority {router.priority}, an advertisement every "
                        f"{router.interval_ms} ms); gw2 added {found.overhead_ms:.2f} ms.")
        self.screen.say(f"   The client had no answer for {outage}.")

    def summary(self, found):
        say = self.screen.say
        say()
        say(f"{self.vip} survived the death of its host; the client missed it for {found.outage_ms:.0f} ms.")
        say("To look further: --keep leaves it running and says how to look inside, --advert 10 uses faster")
        say("timers, --speaker keepalived shows the same with keepalived, and tools/demo alone a database.")
        if self.arguments.keep:
            self.keep_running()

    def keep_running(self):
        say = self.screen.say
        say()
        say("Still running. In another terminal, for example:")
        for host in (self.gw1, self.gw2):
            if isinstance(self.first, Hbvrrp):
                say(f"    {built_program('hbctl')} --control-socket {self.first.socket_of(host)} status")
        say(f"    ip netns exec {self.client.namespace.name} ping {self.vip}")
        say(f"    ip netns exec {self.gw2.namespace.name} tcpdump -ni eth0 'arp or proto 112'")
        until_interrupted(self.screen)
