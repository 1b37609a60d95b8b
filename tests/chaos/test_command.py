# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/chaos: the command that a failure prints does the same round again; a run that is interrupted leaves
nothing behind."""
import glob
import os
import shlex
import signal
import subprocess
import tempfile

import pytest

from lab.chaos.__main__ import parse_arguments, rounds
from lab.chaos.run import Settings
from lab.namespace import PREFIX
from lab.probe import ROOT
from lab.wait import wait_until


@pytest.mark.parametrize("settings", [
    Settings(17), Settings(18, 55, "mysql"), Settings(3, 40, "mariadb", ("lease",), ("cut", "power"))])
def test_the_printed_command_replays_the_round(settings):
    command, *words = shlex.split(settings.command())
    assert os.access(ROOT / command, os.X_OK)
    assert list(rounds(parse_arguments(words))) == [settings]


def test_rounds_have_one_seed_after_the_other_until_the_time_is_over():
    found = rounds(parse_arguments(["--minutes", "60", "--seed", "5"]))
    assert [(next(found).seed, next(found).seed)] == [(5, 6)]
    assert not list(rounds(parse_arguments(["--minutes", "0.5"])))


def test_an_interrupted_run_leaves_nothing_behind(tmp_path):
    command = [ROOT / "tools" / "chaos", "--seed", "1", "--minutes", "2", "--output", tmp_path]
    begun = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def left():
        return (glob.glob(f"/run/netns/{PREFIX}-{begun.pid}-*")
                + glob.glob(f"{tempfile.gettempdir()}/{PREFIX}-{begun.pid}-*"))

    try:
        for line in begun.stdout:
            if " 1 after " in line:  # it has started, and the first fault is to come
                break
        assert left()
        begun.send_signal(signal.SIGINT)
        told, _ = begun.communicate(timeout=60)
    finally:
        begun.kill()
        begun.wait()
    assert begun.returncode == 1 and "interrupted" in told
    wait_until(lambda: not left(), 5, "nothing is left", left)
