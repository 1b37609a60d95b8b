# SPDX-License-Identifier: GPL-2.0-or-later
"""Two speakers and a client, as most tests want them, and what must hold when a test is over."""
from .hbvrrp import GUARD, Hbvrrp
from .ownership import assert_exactly_one_owner, holders, wait_for_answer, wait_for_owner, who_answers
from .probe import VipProbe
from .speakers import VIP4, VirtualRouter


class Pair:
    PRIORITIES = {"a": 200, "b": 100}

    def __init__(self, lab):
        self.lab = lab
        self.a, self.b, self.client = (lab.hosts[name] for name in ("a", "b", "client"))
        self.speakers = []
        self._expected = []  # (address, the speaker that owns it or None) at the end of the test

    def speaker(self, host, addresses=VIP4, interval_ms=20, preempt=True, priority=None, vrid=51, **options):
        """An hbvrrp that is not started yet. Unless told otherwise it takes over on a link that is silent:
        nobody else talks on this LAN."""
        options.setdefault("ears_open_timeout", "0s")
        router = VirtualRouter(addresses, priority or self.PRIORITIES[host.name], vrid, interval_ms, preempt)
        return self.add(Hbvrrp(host, router, **options))

    def add(self, speaker):
        """Take part in what is checked at the end."""
        self.speakers.append(speaker)
        return speaker

    def start(self, **settings):
        """hbvrrp on both hosts, of which a, with the higher priority, owns the address when this returns;
        b has heard it."""
        one, other = (self.speaker(host, **settings) for host in (self.a, self.b))
        one.start()
        self.wait_for_owner(one)  # before there is another: without preempt whoever is first stays
        other.start().wait_for_state("Backup")
        self.lab.wait_until(lambda: other.router_status()["active"], 5,
                            f"{other.host.name} has heard the Active")
        return one, other

    def probe(self, speaker=None, **options):
        return VipProbe(self.client, (speaker or self.speakers[0]).router.vip, realtime=True, **options)

    def wait_for_owner(self, speaker, timeout=5.0):
        """Wait until the speaker's host alone holds and answers for its address; checked at the end too."""
        if self._address_tells():
            wait_for_owner(self.client, speaker.router.vip, speaker.host, timeout, speaker.mac())
        else:
            wait_for_answer(self.client, speaker.router.vip, speaker.mac(), timeout)
        self._expect(speaker.router.vip, speaker)

    def _address_tells(self):
        return all(speaker.backup_lacks_address for speaker in self.speakers)

    def wait_for_no_owner(self, address, timeout=5.0):
        self.lab.wait_until(lambda: not holders(self.lab, address), timeout, f"nobody holds {address}")
        self._expect(address, None)
        self.check_ownership()

    def _expect(self, address, speaker):
        self._expected = [pair for pair in self._expected if pair[0] != address] + [(address, speaker)]

    def check_ownership(self):
        for address, speaker in self._expected:
            if speaker and self._address_tells():
                assert_exactly_one_owner(self.client, address, speaker.host, speaker.mac())
            elif speaker:
                wait_for_answer(self.client, address, speaker.mac(), timeout=0)
            else:
                answers = who_answers(self.client, address)
                assert not answers, f"{address} is answered for by {answers}"

    def stop_and_check_leftovers(self):
        for speaker in self.speakers:
            if speaker.process and speaker.process.running():
                status = speaker.stop()
                assert status == 0, f"{speaker.program} ended with status {status}\n{speaker.process.tail()}"
        foreign = {speaker.host for speaker in self.speakers if speaker.program != Hbvrrp.program}
        killed = {speaker.host for speaker in self.speakers if speaker.was_killed()}
        for host in (self.a, self.b):
            if not host.dead and host not in foreign:
                host.assert_nothing_left(but=GUARD if host in killed else ())

    def clean(self):
        """Whatever happened, the next test finds the hosts as they were at first."""
        for lan in self.lab.lans:
            lan.heal()
        for host in self.lab.hosts.values():
            host.clean()
