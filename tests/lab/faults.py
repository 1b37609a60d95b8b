# SPDX-License-Identifier: GPL-2.0-or-later
"""What can happen to database servers and between them, beyond being killed, frozen or stopped."""
import contextlib
import threading
import time

import pymysql

from .database import APPLICATION, MONITOR, PORT
from .wait import wait_until

TOO_MANY_CONNECTIONS = 1040
_CUT = "table inet lab_cut"


def _monitors(cursor):
    """hbvrrp's, and those that have not said yet whose they are."""
    cursor.execute("SELECT id FROM information_schema.processlist "
                   f"WHERE user IN ('{MONITOR[0]}', 'unauthenticated user')")
    return [row[0] for row in cursor.fetchall()]


def _end_sessions(cursor, ids):
    for number in ids:
        with contextlib.suppress(pymysql.MySQLError):  # it has ended by itself
            cursor.execute(f"KILL {number}")


def change_password(server, password):
    """Of hbvrrp's account, on this server alone, and its sessions end: it has to sign in anew."""
    with contextlib.closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_log_bin = OFF")
        for host in ("localhost", "%"):
            cursor.execute(f"ALTER USER {MONITOR[0]}@'{host}' IDENTIFIED BY '{password}'")
        _end_sessions(cursor, _monitors(cursor))


@contextlib.contextmanager
def no_connection_left(server):
    """Every connection is taken, the one for administrators too, and hbvrrp's sessions end."""
    taken = []
    with contextlib.closing(server.connect()) as administrator, administrator.cursor() as cursor:
        try:
            wait_until(lambda: _take(server, cursor, taken), 10, "every connection is taken")
            yield
        finally:
            for connection in taken:
                connection.close()


def _take(server, cursor, taken):
    """One step: whether there is nothing left, and no session of hbvrrp's either."""
    monitors = _monitors(cursor)
    _end_sessions(cursor, monitors)
    full = 0
    for account in (APPLICATION, ("root", "")):
        try:
            while True:
                taken.append(server.connect(*account))
        except pymysql.MySQLError as error:
            full += error.args[0] == TOO_MANY_CONNECTIONS
    return full == 2 and not _monitors(cursor)


@contextlib.contextmanager
def applier_held(server):
    """What the replica has received of the ledger it cannot apply."""
    with contextlib.closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLES app.ledger READ")
        yield


def applier_held_for(server, seconds):
    """The same in the background; returns when it has begun. The thread can be joined."""
    begun = threading.Event()

    def hold():
        with applier_held(server):
            begun.set()
            time.sleep(seconds)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert begun.wait(5), "the replica's table could not be locked"
    return thread


def break_applier(primary, replica, number=4711):
    """A row that the replica has already: its SQL thread ends with an error."""
    replica.write_behind_the_back(f"INSERT INTO app.t VALUES ({number})", logged=False)
    primary.sql(f"INSERT INTO app.t VALUES ({number})", *APPLICATION)
    wait_until(lambda: not replica.replica_state().applying, 5, "the replica's SQL thread has ended",
               lambda: repr(replica.replica_state()))


@contextlib.contextmanager
def replication_cut(replica_host, source_address):
    """Nothing of what the source sends arrives any more, now or later; everything else does."""
    # A reset, for what is only dropped would be sent again, even after the death of the source's process.
    rule = f"ip saddr {source_address} tcp sport {PORT} reject with tcp reset"
    replica_host.namespace.nft(
        f"{_CUT} {{\nchain in {{\ntype filter hook input priority 0\n{rule}\n}}\n}}\n")
    try:
        yield
    finally:
        if not replica_host.dead:
            replica_host.namespace.nft(f"delete {_CUT}")


def write_that_waits(server, number):
    """A row that the server has in its binary log, and that no replica acknowledges; returns when it waits.

    The thread ends with the server.
    """
    def write():
        with contextlib.suppress(pymysql.MySQLError):
            server.sql(f"INSERT INTO app.t VALUES ({number})", *APPLICATION)

    thread = threading.Thread(target=write, daemon=True)
    before = server.semi_sync().waiting
    thread.start()
    wait_until(lambda: server.semi_sync().waiting > before, 5, "a commit waits for a replica")
    return thread


@contextlib.contextmanager
def open_transaction(client, address, number):
    """A client's transaction that has written and does not end. Yields its connection."""
    user, password = APPLICATION
    with client.namespace.entered():
        connection = pymysql.connect(host=address, port=PORT, user=user, password=password, connect_timeout=5,
                                     read_timeout=30)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO app.t VALUES ({number})")
    try:
        yield connection
    finally:
        connection._force_close()
