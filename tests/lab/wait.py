# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition: bounded, and with an explanation when it does not come."""
import time

POLL_SECONDS = 0.005


class WaitTimeout(AssertionError):
    pass


def wait_until(predicate, timeout, what, context=None):
    """Poll until `predicate()` is true and return its value.

    After `timeout` seconds raise WaitTimeout with the last value, and with the text of `context()` if given.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            break
        time.sleep(POLL_SECONDS)
    text = f"not within {timeout} s: {what} (last value: {value!r})"
    if context:
        text += "\n" + context()
    raise WaitTimeout(text)


def assert_stays(predicate, duration, what, context=None):
    """Poll for `duration` seconds, fail as soon as `predicate()` is not true; `context()` is added."""
    start = time.monotonic()
    while (elapsed := time.monotonic() - start) < duration:
        value = predicate()
        text = f"after {elapsed:.3f} s no longer: {what} (value: {value!r})"
        assert value, text + ("\n" + context() if context else "")
        time.sleep(POLL_SECONDS)
