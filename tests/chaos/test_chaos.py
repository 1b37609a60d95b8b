# SPDX-License-Identifier: GPL-2.0-or-later
"""Three minutes of faults from fixed seeds: the rounds of tools/chaos, as docs/chaos.md describes them."""
import pytest

from lab.chaos.plan import KINDS
from lab.chaos.run import Round, Settings
from lab.probe import ROOT

# Together every kind of fault; the second has clocks that are wrong.
ROUNDS = [("mariadb", 2929, 55), ("mariadb", 510, 55), ("mysql", 817, 55)]


@pytest.mark.parametrize("product, seed, seconds", ROUNDS)
def test_nothing_is_lost_and_service_comes_back(product, seed, seconds):
    settings = Settings(seed, seconds, product)
    result = Round(settings, ROOT / "build" / "chaos", print).run()
    wrong = "\n".join(result.lines())
    assert result.passed, f"{wrong}\nsee {result.folder}\nto replay it: {settings.command()}"
    assert len(result.steps) == len(settings.plan().steps)
    # A round in which clients were hardly served, or nothing ever moved, has shown nothing.
    assert result.verdict.writes > 500 and result.verdict.reads > 250 and result.takeovers > 0


def test_the_rounds_have_every_kind_of_fault():
    found = {fault.kind for product, seed, seconds in ROUNDS
             for step in Settings(seed, seconds, product).plan().steps for fault in step.faults}
    assert found == set(KINDS)
