# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges the recorded history of all clients: a pure function, which knows nothing of boxes and faults.

Clients only believe what they are told, so only that is judged: each rule is about answers. All clients run
on one machine and use one monotonic clock, so "before" means it: an operation whose answer had come when
another one began was before that, whatever happened in between.

1. *No acknowledged write is lost.* Each row that was acknowledged is on the last primary, once. So is each
   number that some read has shown, though the write itself had no answer: what was seen once may not go away.
   Nothing is there that nobody sent, or that was refused; what is there carries the server and the term that
   its client was told. A write without an answer may be there or not.

2. *No two servers acknowledge at the same time.* Terms are numbered, and three things together leave no room:
   each term has one server (so a second server that acknowledges does it in another term); terms follow real
   time (a write that was acknowledged and began after one of a later term had been acknowledged is of that
   term or of a later one); and the primary's own table gives each term to the same server. Two servers that
   acknowledge in turn, A B A, are in the terms 1 2 1, which the second forbids, or 1 2 3, which means that A
   was promoted again in between and had what B had acknowledged (rule 1 looks). What is left over are writes
   that were under way at the same moment: of them nobody outside can say which came first. With clients that
   write all the time that is no longer than one write.

3. *A read sees what was acknowledged before it began*, through whichever connection: of each client at least
   the greatest number that was acknowledged, or shown by another read, before this read began; and nothing
   that was not yet sent when it ended, or that was refused. Numbers of one client only grow, so the greatest
   one says everything, and the rule is linearizability of a register of each client: the last write before
   the read is a lower bound, the first write after it an upper one. Writes without an answer are free to be
   seen or not, until they are seen. Reads inside `may_be_stale` are counted and not held against anybody
   where they are too old: a primary that is cut off from the other box, and not from a client, shows what it
   has until it hears of the later term. (Its writes are judged all the same.)

4. *Service comes back.* After each moment in which everything was healed each group of clients has a write
   that began after it and was acknowledged within the bound.

Together: a history that passes could have come from one server that was never away, but for answers that did
not come, for reads that were excused, and for the time that it took.
"""
import bisect
import collections
import dataclasses

from .history import FAILED, OK, READ, WRITE

LOST, VANISHED, DOUBLE, PHANTOM, ALTERED = "lost", "vanished", "double", "phantom", "altered"
TWO_SERVERS, TERMS_BACK, FOREIGN_TERM = "two servers in a term", "an earlier term", "a term of another server"
STALE, FUTURE = "stale read", "read of what was not written"
NO_SERVICE = "no service"
RULES = {LOST: 1, VANISHED: 1, DOUBLE: 1, PHANTOM: 1, ALTERED: 1, TWO_SERVERS: 2, TERMS_BACK: 2,
         FOREIGN_TERM: 2, STALE: 3, FUTURE: 3, NO_SERVICE: 4}


@dataclasses.dataclass(frozen=True)
class Violation:
    kind: str
    text: str
    at_ns: int = 0

    @property
    def rule(self):
        return RULES[self.kind]

    def __str__(self):
        return f"rule {self.rule}, {self.kind}: {self.text}"


@dataclasses.dataclass(frozen=True)
class Healed:
    """Everything was in order again, and clients should be served soon."""

    at_ns: int
    bound_ns: int
    what: str = ""


@dataclasses.dataclass(frozen=True)
class Verdict:
    violations: list
    excused: int  # reads that were stale where they may be
    writes: int  # acknowledged
    reads: int

    def rules(self):
        return sorted({violation.rule for violation in self.violations})


def check(history, rows=None, terms=None, healed=(), groups=None, may_be_stale=()):
    """A Verdict.

    `rows`: of the last primary (None: they are not known, and rule 1 is not judged); `terms`: the server of
    each term, from the primary's own table; `groups`: a name for each client, by default all are one;
    `may_be_stale`: (from_ns, to_ns) pairs.
    """
    writes = [operation for operation in history if operation.kind == WRITE]
    reads = [operation for operation in history if operation.kind == READ and operation.result == OK]
    acknowledged = [write for write in writes if write.result == OK]
    found = _one_server_each(acknowledged, terms or {}) + _terms_in_order(acknowledged)
    old, violations = _reads(reads, writes, acknowledged, may_be_stale)
    found += violations
    if rows is not None:
        found += _rows(rows, writes, acknowledged, reads)
    found += _service(acknowledged, healed, groups or {})
    return Verdict(found, old, len(acknowledged), len(reads))


# ---- rule 1

def _rows(rows, writes, acknowledged, reads):
    there = collections.Counter((row.client, row.value) for row in rows)
    by_name = {(row.client, row.value): row for row in rows}
    sent = {(write.client, write.value): write for write in writes}
    found = [Violation(LOST, str(write), write.completed_ns) for write in acknowledged
             if not there[write.client, write.value]]
    for name in sorted(_shown(reads)):
        if not there[name] and (name not in sent or sent[name].result != OK):  # else it is lost, see above
            found.append(Violation(VANISHED, f"write {name[1]} of client {name[0]} was read, and is gone"))
    found += [Violation(DOUBLE, f"write {value} of client {client} is there {count} times")
              for (client, value), count in sorted(there.items()) if count > 1]
    for name, row in sorted(by_name.items()):
        write = sent.get(name)
        if write is None or write.result == FAILED:
            found.append(Violation(PHANTOM, f"{row} was {'refused' if write else 'never sent'}"))
        elif (row.server, row.epoch) != (write.server, write.epoch):
            found.append(Violation(ALTERED, f"{row}: {write}", write.completed_ns))
    return found


def _shown(reads):
    return {(client, value) for read in reads for client, value in read.value.items()}


# ---- rule 2

def _one_server_each(acknowledged, terms):
    found, server_of = [], {}
    for write in acknowledged:
        first = server_of.setdefault(write.epoch, write)
        if write.server != first.server:
            found.append(Violation(TWO_SERVERS, f"{first}; {write}", write.completed_ns))
    for epoch, write in sorted(server_of.items()):
        if terms and terms.get(epoch) != write.server:
            found.append(Violation(FOREIGN_TERM, f"{write}; the primary's table says {terms.get(epoch)}",
                                   write.completed_ns))
    return found


def _terms_in_order(acknowledged):
    found, latest = [], None
    by_end = sorted(acknowledged, key=lambda write: write.completed_ns)
    ended = 0
    for write in sorted(acknowledged, key=lambda write: write.invoked_ns):
        while by_end[ended].completed_ns < write.invoked_ns:
            if latest is None or by_end[ended].epoch > latest.epoch:
                latest = by_end[ended]
            ended += 1
        if latest and write.epoch < latest.epoch:
            found.append(Violation(TERMS_BACK, f"{write}; before it began: {latest}", write.completed_ns))
    return found


# ---- rule 3

class _Growing:
    """The greatest of the numbers that were there at a moment; add() in the order of the moments."""

    def __init__(self):
        self._moments, self._greatest = [], []

    def add(self, at_ns, number):
        self._moments.append(at_ns)
        self._greatest.append(max(number, self._greatest[-1] if self._greatest else 0))

    def before(self, at_ns):
        """Of those strictly before."""
        index = bisect.bisect_left(self._moments, at_ns)
        return self._greatest[index - 1] if index else 0


def _reads(reads, writes, acknowledged, may_be_stale):
    """How many stale reads are excused, and the violations."""
    known, sent = collections.defaultdict(_Growing), collections.defaultdict(_Growing)
    moments = [(write.completed_ns, write.client, write.value) for write in acknowledged]
    moments += [(read.completed_ns, client, value) for read in reads for client, value in read.value.items()]
    for at_ns, client, value in sorted(moments):
        known[client].add(at_ns, value)
    for write in sorted(writes, key=lambda write: write.invoked_ns):
        sent[write.client].add(write.invoked_ns, write.value)
    refused = {(write.client, write.value) for write in writes if write.result == FAILED}
    excused, found = 0, []
    for read in reads:
        for client, value in read.value.items():
            if value > sent[client].before(read.completed_ns + 1) or (client, value) in refused:
                found.append(Violation(FUTURE, f"{read}: write {value} of client {client}",
                                       read.completed_ns))
        old = [(client, read.value.get(client, 0), least) for client, numbers in known.items()
               if read.value.get(client, 0) < (least := numbers.before(read.invoked_ns))]
        if old and any(begin <= read.completed_ns and read.invoked_ns <= end for begin, end in may_be_stale):
            excused += 1
        elif old:
            client, seen, least = old[0]
            found.append(Violation(STALE, f"{read}: of client {client} it shows {seen}, and {least} was "
                                   "acknowledged or shown before it began", read.completed_ns))
    return excused, found


# ---- rule 4

def _service(acknowledged, healed, groups):
    names = sorted(set(groups.values())) or [None]
    found = []
    for moment in healed:
        served = {groups.get(write.client) for write in acknowledged
                  if write.invoked_ns >= moment.at_ns
                  and write.completed_ns <= moment.at_ns + moment.bound_ns}
        found += [Violation(NO_SERVICE, f"within {moment.bound_ns / 1e9:.0f} s after the end of "
                            f"{moment.what or 'all faults'}{f' for {name}' if name else ''}", moment.at_ns)
                  for name in names if name not in served]
    return found
