# SPDX-License-Identifier: GPL-2.0-or-later
"""A pair with a third vote: three members of an etcd, over HTTPS. Whichever host dies, nobody has to be
asked; and without the witness service goes on, but nothing is done because of a silence."""
import time

import pytest

from lab import etcd
from lab.mariadb import MariaDb
from lab.wait import assert_stays

QUIET_SECONDS = 3
SOON = 15


@pytest.fixture(scope="module")
def witness_hosts(lab):
    return etcd.add_hosts(lab)


@pytest.fixture
def witness(lab, witness_hosts):
    return etcd.Etcd(lab, witness_hosts)


@pytest.fixture
def pair(start_pair, witness):
    """As the witness knows it."""
    pair = start_pair(witness=witness.settings())
    wait_for_record(pair, witness, owner="a", in_sync="b")
    return pair


def wait_for_record(pair, witness, owner, in_sync):
    def is_so():
        record = witness.record()
        return record and record["owner"] == owner and record["in_sync"] == in_sync
    pair.wait(is_so, SOON, f"the witness has it that {owner} is the owner, and {in_sync} in sync")


def acknowledges_nothing(pair, ledger, seconds=QUIET_SECONDS):
    at = time.monotonic_ns()
    assert_stays(lambda: not ledger.since(at + 500_000_000), seconds, "nothing is acknowledged", pair.story)


def acknowledges(ledger, rows=50):
    ledger.wait_for(rows, 20, time.monotonic_ns())


def back(box):
    box.host.reboot()
    box.server.start()
    box.speaker.start()


def between(box, hosts):
    """The ways between a box and hosts, in both directions."""
    return [way for host in hosts for way in ((box.host.nic, host.nic), (host.nic, box.host.nic))]


def test_the_replicas_host_dies(pair, witness):
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        pair.b.host.die()
        pair.wait(lambda: pair.a.service()["alone"], SOON, "a goes on alone")
        acknowledges(ledger)
        assert witness.record()["in_sync"] is None
        back(pair.b)
        pair.wait_in_sync(pair.b, 30)
        wait_for_record(pair, witness, owner="a", in_sync="b")
        pair.check(ledger, pair.a)
    pair.assert_never_both_writable()


def test_the_primarys_host_dies(pair, witness):
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        pair.a.host.die()
        pair.wait_for_primary(pair.b)
        acknowledges(ledger)
        assert witness.record() == {"version": 1, "epoch": 2, "owner": "b", "in_sync": None}
        pair.check(ledger, pair.b, terms=2)
    pair.assert_never_both_writable()


def test_the_primarys_server_dies(pair, witness):
    with pair.ledger() as ledger:
        acknowledges(ledger)
        pair.a.server.kill()
        pair.wait_for_primary(pair.b)
        acknowledges(ledger)
        assert witness.record()["owner"] == "b"
        pair.check(ledger, pair.b, terms=2)


@pytest.mark.only(product=MariaDb)
def test_one_member_dies(pair, witness, witness_hosts):
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        witness.kill(witness_hosts[0])  # the one that is asked first
        pair.a.host.die()
        pair.wait_for_primary(pair.b, 20)
        acknowledges(ledger)
        pair.check(ledger, pair.b, terms=2)


def test_all_members_die(pair, witness, witness_hosts):
    """Service goes on, and moves where the other box has its word to give; a silence moves nothing until they
    are back."""
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        witness.kill()
        acknowledges(ledger)
        pair.switch_over()
        pair.wait_for_primary(pair.b)
        pair.wait_in_sync(pair.a)
        acknowledges(ledger)
        assert pair.b.has_reported("witness_silent")
        pair.b.host.die()
        assert_stays(lambda: not pair.a.server.is_writable(), 5, "a is not promoted", pair.story)
        assert pair.a.has_reported("promotion_failed", failure="witness_silent")
        for host in witness_hosts:
            witness.start(host)
        witness.wait_until_it_answers()
        # The record is behind by a term, and has a as its owner.
        pair.wait_for_primary(pair.a, 40)
        acknowledges(ledger)
        assert witness.record()["owner"] == "a"
        pair.check(ledger, pair.a, terms=3)
    pair.assert_never_both_writable()


@pytest.mark.only(product=MariaDb)
def test_the_daemon_of_the_primary_ends_while_the_witness_is_away(pair, witness):
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        witness.kill()
        assert pair.a.speaker.process.terminate() == 0
        pair.wait_for_primary(pair.b)
        acknowledges(ledger)
        pair.check(ledger, pair.b, terms=2)


@pytest.mark.only(product=MariaDb)
def test_a_primary_that_does_not_reach_the_witness_does_not_go_alone(pair, witness, witness_hosts):
    lan = pair.lab.lans[0]
    with pair.ledger(answer_ms=2000) as ledger:
        acknowledges(ledger)
        ways = between(pair.a, witness_hosts)
        lan.part(ways)
        acknowledges(ledger)
        pair.b.host.die()
        acknowledges_nothing(pair, ledger, 6)
        assert pair.a.service()["alone"] is False
        assert pair.a.has_reported("witness_silent")
        lan.join(ways)
        pair.wait(lambda: pair.a.service()["alone"], SOON, "a goes on alone")
        acknowledges(ledger)
        pair.check(ledger, pair.a)


@pytest.mark.only(product=MariaDb)
def test_cut_off_from_each_other_and_not_from_the_witness(pair, witness):
    """One of the two has the vote; the other one, which hears nobody, learns by it that its term is over."""
    lan = pair.lab.lans[0]
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        lan.part(between(pair.a, [pair.b.host]))
        pair.wait(lambda: (witness.record() or {}).get("epoch") == 2, SOON, "b has begun a term")
        pair.wait_for_primary(pair.b, 20)
        pair.wait(lambda: not pair.a.server.is_writable(), SOON, "a's server is closed")
        assert pair.a.has_reported("role_lost", reason="the witness says")
        acknowledges(ledger)
        lan.heal()
        # What waited there, and was told to nobody, keeps it from coming back by itself.
        pair.wait(lambda: pair.a.service()["epoch"] == 2, SOON, "a has heard of b's term")
        pair.check(ledger, pair.b, terms=2)


def test_both_hosts_lose_power_and_the_primary_returns_alone(pair, witness):
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        pair.quiet(ledger)
        for box in pair.boxes:
            box.host.die()
        back(pair.a)
        pair.wait_for_primary(pair.a, 20)
        ledger.resume()
        acknowledges(ledger)
        assert witness.record()["owner"] == "a"
        back(pair.b)
        pair.wait_in_sync(pair.b, 40)
        wait_for_record(pair, witness, owner="a", in_sync="b")
        pair.check(ledger, pair.a)


@pytest.mark.only(product=MariaDb)
def test_both_hosts_lose_power_and_the_replica_returns_alone(pair):
    """Its server was restarted: what it had received, and not applied, is lost."""
    with pair.ledger(answer_ms=4000) as ledger:
        acknowledges(ledger)
        pair.quiet(ledger)
        for box in pair.boxes:
            box.host.die()
        back(pair.b)
        pair.wait(lambda: pair.b.service(), SOON, "hbvrrp on b answers")
        pair.check_nobody_serves(5)
        assert pair.b.service()["eligibility"] in ("not_in_sync", "not_receiving")
        assert "--accept-loss" in pair.b.service()["remedy"]
        back(pair.a)
        pair.wait_for_a_primary(30)
        ledger.resume()
        acknowledges(ledger)
