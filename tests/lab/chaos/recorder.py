# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients on several hosts, and what they have been told until now."""
import pathlib

from ..database import APPLICATION
from ..errors import LabError
from . import history
from .history import OK, WRITE

_CLIENT = pathlib.Path(__file__).with_name("client.py")
THREADS = 3  # on each host
TABLE = ("CREATE TABLE app.history (client INT NOT NULL, number BIGINT NOT NULL, "
         "server INT UNSIGNED NOT NULL, epoch BIGINT UNSIGNED NOT NULL, KEY (client, number)) "
         "ENGINE = InnoDB")


class _HostClients:
    """Those of one host: a group, which has a fault of the network in common."""

    def __init__(self, host, address, first, rate):
        user, password = APPLICATION
        self.name = host.name
        self.process = host.start("/usr/bin/python3", _CLIENT, "--user", user, "--password", password,
                                  "--threads", THREADS, "--first", first, "--rate", rate, address,
                                  name="clients")
        self.numbers = range(first, first + THREADS)
        self._log = open(self.process.log_path, encoding="utf-8")
        self._partial = ""

    def lines(self):
        *lines, self._partial = (self._partial + self._log.read()).split("\n")
        return lines

    def close(self):
        self._log.close()


class Recorder:
    """A context manager. `operations` may be read at any time, after read()."""

    def __init__(self, hosts, address, rate=60):
        self.operations, self.remarks = [], []
        self._hosts = [_HostClients(host, address, 1 + number * THREADS, rate)
                       for number, host in enumerate(hosts)]
        self.groups = {client: one.name for one in self._hosts for client in one.numbers}
        self._last = dict.fromkeys((one.name for one in self._hosts), 0)  # when the last that succeeded began
        self.last_write = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._hosts:
            one.close()

    def read(self):
        """Take in what has happened until now."""
        for one in self._hosts:
            for line in one.lines():
                if operation := history.parse(line):
                    self._take(operation)
                elif line[:2] in ("C ", "E "):
                    self.remarks.append(line)
                else:
                    raise LabError(f"a client says: {line}\n{one.process.tail()}")
        return self

    def _take(self, operation):
        self.operations.append(operation)
        if operation.kind != WRITE or operation.result != OK:
            return
        group = self.groups[operation.client]
        self._last[group] = max(self._last[group], operation.invoked_ns)
        if self.last_write is None or operation.completed_ns > self.last_write.completed_ns:
            self.last_write = operation

    def all_served_since(self, at_ns):
        """Whether clients of each host had a write acknowledged that began after the moment."""
        self.read()
        return all(last > at_ns for last in self._last.values())

    def stop(self):
        """No client does anything after this."""
        for one in self._hosts:
            if one.process.running():
                one.process.terminate(15)
        return self.read()

    def tail(self):
        return "\n".join(one.process.tail(6) for one in self._hosts)
