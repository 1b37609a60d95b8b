# SPDX-License-Identifier: GPL-2.0-or-later
"""Rounds of faults run with each kind of server that is here."""
from lab import mysql


def pytest_collection_modifyitems(items):
    """Of a round with a server that is not there nothing is left; pytest would call it skipped."""
    def can_run(item):
        product = getattr(item, "callspec", None) and item.callspec.params.get("product")
        return product != "mysql" or not mysql.missing()
    items[:] = filter(can_run, items)


def pytest_terminal_summary(terminalreporter):
    if mysql.missing():
        terminalreporter.section("NOT TESTED WITH MYSQL", red=True, bold=True)
        terminalreporter.line(mysql.missing())
