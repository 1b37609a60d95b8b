# SPDX-License-Identifier: GPL-2.0-or-later
"""Boxes that are gateways to the servers: who leads clients where when a box, a server, a link or a daemon
fails. Where only a box fails nothing is promoted."""
import signal
import time

import pytest

from lab import Lab
from lab.database import APPLICATION
from lab.gateway_pair import GatewayPair, gateways_and_servers
from lab.mariadb import MariaDb
from lab.wait import assert_stays

SOON_MS = 5000  # on a busy machine


@pytest.fixture(scope="module")
def lab():
    with Lab() as laboratory:
        gateways_and_servers(laboratory)
        yield laboratory


@pytest.fixture
def start_gateways(lab, product):
    made = []

    def start(**settings):
        made.append(GatewayPair(lab, product, **settings))
        made[-1].start().watch.start()
        return made[-1]

    yield start
    for pair in made:
        pair.close()


@pytest.fixture
def pair(start_gateways):
    return start_gateways()


def epochs(pair):
    return [box.service().get("epoch") for box in pair.boxes]


def is_kept(pair, ledger, fault):
    """Clients write, the fault comes, and b leads them to the same primary: no term has begun."""
    ledger.wait_for(50, 10)
    at = time.monotonic_ns()
    fault()
    pair.wait_led(pair.b, pair.a)
    ledger.wait_for(50, 10, time.monotonic_ns())
    assert ledger.outage_ms(at) < SOON_MS
    assert pair.b.service()["epoch"] == 1
    assert not pair.b.has_reported("promotion_began")
    assert pair.a.server.is_writable() and not pair.b.server.is_writable()


def switches(pair, ledger, box, terms=2):
    """The box's server is the primary, and clients are led to it there."""
    pair.wait_led(box, box, 20)
    ledger.wait_for(50, 10, time.monotonic_ns())
    pair.check(ledger, box, terms=terms)
    pair.assert_never_both_writable()


def test_the_primary_s_server_is_killed(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        at = time.monotonic_ns()
        pair.a.server.kill()
        switches(pair, ledger, pair.b)
        assert ledger.outage_ms(at) < SOON_MS
    assert pair.b.service()["epoch"] == 2


@pytest.mark.only(product=MariaDb)
def test_the_host_of_the_primary_s_server_dies(lab, pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        lab.hosts["s1"].die()
        switches(pair, ledger, pair.b)


def test_only_the_box_of_the_primary_dies(pair):
    with pair.ledger() as ledger:
        is_kept(pair, ledger, pair.a.host.die)
        pair.check(ledger, pair.a, terms=1)
    pair.assert_never_both_writable()


@pytest.mark.only(product=MariaDb)
def test_clients_of_a_dead_box_do_not_wait_for_it_and_hold_no_lock(pair):
    """They wait for an answer: nothing that they send would find out. And what they have locked is free."""
    holder = ("import pymysql, sys\n"
              "c = pymysql.connect(host=sys.argv[1], user=sys.argv[2], password=sys.argv[3]).cursor()\n"
              "c.execute('BEGIN')\n"
              "c.execute('SELECT * FROM app.t WHERE id = 1 FOR UPDATE')\n"
              "c.execute('SELECT SLEEP(600)')\n")
    pair.a.server.sql("INSERT INTO app.t VALUES (1)", *APPLICATION)
    waiting = pair.client.start("/usr/bin/python3", "-c", holder, pair.vip, *APPLICATION, name="holder")
    pair.wait(lambda: pair.b.speaker.status()["peer"]["clients"] == 1, 10, "b knows the client of a")
    pair.a.host.die()
    pair.wait_led(pair.b, pair.a)
    waiting.wait(5)
    assert "Lost connection" in waiting.output()
    begun = time.monotonic()
    pair.a.server.sql("DELETE FROM app.t WHERE id = 1", *APPLICATION)
    assert time.monotonic() - begun < 5


@pytest.mark.only(product=MariaDb)
def test_the_dead_box_returns_and_takes_care_of_its_server_again(pair):
    with pair.ledger() as ledger:
        is_kept(pair, ledger, pair.a.host.die)
        pair.return_of(pair.a)
        pair.wait(lambda: pair.a.is_primary() and pair.b.is_in_sync(), 15, "a takes care of its server again")
        assert pair.a.has_reported("term_kept")
        assert not pair.a.has_reported("duty_began", duty="fence")
        assert epochs(pair) == [1, 1]
        pair.wait_led(pair.b, pair.a)  # and nobody's connection has moved
        # Now it hands over like any other.
        pair.a.server.kill()
        switches(pair, ledger, pair.b)
    assert pair.b.service()["epoch"] == 2


@pytest.mark.only(product=MariaDb)
def test_a_server_dies_while_its_box_is_dead(pair):
    with pair.ledger() as ledger:
        is_kept(pair, ledger, pair.a.host.die)
        pair.a.server.kill()
        switches(pair, ledger, pair.b)


@pytest.mark.only(product=MariaDb)
def test_the_link_to_the_clients_goes_down(pair):
    with pair.ledger() as ledger:
        is_kept(pair, ledger, pair.a.host.nic.down)
        assert pair.a.is_primary()
        pair.a.host.nic.up()
        pair.wait(lambda: pair.a.speaker.status()["routers"][0]["state"] == "Backup", 10, "a is Backup")
        pair.wait_led(pair.b, pair.a)
        # A planned switchover brings both to one box again.
        pair.switch_over()
        switches(pair, ledger, pair.b)


@pytest.mark.only(product=MariaDb)
@pytest.mark.parametrize("sentinel", [True, False], ids=["with its sentinel", "alone"])
def test_the_daemon_is_killed_and_comes_back(pair, sentinel):
    with pair.ledger() as ledger:
        def kill():
            if sentinel:
                pair.a.speaker.process.kill()
            else:
                pair.a.speaker.kill_speaker()
        is_kept(pair, ledger, kill)
        pair.a.speaker.process.wait(5)
        pair.a.speaker.start()
        pair.wait(pair.a.is_primary, 15, "a says that its server is the primary")
        assert epochs(pair) == [1, 1]
        pair.wait_led(pair.b, pair.a)
        pair.check(ledger, pair.a, terms=1)
    pair.assert_never_both_writable()


@pytest.mark.only(product=MariaDb)
def test_a_frozen_daemon_leads_nobody_on(pair):
    """Nobody else takes over: what stops is the lease's doing."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.b.host.die()
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.a.speaker.kill_speaker(signal.SIGSTOP)
        frozen = time.monotonic_ns()
        time.sleep(0.5)  # twice the lease: a length of time is what is tried
        after = time.monotonic_ns()
        assert pair.a.host.has_address(pair.vip)
        assert_stays(lambda: not [row for row in ledger.read().acknowledged if row.sent_ns > after], 2,
                     "no row is acknowledged", ledger.tail)
        pair.a.speaker.kill_speaker(signal.SIGCONT)
        pair.wait_led(pair.a, pair.a, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert ledger.outage_ms(frozen) > 2000
        assert pair.a.service()["epoch"] == 1
        pair.check(ledger, pair.a, terms=1)


@pytest.mark.only(product=MariaDb)
def test_the_packet_filter_is_flushed(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.a.host.namespace.nft("flush ruleset")
        pair.wait(lambda: pair.a.has_reported("guard_put_back"), 5, "the guard is put back")
        user, password = APPLICATION
        pair.client.run("mariadb", "-h", pair.vip, "-u", user, f"-p{password}", "-e", "SELECT 1")
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert pair.a.is_primary() and pair.a.service()["epoch"] == 1
        pair.check(ledger, pair.a, terms=1)


@pytest.mark.only(product=MariaDb)
def test_the_boxes_do_not_hear_each_other_and_lead_to_one_server(lab, pair):
    """Clients of either half write to the same primary: there is no second one."""
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        for lan, (a, b) in zip(lab.lans, zip(pair.a.host.nics, pair.b.host.nics)):
            lan.part([(a, b), (b, a)])
        pair.wait(lambda: pair.leads(pair.b, pair.a), 10, "b leads clients to a's server")
        assert pair.a.is_primary() and not pair.b.has_reported("promotion_began")
        ledger.wait_for(50, 10, time.monotonic_ns())
        for lan in lab.lans:
            lan.heal()
        pair.wait_led(pair.a, pair.a)  # it is the primary's, and so it stays
        ledger.wait_for(50, 10, time.monotonic_ns())
        assert epochs(pair) == [1, 1]
        pair.check(ledger, pair.a, terms=1)
    pair.assert_never_both_writable()


@pytest.mark.only(product=MariaDb)
def test_a_planned_switchover_and_the_end_of_a_daemon(pair):
    with pair.ledger() as ledger:
        ledger.wait_for(50, 10)
        pair.switch_over()
        pair.wait_led(pair.b, pair.b)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.wait_in_sync(pair.a)
        pair.b.speaker.stop()
        pair.wait_led(pair.a, pair.a, 20)
        ledger.wait_for(50, 10, time.monotonic_ns())
        pair.b.host.assert_nothing_left()
        pair.check(ledger, pair.a, terms=3)


@pytest.mark.only(product=MariaDb)
def test_servers_that_see_their_clients(lab, product):
    with GatewayPair(lab, product) as pair:
        pair.show_clients_to_servers()
        pair.start()
        with pair.ledger() as ledger:
            is_kept(pair, ledger, pair.a.host.die)
            seen = pair.a.server.value("SELECT DISTINCT SUBSTRING_INDEX(host, ':', 1) FROM "
                                       f"information_schema.processlist WHERE user = '{APPLICATION[0]}'")
            assert seen == pair.client.nic.ipv4
            pair.check(ledger, pair.a, terms=1)


@pytest.mark.only(product=MariaDb)
def test_a_host_that_lets_nothing_through_gives_the_addresses_up_and_says_why(pair):
    pair.b.host.namespace.sysctl("net.ipv4.ip_forward", 0)
    pair.a.host.die()
    pair.wait(lambda: pair.b.has_reported("forward_failed", error="net.ipv4.ip_forward"), 10, "b says why")
    pair.let_packets_through(pair.b)
    pair.wait_led(pair.b, pair.a, 30)
