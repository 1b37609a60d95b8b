# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of the operator before and after a transition."""
import json
import time

import pytest

from lab.process import is_alive

HANG = "echo $$ > {directory}/pid; sleep 1000 & echo $! >> {directory}/pid; wait"
# The last line is written with one write, so that a reader never sees half of it.
TELL = 'printf "%s %s\\n" "$0" "$(cat)" >> {directory}/told'
POINTS = [f"{when}-{what}" for what in ("promote", "demote", "rejoin") for when in ("before", "after")]


@pytest.fixture
def hook(tmp_path):
    """Settings of a hook that runs shell commands; {directory} in them is `tmp_path`."""
    def make(on, commands, timeout="10s", name=None):
        script = tmp_path / (name or on)
        script.write_text("#!/bin/sh\n" + commands.format(directory=tmp_path) + "\n", encoding="ascii")
        script.chmod(0o755)
        return {"on": on, "command": [str(script)], "timeout": timeout}
    return make


def told(tmp_path):
    """(hook, node, peer, epoch) of each run, in order."""
    path = tmp_path / "told"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    runs = []
    for line in lines:
        name, _, text = line.partition(" ")
        context = json.loads(text)
        runs.append((name.rpartition("/")[2], context["node"], context["peer"], context["epoch"]))
    return runs


def alive(tmp_path):
    """Of the processes of a hook that hangs, those that still run."""
    return [pid for pid in (tmp_path / "pid").read_text(encoding="ascii").split() if is_alive(pid)]


def test_each_runs_once_in_order_with_its_context(start_pair, hook, tmp_path):
    """A switchover, and the return of the server that was the primary. The first of two hooks of one point
    takes long: the second one begins after its end."""
    slow = hook("before-promote", f"sleep 0.3; {TELL}", name="first")
    pair = start_pair(mysql={"hook": [slow, *(hook(point, TELL) for point in POINTS)]})
    pair.wait(lambda: pair.switch_over("--dry-run", check=False).returncode == 0, 5,
              "b can take over at once")
    pair.switch_over()
    pair.wait_for_primary(pair.b)
    pair.wait_in_sync(pair.a)
    pair.wait(lambda: "after-rejoin" in [run[0] for run in told(tmp_path)], 10, "a's server has rejoined")
    runs = told(tmp_path)
    assert [run for run in runs if run[1] == "a"] == [
        ("first", "a", "b", 1), ("before-promote", "a", "b", 1), ("after-promote", "a", "b", 1),
        ("before-demote", "a", "b", 1), ("after-demote", "a", "b", 1),
        ("before-rejoin", "a", "b", 2), ("after-rejoin", "a", "b", 2)]
    assert [run for run in runs if run[1] == "b"] == [
        ("first", "b", "a", 2), ("before-promote", "b", "a", 2), ("after-promote", "b", "a", 2)]
    order = [run[:2] for run in runs]
    assert order.index(("before-demote", "a")) < order.index(("before-promote", "b"))
    assert order.index(("after-promote", "b")) < order.index(("before-rejoin", "a"))


def test_a_hook_that_hangs_before_a_promotion_vetoes_it_and_ends(start_pair, hook, tmp_path):
    pair = start_pair()
    # Only b has it: the first promotion is a's.
    _, options = pair.b.speaker.routers[0]
    options["mysql"]["hook"] = [hook("before-promote", HANG, "1s")]
    pair.b.speaker.stop()
    pair.b.speaker.start()
    pair.wait_in_sync(pair.b)
    pair.a.server.kill()
    pair.wait(lambda: (tmp_path / "pid").exists(), 10, "the hook runs")
    pair.check_nobody_serves(3)
    pair.wait(lambda: not alive(tmp_path), 3, "the hook and its children have ended")
    assert pair.b.has_reported("hook_failed", point="before-promote")
    assert pair.b.has_reported("promotion_failed", step="before_hooks", failure="vetoed")


def test_a_hook_that_hangs_after_a_promotion_delays_nobody(start_pair, hook, tmp_path):
    pair = start_pair(mysql={"hook": [hook("after-promote", HANG, "3s")]})
    (tmp_path / "pid").unlink(missing_ok=True)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        pair.a.server.kill()
        pair.wait_for_primary(pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(at) < 3000
        pair.check(ledger, pair.b, terms=2)
    pair.wait(lambda: (tmp_path / "pid").exists() and not alive(tmp_path), 10, "the hook has ended")


def test_a_hook_that_says_no_keeps_the_switchover_from_happening(start_pair, hook):
    pair = start_pair(mysql={"hook": [hook("before-demote", "echo not today; exit 1")]})
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        done = pair.switch_over(check=False)
        assert done.returncode == 1 and "not today" in done.stdout + done.stderr
        ledger.wait_for(50, 10, at)
        pair.check(ledger, pair.a)
