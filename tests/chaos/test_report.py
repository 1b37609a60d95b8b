# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures that a run ends with."""
from lab.chaos import checker
from lab.chaos.checker import Verdict, Violation
from lab.chaos.report import report
from lab.chaos.run import Result, Settings, StepResult

MS = 1_000_000


def step(kinds, outage_ms, in_sync=True, back_ms=20):
    return StepResult(kinds, in_sync, 0, 100 * MS, (100 + back_ms) * MS, True, outage_ms)


def row(lines, name):
    return next(line for line in lines if line.startswith(f"| {name} |"))


def test_outages_are_of_faults_that_came_alone_to_a_pair_in_sync():
    steps = [step("power primary", 100), step("power primary", 300), step("power primary", 110, back_ms=50),
             step("power primary", 9000, in_sync=False), step("cut+power primary", 8000),
             step("power replica", 2000)]
    lines = report([Result(Settings(5), Verdict([], 3, 700, 400), steps, takeovers=2)])
    assert row(lines, "power primary") == "| power primary | 5 | 110 ms | 300 ms | 50 ms |"
    assert row(lines, "power replica") == "| power replica | 1 | 2000 ms | 2000 ms | 20 ms |"
    assert row(lines, "two at once") == "| two at once | 1 | 8000 ms | 8000 ms | 20 ms |"
    assert row(lines, "faults") == "| faults | 7 in 6 steps, 1 of them with two at once |"
    assert row(lines, "takeovers") == "| takeovers | 2 |"
    assert row(lines, "violations") == "| violations | 0 |"
    assert not any("replay" in line for line in lines)


def test_what_is_wrong_is_told_with_the_command_that_replays_it():
    wrong = Result(Settings(6), Verdict([Violation(checker.LOST, "write 5")], 0, 1, 1),
                   problems=["not in sync\nand much more"], folder="build/chaos/x")
    lines = report([Result(Settings(5), Verdict([], 0, 1, 1)), wrong])
    assert row(lines, "violations") == "| violations | 1 |" and row(lines, "seeds") == "| seeds | 5 to 6 |"
    assert lines[-4:] == [f"Seed 6: `{wrong.settings.command()}`", "- rule 1, lost: write 5", "- not in sync",
                          "- see build/chaos/x"]


def test_a_round_that_ended_early_is_told_too():
    lines = report([Result(Settings(7), problems=["the round ended early: LabError()"])])
    assert "- the round ended early: LabError()" in lines
