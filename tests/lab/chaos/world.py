# SPDX-License-Identifier: GPL-2.0-or-later
"""The pair that the faults hit, its clients on two hosts, and how all of it is put in order again."""
import contextlib
import os
import shutil
import time

import pymysql

from .. import control
from ..database import MONITOR, PORT, run_to_end
from ..database_pair import PRIMARY, DatabasePair
from ..errors import LabError
from ..mariadb import MariaDb
from ..wait import WaitTimeout, wait_until
from .clock import Clock
from .recorder import TABLE, Recorder

CLIENTS = ("client", "client2")
_DISK_MB = 600  # what a data directory, its logs and a copy of another one need in a few minutes
_SERVER_SECONDS = 30  # a start, with what has to be recovered
_TRIES = 3
ENDED_BY_US = (None, 0, -9, -15)  # exit statuses of an hbvrrp that runs, was stopped or killed
ERRANT = ("errant_saved", "errant_not_saved")


class World:
    """A context manager. `clocks`: the programs of each box have a clock of day of their own. `router`,
    `node` and `mysql` are settings of hbvrrp, as those of DatabasePair."""

    def __init__(self, lab, product, clocks=False, router=None, node=None, mysql=None, disk_mb=_DISK_MB,
                 say=lambda text: None):
        self.lab, self.product, self.say = lab, product, say
        lan = lab.lan()
        for name in ("a", "b", *CLIENTS):
            lab.host(name, lan)
        self.lan = lan
        self.pair = DatabasePair(lab, product, disk_mb=disk_mb, router=router, node=node, mysql=mysql)
        self.boxes = self.pair.boxes
        self.recorder = None
        self.daemons = []  # every hbvrrp that was ever started
        self.losses = {}  # fault -> rules of the packet filter
        self.ended_servers = 0  # those that gave up by themselves, and were started again
        self.rebuilt = []  # (box, who was told) of each replica that an operator has built anew
        self.clocks = {}
        for box in self.boxes if clocks else ():
            self._give_clock(box)

    def _give_clock(self, box):
        clock = self.clocks[box.name] = Clock(self.lab.directory, box.name)
        box.speaker.environment = dict(os.environ) | clock.environment()
        box.server.environment = clock.environment()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.recorder:
            self.recorder.__exit__()
        for clock in self.clocks.values():
            clock.reset()
        self.pair.close()

    def start(self):
        """The pair serves and is in sync, and clients on both hosts write."""
        self.pair.start()
        self.daemons += [box.speaker.process for box in self.boxes]
        primary = self.pair.a.server
        primary.sql(TABLE)
        for host in ("localhost", "%"):
            primary.sql(f"GRANT SELECT ON highbase.epoch TO application@'{host}'")
        self.pair.b.server.wait_executed(primary.executed(), 10)
        self.recorder = Recorder([self.lab.hosts[name] for name in CLIENTS], self.pair.vip)
        self.wait_served(time.monotonic_ns(), 20)
        return self

    # ---- roles, at this moment

    def box(self, role):
        """By what clients were told last, for hbvrrp may be frozen or dead."""
        last = self.recorder.read().last_write if self.recorder else None
        primary = self.boxes[last.server - 1] if last else self.pair.a
        return primary if role == PRIMARY else self.pair.other(primary)

    def nic(self, place):
        host = self.lab.hosts[place] if place in self.lab.hosts else self.box(place).host
        return host.nic

    # ---- programs

    def start_daemon(self, box):
        if box.host.dead or box.speaker.process.running():
            return
        box.speaker.start()
        self.daemons.append(box.speaker.process)

    def start_server(self, box, plain=False):
        """As the operator or the unit does. MariaDB's forgets what nobody has acknowledged, where the other
        box is the primary now; not if `plain`."""
        if box.host.dead or box.server.running():
            return
        other_serves = self.pair.other(box).service().get("role") == PRIMARY
        try:
            if other_serves and not plain:
                box.server.start_as_replica()
            else:
                box.server.start(_SERVER_SECONDS)
        except (LabError, WaitTimeout) as error:  # its disk may be full still: mend() tries again
            self.say(f"      {box.name}'s server did not start: {str(error).splitlines()[0]}")

    def daemons_that_ended(self):
        """The hbvrrps that have ended without having been stopped or killed."""
        return [process for process in self.daemons if process.returncode not in ENDED_BY_US]

    # ---- clients that do not hear that the address has moved

    def pin(self, box):
        """Those of one host know the address by the box's MAC, for good."""
        client = self.lab.hosts[CLIENTS[-1]]
        client.namespace.ip(f"neigh replace {self.pair.vip} lladdr {box.speaker.mac()} dev {client.nic.name} "
                            "nud permanent")

    def unpin(self):
        client = self.lab.hosts[CLIENTS[-1]]
        with contextlib.suppress(LabError):  # there is no entry
            client.namespace.ip(f"neigh del {self.pair.vip} dev {client.nic.name}")

    # ---- everything in order

    def mend(self):
        """Whatever was done: every link is up, everything runs. Returns when the servers answer; when
        that was."""
        for process in self._processes():
            with contextlib.suppress(ProcessLookupError):
                process.resume()
        self.unpin()
        self.losses.clear()
        self.apply_losses()
        self.lan.heal()
        for clock in self.clocks.values():
            clock.reset()
        for box in self.boxes:
            box.server.disk.free()
            self._mend_host(box.host)
        for _ in range(_TRIES):
            for box in self.boxes:
                self.start_server(box)
        for box in self.boxes:
            if not box.server.running():
                raise LabError(f"{box.name}'s server does not start\n{box.server.process.tail()}")
            self.start_daemon(box)
        return time.monotonic_ns()

    def _processes(self):
        found = [box.server.process for box in self.boxes] + [box.speaker.process for box in self.boxes]
        return [process for process in found if process and process.running()]

    @staticmethod
    def _mend_host(host):
        if host.dead:
            host.reboot()
            return
        host.nic.plug()
        if not _is_up(host):
            host.nic.up()

    def apply_losses(self):
        """Replace the rules that lose packets at random, on the bridge."""
        rules = "\n".join(rule for rules in self.losses.values() for rule in rules)
        chain = f"chain forward {{\ntype filter hook forward priority 1\n{rules}\n}}\n"
        self.lan.namespace.nft("table bridge chaos_loss\ndelete table bridge chaos_loss\n"
                               + (f"table bridge chaos_loss {{\n{chain}}}\n" if rules else ""))

    # ---- waiting

    def wait_served(self, since_ns, seconds):
        """Until clients of each host are served; when that was, or None where it does not come in time."""
        def served():
            self._start_what_has_ended()
            return self.recorder.all_served_since(since_ns)
        try:
            wait_until(served, seconds, "clients are served")
        except WaitTimeout:
            return None
        return time.monotonic_ns()

    def _start_what_has_ended(self):
        """As the unit of a server does: one whose disk was full may abort long after that."""
        for box in self.boxes:
            if not box.host.dead and not box.server.running():
                self.say(f"      {box.name}'s server has ended by itself")
                self.ended_servers += 1
                self.start_server(box)

    def wait_settled(self, seconds):
        """Until one box is the primary and the other in sync; an operator is there who builds a replica anew
        whose hbvrrp asks for that. Whether it came to that in time; the operator's time does not count."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(pymysql.MySQLError, OSError):
                self._start_what_has_ended()
                if self.settled():
                    return True
                for box in self.boxes:
                    if told := self._needs_operator(box):
                        begun = time.monotonic()
                        self._rebuild(box)
                        self.rebuilt.append((box.name, told))
                        deadline += time.monotonic() - begun
            time.sleep(0.05)
        return False

    def settled(self):
        primary = self.pair.primary()
        return bool(primary) and self.pair.other(primary).is_in_sync()

    def _needs_operator(self, box):
        """What hbvrrp says of whom the errant transactions were told to, where it waits for a person."""
        other = self.pair.other(box)
        service = box.service()
        if service.get("role") != "none" or not other.is_primary() or not box.server.running():
            return None
        reports = [event for name in ERRANT for event in box.has_reported(name)]
        return reports[-1]["fields"]["told"] if reports else None

    # ---- what an operator does

    def _rebuild(self, box):
        """The replica's data from the primary's, as docs/setup-database.md says."""
        donor = self.pair.other(box).server
        self.say(f"      operator: {box.name} is built anew")
        box.speaker.process.terminate(10)
        if self.product is MariaDb:
            self._rebuild_by_backup(box.server, donor)
        else:
            self._rebuild_by_clone(box.server, donor)
        self.start_daemon(box)

    @staticmethod
    def _rebuild_by_backup(server, donor):
        server.stop()
        shutil.rmtree(server.data)
        server.data.mkdir()
        program = ["mariadb-backup", "--no-defaults"]
        target = f"--target-dir={server.data}"
        run_to_end([*program, "--backup", "--user=root", f"--socket={donor.socket}",
                    f"--datadir={donor.data}", target], "mariadb-backup --backup")
        run_to_end([*program, "--prepare", target], "mariadb-backup --prepare")
        info, = server.data.glob("*backup_binlog_info")
        position = info.read_text(encoding="ascii").split()[2]
        server.start()
        server.sql(f"SET GLOBAL gtid_slave_pos = '{position}'")

    @staticmethod
    def _rebuild_by_clone(server, donor):
        for one in (donor, server):
            with contextlib.suppress(pymysql.MySQLError):  # it is there already
                one.script("SET GLOBAL super_read_only = OFF" if one is server else "SELECT 1",
                           "INSTALL PLUGIN clone SONAME 'mysql_clone.so'")
        user, password = MONITOR
        with contextlib.closing(server.connect(read_timeout=60)) as connection, connection.cursor() as cursor:
            cursor.execute("SET GLOBAL super_read_only = OFF")
            cursor.execute(f"SET GLOBAL clone_valid_donor_list = '{donor.address}:{PORT}'")
            try:
                cursor.execute(f"CLONE INSTANCE FROM '{user}'@'{donor.address}':{PORT} "
                               f"IDENTIFIED BY '{password}'")
            except pymysql.MySQLError as error:
                # Nobody here starts it again: 3707, or the connection breaks.
                if error.args[0] not in (2013, 3707):
                    raise
        wait_until(lambda: not server.running(), 30, "the server has ended after the clone")
        server.start()


def _is_up(host):
    link, = host.namespace.ip_json("link", "show", "dev", host.nic.name)
    return "UP" in link["flags"]


def follow(box, on_event):
    """hbvrrp's events from now on; None where it does not answer."""
    try:
        return control.EventStream(box.speaker.socket_of(box.host), on_event)
    except (OSError, ValueError, StopIteration):
        return None
