# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to a pair, drawn from a seed: nothing here depends on time, or on what the pair does.

A fault hits a role and not a box, so that a plan means the same whatever has happened before. Of plans of one
seed the shorter is the beginning of the longer.
"""
import dataclasses
import json
import random

PRIMARY, REPLICA, BOTH = "primary", "replica", "both"
RECOVERY_SECONDS = 3.0  # what a step is reckoned to take after its faults are over

# Who can be cut off from whom. A witness would be one more place.
PLACES = ("primary", "replica", "client", "client2")


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    target: str = ""  # a role, or nothing where it is not of one box
    after: float = 0.0  # seconds from the beginning of its step
    lasts: float = 0.0  # seconds; then it is healed
    options: tuple = ()  # pairs of a name and a value

    def option(self, name):
        return dict(self.options)[name]

    @property
    def ends(self):
        return self.after + self.lasts

    def __str__(self):
        words = [self.kind, self.target, *(f"{name}={_words(value)}" for name, value in self.options)]
        return f"{' '.join(word for word in words if word)} at {self.after:.2f} s for {self.lasts:.2f} s"


def _words(value):
    return "+".join(value) if isinstance(value, tuple) else value


@dataclasses.dataclass(frozen=True)
class Step:
    """One fault, or two at once; when all of them are healed the pair must serve again within a bound."""

    calm: float  # seconds in which nothing happens, first
    faults: tuple
    hurry: bool  # the next step begins as soon as clients are served, without waiting for the replica

    @property
    def kinds(self):
        return "+".join(sorted(f"{fault.kind} {fault.target}".strip() for fault in self.faults))

    @property
    def seconds(self):
        return self.calm + max(fault.ends for fault in self.faults) + RECOVERY_SECONDS

    def __str__(self):
        text = "; ".join(map(str, self.faults))
        return f"after {self.calm:.1f} s: {text}{' (the next in a hurry)' if self.hurry else ''}"


@dataclasses.dataclass(frozen=True)
class Plan:
    seed: int
    steps: tuple

    def to_json(self):
        return json.dumps(dataclasses.asdict(self), indent=1)


@dataclasses.dataclass(frozen=True)
class Kind:
    """How often a fault comes, whom it hits and for how long; `draw` adds what else there is to say."""

    weight: int
    targets: tuple
    lasts: tuple  # seconds, from and to
    draw: object = None
    alone: bool = False  # never together with another one


def _plain_restart(dice):
    # As a unit starts a server again that has died: MariaDB keeps then what nobody has acknowledged.
    return (("plain", dice.random() < 0.15),)


def _cut(dice):
    one, other = dice.sample(PLACES, 2)
    return (("from", (one,)), ("to", (other,)), ("one_way", dice.random() < 0.4))


def _halves(dice):
    """The network falls apart, with clients on both sides."""
    near = dice.choice(["client", "client2"])
    far = "client2" if near == "client" else "client"
    return (("from", ("primary", near)), ("to", ("replica", far)), ("one_way", dice.random() < 0.2))


def _alone(dice):
    """One box is cut off from all the others."""
    one = dice.choice(["primary", "replica"])
    return (("from", (one,)), ("to", tuple(place for place in PLACES if place != one)),
            ("one_way", dice.random() < 0.3))


def _loss(dice):
    places = PLACES if dice.random() < 0.5 else tuple(sorted(dice.sample(PLACES, 2)))
    return (("among", places), ("percent", 20))


def _step_of_clock(dice):
    return (("seconds", dice.choice([-3600, 3600])),)


def _rate_of_clock(dice):
    return (("rate", dice.choice([0.5, 0.9, 1.1, 2.0])),)


def _order(dice):
    # Who is back first, and how much later the other one.
    return (("first", dice.choice([PRIMARY, REPLICA])), ("gap", round(dice.uniform(0.0, 3.0), 2)))


def _moment(dice):
    # Milliseconds from the beginning of the promotion: one takes 20 to 300 of them.
    return (("whose", dice.choice([PRIMARY, REPLICA])), ("ms", round(dice.expovariate(1 / 15), 1)))


def _pinned(dice):
    """Whether clients of one host go on to send to the box that had the address, whatever they hear."""
    return (("pinned", dice.random() < 0.4),)


EITHER = (PRIMARY, PRIMARY, REPLICA)  # the primary's end is worth more
KINDS = {
    "server_kill": Kind(8, EITHER, (0.5, 5.0), _plain_restart),
    "server_freeze": Kind(6, EITHER, (0.2, 5.0)),
    "server_stop": Kind(3, EITHER, (1.0, 5.0), alone=True),
    "servers_kill": Kind(3, (BOTH,), (0.5, 3.0), _order),
    "hbvrrp_kill": Kind(6, EITHER, (0.1, 4.0), _pinned),
    "speaker_kill": Kind(4, EITHER, (0.1, 4.0), _pinned),
    "hbvrrp_freeze": Kind(6, EITHER, (0.2, 5.0), _pinned),
    "hbvrrp_stop": Kind(3, EITHER, (0.5, 4.0)),
    "hbvrrps_kill": Kind(2, (BOTH,), (0.1, 2.0), _order),
    "promotion_kill": Kind(6, (PRIMARY,), (1.0, 4.0), _moment, alone=True),
    "power": Kind(6, EITHER, (1.0, 5.0), _plain_restart),
    "powers": Kind(3, (BOTH,), (0.5, 3.0), _order),
    "link_down": Kind(4, EITHER, (0.3, 5.0)),
    "carrier_lost": Kind(4, EITHER, (0.3, 5.0)),
    "cut": Kind(6, ("",), (0.5, 6.0), _cut),
    "halves": Kind(4, ("",), (0.5, 6.0), _halves),
    "isolated": Kind(4, ("",), (0.5, 6.0), _alone),
    "loss": Kind(5, ("",), (2.0, 8.0), _loss),
    "clock_step": Kind(4, EITHER, (1.5, 4.0), _step_of_clock),
    "clock_rate": Kind(3, EITHER, (2.0, 6.0), _rate_of_clock),
    "disk_full": Kind(2, EITHER, (1.0, 4.0)),
    "address_deleted": Kind(4, (PRIMARY,), (0.2, 1.0)),
    "rules_flushed": Kind(4, EITHER, (0.2, 1.0)),
    "switchover": Kind(4, ("",), (0.5, 2.0)),
}
DOUBLES = 0.25  # how many steps have two faults
IN_A_HURRY = 0.15


def draw(seed, seconds, kinds=None):
    """The plan of that seed that is reckoned to take so long. `kinds`: the names of those that may come."""
    dice = random.Random(seed)
    names = [name for name in KINDS if kinds is None or name in kinds]
    steps, total = [], 0.0
    while total < seconds:
        steps.append(_step(dice, names))
        total += steps[-1].seconds
    return Plan(seed, tuple(steps))


def _step(dice, names):
    calm = round(dice.uniform(0.5, 3.0), 2)
    faults = [_fault(dice, names, 0.0)]
    pairable = [name for name in names if not KINDS[name].alone and name != faults[0].kind]
    double = dice.random() < DOUBLES and pairable and not KINDS[faults[0].kind].alone
    if double:
        # It begins while the first one lasts, or just as that ends.
        faults.append(_fault(dice, pairable, round(dice.uniform(0.0, faults[0].lasts), 2)))
    return Step(calm, tuple(faults), dice.random() < IN_A_HURRY)


def _fault(dice, names, after):
    name = dice.choices(names, [KINDS[name].weight for name in names])[0]
    kind = KINDS[name]
    target = dice.choice(kind.targets)
    lasts = round(dice.uniform(*kind.lasts), 2)
    return Fault(name, target, after, lasts, kind.draw(dice) if kind.draw else ())
