# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks that lose frames in one direction only, or fall apart, while every link stays up."""
from lab import who_answers
from lab.wait import assert_stays


def test_an_active_that_cannot_be_heard_is_replaced_and_reconciled(pair):
    a, b = pair.start()
    lan = a.host.nic.lan
    lan.block(source=a.host.nic)
    b.wait_for_state("Active")
    assert {answer.claimed for answer in who_answers(pair.client, a.router.vip)} == {b.mac()}
    with pair.probe() as probe:
        probe.wait_for("reply-mac", 2, "b answers", mac=b.mac())
        lan.heal()
        # Its neighbours were taught another MAC: a must announce the address again, nobody asks for it.
        probe.wait_for("reply-mac", 2, "a answers", mac=a.mac())
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_advertisements_lost_towards_the_backup_only(pair):
    """Both are Active and the client hears both, which VRRP cannot prevent; it ends with the fault."""
    a, b = pair.start()
    lan = a.host.nic.lan
    lan.block(a.host.nic, b.host.nic)
    b.wait_for_state("Active")
    assert a.state() == "Active"
    lan.heal()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_advertisements_lost_towards_the_active_do_not_matter(pair):
    a, b = pair.start()
    a.host.nic.lan.block(b.host.nic, a.host.nic)
    assert_stays(lambda: a.state() == "Active" and b.state() == "Backup", 0.4, "nothing moves")
    pair.wait_for_owner(a)


def test_a_backup_that_hears_nothing_takes_over_and_yields_when_it_hears_again(pair):
    a, b = pair.start()
    lan = a.host.nic.lan
    lan.block(destination=b.host.nic)
    b.wait_for_state("Active")
    lan.heal()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"


def test_a_partition_has_an_active_on_each_side_and_one_after_it(pair):
    a, b = pair.start()
    lan = a.host.nic.lan
    lan.partition([a.host.nic, pair.client.nic], [b.host.nic])
    b.wait_for_state("Active")
    assert {answer.claimed for answer in who_answers(pair.client, a.router.vip)} == {a.mac()}
    lan.heal()
    pair.wait_for_owner(a)
    assert b.state() == "Backup"
