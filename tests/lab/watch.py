# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether servers are writable, asked over and over while a test runs."""
import bisect
import dataclasses
import threading
import time

import pymysql

_PAUSE_SECONDS = 0.005
_ANSWER_SECONDS = 0.5


@dataclasses.dataclass(frozen=True)
class Sample:
    """It was so at some moment between being asked and having answered (time.monotonic_ns())."""

    asked_ns: int
    answered_ns: int
    writable: bool


class WritabilityWatch:
    """A context manager. A server that is dead or frozen gives no sample."""

    def __init__(self, *servers):
        self.samples = {server.name: [] for server in servers}
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(server,), name=server.name, daemon=True)
                         for server in servers]
        self._ended_early = []  # by an error in here

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        if not self._ended.is_set():
            self._ended_early = [thread.name for thread in self._threads if not thread.is_alive()]
        self._ended.set()
        for thread in self._threads:
            if thread.ident:  # it was started
                thread.join(2 * _ANSWER_SECONDS + 1)
        return self

    def _watch(self, server):
        connection = None
        while not self._ended.wait(_PAUSE_SECONDS):
            try:
                connection = connection or server.connect(read_timeout=_ANSWER_SECONDS)
                self._ask(server, connection)
            except (OSError, pymysql.MySQLError):
                if connection:
                    connection._force_close()
                connection = None
        if connection:
            connection._force_close()

    def _ask(self, server, connection):
        asked = time.monotonic_ns()
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@GLOBAL.read_only")
            writable = not cursor.fetchone()[0]
        self.samples[server.name].append(Sample(asked, time.monotonic_ns(), writable))

    def blind_on(self):
        """The servers that were not watched all the time until stop(), or that have never answered."""
        return [name for name, samples in self.samples.items() if name in self._ended_early or not samples]

    def both_writable(self):
        """Moments at which each of two servers certainly was, as (from, to): the one's answer lies between
        two answers of the other's which followed each other."""
        one, other = self.samples.values()
        return [(sample.asked_ns, sample.answered_ns)
                for these, those in ((one, other), (other, one)) if those
                for sample in these if sample.writable and _surrounded(sample, those)]


def _surrounded(sample, others):
    index = bisect.bisect_right(others, sample.asked_ns, key=lambda other: other.answered_ns)
    return (0 < index < len(others) and others[index - 1].writable and others[index].writable
            and sample.answered_ns <= others[index].asked_ns)
