# SPDX-License-Identifier: GPL-2.0-or-later
"""An old primary that returns with a transaction that nobody was told of: it is found, saved, and what an
operator is told to do then works."""
import contextlib
import shutil
import subprocess
import threading

import pymysql
import pytest

from lab import wait_until
from lab.database import APPLICATION, MONITOR, REPLICATION
from lab.mariadb import MariaDb
from lab.mysql import MySql, binlog_program
from lab.preflight import probe

USER, PASSWORD = APPLICATION


def write(server, number):
    with contextlib.suppress(pymysql.MySQLError):  # the server is killed while it waits
        server.sql(f"INSERT INTO app.t VALUES ({number}, 'row {number}')", USER, PASSWORD)


def rows(server):
    return [row["id"] for row in server.sql("SELECT id FROM app.t ORDER BY id")]


def history(server):
    if isinstance(server, MySql):
        return [server.executed()]
    return [server.value("SELECT @@GLOBAL.gtid_binlog_state"), server.value("SELECT @@GLOBAL.gtid_slave_pos")]


def look_for_errant(old, new, directory):
    option_file = directory / "options"
    found = probe("errant", given={
        "version": old.value("SELECT VERSION()"), "own": history(old), "primary": history(new),
        "socket": str(old.socket), "user": REPLICATION[0], "password": REPLICATION[1],
        "option_file": str(option_file), "first_log": old.sql("SHOW BINARY LOGS")[0]["Log_name"],
        "file": str(directory / "errant-db-7.sql"), "donor": new.address, "data_directory": str(old.data),
        "clone_user": MONITOR[0], "clone_password": MONITOR[1]})
    if found:
        option_file.write_text(found["options"])
    return found


def save(found, product):
    command = found["command"]
    if product is MySql:  # unpacked, not installed
        command[0:1] = binlog_program()
    subprocess.run(command, check=True, timeout=30)


@pytest.fixture
def returned(start_databases, product):
    """Row 5 is in the binary log of a alone: nobody has acknowledged it. b has taken over, and written."""
    a, b = start_databases("CREATE TABLE app.t (id INT PRIMARY KEY, v VARCHAR(20))")
    for number in range(5):
        write(a, number)
    a.sql("FLUSH BINARY LOGS")
    b.wait_executed(a.executed(), 5)
    b.sql("STOP SLAVE IO_THREAD" if product is MariaDb else "STOP REPLICA IO_THREAD")
    writer = threading.Thread(target=write, args=(a, 5))
    writer.start()
    wait_until(lambda: a.semi_sync().waiting == 1, 5, "the commit waits")
    a.kill()
    writer.join(10)
    b.unfollow()
    b.set_writable(True)
    write(b, 6)
    a.start()
    assert rows(a) == [0, 1, 2, 3, 4, 5]
    return a, b


def test_what_nobody_was_told_of_is_saved(returned, product, tmp_path):
    a, b = returned
    found = look_for_errant(a, b, tmp_path)
    save(found, product)
    excerpt = (tmp_path / "errant-db-7.sql").read_text()
    assert excerpt.count("### INSERT INTO `app`.`t`") == 1
    assert "###   @1=5" in excerpt and "###   @2='row 5'" in excerpt
    assert look_for_errant(b, b, tmp_path) is None


def rejoin(old, new):
    old.follow(new)
    write(new, 8)
    old.wait_executed(new.executed(), 10)
    assert rows(old) == rows(new)


@pytest.mark.only(product=MySql)
def test_mysql_keeps_them_if_the_primary_carries_them_out(returned, product, tmp_path):
    a, b = returned
    save(look_for_errant(a, b, tmp_path), product)
    with open(tmp_path / "errant-db-7.sql", encoding="utf-8") as excerpt:
        subprocess.run(["mariadb", "--no-defaults", f"--socket={b.socket}", "--user=root"], stdin=excerpt,
                       check=True, timeout=30)
    assert rows(b) == [0, 1, 2, 3, 4, 5, 6]
    assert look_for_errant(a, b, tmp_path) is None
    rejoin(a, b)


@pytest.mark.only(product=MySql)
def test_mysql_is_filled_anew_by_a_clone(returned, tmp_path):
    a, b = returned
    found = look_for_errant(a, b, tmp_path)
    b.sql("INSTALL PLUGIN clone SONAME 'mysql_clone.so'")
    for statement in found["clone"]:
        assert f"    {statement};".replace(MONITOR[0], "ACCOUNT").replace(MONITOR[1], "PASSWORD") \
            in found["advice"]
    with contextlib.closing(a.connect(read_timeout=60)) as connection, connection.cursor() as cursor:
        *others, clone = found["clone"]
        for statement in others:
            cursor.execute(statement)
        with pytest.raises(pymysql.MySQLError, match="3707|Restart server failed"):
            cursor.execute(clone)
    wait_until(lambda: not a.running(), 20, "the server has ended")
    a.start()
    assert not a.is_writable()
    assert look_for_errant(a, b, tmp_path) is None
    rejoin(a, b)


@pytest.mark.only(product=MariaDb)
def test_mariadb_is_filled_anew_by_a_backup(returned, tmp_path):
    a, b = returned
    found = look_for_errant(a, b, tmp_path)
    # The commands of the advice; here there is no ssh, and no service manager.
    commands = [line[4:] for line in found["advice"] if line.startswith("    ")]
    backup = f"mariadb-backup --no-defaults --user=root --socket={b.socket} --datadir={b.data} --backup"
    replaced = {f"ssh {b.address} mariadb-backup --backup": backup,
                "mariadb-backup --prepare": "mariadb-backup --no-defaults --prepare",
                "systemctl start hbvrrp": "true",
                "mariadb -e": f"mariadb --no-defaults --user=root --socket={a.socket} -e"}
    for command in commands:
        if command == "systemctl stop hbvrrp mariadb":
            a.stop()
        elif command == "systemctl start mariadb":
            a.start()
        else:
            for before, after in replaced.items():
                command = command.replace(before, after)
            subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, timeout=60,
                           capture_output=True)
    assert rows(a) == [0, 1, 2, 3, 4, 6]
    assert look_for_errant(a, b, tmp_path) is None
    rejoin(a, b)
    shutil.rmtree(f"{a.data}.errant")
