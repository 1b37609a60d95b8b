# SPDX-License-Identifier: GPL-2.0-or-later
"""Which database servers the tests run with, and pairs of them, with boxes and without."""
import pytest

from lab import mysql
from lab.database import pair_up
from lab.database_pair import DatabasePair
from lab.disk import SmallDisk
from lab.mariadb import MariaDb
from lab.mysql import MySql


def pytest_configure(config):
    config.addinivalue_line("markers", "only(product=...): of the servers of this product alone")


def pytest_generate_tests(metafunc):
    if "product" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        products = [only.kwargs["product"]] if only else _products()
        metafunc.parametrize("product", products, ids=[product.__name__ for product in products])


def pytest_collection_modifyitems(items):
    """Of a test for a product that is not there nothing is left; pytest would call it skipped."""
    def can_run(item):
        only = item.get_closest_marker("only")
        return not only or only.kwargs["product"] in _products()
    items[:] = filter(can_run, items)


def _products():
    return [MariaDb] if mysql.missing() else [MariaDb, MySql]


def pytest_terminal_summary(terminalreporter):
    if mysql.missing():
        terminalreporter.section("NOT TESTED WITH MYSQL", red=True, bold=True)
        terminalreporter.line(mysql.missing())


_MEGABYTES = 4096  # more than the servers of one test write


@pytest.fixture(scope="module", autouse=True)
def servers_in_memory(lab):
    """A disk that others keep busy for seconds is a fault of a primary, and no test that wants none may have
    it. Those that want a bad disk make one."""
    disk = SmallDisk(lab.directory, _MEGABYTES)
    yield
    disk.remove()


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


@pytest.fixture
def start_databases(lab, product):
    """Call it with statements for the primary: servers on the hosts a and b, where b follows a and has done
    the same. Nobody watches over them."""
    servers = []

    def start(*statements, disk_mb=None):
        for number, name in enumerate("ab", 1):
            host = lab.hosts[name]
            servers.append(product(lab.directory, name, number, host.namespace.name, host.nic.ipv4,
                                   disk_mb=disk_mb))
            servers[-1].start()
        primary, replica = servers
        pair_up(primary, replica)
        primary.script(*statements)
        replica.wait_executed(primary.executed(), 10)
        return servers

    yield start
    for server in servers:
        server.close()
    for host in lab.hosts.values():
        host.clean()


@pytest.fixture
def databases(start_databases):
    return start_databases("CREATE TABLE app.t (id INT PRIMARY KEY)")
