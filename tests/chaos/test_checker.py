# SPDX-License-Identifier: GPL-2.0-or-later
"""The checker on histories made by hand: what each rule must catch, and what it must let pass."""
import random

import pytest

from lab.chaos import checker, history
from lab.chaos.checker import Healed, check
from lab.chaos.history import FAILED, OK, READ, UNKNOWN, WRITE, Operation, Row


def write(client, value, begun, ended, server=1, epoch=1, result=OK):
    return Operation(client, WRITE, begun, ended, result, value, server, epoch)


def read(client, begun, ended, server=1, epoch=1, **seen):
    """seen: c1=5 is the number 5 of client 1."""
    return Operation(client, READ, begun, ended, OK, {int(name[1:]): value for name, value in seen.items()},
                     server, epoch)


def rows(*writes):
    return [Row(one.client, one.value, one.server, one.epoch) for one in writes]


def kinds(verdict):
    return [violation.kind for violation in verdict.violations]


# ---- rule 1

ONE, TWO = write(1, 1, 0, 2), write(1, 2, 3, 5)
OPEN = write(1, 3, 6, 9, result=UNKNOWN)
REFUSED = write(1, 3, 6, 9, result=FAILED)


@pytest.mark.parametrize("operations, found", [
    ([ONE, TWO], rows(ONE, TWO)),
    ([ONE, TWO, OPEN], rows(ONE, TWO)),
    ([ONE, TWO, OPEN], rows(ONE, TWO, OPEN)),
    ([ONE, TWO, REFUSED], rows(ONE, TWO)),
    ([ONE, TWO, OPEN, read(2, 7, 8, c1=3)], rows(ONE, TWO, OPEN)),
    ([], []),
])
def test_rows_that_may_be_so(operations, found):
    assert not check(operations, found).violations


@pytest.mark.parametrize("operations, found, kind", [
    ([ONE, TWO], rows(ONE), checker.LOST),
    ([ONE, TWO, OPEN, read(2, 7, 8, c1=3)], rows(ONE, TWO), checker.VANISHED),
    ([ONE, TWO], rows(ONE, TWO, TWO), checker.DOUBLE),
    ([ONE], rows(ONE, TWO), checker.PHANTOM),
    ([ONE, TWO, REFUSED], rows(ONE, TWO, REFUSED), checker.PHANTOM),
    ([ONE], [Row(1, 1, 2, 1)], checker.ALTERED),
    ([ONE], [Row(1, 1, 1, 2)], checker.ALTERED),
])
def test_rows_that_may_not_be_so(operations, found, kind):
    assert kinds(check(operations, found)) == [kind]


def test_a_row_that_is_lost_is_told_once_though_it_was_read():
    assert kinds(check([ONE, read(2, 3, 4, c1=1)], [])) == [checker.LOST]


# ---- rule 2

A1, B2 = write(1, 1, 0, 2), write(2, 1, 3, 5, server=2, epoch=2)


@pytest.mark.parametrize("operations", [
    [A1, B2],
    [A1, B2, write(1, 2, 6, 8, epoch=3)],  # a was promoted again
    # Under way at the same time: either came first, however late the answer is.
    [write(1, 1, 0, 9), B2, write(3, 1, 4, 7)],
    # No answer came: nobody was told.
    [A1, B2, write(1, 2, 6, 8, result=UNKNOWN), write(1, 3, 9, 10, result=FAILED)],
])
def test_servers_that_take_turns(operations):
    assert not check(operations).violations


@pytest.mark.parametrize("operations, kind", [
    ([A1, B2, write(1, 2, 6, 8)], checker.TERMS_BACK),
    ([A1, write(2, 1, 0, 5, server=2, epoch=2), write(3, 1, 6, 7)], checker.TERMS_BACK),
    ([A1, write(2, 1, 3, 5, server=2)], checker.TWO_SERVERS),
    ([A1, B2, write(1, 2, 6, 8, epoch=2)], checker.TWO_SERVERS),
])
def test_two_servers_at_once(operations, kind):
    assert kinds(check(operations)) == [kind]


def test_the_table_of_terms_is_believed():
    assert not check([A1, B2], terms={1: 1, 2: 2, 3: 1}).violations
    assert kinds(check([A1, B2], terms={1: 1, 2: 1})) == [checker.FOREIGN_TERM]
    assert kinds(check([A1, B2], terms={1: 1})) == [checker.FOREIGN_TERM]


# ---- rule 3

@pytest.mark.parametrize("operations", [
    [ONE, read(2, 3, 4, c1=1)],
    [read(2, 0, 1)],
    # While a write is under way it is seen or not.
    [ONE, TWO, read(2, 4, 6, c1=1)],
    [ONE, TWO, read(2, 4, 6, c1=2)],
    [ONE, TWO, OPEN, read(2, 10, 11, c1=2), read(2, 12, 13, c1=3)],
    [ONE, TWO, OPEN, read(2, 10, 11, c1=2), read(2, 12, 13, c1=2)],
    # Two reads at once are in any order.
    [ONE, TWO, OPEN, read(2, 7, 12, c1=3), read(3, 8, 9, c1=2)],
])
def test_reads_of_what_is_so(operations):
    assert not check(operations).violations


@pytest.mark.parametrize("operations, kind", [
    ([ONE, TWO, read(2, 6, 7, c1=1)], checker.STALE),
    ([ONE, TWO, read(1, 6, 7)], checker.STALE),
    # It had no answer; but it was seen, and then it may not go away.
    ([ONE, TWO, OPEN, read(2, 10, 11, c1=3), read(3, 12, 13, c1=2)], checker.STALE),
    ([ONE, read(2, 1, 2, c1=2), TWO], checker.FUTURE),
    ([ONE, TWO, REFUSED, read(2, 10, 11, c1=3)], checker.FUTURE),
    ([ONE, read(2, 3, 4, c1=1, c7=1)], checker.FUTURE),
])
def test_reads_of_what_is_not_so(operations, kind):
    assert kinds(check(operations)) == [kind]


def test_a_stale_read_is_excused_only_in_its_time():
    stale = [ONE, TWO, read(2, 6, 7, c1=1)]
    assert (check(stale, may_be_stale=[(7, 9)]).violations, check(stale, may_be_stale=[(7, 9)]).excused) \
        == ([], 1)
    assert kinds(check(stale, may_be_stale=[(8, 9), (0, 5)])) == [checker.STALE]
    # Nobody is excused for a write that was never sent.
    assert kinds(check([read(2, 6, 7, c1=1)], may_be_stale=[(0, 9)])) == [checker.FUTURE]


# ---- rule 4

GROUPS = {1: "near", 2: "far"}


def test_service_that_comes_back():
    healed = [Healed(1, 10)]
    assert not check([write(1, 1, 2, 4), write(2, 1, 3, 11)], healed=healed, groups=GROUPS).violations


@pytest.mark.parametrize("late", [
    write(2, 1, 3, 12),  # after the bound
    write(2, 1, 0, 4),  # it began before
    write(2, 1, 3, 11, result=UNKNOWN),
    read(2, 3, 11),
])
def test_service_that_does_not_come_back_for_one_of_two_groups(late):
    verdict = check([write(1, 1, 2, 4), late], healed=[Healed(1, 10)], groups=GROUPS)
    assert kinds(verdict) == [checker.NO_SERVICE] and "for far" in verdict.violations[0].text


def test_each_moment_counts():
    operations = [write(1, 1, 2, 4)]
    assert kinds(check(operations, healed=[Healed(1, 10), Healed(5, 10)])) == [checker.NO_SERVICE]


# ---- all of it

def register(seed, stale=False):
    """The history of one server that is what it should be, or, where `stale`, once shows what it was."""
    dice = random.Random(seed)
    operations, there = [], {}
    written = {client: 0 for client in range(6)}
    free = dict.fromkeys(written, 0)
    for number in range(2000):
        client = dice.choice(list(written))
        moment = number * 10  # the one in which it happens
        begun = max(free[client], moment - dice.randrange(1, 40))
        ended = moment + dice.randrange(1, 40)
        if begun >= moment:
            continue
        free[client] = ended + 1
        if dice.random() < 0.6:
            written[client] += 1
            result = UNKNOWN if dice.random() < 0.1 else OK
            if result == OK or dice.random() < 0.5:
                there[client] = written[client]
            operations.append(write(client, written[client], begun, ended, result=result))
        else:
            operations.append(Operation(client, READ, begun, ended, OK, dict(there), 1, 1))
    if stale:
        operations.append(Operation(99, READ, moment + 100, moment + 101, OK,
                                    there | {0: there[0] - 20}, 1, 1))
    return operations


@pytest.mark.parametrize("seed", range(5))
def test_a_correct_register_passes_and_one_old_answer_is_found(seed):
    assert not check(register(seed)).violations
    assert kinds(check(register(seed, stale=True))) == [checker.STALE]


def test_operations_are_read_from_the_clients_lines_and_kept():
    lines = ["C 1 5 2", "W 1 7 10 12 2 3", "U 1 8 13 14 2 3 (2013, 'Lost connection')",
             "F 1 9 15 16 1 3 (1290, 'read-only')", "R 1 17 18 2 3 1=7,4=2", "R 1 19 20 2 0 "]
    parsed = [history.parse(line) for line in lines]
    assert parsed == [
        None,
        Operation(1, WRITE, 10, 12, OK, 7, 2, 3),
        Operation(1, WRITE, 13, 14, UNKNOWN, 8, 2, 3, "(2013, 'Lost connection')"),
        Operation(1, WRITE, 15, 16, FAILED, 9, 1, 3, "(1290, 'read-only')"),
        Operation(1, READ, 17, 18, OK, {1: 7, 4: 2}, 2, 3),
        Operation(1, READ, 19, 20, OK, {}, 2, 0)]
    assert [history.from_json(history.to_json(one)) for one in parsed[1:]] == parsed[1:]
