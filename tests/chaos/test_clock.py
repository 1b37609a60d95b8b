# SPDX-License-Identifier: GPL-2.0-or-later
"""The clock that programs of the laboratory see: it must be wrong as told, and nothing else may be."""
import json
import subprocess
import sys
import time

import pytest

from lab.chaos.clock import Clock

_TELL = """
import json, time
def clocks():
    boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return {"day": time.time(), "boot": boot, "monotonic": time.monotonic()}
print(json.dumps(clocks()), flush=True)
for _ in iter(input, "end"):
    print(json.dumps(clocks()), flush=True)
"""


@pytest.fixture
def clock(tmp_path):
    made = Clock(tmp_path, "a")
    yield made
    made.reset()


@pytest.fixture
def ask(clock):
    """Call it for what the clocks of a program that runs under the clock are off by, in seconds."""
    program = subprocess.Popen([sys.executable, "-c", _TELL], env=clock.environment(), text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    program.stdout.readline()

    def asked():
        program.stdin.write("\n")
        program.stdin.flush()
        told = json.loads(program.stdout.readline())
        return {"day": told["day"] - time.time(), "monotonic": told["monotonic"] - time.monotonic(),
                "boot": told["boot"] - time.clock_gettime(time.CLOCK_BOOTTIME)}

    yield asked
    program.communicate("end\n", timeout=10)
    assert program.returncode == 0


TRUE = {"day": 0, "monotonic": 0, "boot": 0}
NEARLY = 0.2  # of a busy machine


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_it_is_stepped_there_and_back_while_a_program_runs(clock, ask, seconds):
    assert ask() == pytest.approx(TRUE, abs=NEARLY)
    clock.step(seconds)
    assert ask() == pytest.approx(TRUE | {"day": seconds}, abs=NEARLY)
    clock.reset()
    assert ask() == pytest.approx(TRUE, abs=NEARLY)


@pytest.mark.parametrize("rate, drift", [(2.0, 0.5), (0.5, -0.25)])
def test_it_runs_fast_and_slow(clock, ask, rate, drift):
    clock.run_at(rate)
    time.sleep(0.5)
    assert ask() == pytest.approx(TRUE | {"day": drift}, abs=NEARLY)


def test_a_deadline_that_is_a_time_of_day_comes_when_it_should(clock):
    clock.step(3600)
    waits = ("import ctypes, time; c = ctypes.CDLL(None); s = ctypes.create_string_buffer(64); "
             "c.sem_init(s, 0, 0); at = time.time() + 0.3; "
             "t = (ctypes.c_long * 2)(int(at), int(at % 1 * 1e9)); "
             "b = time.monotonic(); print(c.sem_timedwait(s, t), time.monotonic() - b)")
    told = subprocess.run([sys.executable, "-c", waits], env=clock.environment(), capture_output=True,
                          text=True, check=True, timeout=10)
    result, seconds = told.stdout.split()
    assert result == "-1" and 0.25 < float(seconds) < 2
