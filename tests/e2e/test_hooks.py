# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of the operator before and after a transition."""
import json
import time

import pytest

HANG = "echo $$ > {directory}/pid; sleep 1000 & echo $! >> {directory}/pid; wait"
# The last line is written with one write, so that a reader never sees half of it.
TELL = 'printf "%s %s\\n" "$0" "$(cat)" >> {directory}/told'


@pytest.fixture
def hook(tmp_path):
    """Settings of a hook that runs shell commands; {directory} in them is `tmp_path`."""
    def make(on, commands, timeout="10s"):
        script = tmp_path / on
        script.write_text("#!/bin/sh\n" + commands.format(directory=tmp_path) + "\n", encoding="ascii")
        script.chmod(0o755)
        return {"on": on, "command": [str(script)], "timeout": timeout}
    return make


def told(tmp_path):
    """(hook, context) of each run, in order."""
    path = tmp_path / "told"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [(name.rpartition("/")[2], json.loads(context))
            for name, _, context in (line.partition(" ") for line in lines)]


def alive(tmp_path):
    """Of the processes of a hook that hangs, those that still run."""
    def runs(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                return stat.read().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False
    return [pid for pid in (tmp_path / "pid").read_text(encoding="ascii").split() if runs(pid)]


def test_each_runs_once_in_order_with_its_context(start_pair, hook, tmp_path):
    names = ["before-promote", "after-promote", "before-demote", "after-demote"]
    pair = start_pair(mysql={"hook": [hook(name, TELL) for name in names]})
    pair.switch_over()
    pair.wait_for_primary(pair.b)

    def of_the_switchover():
        return [run for run in told(tmp_path) if run[1]["epoch"] == 2 or "demote" in run[0]]

    pair.wait(lambda: len(of_the_switchover()) >= 4, 5, "the hooks have run")
    runs = of_the_switchover()
    order = [name for name, _ in runs]
    assert sorted(order) == sorted(names)
    for before, after in (("before-demote", "after-demote"), ("before-promote", "after-promote")):
        assert order.index(before) < order.index(after)
    assert {context["epoch"] for name, context in runs if "promote" in name} == {2}


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
    assert pair.says(pair.b, "hook")


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
