# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/scenarios.md: every scenario has its row, and every test that it names exists."""
import re

from lab.probe import ROOT

PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines()
        if re.match(r"\| \d+ \|", line)]


def test_each_scenario_has_one_row_that_says_it_all():
    assert sorted(int(row[0].strip("| ")) for row in ROWS) == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 65
    for row in ROWS:
        assert len(row) == 4 and all(row), row


def test_each_row_names_a_test_or_says_why_not():
    for number, _, _, shown in ROWS:
        assert re.search(r"`\w+/\w+\.py::test_|[Nn]ot yet|By design", shown), number


def test_the_tests_that_are_named_exist():
    named = set(re.findall(r"`(\w+/\w+\.(?:py|cpp))(?:::(\w+))?`", PAGE))
    assert len(named) > 50
    for path, name in sorted(named):
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), (path, name)


def test_the_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target
