# SPDX-License-Identifier: GPL-2.0-or-later
"""What guards the pair is taken away, a fault comes that it guards from, and the checker must find what its
absence does; with the guard the same fault must do no harm. So the checker can fail, and the guard is needed.
"""
import pytest

from lab import wait_until
from lab.chaos import checker
from lab.chaos.history import OK, WRITE
from lab.chaos.plan import PRIMARY, Fault, Plan, Step
from lab.chaos.run import GUARDS, Round, Settings
from lab.chaos.world import World
from lab.mariadb import MariaDb
from lab.topology import Lab

# The daemon of the primary freezes, and clients of one host never hear that the address has moved.
FROZEN = Plan(0, (Step(1.0, (Fault("hbvrrp_freeze", PRIMARY, 0.0, 5.0, (("pinned", True),)),), False),))


@pytest.mark.parametrize("without", [(), ("lease",)], ids=["guarded", "no-lease"])
def test_a_frozen_daemon_whose_clients_stay(without):
    """In mode "lossless" the old primary acknowledges nothing; but what it shows is old."""
    settings = Settings(0, 10, "mariadb", without, kinds=("hbvrrp_freeze",))
    result = Round(settings, say=print, plan=FROZEN).run()
    assert result.takeovers > 0 and not result.problems
    kinds = {violation.kind for violation in result.verdict.violations}
    assert kinds == ({checker.STALE} if without else set())


LIFETIME_SECONDS = 5  # 3, granted a second before the end at the latest, and a second of the kernel's
DEAD_SECONDS = 9.0
# The same clients, and the speaker of the primary dies.
KILLED = Plan(0, (Step(1.0, (Fault("speaker_kill", PRIMARY, 0.0, 4.0, (("pinned", True),)),), False),))


@pytest.mark.parametrize("without", [("lease",), ("lease", "sentinel")], ids=["sentinel", "no-sentinel"])
def test_a_dead_speaker_whose_clients_stay(without):
    """Each of the two guards is enough; without both the address lives for seconds."""
    settings = Settings(0, 10, "mariadb", without, kinds=("speaker_kill",))
    result = Round(settings, say=print, plan=KILLED).run()
    assert result.takeovers > 0 and not result.problems
    kinds = {violation.kind for violation in result.verdict.violations}
    assert kinds == ({checker.STALE} if "sentinel" in without else set())


@pytest.mark.parametrize("for_ever", [False, True], ids=["lifetime", "no-lifetime"])
def test_an_address_that_nobody_ends(for_ever):
    """Where neither lease nor sentinel is there, the kernel ends the address by itself, within seconds."""
    fault = Fault("speaker_kill", PRIMARY, 0.0, DEAD_SECONDS, (("pinned", True), ("for_ever", for_ever)))
    settings = Settings(0, 14, "mariadb", ("lease", "sentinel"), kinds=("speaker_kill",))
    result = Round(settings, say=print, plan=Plan(0, (Step(1.0, (fault,), False),))).run()
    assert result.takeovers > 0 and not result.problems
    stale = [violation.at_ns for violation in result.verdict.violations if violation.kind == checker.STALE]
    assert stale and len(stale) == len(result.verdict.violations)
    seconds = (max(stale) - min(stale)) / 1e9
    assert (seconds > LIFETIME_SECONDS) == for_ever, seconds


@pytest.mark.parametrize("without", [(), ("lease",)], ids=["guarded", "no-lease"])
def test_two_servers_that_acknowledge(without):
    """In mode "available" nothing but the guard keeps the old primary from acknowledging as well."""
    extra = {key: value for name in without for key, value in GUARDS[name].items()}
    with Lab() as lab, World(lab, MariaDb, mysql={"mode": "available"}, disk_mb=None,
                            **extra) as world:
        world.start()
        a = world.boxes[0]
        world.pin(a)
        a.speaker.process.pause()

        def acknowledged_by_b():
            return [one for one in world.recorder.read().operations
                    if (one.server, one.kind, one.result) == (2, WRITE, OK)]

        # Meanwhile whoever still reaches a has seconds to be told something by it.
        wait_until(lambda: len(acknowledged_by_b()) > 300, 30, "b serves", world.pair.story)
        verdict = checker.check(world.recorder.stop().operations)
    found = {violation.kind for violation in verdict.violations if violation.rule == 2}
    assert found == ({checker.TERMS_BACK} if without else set())
