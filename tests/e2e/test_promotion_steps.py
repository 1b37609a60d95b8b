# SPDX-License-Identifier: GPL-2.0-or-later
"""hbvrrp is killed at each step of a promotion, on the box that is promoted or on the other one, and in the
middle of a switchover, and started again: the promotion comes to its end, nothing acknowledged is lost, and
no two servers take writes.

A step takes less than a millisecond: whoever waits to be told of it comes too late. So each is held."""
import concurrent.futures
import contextlib
import os
import time

import pytest

from lab import faults
from lab.database_pair import DatabasePair
from lab.mariadb import MariaDb
from lab.mysql import MySql

# Without check_floor, which is done at once, await_floor, which only a planned switchover has, and fence_peer
# and ask_witness, which test_fence.py and test_witness.py have. Nothing can hold close_road: before_hooks is
# before it, and in stop_receiver it is done, and nothing else.
STEPS = ["before_hooks", "stop_receiver", "read_received", "drain", "record_intent", "stop_applier",
         "leave_semi_sync", "forget_source", "open", "prove", "record_term"]
STATEMENTS = {  # docs/promotion.md; the first of a step that has several
    MariaDb: {"stop_receiver": "STOP SLAVE IO_THREAD", "stop_applier": "STOP SLAVE",
              "leave_semi_sync": "SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1",
              "forget_source": "RESET SLAVE ALL", "open": "SET GLOBAL read_only = OFF",
              "close": "SET GLOBAL read_only = ON"},
    MySql: {"stop_receiver": "STOP REPLICA IO_THREAD FOR CHANNEL ''",
            "stop_applier": "STOP REPLICA FOR CHANNEL ''",
            "leave_semi_sync": "SET GLOBAL rpl_semi_sync_replica_enabled = OFF",
            "forget_source": "RESET REPLICA ALL FOR CHANNEL ''", "open": "SET GLOBAL super_read_only = OFF",
            "close": "SET GLOBAL super_read_only = ON"},
}
PROOF = "REPLACE INTO highbase.epoch (epoch, node) VALUES (2, 'b')"
# The journal's file cannot be opened from the moment on in which the promotion was in the step before.
JOURNAL_AFTER = {"record_intent": "stop_receiver", "record_term": "prove"}
RESTART_SECONDS = 0.1  # as a service manager does it


class Hold:
    """Keeps the next promotion on b in one of its steps; the step's deadline must not pass meanwhile."""

    def __init__(self, pair, step):
        self.step, self._pair = step, pair
        self._gate = pair.b.gate
        self._journal = pair.lab.directory / "pair" / "b-state" / "db.journal.new"
        self._applier = contextlib.ExitStack()
        self._events = pair.follow_events(pair.b)
        statements = STATEMENTS[type(pair.b.server)] | {"prove": PROOF}
        if step == "before_hooks":
            pair.hook_waits.touch()
        elif step == "read_received":
            self._gate.hold(after=statements["stop_receiver"])
        elif step == "drain":
            self._applier.enter_context(faults.applier_held(pair.b.server))
        else:
            self._gate.hold(statements[JOURNAL_AFTER.get(step, step)])

    def wait(self):
        """Returns when the promotion is there."""
        if self.step not in ("before_hooks", "drain"):
            self._pair.wait(self._gate.held.is_set, 10, f"{self.step} is held")
        if self.step in JOURNAL_AFTER:
            os.mkfifo(self._journal)  # opened for writing, it waits for a reader
            self._gate.release()
        self._pair.wait(lambda: self.reached() == self.step, 10, f"the step {self.step} begins")

    def reached(self):
        """The last step that b has told of."""
        return ([event["fields"]["step"] for event in self._events.events
                 if event["name"] == "promotion_step"] or [None])[-1]

    def over(self, goes_on=False):
        """What is held goes on, or, where hbvrrp on b is dead, has never been said."""
        self._applier.close()
        self._pair.hook_waits.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)
        if goes_on:
            self._gate.release()
        else:
            self._gate.drop()


@pytest.fixture
def start_gated(lab, product, tmp_path):
    """Call it with the names of boxes, and with the step that is to be held: a pair with a Gate, `gate`,
    between hbvrrp and the server of those boxes."""
    with contextlib.ExitStack() as stack:
        def start(names="b", step=None):
            # Through a gate nothing may be encrypted.
            pair = stack.enter_context(DatabasePair(lab, product, mysql={"tls": "off"}))
            pair.hook_waits = tmp_path / "wait"
            for box in pair.boxes:
                settings = box.speaker.routers[0][1]["mysql"]
                if box.name in names:
                    box.gate = faults.Gate(box.server)
                    stack.callback(box.gate.close)
                    settings["server"] = str(box.gate.path)
                if box is pair.b and step == "before_hooks":
                    settings["hook"] = [waiting_hook(pair.hook_waits)]
            pair.start().watch.start()
            return pair
        yield start


def waiting_hook(path):
    """A hook that waits before a promotion as long as the file `path` is there."""
    script = path.with_name("hook")
    script.write_text(f"#!/bin/sh\nwhile [ -e {path} ]; do sleep 0.01; done\n", encoding="ascii")
    script.chmod(0o755)
    return {"on": "before-promote", "command": [str(script)]}


def kill(pair, box):
    box.speaker.kill_speaker()  # the sentinel ends with it
    pair.wait(lambda: not box.speaker.process.running(), 5, "hbvrrp is dead")


def start_again(box):
    time.sleep(RESTART_SECONDS)
    box.speaker.start()


def promotion_survives(pair, victim, step):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        hold = Hold(pair, step)
        if step == "drain":  # there must be something to wait for
            ledger.wait_for(50, 10, time.monotonic_ns())
        pair.a.server.kill()
        hold.wait()
        kill(pair, victim)
        assert hold.reached() == step, f"it was killed in {hold.reached()}"
        hold.over(goes_on=victim is pair.a)
        start_again(victim)
        pair.wait_for_primary(pair.b, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.check(ledger, pair.b, terms=2)
    pair.assert_never_both_writable()


@pytest.mark.parametrize("step", STEPS)
def test_killed_on_the_box_that_is_promoted(start_gated, step):
    pair = start_gated(step=step)
    promotion_survives(pair, pair.b, step)


@pytest.mark.only(product=MariaDb)
@pytest.mark.parametrize("step", [step for step in STEPS if step not in JOURNAL_AFTER])  # cannot go on
def test_killed_on_the_box_of_the_old_primary(start_gated, step):
    pair = start_gated(step=step)
    promotion_survives(pair, pair.a, step)


@pytest.mark.parametrize("step", ["stop_receiver", "record_intent", "open"])
def test_the_host_of_the_new_primary_dies_and_returns(start_gated, step):
    """Nobody is left; what was begun is known to the box when it is back."""
    pair = start_gated(step=step)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        hold = Hold(pair, step)
        pair.a.server.kill()
        hold.wait()
        pair.b.host.die()
        assert hold.reached() == step
        hold.over()
        pair.b.host.reboot()
        pair.b.server.start()
        pair.b.speaker.start()
        pair.a.server.start()  # not as a replica: what b has lost of its relay log may be here alone
        last = pair.wait_for_a_primary()
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, last, terms=2)


@contextlib.contextmanager
def switchover_begun(pair):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(pair.switch_over, check=False)
        yield
        asked.result(30)


def test_killed_on_the_box_that_hands_over(start_gated):
    """Clients are sent away, and the server is not closed yet."""
    pair = start_gated("a")
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.gate.hold(STATEMENTS[type(pair.a.server)]["close"])
        events = pair.follow_events(pair.a).events
        with switchover_begun(pair):
            pair.wait(pair.a.gate.held.is_set, 10, "a is about to be closed")
            kill(pair, pair.a)
            pair.a.gate.drop()
            start_again(pair.a)
        assert [event["name"] for event in events][-1] == "demotion_began"
        last = pair.wait_for_a_primary()
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, last, terms=2)


@pytest.mark.parametrize("step", ["before_hooks", "open"])
def test_killed_on_the_box_that_is_handed_to(start_gated, step):
    """The other one has closed its server, and waits for it."""
    pair = start_gated(step=step)
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        hold = Hold(pair, step)
        with switchover_begun(pair):
            hold.wait()
            kill(pair, pair.b)
            assert hold.reached() == step
            hold.over()
            start_again(pair.b)
        assert not pair.a.has_reported("demotion_failed")
        last = pair.wait_for_a_primary()
        ledger.wait_for(50, 20, time.monotonic_ns())
        pair.check(ledger, last, terms=2)
    pair.assert_never_both_writable()
