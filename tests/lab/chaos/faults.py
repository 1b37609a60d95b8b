# SPDX-License-Identifier: GPL-2.0-or-later
"""How each kind of fault is brought about, and ended: a function that does it and answers one that heals it.

Two faults may be there at once, so nothing here relies on what else is so: a server that is to be started may
run, a host whose link is to come up may be dead. World.mend() puts in order what remains.
"""
import concurrent.futures
import contextlib
import itertools
import signal
import threading
import time

from ..errors import LabError
from ..process import kill_at_once
from .plan import PRIMARY, REPLICA
from .world import follow

# While the boxes do not hear each other, an old primary does not know that it is one; clients that reach it
# may read what it has. Of no other fault is that so.
HIDE_THE_LATER_TERM = ("cut", "halves", "isolated", "loss")


def begin(world, fault):
    """It happens; what heals it."""
    return _BEGIN[fault.kind](world, fault)


# ---- servers

def _server_kill(world, fault):
    box = world.box(fault.target)
    _kill_server(box)
    return lambda: world.start_server(box, fault.option("plain"))


def _kill_server(box):
    if box.server.running():
        box.server.kill()


def _server_freeze(world, fault):
    box = world.box(fault.target)
    process = box.server.process
    process.pause()

    def heal():
        process.resume()
        world.start_server(box)  # of a box that has lost its role it was killed
    return heal


def _server_stop(world, fault):
    box = world.box(fault.target)
    # No replica, and MySQL tells clients that their commits are done (docs/failover.md, not covered).
    world.wait_settled(30)
    process = box.server.process
    process.signal(signal.SIGTERM)

    def heal():
        with contextlib.suppress(AssertionError):  # a server that waits for its clients
            process.wait(20)
        _kill_server(box)
        world.start_server(box)
    return heal


def _servers_kill(world, fault):
    boxes = _in_order(world, fault)
    kill_at_once(*(box.server.process for box in boxes if box.server.running()))
    return _one_after_the_other(fault, [lambda box=box: world.start_server(box) for box in boxes])


def _in_order(world, fault):
    """The boxes, the one first that is to be back first."""
    first = world.box(fault.option("first"))
    return [first, world.pair.other(first)]


def _one_after_the_other(fault, actions):
    def heal():
        actions[0]()
        time.sleep(fault.option("gap"))
        actions[1]()
    return heal


# ---- hbvrrp

def _hbvrrp_kill(world, fault):
    box = world.box(fault.target)
    _pin(world, fault, box)
    box.speaker.process.kill()

    def heal():
        world.unpin()
        world.start_daemon(box)
    return heal


def _speaker_kill(world, fault):
    """Its sentinel lives, does its will and ends. With the option "for_ever" the kernel has forgotten that
    its addresses were to end by themselves."""
    box = world.box(fault.target)
    _pin(world, fault, box)
    if box.speaker.process.running():
        box.speaker.kill_speaker()
    if dict(fault.options).get("for_ever"):
        for address in box.speaker.router.addresses:
            box.host.namespace.ip(f"addr change {address} dev {box.speaker.router.interface} "
                                  "valid_lft forever preferred_lft forever")

    def heal():
        world.unpin()
        world.start_daemon(box)
    return heal


def _hbvrrp_freeze(world, fault):
    box = world.box(fault.target)
    process = box.speaker.process
    _pin(world, fault, box)
    process.pause()

    def heal():
        world.unpin()
        process.resume()
    return heal


def _pin(world, fault, box):
    if fault.option("pinned") and fault.target == PRIMARY:
        world.pin(box)


def _hbvrrp_stop(world, fault):
    box = world.box(fault.target)
    process = box.speaker.process
    process.signal(signal.SIGTERM)

    def heal():
        process.wait(15)  # docs/failover.md: within 5 s
        world.start_daemon(box)
    return heal


def _hbvrrps_kill(world, fault):
    boxes = _in_order(world, fault)
    kill_at_once(*(box.speaker.process for box in boxes))
    return _one_after_the_other(fault, [lambda box=box: world.start_daemon(box) for box in boxes])


def _promotion_kill(world, fault):
    """The primary's server dies, and in the middle of the promotion that follows the hbvrrp of one side."""
    primary, promoted = world.box(PRIMARY), world.box(REPLICA)
    victim = (primary if fault.option("whose") == PRIMARY else promoted).speaker.process
    once = threading.Lock()

    def on_event(event):
        if event["name"] == "promotion_began" and once.acquire(blocking=False):
            time.sleep(fault.option("ms") / 1e3)
            victim.kill()

    stream = follow(promoted, on_event)
    _kill_server(primary)

    def heal():
        if stream:
            stream.close()
        for box in (primary, promoted):
            world.start_daemon(box)
        world.start_server(primary)
    return heal


def _switchover(world, _fault):
    primary = world.box(PRIMARY)
    pool = concurrent.futures.ThreadPoolExecutor(1)
    to = world.pair.other(primary).name
    asked = pool.submit(primary.speaker.ctl, "switchover", "--to", to, check=False)

    def heal():
        with contextlib.suppress(Exception):  # whatever it says: it may have been frozen, or killed
            asked.result(30)
        pool.shutdown()
    return heal


# ---- hosts and links

def _power(world, fault):
    box = world.box(fault.target)
    box.host.die()
    return lambda: _power_on(world, box, fault.option("plain"))


def _power_on(world, box, plain=False):
    if box.host.dead:
        box.host.reboot()
    world.start_server(box, plain)
    world.start_daemon(box)


def _powers(world, fault):
    boxes = _in_order(world, fault)
    for box in boxes:
        box.host.die()
    return _one_after_the_other(fault, [lambda box=box: _power_on(world, box) for box in boxes])


def _link_down(world, fault):
    host = world.box(fault.target).host
    if not host.dead:
        host.nic.down()
    return lambda: host.dead or host.nic.up()


def _carrier_lost(world, fault):
    nic = world.box(fault.target).host.nic
    nic.unplug()
    return nic.plug


def _address_deleted(world, fault):
    host = world.box(fault.target).host
    with contextlib.suppress(LabError):  # it is not there
        host.namespace.ip(f"addr del {world.pair.vip}/24 dev {host.nic.name}")
    return lambda: None


def _rules_flushed(world, fault):
    host = world.box(fault.target).host
    host.run("nft", "flush", "ruleset", check=False)
    return lambda: None


def _disk_full(world, fault):
    disk = world.box(fault.target).server.disk
    disk.fill()
    return disk.free


# ---- the network between them

def _cut(world, fault):
    near = [world.nic(place) for place in fault.option("from")]
    far = [world.nic(place) for place in fault.option("to")]
    ways = [pair for pair in itertools.product(near, far) if pair[0] is not pair[1]]
    if not fault.option("one_way"):
        ways += [(far, near) for near, far in ways]
    world.lan.part(ways)
    return lambda: world.lan.join(ways)


def _loss(world, fault):
    ports = [world.nic(place).port for place in fault.option("among")]
    lost = f"numgen random mod 100 < {fault.option('percent')} drop"
    world.losses[fault] = [f'iifname "{one}" oifname "{other}" {lost}'
                           for one, other in itertools.permutations(ports, 2)]
    world.apply_losses()

    def heal():
        world.losses.pop(fault, None)
        world.apply_losses()
    return heal


# ---- clocks of day

def _clock_step(world, fault):
    clock = world.clocks[world.box(fault.target).name]
    clock.step(fault.option("seconds"))
    return clock.reset


def _clock_rate(world, fault):
    clock = world.clocks[world.box(fault.target).name]
    clock.run_at(fault.option("rate"))
    return clock.reset


_BEGIN = {
    "server_kill": _server_kill, "server_freeze": _server_freeze, "server_stop": _server_stop,
    "servers_kill": _servers_kill, "hbvrrp_kill": _hbvrrp_kill,
    "speaker_kill": _speaker_kill, "hbvrrp_freeze": _hbvrrp_freeze,
    "hbvrrp_stop": _hbvrrp_stop, "hbvrrps_kill": _hbvrrps_kill, "promotion_kill": _promotion_kill,
    "power": _power, "powers": _powers, "link_down": _link_down, "carrier_lost": _carrier_lost, "cut": _cut,
    "halves": _cut, "isolated": _cut, "loss": _loss, "clock_step": _clock_step, "clock_rate": _clock_rate,
    "disk_full": _disk_full, "address_deleted": _address_deleted, "rules_flushed": _rules_flushed,
    "switchover": _switchover,
}
