# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests in network namespaces. Without root they fail: a skipped test proves nothing."""
import signal

import pytest

from lab import Lab
from lab.pair import Pair
from lab.topology import two_hosts_and_a_client

# A script's background job begins with SIGINT ignored, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember how the test went, for the fixtures, and add the ends of all logs to a failure."""
    outcome = yield
    report = outcome.get_result()
    setattr(item, f"report_{report.when}", report)
    if report.failed:
        for lab in list(Lab.live):
            report.sections.append(("logs of the laboratory", lab.tails()))


@pytest.fixture(scope="module")
def lab():
    """Hosts a and b and a client on one LAN, shared by the tests of a module."""
    with Lab() as laboratory:
        two_hosts_and_a_client(laboratory)
        yield laboratory


@pytest.fixture
def pair(lab, request):
    """Two hosts for one test. Afterwards, if it passed: exactly the expected host answers for the address;
    when the speakers have ended, nothing of them is left."""
    prepared = Pair(lab)
    try:
        yield prepared
        if request.node.report_call.passed:
            prepared.check_ownership()
            prepared.stop_and_check_leftovers()
    finally:
        prepared.clean()
