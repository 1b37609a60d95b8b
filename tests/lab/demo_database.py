# SPDX-License-Identifier: GPL-2.0-or-later
"""The failover of a database, to look at: two MariaDB servers, a client that writes through the address, the
death of the primary's server, and its return as the replica."""
import contextlib
import datetime
import time

from .database_pair import DatabasePair
from .mariadb import MariaDb
from .ownership import holders
from .probe import built_program
from .screen import BOLD, DIM, GREEN, RED, Scene, until_interrupted

SILENT_MS = 50  # without an acknowledgement for longer the client is said to wait
WRITES_A_SECOND = 200
_ROLE_STYLES = {"primary": GREEN, "promoting": BOLD, "none": RED}


class DatabaseDemo:
    def __init__(self, lab, screen, arguments):
        self.lab, self.screen, self.arguments = lab, screen, arguments
        lan = lab.lan()
        for name in ("gw1", "gw2", "client"):
            lab.host(name, lan)
        self.pair = DatabasePair(lab, MariaDb, arguments.advert, hosts=("gw1", "gw2"))
        self.first, self.second = self.pair.boxes
        self.vip = self.pair.vip
        self.ledger = None
        self.scene = Scene(screen, self.picture, self.pair.story)

    def run(self):
        say, title = self.screen.say, self.screen.title
        with self.pair, contextlib.ExitStack() as stack:
            title("1. Two MariaDB servers, gw2's replicates gw1's; hbvrrp starts on both, a client writes")
            self.start(stack)
            say()
            title("2. gw1's server is killed (SIGKILL)")
            fault_ns, fault_time = self.kill()
            outage_ms = self.ledger.outage_ms(fault_ns)
            say()
            self.print_timeline(fault_ns, fault_time)
            say()
            title("3. gw1's server is started again, as a replica (--init-rpl-role=SLAVE)")
            self.come_back()
            say()
            self.summary(outage_ms)
            if self.arguments.keep:
                self.keep_running()

    # ---- the three acts

    def start(self, stack):
        self.pair.start()
        self.ledger = stack.enter_context(self.pair.ledger(rate=WRITES_A_SECOND))
        self.scene.until(lambda: len(self.ledger.read().acknowledged) > WRITES_A_SECOND, 20,
                         "the client writes")
        self.scene.watch(1.5)
        self.screen.keep()

    def kill(self):
        fault_time, fault_ns = time.time(), time.monotonic_ns()  # to translate the times of events
        self.first.server.kill()
        self.scene.until(self.second.is_primary, 30, "gw2 is the primary")
        promoted_ns = time.monotonic_ns()
        self.scene.until(lambda: len(self.ledger.since(promoted_ns)) > 0, 30, "the client writes again")
        self.scene.watch(1.0)
        self.screen.keep()
        return fault_ns, fault_time

    def come_back(self):
        begun = time.monotonic()
        self.first.server.start_as_replica()
        self.scene.until(self.first.is_in_sync, 60, "gw1's server follows that of gw2 and is in sync")
        seconds = time.monotonic() - begun
        self.scene.watch(1.0)
        self.screen.keep()
        self.screen.say(f"   After {seconds:.1f} s it follows gw2's server and is in sync, by itself;")
        self.screen.say("   from now on no row is acknowledged before both have it.")

    # ---- what is on the screen

    def picture(self):
        here = holders(self.lab, self.vip)
        lines, words = [], []
        for box in self.pair.boxes:
            service = box.service()
            role = service.get("role", "no answer")
            facts = [f"epoch {service['epoch']}"] if service.get("epoch") else []
            facts += ["in sync"] if service.get("in_sync") else []
            facts += [] if box.server.running() else [self.screen.paint("its server is dead", RED)]
            facts += [f"{self.vip} is here"] if box.host in here else []
            style = _ROLE_STYLES.get(role, DIM)
            lines.append(f"  {box.name:7}{box.host.nic.ipv4:12} {self.screen.paint(f'{role:10}', style)} "
                         f"{', '.join(facts)}")
            words.append(f"{box.name} {role}")
        seen, since = self.client_sees()
        lines.append(f"  client {self.pair.client.nic.ipv4:12} "
                     f"{self.screen.paint(seen, RED if since else BOLD)}{since}, "
                     f"{len(self.ledger.acknowledged)} rows acknowledged")
        return lines, f"{', '.join(words)}; client {seen}"

    def client_sees(self):
        rows = self.ledger.read().acknowledged
        silent_ms = (time.monotonic_ns() - rows[-1].ended_ns) / 1e6 if rows else 0.0
        return ("CANNOT WRITE", f" for {silent_ms:.0f} ms") if silent_ms > SILENT_MS else ("writes", "")

    def print_timeline(self, fault_ns, fault_time):
        """What both boxes reported, and what the client saw, in order."""
        gap = self.ledger.longest_gap(fault_ns)
        rows = [((at - fault_ns) / 1e6, who, what) for at, who, what in (
            (gap.last_ns, "client", "last acknowledged row"),
            (gap.next_ns, "client", "first acknowledged row again"))]
        for box in self.pair.boxes:
            for event in box.events():
                after_ms = (_seconds(event["time"]) - fault_time) * 1e3
                if -1 < after_ms < (gap.next_ns - fault_ns) / 1e6 + 1:  # their times are whole milliseconds
                    rows.append((after_ms, box.name, event["text"]))
        self.screen.say("   milliseconds after the kill")
        for after_ms, who, what in sorted(rows):
            self.screen.say(f"   {after_ms:10.1f}  {who:7} {what}")

    def summary(self, outage_ms):
        say = self.screen.say
        outage = self.screen.paint(f"{outage_ms:.0f} ms", BOLD)
        audit = self.ledger.assert_nothing_lost(self.second.server)
        lost = self.screen.paint(f"{len(audit.lost)} are lost", BOLD)
        say(f"From the kill to the first acknowledged row: {outage}.")
        say(f"Of {audit.acknowledged} acknowledged rows {lost}, {len(audit.duplicates)} are there twice; of "
            f"{len(self.ledger.unknown)} the client does not know.")
        say("To look further: --keep leaves it running and says how to look inside, --address-only shows an")
        say("address without a database; bench/mysql measures it many times, beside keepalived with scripts.")

    def keep_running(self):
        say = self.screen.say
        say()
        say("Still running. In another terminal, for example:")
        ctl = built_program("hbctl")
        for box in self.pair.boxes:
            say(f"    {ctl} --control-socket {box.speaker.socket_of(box.host)} status")
        say(f"    {ctl} --control-socket {self.second.speaker.socket_of(self.second.host)} switchover")
        say(f"    mariadb --socket={self.second.server.socket} --execute 'SELECT COUNT(*) FROM app.ledger'")
        until_interrupted(self.screen)


def _seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
