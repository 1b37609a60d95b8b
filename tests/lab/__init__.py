# SPDX-License-Identifier: GPL-2.0-or-later
"""A small network laboratory: hosts and LANs of network namespaces, faults to break them, and instruments.

Tests, the demo and the benchmark stand on it. It needs root and the standard library of Python 3.11.
"""
from .addresses import AddressWatch, dump_addresses
from .errors import LabError
from .ownership import assert_exactly_one_owner, holders, wait_for_owner, who_answers
from .probe import VipProbe
from .process import Process
from .topology import Host, Lab, Lan, Nic, require_root
from .wait import WaitTimeout, wait_until

__all__ = [
    "AddressWatch", "Host", "Lab", "LabError", "Lan", "Nic", "Process", "VipProbe", "WaitTimeout",
    "assert_exactly_one_owner", "dump_addresses", "holders", "require_root", "wait_for_owner", "wait_until",
    "who_answers",
]
