# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans: the same for the same seed, and all that can happen happens."""
import itertools
import json
import subprocess
import sys

from lab.chaos import faults, plan
from lab.chaos.plan import KINDS, PLACES, draw
from lab.probe import ROOT


def test_the_same_seed_gives_the_same_plan():
    assert draw(7, 180) == draw(7, 180)
    assert draw(7, 180) != draw(8, 180)


def test_also_in_another_process():
    code = "from lab.chaos.plan import draw; print(draw(7, 180).to_json())"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests", capture_output=True, text=True,
                          check=True, timeout=30, env={"PYTHONHASHSEED": "5", "PYTHONDONTWRITEBYTECODE": "1"})
    assert told.stdout.strip() == draw(7, 180).to_json()


def test_a_shorter_plan_is_the_beginning_of_a_longer_one():
    short, long = draw(3, 60).steps, draw(3, 300).steps
    assert long[:len(short)] == short and len(long) > len(short)


def test_a_plan_is_as_long_as_was_asked_for():
    for seed in range(50):
        *before, last = draw(seed, 120).steps
        assert sum(step.seconds for step in before) < 120 <= sum(step.seconds for step in [*before, last])


def test_everything_happens_and_nothing_that_may_not():
    steps = [step for seed in range(300) for step in draw(seed, 120).steps]
    faults = [fault for step in steps for fault in step.faults]
    assert {fault.kind for fault in faults} == set(KINDS)
    for fault in faults:
        kind = KINDS[fault.kind]
        assert fault.target in kind.targets and kind.lasts[0] <= fault.lasts <= kind.lasts[1]
    doubles = [step for step in steps if len(step.faults) == 2]
    assert 0.1 < len(doubles) / len(steps) < 0.3
    for step in doubles:
        one, other = step.faults
        assert one.kind != other.kind and one.after <= other.after <= one.ends
        assert not any(KINDS[fault.kind].alone for fault in step.faults)
    pairs = {tuple(sorted(fault.kind for fault in step.faults)) for step in doubles}
    some = ("server_kill", "hbvrrp_kill", "power", "cut", "link_down")
    assert pairs >= {tuple(sorted(pair)) for pair in itertools.combinations(some, 2)}


def test_only_the_kinds_that_were_asked_for():
    found = {fault.kind for seed in range(20) for step in draw(seed, 60, {"cut", "power"}).steps
             for fault in step.faults}
    assert found == {"cut", "power"}


def test_any_two_places_are_cut_off_from_each_other_one_way_and_both():
    found = {(fault.option("from") + fault.option("to"), fault.option("one_way"))
             for seed in range(300) for step in draw(seed, 60, {"cut"}).steps for fault in step.faults}
    assert found == {(pair, way) for pair in itertools.permutations(PLACES, 2) for way in (False, True)}


def test_a_plan_can_be_read_by_people_and_programs():
    drawn = draw(11, 60)
    assert len(json.loads(drawn.to_json())["steps"]) == len(drawn.steps)
    for step in drawn.steps:
        for fault in step.faults:
            assert fault.kind in str(step) and f"{fault.lasts:.2f} s" in str(step)
    fault = plan.Fault("cut", "", 0.5, 2.0, (("from", ("primary",)), ("to", ("replica", "client"))))
    assert str(fault) == "cut from=primary to=replica+client at 0.50 s for 2.00 s"


def test_each_kind_of_fault_can_be_brought_about():
    assert set(faults._BEGIN) == set(KINDS) and set(faults.HIDE_THE_LATER_TERM) <= set(KINDS)
