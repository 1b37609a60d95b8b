# SPDX-License-Identifier: GPL-2.0-or-later
"""A ledger of what clients were promised: rows written through the address, which were acknowledged, how long
no write went through, and whether each acknowledged row is on a server. ledger_writer.py does the writing."""
import collections
import contextlib
import dataclasses
import itertools
import pathlib

from .database import APPLICATION, PORT
from .errors import LabError
from .ledger_writer import PAUSE, RESUME
from .wait import wait_until

_WRITER = pathlib.Path(__file__).with_name("ledger_writer.py")
_IDS_OF_ONE = 1_000_000_000  # far more than one ledger writes
_serial = itertools.count(1)

# No unique key on the id: a row that comes twice, however it happens, is to be seen and not to be refused.
TABLE = ("CREATE TABLE app.ledger (id BIGINT NOT NULL, writer INT NOT NULL, server INT UNSIGNED NOT NULL, "
         "KEY (id)) ENGINE = InnoDB")


@dataclasses.dataclass(frozen=True)
class Write:
    """Times are nanoseconds of time.monotonic_ns()."""

    id: int
    sent_ns: int
    ended_ns: int  # answered, or given up
    why: str = ""  # of what was not acknowledged


@dataclasses.dataclass(frozen=True)
class Gap:
    """Between two acknowledgements that followed one another."""

    last_ns: int
    next_ns: int

    @property
    def ms(self):
        return (self.next_ns - self.last_ns) / 1e6


@dataclasses.dataclass(frozen=True)
class Audit:
    """Of the acknowledged rows; in order."""

    acknowledged: int
    lost: list  # ids that are not on the server
    duplicates: list  # ids that are there more than once
    turns: list  # server ids, in the order in which they acknowledged rows

    @property
    def clean(self):
        return not self.lost and not self.duplicates


class Ledger:
    """A context manager; it writes from its beginning to its end, or to stop().

    `rate` is of all threads together, in rows a second; 0 is as fast as it goes.
    """

    def __init__(self, client, address, threads=4, rate=200, connect_ms=50, answer_ms=250, retry_ms=5,
                 port=PORT):
        user, password = APPLICATION
        self._process = client.start(
            "/usr/bin/python3", _WRITER, "--user", user, "--password", password, "--threads", threads,
            "--rate", rate, "--connect-ms", connect_ms, "--answer-ms", answer_ms, "--retry-ms", retry_ms,
            "--port", port, "--first-id", next(_serial) * _IDS_OF_ONE, address, name="ledger")
        self._log = open(self._process.log_path, encoding="utf-8")
        self._partial = ""
        self._parsers = {"A": self._row_to("acknowledged"), "U": self._row_to("unknown"),
                         "R": self._row_to("refused"), "C": self._event_to("connections"),
                         "E": self._event_to("failures"), "P": self._event_to("pauses")}
        self.acknowledged, self.unknown, self.refused = [], [], []
        self.connections, self.failures, self.pauses = [], [], []  # (time, text)
        self._threads = threads

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.stop()
        self._log.close()

    def stop(self):
        """No row is written after this."""
        if self._process.running():
            self._process.terminate(10)
        return self.read()

    def pause(self):
        """Returns when no row is under way any more: each was acknowledged, refused or given up."""
        pauses = len(self.read().pauses) + self._threads
        self._process.signal(PAUSE)
        wait_until(lambda: len(self.read().pauses) >= pauses, 10, "all the ledger's threads pause", self.tail)

    def resume(self):
        self._process.signal(RESUME)

    # ---- what it has written

    def _row_to(self, name):
        def parse(number, sent, ended, *why):
            getattr(self, name).append(Write(int(number), int(sent), int(ended), " ".join(why)))
        return parse

    def _event_to(self, name):
        def parse(_thread, at, *why):
            getattr(self, name).append((int(at), " ".join(why)))
        return parse

    def read(self):
        """Take in what has happened until now."""
        if self._log.closed:
            return self
        *lines, self._partial = (self._partial + self._log.read()).split("\n")
        for line in lines:
            kind, *words = line.split(" ")
            if kind not in self._parsers:
                raise LabError(f"the ledger's writer says: {line}\n{self._process.tail()}")
            self._parsers[kind](*words)
        return self

    def tail(self):
        self.read()
        return (f"{len(self.acknowledged)} acknowledged, {len(self.unknown)} unknown, {len(self.refused)} "
                f"refused; the last: {self._process.tail(8)}")

    def since(self, at_ns):
        """Acknowledged rows that were sent after that moment."""
        return [write for write in self.read().acknowledged if write.sent_ns > at_ns]

    def wait_for(self, count, timeout, since_ns=0, what="rows are acknowledged"):
        """Wait until so many rows that were sent after `since_ns` are acknowledged."""
        wait_until(lambda: len(self.since(since_ns)) >= count, timeout, f"{count} {what}", self.tail)

    def gaps(self):
        times = sorted(write.ended_ns for write in self.read().acknowledged)
        return [Gap(*pair) for pair in itertools.pairwise(times)]

    def longest_gap(self, since_ns=0):
        """The longest time without an acknowledgement, of those that ended after `since_ns`."""
        later = [gap for gap in self.gaps() if gap.next_ns > since_ns]
        if not later:
            raise AssertionError(f"nothing was acknowledged after the moment\n{self.tail()}")
        return max(later, key=lambda gap: gap.ms)

    def outage_ms(self, fault_ns):
        """From a fault to the first acknowledged row after the gap that it made."""
        return (self.longest_gap(fault_ns).next_ns - fault_ns) / 1e6

    # ---- what is there

    def audit(self, server):
        """Compare with a server's own rows, read through its socket."""
        promised = sorted(self.stop().acknowledged, key=lambda write: write.ended_ns)
        found = collections.Counter()
        origin = {}
        for row in server.sql("SELECT id, server FROM app.ledger"):
            found[row["id"]] += 1
            origin[row["id"]] = row["server"]
        return Audit(acknowledged=len(promised),
                     lost=[write.id for write in promised if not found[write.id]],
                     duplicates=sorted(number for number, count in found.items() if count > 1),
                     turns=_turns([(write, origin[write.id]) for write in promised if write.id in origin]))

    def assert_nothing_lost(self, server):
        audit = self.audit(server)
        assert audit.clean, (
            f"of {audit.acknowledged} acknowledged rows {len(audit.lost)} are not on {server.name} "
            f"({audit.lost[:5]}...), {len(audit.duplicates)} are there twice ({audit.duplicates[:5]}...)")
        return audit


def _turns(writes):
    """Which servers acknowledged, in turn: as few turns as the times allow, for a row was committed at some
    moment between its being sent and its being answered. `writes`, with their servers, as they were answered.

    [1, 2] is one takeover; [1, 2, 1] after only one takeover means that two servers took writes at once.
    """
    first_of_each = {server: index for index, (_, server) in reversed(list(enumerate(writes)))}
    chains = [_chain(writes[index:]) for index in first_of_each.values()]
    return max(chains, key=len, default=[])


def _chain(writes):
    """The servers of writes that certainly followed one another, each on another than the one before."""
    chain, until = [], 0
    for write, server in writes:
        if not chain or (server != chain[-1] and write.sent_ns >= until):
            chain.append(server)
            until = write.ended_ns
    return chain
