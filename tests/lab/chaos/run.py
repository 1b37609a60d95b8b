# SPDX-License-Identifier: GPL-2.0-or-later
"""One round: a pair, a plan, clients, and the judgement at the end."""
import collections
import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import time

import pymysql

from ..database import APPLICATION
from ..mariadb import MariaDb
from ..mysql import MySql
from ..topology import Lab
from ..wait import WaitTimeout, wait_until
from . import checker, faults, history
from .checker import Healed
from .history import OK, WRITE, Row
from .plan import KINDS, draw
from .world import World

PRODUCTS = {"mariadb": MariaDb, "mysql": MySql}
SERVICE_SECONDS = 30  # from the moment when everything is in order to an acknowledged write
# MariaDB and MySQL look once in a minute whether a disk has room again, whoever waits for that.
DISK_SECONDS = 90
SYNC_SECONDS = 90  # until the replica is in sync as well
CLOCKS = ("clock_step", "clock_rate")
# Guards that can be taken away, to see that the checker finds what they prevent: settings of hbvrrp.
GUARDS = {"lease": {"router": {"lease": "off"}}, "sentinel": {"node": {"sentinel": False}}}
_FINAL_SECONDS = 60
_YIELD_NS = 1_000_000_000  # in which an old primary that hears of the later term has given in


@dataclasses.dataclass
class Settings:
    """What a round is, so that it can be done again."""

    seed: int
    seconds: float = 150
    product: str = "mariadb"
    without: tuple = ()  # names of GUARDS
    kinds: tuple = None  # None: all

    def command(self):
        words = ["tools/chaos", "--replay", "--seed", str(self.seed), "--seconds", f"{self.seconds:g}",
                 "--product", self.product]
        for name in self.without:
            words += ["--without", name]
        if self.kinds:
            words += ["--kinds", ",".join(self.kinds)]
        return " ".join(words)

    @property
    def clocks(self):
        """One round in three has clocks of its own: in the others nothing is preloaded into any program."""
        return self.seed % 3 == 0 if self.kinds is None else bool(set(CLOCKS) & set(self.kinds))

    def plan(self):
        names = [name for name in self.kinds or KINDS if self.clocks or name not in CLOCKS]
        return draw(self.seed, self.seconds, names)


@dataclasses.dataclass
class StepResult:
    kinds: str
    in_sync: bool  # when it began
    begun_ns: int  # of the first fault
    healed_ns: int
    served_ns: int  # None: not in time
    settled: bool = None  # None: nobody has waited for that
    outage_ms: float = None  # the longest time without an acknowledgement, from the first fault on


@dataclasses.dataclass
class Result:
    settings: Settings
    verdict: object = None
    steps: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)  # beside the violations; texts
    terms: int = 0
    takeovers: int = 0  # how often another server acknowledged than before
    ended_servers: int = 0
    rebuilt: list = dataclasses.field(default_factory=list)
    unknown: int = 0
    seconds: float = 0.0
    versions: tuple = ()
    folder: str = ""

    @property
    def passed(self):
        return not self.problems and not self.verdict.violations

    def lines(self):
        """What is wrong."""
        return [*map(str, self.verdict.violations if self.verdict else ()), *self.problems]


class Round:
    """run() does it, and answers a Result. What is needed to understand a failure goes to the folder `keep`;
    what is needed to understand a success does too, if `always`."""

    def __init__(self, settings, keep=None, say=lambda text: None, always=False, plan=None):
        self.settings, self.keep, self.say, self.always = settings, keep, say, always
        self.plan = plan or settings.plan()
        self.result = Result(settings)
        self.world = None
        self._healed, self._may_be_stale = [], []
        self._begun_ns = 0

    def run(self):
        begun = time.monotonic()
        product = PRODUCTS[self.settings.product]
        extra = {key: value for name in self.settings.without for key, value in GUARDS[name].items()}
        with Lab() as lab, World(lab, product, self.settings.clocks, say=self.say, **extra) as self.world:
            try:
                self.world.start()
                self._begun_ns = time.monotonic_ns()
                self._steps()
                self._judge()
            except BaseException as error:
                self.result.problems.append(f"the round ended early: {error!r}"[:2000])
                self._save()
                raise
            self.result.seconds = time.monotonic() - begun
            if self.always or not self.result.passed:
                self._save()
        return self.result

    # ---- the steps

    def _steps(self):
        # A round with trouble must not take for ever: each wait is bounded, and so is their sum.
        deadline = time.monotonic() + 2.5 * self.settings.seconds + 120
        for number, step in enumerate(self.plan.steps, 1):
            if time.monotonic() > deadline:
                self.result.problems.append(f"out of time before step {number} of {len(self.plan.steps)}")
                return
            self.say(f"{self._now():7.1f} {number:3} {step}")
            if not self._step(step):
                return

    def _now(self):
        return (time.monotonic_ns() - self._begun_ns) / 1e9

    def _step(self, step):
        """Whether to go on."""
        time.sleep(step.calm)
        begun_ns = time.monotonic_ns()
        with contextlib.ExitStack() as heals:  # where one fails, the rest is healed all the same
            self._carry_out(step, heals)
        healed_ns = self.world.mend()
        disk = any(fault.kind == "disk_full" for fault in step.faults)
        bound = DISK_SECONDS if disk else SERVICE_SECONDS
        served_ns = self.world.wait_served(healed_ns, bound)
        in_sync = not self.result.steps or bool(self.result.steps[-1].settled)
        found = StepResult(step.kinds, in_sync, begun_ns, healed_ns, served_ns)
        self.result.steps.append(found)
        self._healed.append(Healed(healed_ns, int((bound + 1) * 1e9), step.kinds))
        if served_ns and not step.hurry:
            found.settled = self.world.wait_settled(SYNC_SECONDS)
            if not found.settled:
                self.result.problems.append(
                    f"not in sync within {SYNC_SECONDS} s after {step}\n{self.world.pair.story()}")
        if any(fault.kind in faults.HIDE_THE_LATER_TERM for fault in step.faults):
            self._may_be_stale.append((begun_ns, (served_ns or time.monotonic_ns()) + _YIELD_NS))
        if ended := self.world.daemons_that_ended():
            self.result.problems.append("hbvrrp has ended by itself: "
                                        + "; ".join(process.tail(40) for process in ended))
        self._tell(found)
        return served_ns is not None and found.settled is not False and not ended

    def _carry_out(self, step, heals):
        """Each fault begins and ends in its time, as far as the time that this itself takes allows."""
        moments = sorted([(fault.after, 1, fault) for fault in step.faults]
                         + [(fault.ends, 0, fault) for fault in step.faults], key=lambda one: one[:2])
        begun, pending = time.monotonic(), {}
        for at, begins, fault in moments:
            time.sleep(max(0.0, begun + at - time.monotonic()))
            if begins:
                pending[fault] = faults.begin(self.world, fault)
                heals.callback(lambda fault=fault: pending.pop(fault, lambda: None)())
            else:
                pending.pop(fault)()

    def _tell(self, found):
        outage = _longest_gap(self._acknowledged(), found.begun_ns, found.served_ns)
        found.outage_ms = outage
        primary = self.world.box("primary").name
        back = f"{(found.served_ns - found.healed_ns) / 1e9:.2f} s" if found.served_ns else "NOT SERVED"
        self.say(f"{self._now():7.1f}     {primary} serves; longest gap {outage:.0f} ms; after everything "
                 f"was healed {back}" + ("" if found.settled is None else f", in sync: {found.settled}"))

    def _acknowledged(self):
        return [one for one in self.world.recorder.read().operations
                if one.kind == WRITE and one.result == OK]

    # ---- the end

    def _judge(self):
        world, result = self.world, self.result
        in_order = all(step.served_ns and step.settled is not False for step in result.steps)
        if in_order:
            if not world.wait_settled(SYNC_SECONDS):
                result.problems.append(f"at the end not in sync within {SYNC_SECONDS} s\n"
                                       + world.pair.story())
        operations = world.recorder.stop().operations
        rows = terms = None
        primary = world.pair.primary()
        if primary:
            server = primary.server
            rows = rows_of(server)
            terms = {row["epoch"]: "ab".index(row["node"]) + 1
                     for row in server.sql("SELECT epoch, node FROM highbase.epoch")}
            result.versions = (server.value("SELECT VERSION()"),)
            if in_order and not result.problems:
                self._audit_replica(primary, rows)
        result.verdict = checker.check(operations, rows, terms, self._healed, world.recorder.groups,
                                       self._may_be_stale)
        if primary is None:
            result.problems.append("at the end nobody, or both, are the primary: the rows were not looked at")
        result.terms = len(terms or ())
        acknowledged = sorted(self._acknowledged(), key=lambda one: one.completed_ns)
        result.takeovers = sum(one.server != other.server for one, other in itertools.pairwise(acknowledged))
        result.unknown = sum(one.result == history.UNKNOWN for one in operations)
        result.rebuilt = list(world.rebuilt)
        result.ended_servers = world.ended_servers

    def _audit_replica(self, primary, rows):
        """The replica has the same rows, and no transaction more than the primary."""
        replica = self.world.pair.other(primary).server
        try:
            # A client's row may still be on its way, though the client is gone.
            wait_until(lambda: not primary.server.statements_of(APPLICATION[0]), 10, "all statements end")
            rows[:] = rows_of(primary.server)
            replica.wait_executed(primary.server.executed(), _FINAL_SECONDS)
        except (AssertionError, WaitTimeout, pymysql.MySQLError) as error:
            self.result.problems.append(f"the replica does not get to where the primary is: {error}")
            return
        here, there = (collections.Counter(found) for found in (rows, rows_of(replica)))
        if here != there:
            self.result.problems.append(f"of {len(rows)} rows the replica lacks {(here - there).total()}, "
                                        f"and has {(there - here).total()} of its own")
        if more := errant(replica, primary.server):
            self.result.problems.append(f"the replica has transactions that the primary has not: {more}")

    def _save(self):
        """Everything that is needed to understand what happened, and to do it again."""
        if not self.keep:
            return
        now = time.strftime("%m%d-%H%M%S")
        folder = self.keep / f"{self.settings.product}-seed{self.settings.seed}-{now}"
        folder.mkdir(parents=True)
        self.result.folder = str(folder)
        operations = []
        if self.world.recorder:
            with contextlib.suppress(Exception):
                operations = self.world.recorder.read().operations
            (folder / "clients.txt").write_text("\n".join(self.world.recorder.remarks) + "\n")
        (folder / "replay").write_text(self.settings.command() + "\n", encoding="utf-8")
        (folder / "plan.json").write_text(self.plan.to_json(), encoding="utf-8")
        (folder / "history.jsonl").write_text("".join(history.to_json(one) + "\n" for one in operations))
        (folder / "wrong.txt").write_text("\n\n".join(self.result.lines()) + "\n", encoding="utf-8")
        # Events have the time of day, the history a monotonic clock.
        steps = {"monotonic_ns": time.monotonic_ns(), "time": time.time(), "begun_ns": self._begun_ns,
                 "steps": [dataclasses.asdict(step) for step in self.result.steps]}
        (folder / "steps.json").write_text(json.dumps(steps, indent=1), encoding="utf-8")
        for pattern in ("*-hbvrrp.*", "*.toml", "*-database/log", "pair/*-state/*"):
            for path in self.world.lab.directory.glob(pattern):
                name = str(path.relative_to(self.world.lab.directory)).replace(os.sep, "-")
                with contextlib.suppress(OSError):
                    shutil.copy(path, folder / name)


def rows_of(server):
    return [Row(row["client"], row["number"], row["server"], row["epoch"])
            for row in server.sql("SELECT client, number, server, epoch FROM app.history")]


def errant(replica, primary):
    """Transactions of the replica that the primary has not; empty where there are none."""
    if isinstance(replica, MySql):
        return replica.value(f"SELECT GTID_SUBTRACT('{replica.executed()}', '{primary.executed()}')")
    counts = {one.rpartition("-")[0]: int(one.rpartition("-")[2])
              for one in primary.value("SELECT @@GLOBAL.gtid_binlog_state").split(",") if one}
    there = replica.value("SELECT @@GLOBAL.gtid_binlog_state").split(",")
    return ",".join(one for one in there
                    if one and int(one.rpartition("-")[2]) > counts.get(one.rpartition("-")[0], 0))


def _longest_gap(acknowledged, since_ns, until_ns):
    """Milliseconds, of the gaps between acknowledgements that overlap with that time."""
    times = sorted(one.completed_ns for one in acknowledged)
    last = until_ns or time.monotonic_ns()
    gaps = [(min(later, last) - one) / 1e6 for one, later in itertools.pairwise([*times, last])
            if later > since_ns and one < last]
    return max(gaps, default=0.0)
