# SPDX-License-Identifier: GPL-2.0-or-later
"""What can happen to database servers and between them, beyond being killed, frozen or stopped."""
import contextlib
import socket
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
def no_connection_left(server, hbvrrp_was_refused=lambda: True):
    """Every connection is taken, the one for administrators too, and hbvrrp's sessions end.

    Only a refusal shows that it has none: a session is counted a moment before it is listed. At the end, too,
    the server counts a session that was closed until its thread has noticed.
    """
    taken = []
    with contextlib.closing(server.connect()) as administrator, administrator.cursor() as cursor:
        try:
            wait_until(lambda: _take(server, cursor, taken) and hbvrrp_was_refused(), 10,
                       "every connection is taken")
            yield
        finally:
            free_enough = _connections_counted(cursor) - len(taken) // 2
            for connection in taken:
                connection.close()
            wait_until(lambda: _connections_counted(cursor) <= free_enough, 10, "connections are free again")


def _connections_counted(cursor):
    cursor.execute("SHOW GLOBAL STATUS LIKE 'Threads_connected'")
    return int(cursor.fetchone()[1])


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


class ClientWrite(threading.Thread):
    """One row through the address, as a client sends it. `told` is what became of it: None as long as the
    client waits, "OK", or an error's text."""

    def __init__(self, client, address, number):
        super().__init__(daemon=True)
        self.number, self.told = number, None
        user, password = APPLICATION
        with client.namespace.entered():
            self._connection = pymysql.connect(host=address, port=PORT, user=user, password=password,
                                               autocommit=True, connect_timeout=5, read_timeout=30)
        self.start()

    def run(self):
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO app.t VALUES ({self.number})")
            self.told = "OK"
        except (pymysql.MySQLError, OSError) as error:
            self.told = repr(error)
        finally:
            self._connection._force_close()


@contextlib.contextmanager
def advertisements_lost(lan):
    """VRRP's packets, and nothing else, vanish on the way."""
    # On the bridge: what a host's own packet filter drops, a packet socket there has seen already.
    lan.namespace.nft("table bridge lab_vrrp {\nchain forward {\ntype filter hook forward priority 0\n"
                      "ip protocol 112 drop\n}\n}\n")
    try:
        yield
    finally:
        lan.namespace.nft("delete table bridge lab_vrrp")


@contextlib.contextmanager
def read_only_refused(server):
    """A table is locked by hbvrrp's own account, whose sessions no eviction ends: SET GLOBAL read_only waits
    for it, until it gives up."""
    with contextlib.closing(server.connect(*MONITOR)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLES highbase.epoch WRITE")
        yield


class Gate:
    """A socket between hbvrrp and its server, in which a statement can be kept from going on: hbvrrp is then
    in that step of what it does, for as long as the step's deadline lets it."""

    def __init__(self, server):
        self.path = server.directory / "gate"
        self.held = threading.Event()
        self._server = str(server.socket)
        self._wanted = self._wanted_before = None
        self._decided = threading.Event()
        self._goes_on = True
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, statement=None, after=None):
        """The next of this text, or the next that follows on one of this text in the same session."""
        self.held.clear()
        self._decided.clear()
        self._wanted, self._wanted_before = statement, after

    def release(self):
        """What is held goes on."""
        self._goes_on = True
        self._decided.set()

    def drop(self):
        """What is held never gets to the server, and its session ends."""
        self._goes_on = False
        self._decided.set()

    def close(self):
        self.drop()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                link, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self._server)
                except OSError:
                    link.close()
                    continue
                for pump in (self._pump_statements, self._pump):
                    threading.Thread(target=pump, args=(link, server), daemon=True).start()

    @staticmethod
    def _pump(link, server):
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                link.sendall(data)
        _hang_up(link, server)

    def _pump_statements(self, link, server):
        before = None
        with contextlib.suppress(OSError):
            while data := link.recv(1 << 16):
                # After a packet's header of four octets and COM_QUERY; MySQL's clients say there how many
                # attributes the statement has.
                statement = data[5:].lstrip(b"\0\1").decode(errors="replace") if data[4:5] == b"\3" else ""
                if not self._may_go_on(statement, before):
                    break
                before = statement
                server.sendall(data)
        _hang_up(link, server)

    def _may_go_on(self, statement, before):
        if not (statement and (statement == self._wanted or before and before == self._wanted_before)):
            return True
        self._wanted = self._wanted_before = None
        self.held.set()
        self._decided.wait()
        return self._goes_on


def _hang_up(*links):
    for link in links:
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
        link.close()
