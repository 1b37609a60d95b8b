# SPDX-License-Identifier: GPL-2.0-or-later
"""A few lines that change in place on a terminal; plain lines, one at each change, anywhere else."""
import contextlib
import os
import sys
import time

BOLD, GREEN, RED, DIM = "1", "32", "31", "2"


class Screen:
    def __init__(self, out=sys.stdout):
        self._out = out
        self._terminal = out.isatty()
        self._colour = self._terminal and "NO_COLOR" not in os.environ
        self._drawn = 0  # lines of the live part that stand above the cursor
        self._last = None
        self._start = time.monotonic()

    def paint(self, text, style):
        return f"\033[{style}m{text}\033[0m" if self._colour else text

    def say(self, text=""):
        """A line that stays."""
        self._erase()
        print(text, file=self._out, flush=True)

    def title(self, text):
        self.say(self.paint(text, BOLD))

    def live(self, lines, summary):
        """Show the lines in place of the last ones. Without a terminal, `summary` when it changes."""
        if self._terminal:
            self._erase()
            print("\n".join(lines), file=self._out, flush=True)
            self._drawn = len(lines)
        elif summary != self._last:
            print(f"  {time.monotonic() - self._start:6.2f} s  {summary}", file=self._out, flush=True)
        self._last = summary

    def keep(self):
        """The live lines stay as they are; what comes next is written below them."""
        self._drawn = 0

    def _erase(self):
        if self._drawn:
            print(f"\033[{self._drawn}A\033[J", end="", file=self._out)
            self._drawn = 0


def until_interrupted(screen):
    screen.say("Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(1)
