# SPDX-License-Identifier: GPL-2.0-or-later
"""The hardware's watchdog: whether it is fed, and when it is disarmed. A FIFO stands for the device; nobody
resets anything."""
import os
import select

import pytest

from lab.wait import wait_until

FED, DISARMED = b"\0", b"V"
_OFTEN = 0.25  # a quarter of the shortest time that it can have


class Watchdog:
    def __init__(self, path):
        self.path = str(path)
        os.mkfifo(self.path)
        self._reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._keeper = os.open(self.path, os.O_WRONLY)  # a FIFO that everybody else has closed is at its end

    def take(self, timeout=0):
        """What has been written since, or is within the time."""
        if not select.select([self._reader], [], [], timeout)[0]:
            return b""
        return os.read(self._reader, 4096)

    def close(self):
        os.close(self._reader)
        os.close(self._keeper)


@pytest.fixture
def watchdog(tmp_path):
    made = Watchdog(tmp_path / "watchdog")
    yield made
    made.close()


@pytest.fixture
def box(pair, watchdog):
    a = pair.speaker(pair.a, node={"watchdog": watchdog.path, "watchdog_timeout": "1s"}).start()
    pair.wait_for_owner(a)
    yield a
    if a.process.running():  # while somebody reads what it writes to the FIFO
        a.stop()
        pair.wait_for_no_owner(a.router.vip)


def is_fed(watchdog):
    watchdog.take()
    return watchdog.take(10 * _OFTEN) == FED


def test_it_is_fed_while_the_daemon_lives_and_disarmed_when_it_ends_in_order(pair, box, watchdog):
    assert is_fed(watchdog)
    assert DISARMED not in watchdog.take()
    assert box.stop() == 0
    pair.wait_for_no_owner(box.router.vip)
    assert watchdog.take().endswith(DISARMED)


def test_a_daemon_that_stands_still_does_not_feed_it(pair, box, watchdog):
    assert is_fed(watchdog)
    box.process.pause()
    watchdog.take(_OFTEN)
    watchdog.take()
    assert watchdog.take(4 * _OFTEN) == b""
    box.process.resume()
    wait_until(lambda: is_fed(watchdog), 5, "it is fed again")
    pair.wait_for_owner(box)


def test_one_that_is_killed_leaves_it_armed(pair, box, watchdog):
    assert is_fed(watchdog)
    box.process.kill()
    assert DISARMED not in watchdog.take()
    assert watchdog.take(2 * _OFTEN) == b""
    box.start()
    wait_until(lambda: is_fed(watchdog), 5, "the next daemon feeds it")
    pair.wait_for_owner(box)
