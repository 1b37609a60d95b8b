# SPDX-License-Identifier: GPL-2.0-or-later
"""A clock of day for the programs of one box alone, which can be stepped and let run fast or slow."""
import atexit
import functools
import mmap
import os
import pathlib
import shutil
import tempfile
import threading
import time

from ..database import run_to_end
from ..namespace import PREFIX

_SOURCE = pathlib.Path(__file__).with_name("clock_shim.c")
_DRIFT_SECONDS = 0.02  # a fast clock is one that is stepped often


@functools.cache
def _library():
    place = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-clock-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    library = place / "clock_shim.so"
    run_to_end(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, _SOURCE, "-ldl"], "cc")
    return library


class Clock:
    """environment() is for the programs that are to see it."""

    def __init__(self, directory, name):
        self._path = directory / f"{name}-clock"
        self._path.write_bytes(bytes(8))
        with open(self._path, "r+b") as file:
            self._mapped = mmap.mmap(file.fileno(), 8)
        self._drifting = None

    def environment(self):
        return {"LD_PRELOAD": str(_library()), "CHAOS_CLOCK": str(self._path)}

    def step(self, seconds):
        """It is ahead by so many seconds from now on."""
        self._mapped[:] = int(seconds * 1e9).to_bytes(8, "little", signed=True)

    def run_at(self, rate):
        """From now on it runs so many times as fast as it should, until reset()."""
        self._stop_drifting()
        ended = threading.Event()
        begun = time.monotonic()

        def drift():
            while not ended.wait(_DRIFT_SECONDS):
                self.step((time.monotonic() - begun) * (rate - 1))

        self._drifting = ended, threading.Thread(target=drift, daemon=True)
        self._drifting[1].start()

    def _stop_drifting(self):
        if self._drifting:
            ended, thread = self._drifting
            ended.set()
            thread.join()
            self._drifting = None

    def reset(self):
        """It is right again."""
        self._stop_drifting()
        self.step(0)
