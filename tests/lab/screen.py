# SPDX-License-Identifier: GPL-2.0-or-later
"""A few lines that change in place on a terminal; plain lines, one at each change, anywhere else."""
import contextlib
import os
import sys
import time

from .wait import POLL_SECONDS, WaitTimeout

BOLD, GREEN, RED, DIM = "1", "32", "31", "2"
REFRESH_SECONDS = 0.1


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


class Scene:
    """What changes on the screen while something is waited for.

    `picture()` gives its lines and, for Screen.live(), their summary; `context()` goes to the message of a
    failure.
    """

    def __init__(self, screen, picture, context):
        self._screen, self._picture, self._context = screen, picture, context
        self._drawn_at = 0.0

    def _draw(self):
        self._drawn_at = time.monotonic()
        self._screen.live(*self._picture())

    def until(self, predicate, timeout, what):
        """Keep it alive until the predicate is true."""
        deadline = time.monotonic() + timeout
        while not predicate():
            if time.monotonic() > deadline:
                raise WaitTimeout(f"not within {timeout:.0f} s: {what}\n{self._context()}")
            if time.monotonic() - self._drawn_at >= REFRESH_SECONDS:
                self._draw()
            time.sleep(POLL_SECONDS)
        self._draw()

    def watch(self, seconds):
        deadline = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > deadline, seconds + 1, "the time has passed")


def until_interrupted(screen):
    screen.say("Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(1)
