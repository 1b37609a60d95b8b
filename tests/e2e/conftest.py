# SPDX-License-Identifier: GPL-2.0-or-later
"""Which database servers the tests run with."""
import pytest

from lab import mysql
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
