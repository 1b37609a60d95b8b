# SPDX-License-Identifier: GPL-2.0-or-later
"""The address as a client sees it: runs vip_probe (tests/tools) and reads its events while it runs."""
import contextlib
import json
import os
import pathlib

from .errors import LabError
from .wait import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build_directory():
    return pathlib.Path(os.environ.get("HIGHBASE_BUILD_DIR", ROOT / "build" / "release"))


def built_program(name):
    path = build_directory() / name
    if not path.is_file():
        raise LabError(f"{path} does not exist: run tools/build first (or set HIGHBASE_BUILD_DIR)")
    return path


class VipProbe:
    """A context manager. Times in events are nanoseconds of time.monotonic_ns(), as those of AddressWatch."""

    def __init__(self, client, address, interval_us=1000, realtime=False, interface="eth0"):
        argv = [built_program("vip_probe"), "--interface", interface, "--interval", interval_us]
        self._process = client.start(*argv, *(["--realtime"] if realtime else []), address, name="vip_probe")
        self._log = None
        self._partial = ""
        self._start_ns = 0
        self.events = []

    def __enter__(self):
        self._log = open(self._process.log_path, encoding="utf-8")
        wait_until(self.read, 5, "vip_probe has started", self._process.tail)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.stop()
        self.read()
        self._log.close()

    def read(self):
        """Take in what the probe has printed until now; all events, also when it has ended."""
        if self._log.closed:
            return self.events
        *lines, self._partial = (self._partial + self._log.read()).split("\n")
        for line in lines:
            event = self._parse(line)
            if event["event"] == "start":
                self._start_ns = event["monotonic_ns"]
            for key in ("t", "since", "noticed"):
                if key in event:
                    event[key] += self._start_ns
            self.events.append(event)
        return self.events

    def _parse(self, line):
        try:
            return json.loads(line)
        except json.JSONDecodeError:
            raise LabError(f"vip_probe says: {line}") from None

    def of_kind(self, kind, since=0, **wanted):
        """Events of one kind, from the `since`-th on, with the wanted values: of_kind("advert", vrid=51)."""
        return [event for event in self.read()[since:]
                if event["event"] == kind and all(event.get(key) == value for key, value in wanted.items())]

    def stop(self):
        """End the probe; its summary."""
        if self._process.running():
            self._process.terminate()
        return self.of_kind("summary")[-1]

    def mark(self):
        """A position in the events, for `since`: what comes later comes after this call."""
        return len(self.read())

    def wait_for(self, kind, timeout, what, since=0, **wanted):
        """Wait for an event of a kind, from position `since` on; the first one."""
        return wait_until(lambda: self.of_kind(kind, since, **wanted), timeout, what, self._process.tail)[0]
