# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the network between hosts: each must bring about what it says, and be over when it is over."""
import itertools
import re

import pytest

from lab import wait_until
from lab.chaos import faults
from lab.chaos.plan import Fault
from lab.chaos.world import World
from lab.mariadb import MariaDb
from lab.topology import Lab

NAMES = {"primary": "a", "replica": "b", "client": "client", "client2": "client2"}


@pytest.fixture(scope="module")
def world():
    """Nothing runs on its hosts."""
    with Lab() as lab, World(lab, MariaDb, disk_mb=None) as made:
        yield made


def answers(world, place, other, count=1):
    """How many of so many pings from one to the other are answered."""
    one, target = (world.lab.hosts[NAMES[name]] for name in (place, other))
    done = one.run("ping", "-n", "-q", "-i", "0.005", "-c", count, "-W", "0.3", target.nic.ipv4, check=False)
    return int(re.search(r"(\d+) received", done.stdout)[1])


def reached(world):
    """The pairs of places that reach each other, there and back."""
    return {(one, other) for one, other in itertools.combinations(NAMES, 2) if answers(world, one, other)}


ALL = set(itertools.combinations(NAMES, 2))


@pytest.mark.parametrize("kind, near, far, parted", [
    ("cut", ("primary",), ("client",), {("primary", "client")}),
    ("halves", ("primary", "client2"), ("replica", "client"),
     {("primary", "replica"), ("primary", "client"), ("replica", "client2"), ("client", "client2")}),
    ("isolated", ("replica",), ("primary", "client", "client2"),
     {pair for pair in ALL if "replica" in pair}),
])
@pytest.mark.parametrize("one_way", [False, True])
def test_a_cut_parts_those_and_no_others(world, kind, near, far, parted, one_way):
    heal = faults.begin(world, Fault(kind, options=(("from", near), ("to", far), ("one_way", one_way))))
    assert reached(world) == ALL - parted  # an answer needs both directions
    blocked = len(world.lan._blocked)
    assert blocked == len(near) * len(far) * (1 if one_way else 2)
    heal()
    # Who was not found is asked for again, a second later.
    wait_until(lambda: reached(world) == ALL, 5, "all reach each other")


def test_two_cuts_end_one_after_the_other(world):
    one, other = (faults.begin(world, Fault("cut", options=(("from", (name,)), ("to", ("client",)),
                                                           ("one_way", False))))
                  for name in ("primary", "replica"))
    one()
    wait_until(lambda: reached(world) == ALL - {("replica", "client")}, 5, "the first is over")
    other()
    wait_until(lambda: reached(world) == ALL, 5, "both are over")


def test_one_frame_in_five_is_lost(world):
    count = 300
    assert answers(world, "primary", "replica", count) == count
    heal = faults.begin(world, Fault("loss", options=(("among", ("primary", "replica")), ("percent", 20))))
    # There and back: 64 % of them.
    assert 0.5 * count < answers(world, "primary", "replica", count) < 0.78 * count
    assert answers(world, "primary", "client", count) == count
    heal()
    assert answers(world, "primary", "replica", count) == count


def test_clients_that_hear_nothing_send_to_the_same_box(world):
    vip, (a, b) = world.pair.vip, world.boxes
    b.host.namespace.ip(f"addr add {vip}/24 dev eth0")
    client = world.lab.hosts["client2"]
    ask = ("ping", "-n", "-q", "-c", "1", "-W", "0.3", vip)
    assert client.run(*ask, check=False).returncode == 0
    world.pin(a)
    assert client.run(*ask, check=False).returncode == 1
    world.unpin()
    assert client.run(*ask, check=False).returncode == 0
    b.host.namespace.ip(f"addr del {vip}/24 dev eth0")
