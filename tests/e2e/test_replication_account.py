# SPDX-License-Identifier: GPL-2.0-or-later
"""hbctl doctor tries the account of replication on both servers, before a return needs it."""
import json

from lab.database import REPLICATION


def accounts(box):
    """The findings of replication_account, by the server."""
    answer = json.loads(box.speaker.ctl("doctor", "--json", check=False).stdout)
    return {finding["server"]: finding for finding in answer["findings"]
            if finding["id"] == "replication_account"}


def change(pair, statement):
    """Of each of the account's names, on the primary; from there it comes to the other server."""
    for host in ("localhost", "%"):
        pair.a.server.sql(statement.format(f"{REPLICATION[0]}@'{host}'"))
    pair.b.server.wait_executed(pair.a.server.executed(), 10)


def test_a_wrong_password_and_a_missing_privilege_are_found_on_both_servers(pair):
    for box in pair.boxes:
        assert accounts(box) == {}

    change(pair, "ALTER USER {} IDENTIFIED BY 'another-secret'")
    for box in pair.boxes:
        found = accounts(box)
        assert set(found) == {"own", "peer"}
        for finding in found.values():
            assert finding["severity"] == "warning"
            assert finding["text"].startswith(f"{REPLICATION[0]} cannot sign in from this box: error 1045: ")
    change(pair, f"ALTER USER {{}} IDENTIFIED BY '{REPLICATION[1]}'")
    for box in pair.boxes:
        assert accounts(box) == {}

    change(pair, "REVOKE REPLICATION SLAVE ON *.* FROM {}")
    for box in pair.boxes:
        found = accounts(box)
        assert set(found) == {"own", "peer"}
        for finding in found.values():
            assert "lacks REPLICATION SLAVE: nobody could follow this server" in finding["text"]
            assert finding["remedy"].startswith("GRANT REPLICATION SLAVE ON *.* TO ")
    statements = {finding["remedy"].rstrip(";") for box in pair.boxes for finding in accounts(box).values()}
    for statement in statements:
        pair.a.server.sql(statement)
    pair.b.server.wait_executed(pair.a.server.executed(), 10)
    for box in pair.boxes:
        assert accounts(box) == {}
