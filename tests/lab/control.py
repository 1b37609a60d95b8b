# SPDX-License-Identifier: GPL-2.0-or-later
"""hbvrrp's control socket (docs/control-protocol.md), without a process for each question."""
import contextlib
import json
import socket
import threading

_ANSWER_SECONDS = 5


def _connect(path):
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(_ANSWER_SECONDS)
    link.connect(str(path))
    return link


def _request(link, verb, **arguments):
    link.sendall((json.dumps({"version": 1, "verb": verb} | arguments) + "\n").encode())


def status(path):
    """What `hbctl status --json` prints; empty where nobody answers."""
    with contextlib.suppress(OSError, ValueError), contextlib.closing(_connect(path)) as link:
        _request(link, "status")
        with link.makefile("r", encoding="utf-8") as lines:
            return json.loads(lines.readline())["result"]
    return {}


class EventStream:
    """Events of hbvrrp, from now on, within a fraction of a millisecond.

    `on_event(event)` is called in another thread, as soon as one has come.
    """

    def __init__(self, path, on_event=None):
        self.events = []
        self.on_event = on_event
        self._link = _connect(path)
        self._lines = self._link.makefile("r", encoding="utf-8")
        _request(self._link, "events", follow=False)
        last = next(result["last"] for result in self._results() if "last" in result)
        _request(self._link, "events", follow=True, since=last)
        self._link.settimeout(None)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _results(self):
        for line in self._lines:
            yield json.loads(line)["result"]

    def _follow(self):
        with contextlib.suppress(OSError, ValueError):  # closed, here or there
            for result in self._results():
                if event := result.get("event"):
                    self.events.append(event)
                    if self.on_event:
                        self.on_event(event)

    def close(self):
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(2)
        self._link.close()
