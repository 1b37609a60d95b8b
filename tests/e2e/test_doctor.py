# SPDX-License-Identifier: GPL-2.0-or-later
"""hbctl doctor on a pair that runs, and what a lossless pair does about a setting that would lose
something."""
import json

from lab.database import MONITOR
from lab.database_pair import DatabasePair
from lab.wait import assert_stays


def examine(box, *options):
    """Exit code and findings, "ID SERVER" each."""
    done = box.speaker.ctl("doctor", "--json", *options, check=False)
    answer = json.loads(done.stdout)
    assert answer["service"] == "db"
    findings = {f"{finding['id']} {finding['server']}": finding for finding in answer["findings"]}
    return done.returncode, findings


def errors(findings):
    return {key for key, finding in findings.items() if finding["severity"] == "error"}


def test_a_good_pair_has_nothing_wrong_on_either_side(pair):
    for box in pair.boxes:
        code, findings = examine(box)
        assert code == 0
        assert not [key for key, finding in findings.items() if finding["severity"] != "note"]
        assert "peer_unseen pair" not in findings
        assert box.speaker.ctl("doctor").stdout.startswith("db: ")
        assert not box.has_reported("preflight_error")
    refused = pair.a.speaker.ctl("doctor", "--service", "other", check=False)
    assert refused.returncode != 0 and "no database behind other" in refused.stderr


def test_the_other_server_is_dead_and_the_own_one_is_looked_at_all_the_same(pair):
    pair.b.server.kill()
    code, findings = examine(pair.a)
    assert code == 0
    assert "peer_unseen pair" in findings
    pair.a.server.kill()
    done = pair.a.speaker.ctl("doctor", check=False)
    assert done.returncode != 0 and "cannot be asked" in done.stderr


def test_a_setting_that_loses_something_keeps_a_lossless_replica_from_taking_over(pair):
    pair.wait(lambda: pair.b.service()["eligibility"] == "eligible", 10, "b can take over")
    pair.b.server.sql("SET GLOBAL sync_binlog = 0")
    for _ in range(2):
        code, findings = examine(pair.b)
        assert code == 1 and errors(findings) == {"sync_binlog own"}
        assert findings["sync_binlog own"]["remedy"].startswith("SET ")
    code, findings = examine(pair.a)
    assert code == 1 and errors(findings) == {"sync_binlog peer"}
    pair.wait(lambda: pair.b.service()["eligibility"] == "preflight", 5, "b says that it cannot take over")
    assert "sync_binlog is 0" in pair.b.service()["reason"]
    assert len([event for event in pair.b.has_reported("preflight_error")
                if event["fields"]["id"] == "sync_binlog"]) == 1
    # What the primary's own settings are does not matter to its role.
    assert pair.a.service()["eligibility"] == "eligible"
    assert MONITOR[1] not in json.dumps(pair.b.events())

    pair.a.server.kill()
    assert_stays(lambda: not pair.b.is_primary() and not pair.b.server.is_writable(), 3, "b does nothing")
    # Nothing but the setting stood in the way.
    pair.b.server.sql("SET GLOBAL sync_binlog = 1")
    assert examine(pair.b)[0] == 0
    pair.wait_for_primary(pair.b, 10)


def test_the_same_setting_is_a_warning_in_mode_available(lab, product):
    with DatabasePair(lab, product, mysql={"mode": "available"}) as pair:
        pair.start_servers()
        pair.b.server.sql("SET GLOBAL sync_binlog = 0")
        for box in pair.boxes:
            box.speaker.start()
        replica = pair.other(pair.wait_for_a_primary())  # in this mode either may be it
        for _ in range(2):
            code, findings = examine(pair.b)
            assert code == 0 and findings["sync_binlog own"]["severity"] == "warning"
        pair.wait(lambda: replica.service()["eligibility"] == "eligible", 20, "the replica can take over")


def test_a_setting_that_was_there_before_is_found_without_being_asked(start_pair):
    pair = start_pair(server={"sync_binlog": 0})
    pair.wait(lambda: pair.b.service()["eligibility"] == "preflight", 30, "b says that it cannot take over")
    assert pair.a.is_primary()
