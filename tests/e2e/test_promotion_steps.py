# SPDX-License-Identifier: GPL-2.0-or-later
"""hbvrrp is killed at each step of a promotion, on the box that is promoted or on the other one, and started
again: the promotion comes to its end, nothing acknowledged is lost, and no two servers take writes."""
import signal
import time

import pytest

from lab import faults

# Without check_floor, which is done at once, and await_floor, which only a planned switchover has.
STEPS = ["close_road", "stop_receiver", "read_received", "drain", "record_intent", "stop_applier",
         "leave_semi_sync", "forget_source", "open", "prove", "record_term"]
RESTART_SECONDS = 0.1  # as a service manager does it


class Assassin:
    """Kills hbvrrp on one box when the other, or itself, reports that a step of a promotion begins."""

    def __init__(self, pair, watched, victim, step):
        self.killed_ns = 0
        self._victim, self._step = victim, step
        pair.follow_events(watched).on_event = self._look

    def _look(self, event):
        if event["fields"].get("step") == self._step and not self.killed_ns:
            self._victim.speaker.process.signal(signal.SIGKILL)
            self.killed_ns = time.monotonic_ns()


def promotion_survives(pair, victim, step):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        assassin = Assassin(pair, pair.b, victim, step)
        if step == "drain":  # there must be something to wait for
            faults.applier_held_for(pair.b.server, 2)
            ledger.wait_for(50, 10, time.monotonic_ns())
        pair.a.server.kill()
        pair.wait(lambda: assassin.killed_ns, 10, f"the step {step} begins")
        pair.wait(lambda: not victim.speaker.process.running(), 5, "hbvrrp is dead")
        time.sleep(RESTART_SECONDS)
        victim.speaker.start()
        pair.wait_for_primary(pair.b, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    pair.assert_never_both_writable()


@pytest.mark.parametrize("step", STEPS)
def test_killed_on_the_box_that_is_promoted(pair, step):
    promotion_survives(pair, pair.b, step)


@pytest.mark.parametrize("step", ["close_road", "record_intent", "record_term"])
def test_killed_on_the_box_of_the_old_primary(pair, step):
    promotion_survives(pair, pair.a, step)


@pytest.mark.parametrize("step", ["stop_receiver", "record_intent", "open"])
def test_the_host_of_the_new_primary_dies_and_returns(pair, step):
    """Nobody is left; what was begun is known to the box when it is back."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        assassin = Assassin(pair, pair.b, pair.b, step)
        pair.a.server.kill()
        pair.wait(lambda: assassin.killed_ns, 10, f"the step {step} begins")
        pair.b.host.die()
        pair.b.host.reboot()
        pair.b.server.start()
        pair.b.speaker.start()
        pair.a.server.start()  # not as a replica: what b has lost of its relay log may be here alone
        last = pair.wait_for_a_primary()
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, last, terms=2)
