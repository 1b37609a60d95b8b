# SPDX-License-Identifier: GPL-2.0-or-later
"""An old primary returns with a row that nobody has acknowledged: hbvrrp saves it, once, and says what can be
done."""
import os
import shutil
import stat

import pytest

from lab import faults
from lab.database import REPLICATION
from lab.database_pair import DatabasePair
from lab.mariadb import MariaDb
from lab.mysql import MySql, binlog_program

STRANDED = 4711


def mysqlbinlog(directory):
    """MySQL's is unpacked, not installed: a program of that name that runs it."""
    words = " ".join(map(str, binlog_program()))
    script = directory / "mysqlbinlog"
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="ascii")
    script.chmod(0o755)


@pytest.fixture
def strand(lab, product, tmp_path):
    """Call it with the PATH of hbvrrp: a pair where b serves, and a has been started again with the row."""
    made = []

    def make(path):
        pair = DatabasePair(lab, product)
        made.append(pair)
        for box in pair.boxes:
            box.speaker.environment = os.environ | {"PATH": path}
        pair.start()
        with faults.replication_cut(pair.b.host, pair.a.server.address):
            faults.write_that_waits(pair.a.server, STRANDED)
            pair.a.server.kill()
        pair.wait_for_primary(pair.b, 20)
        pair.a.server.start()
        return pair

    yield make
    for pair in made:
        pair.close()


def state(pair):
    return pair.lab.directory / "pair" / "a-state"


def excerpts(pair):
    return sorted(path for path in state(pair).iterdir() if path.name.startswith("errant-"))


def test_the_row_is_saved_once_and_an_operator_is_told(strand, product, tmp_path):
    if product is MySql:
        mysqlbinlog(tmp_path)
    pair = strand(f"{tmp_path}:{os.environ['PATH']}")
    pair.wait(lambda: pair.a.has_reported("errant_saved"), 30, "the row is saved")
    fields = pair.a.has_reported("errant_saved")[0]["fields"]
    assert fields["told"] == "to_nobody"
    assert [str(path) for path in excerpts(pair)] == [fields["file"], fields["advice"]]
    excerpt, advice = excerpts(pair)
    saved = excerpt.read_text(encoding="utf-8")
    assert saved.count("### INSERT INTO `app`.`t`") == 1 and f"###   @1={STRANDED}" in saved
    for path in excerpts(pair):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert REPLICATION[1] not in path.read_text(encoding="utf-8")
    assert "Nobody was told" in advice.read_text(encoding="utf-8")
    assert pair.a.service()["eligibility"] == "not_receiving" and not pair.a.server.is_writable()

    # The server's restart, and hbvrrp's, are no reason to do it again.
    written = excerpt.stat().st_mtime_ns
    pair.a.server.kill()
    pair.a.server.start()
    pair.wait(lambda: pair.a.service()["server"]["state"] == "up", 10, "a's server is up again")
    assert len(pair.a.has_reported("errant_saved")) == 1
    pair.a.speaker.stop()
    pair.a.speaker.start()
    pair.wait(pair.a.service, 10, "hbvrrp on a answers")
    pair.wait(lambda: pair.a.has_reported("errant_saved"), 30, "hbvrrp has found it anew")
    assert excerpt.stat().st_mtime_ns == written and len(excerpts(pair)) == 2


def test_without_the_program_it_says_so_and_saves_when_it_is_there(strand, product, tmp_path):
    (tmp_path / "ip").symlink_to(shutil.which("ip"))  # hbvrrp is started with it
    pair = strand(str(tmp_path))
    pair.wait(lambda: pair.a.has_reported("errant_not_saved"), 30, "it says that nothing is saved")
    fields = pair.a.has_reported("errant_not_saved")[0]["fields"]
    name = "mariadb-binlog" if product is MariaDb else "mysqlbinlog"
    assert fields["reason"] == f"there is no program {name} here"
    assert fields["command"].startswith(f"{name} --password --read-from-remote-server ")
    assert [str(path) for path in excerpts(pair)] == [fields["advice"]]
    if product is MySql:
        mysqlbinlog(tmp_path)
    else:
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    pair.wait(lambda: pair.a.has_reported("errant_saved"), 60, "it is tried again")
    assert len(pair.a.has_reported("errant_not_saved")) == 1
    tries = [event for event in pair.a.has_reported("duty_began") if event["fields"]["duty"] == "keep_errant"]
    assert len(tries) <= 3
    assert f"@1={STRANDED}" in excerpts(pair)[0].read_text(encoding="utf-8")
