# SPDX-License-Identifier: GPL-2.0-or-later
"""Which database servers the tests run with, and pairs of boxes with them."""
import pytest

from lab import mysql
from lab.database_pair import DatabasePair
from lab.mariadb import MariaDb
from lab.mysql import MySql


def pytest_generate_tests(metafunc):
    if "product" in metafunc.fixturenames:
        products = [MariaDb] if mysql.missing() else [MariaDb, MySql]
        metafunc.parametrize("product", products, ids=[product.__name__ for product in products])


def pytest_terminal_summary(terminalreporter):
    if mysql.missing():
        terminalreporter.section("NOT TESTED WITH MYSQL", red=True, bold=True)
        terminalreporter.line(mysql.missing())


@pytest.fixture
def start_pair(lab, product):
    """Call it with the settings of a DatabasePair: a is the primary, b is in sync, and both are watched."""
    made = []

    def start(**settings):
        made.append(DatabasePair(lab, product, **settings))
        made[-1].start().watch.start()
        return made[-1]

    yield start
    for pair in made:
        pair.close()


@pytest.fixture
def pair(start_pair):
    return start_pair()
