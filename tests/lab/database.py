# SPDX-License-Identifier: GPL-2.0-or-later
"""What MariaDB and MySQL servers of the laboratory have in common: real servers, as direct children, each
with a copy of a data directory that is made once. mariadb.py and mysql.py hold what differs."""
import abc
import atexit
import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile

import pymysql

from .disk import SmallDisk
from .errors import LabError
from .namespace import PREFIX
from .process import Process, _die_with_parent
from .wait import wait_until

PORT = 3306
MONITOR = ("highbase", "monitor-secret")  # what hbvrrp signs in with
REPLICATION = ("replication", "replication-secret")
APPLICATION = ("application", "application-secret")  # may write to the schema `app`
_SQL_SECONDS = 10  # no statement of the laboratory waits longer for an answer
_templates = {}


@dataclasses.dataclass(frozen=True)
class ReplicaState:
    """Of a server that follows another one."""

    receiving: bool  # the IO thread runs and is connected
    applying: bool  # the SQL thread runs
    error: str  # of either, or empty
    received: str  # GTIDs on one line; MariaDB: up to which one; MySQL: all that the relay log has held
    source: str  # its address


@dataclasses.dataclass(frozen=True)
class SemiSync:
    source_active: bool  # this server waits for acknowledgements
    clients: int  # replicas that send them
    waiting: int  # sessions that wait for one
    acknowledged: int  # commits
    unacknowledged: int  # commits that went on without
    replica_active: bool  # this server sends them


class _ServerProcess(Process):
    """In a namespace, or in the one of the caller where that is None."""

    def __init__(self, namespace, argv, name, log_path, environment):
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self.log_path = log_path
        prefix = ["ip", "netns", "exec", namespace] if namespace else []
        with open(log_path, "ab") as log:
            self._popen = subprocess.Popen(
                [*prefix, *self.argv], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"} | environment, start_new_session=True,
                preexec_fn=_die_with_parent)


class DatabaseServer(abc.ABC):
    """Starts fenced: read-only, following nobody.

    `address` is where other servers and clients reach it inside `namespace` (a name); without both it listens
    on its Unix socket only. `settings` go to its command line: {"max_connections": 5}. With `disk_mb` all its
    files are on a disk of their own of that size, `disk`.
    """

    product = ""
    has_tls = False  # by itself, with a certificate that it has made

    def __init__(self, directory, name, server_id, namespace=None, address=None, settings=None, disk_mb=None):
        self.name, self.server_id = name, server_id
        self.namespace, self.address = namespace, address
        self.directory = pathlib.Path(directory) / f"{name}-database"
        self.directory.mkdir()
        self.disk = SmallDisk(self.directory, disk_mb) if disk_mb else None
        self.data = self.directory / "data"
        self.socket = self.directory / "socket"
        self.settings = settings or {}
        self.environment = {}  # of its process, beside what it needs
        self.process = None
        shutil.copytree(self._template(), self.data)

    # ---- what differs

    @abc.abstractmethod
    def _initialize(self, data):
        """Make an empty data directory."""

    @abc.abstractmethod
    def _argv(self, data):
        """The server's command line, without what _common_settings() says."""

    @abc.abstractmethod
    def _users(self):
        """Statements that make the accounts above, the schemas `app` and `highbase`."""

    @abc.abstractmethod
    def set_writable(self, writable):
        """Clear or set read_only, for all but the administrator."""

    @abc.abstractmethod
    def follow(self, source):
        """Replicate from another server by GTID; returns when both threads run."""

    @abc.abstractmethod
    def unfollow(self):
        """Stop replicating, and forget the source."""

    @abc.abstractmethod
    def replica_state(self):
        """A ReplicaState, or None where the server follows nobody."""

    @abc.abstractmethod
    def executed(self):
        """The position of this server: everything that it has committed."""

    @abc.abstractmethod
    def wait_executed(self, position, timeout):
        """Wait until the server has committed everything up to `position`."""

    @abc.abstractmethod
    def send_acknowledgements(self):
        """Semi-synchronous on the replica's side; before follow()."""

    @abc.abstractmethod
    def await_acknowledgements(self):
        """Semi-synchronous on the source's side, AFTER_SYNC and without a time-out worth the name.

        From now on a commit waits for a replica.
        """

    @abc.abstractmethod
    def semi_sync(self):
        """A SemiSync."""

    @abc.abstractmethod
    def start_as_replica(self):
        """As the unit of a server starts it that may have been the primary when it died."""

    @abc.abstractmethod
    def write_behind_the_back(self, statement, logged=True):
        """Execute it although the server is read-only, and log it as a transaction of this server."""

    # ---- life

    def start(self, timeout=30, settings=None):
        """Returns when it answers. Afterwards it is read-only, as after every start.

        `settings` are of this start alone.
        """
        if self.process:  # of one that has died with its host the number is taken as long as nobody waits
            self.process.wait(5)
        self._launch(self.data, self._common_settings() | (settings or {}))
        self._wait_until_it_answers(timeout)
        return self

    def _common_settings(self):
        network = {"bind_address": "0.0.0.0", "port": PORT}
        if not self.address:
            network = {"skip_networking": "ON"}
        return {"server_id": self.server_id, "read_only": "ON"} | network | self.settings

    def _launch(self, data, settings):
        places = [f"--datadir={data}", f"--socket={self.socket}", f"--pid-file={self.directory / 'pid'}",
                  f"--tmpdir={self.directory}"]
        user = ["--user=root"] if os.geteuid() == 0 else []
        argv = [*self._argv(data), *user, *places, *options_of(settings)]
        self.process = _ServerProcess(self.namespace, argv, f"{self.name}-{self.product}",
                                      self.directory / "log", self.environment)

    def _wait_until_it_answers(self, timeout):
        def answers():
            if not self.process.running():
                raise LabError(f"{self.name} has ended\n{self.process.tail()}")
            with contextlib.suppress(pymysql.MySQLError):
                return self.value("SELECT 1") == 1
            return False
        wait_until(answers, timeout, f"{self.name} answers", self.process.tail)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.running()

    def kill(self):
        """SIGKILL; returns when it is dead."""
        self.process.kill()

    def pause(self):
        """SIGSTOP: the kernel goes on to accept connections, and nobody answers."""
        self.process.pause()

    def resume(self):
        self.process.resume()

    def stop(self, timeout=20):
        """SIGTERM; returns when it has ended, with its exit status."""
        return self.process.terminate(timeout)

    def close(self):
        """Kill it and remove its files. Whatever state it is in, also before it was started."""
        if self.running():
            self.kill()
        if self.disk:
            self.disk.remove()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- SQL

    def connect(self, user="root", password="", **options):
        """A connection of pymysql through the Unix socket, with autocommit. Every wait in it is bounded."""
        bounds = {f"{phase}_timeout": _SQL_SECONDS for phase in ("connect", "read", "write")}
        return pymysql.connect(unix_socket=str(self.socket), user=user, password=password, autocommit=True,
                               **bounds | options)

    def sql(self, statement, user="root", password=""):
        """The rows, each a dictionary; an empty tuple for a statement without a result set."""
        with contextlib.closing(self.connect(user, password)) as connection:
            with connection.cursor(pymysql.cursors.DictCursor) as cursor:
                cursor.execute(statement)
                return cursor.fetchall()

    def script(self, *statements):
        """In one session of the administrator."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def value(self, statement, **account):
        """The first value of the first row, or None."""
        rows = self.sql(statement, **account)
        return next(iter(rows[0].values())) if rows else None

    def is_writable(self):
        return not self.value("SELECT @@GLOBAL.read_only")

    def statements_of(self, user):
        """How many of an account's sessions carry something out, or wait for an acknowledgement."""
        return self.value("SELECT COUNT(*) FROM information_schema.processlist "
                          f"WHERE user = '{user}' AND command <> 'Sleep'")

    def status_variables(self, pattern):
        return {row["Variable_name"]: row["Value"]
                for row in self.sql(f"SHOW GLOBAL STATUS LIKE '{pattern}'")}

    # ---- the data directory that all of a kind begin with

    def _template(self):
        if type(self) not in _templates:
            _templates[type(self)] = self._make_template()
        return _templates[type(self)]

    def _make_template(self):
        place = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-template-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        data = place / "data"
        self._initialize(data)
        self._launch(data, {"server_id": self.server_id, "skip_networking": "ON", "skip_log_bin": None})
        self._wait_until_it_answers(60)
        for statement in self._users():
            self.sql(statement)
        self.stop()
        return data


def options_of(settings):
    """For a command line; a setting of None is an option without a value."""
    names = {"--" + key.replace("_", "-"): value for key, value in settings.items()}
    return [name if value is None else f"{name}={value}" for name, value in names.items()]


def pair_up(primary, replica):
    """Of two servers that have been started: the first is writable, the second follows it, and no commit is
    acknowledged before the second has received it (AFTER_SYNC)."""
    replica.send_acknowledgements()
    primary.await_acknowledgements()
    replica.follow(primary)
    wait_until(lambda: primary.semi_sync().clients == 1 and replica.semi_sync().replica_active, 10,
               f"{replica.name} acknowledges what {primary.name} sends", replica.process.tail)
    primary.set_writable(True)


def run_to_end(argv, what, timeout=120):
    """Its standard output; LabError with all that it said where it fails."""
    done = subprocess.run([str(argument) for argument in argv], capture_output=True, text=True,
                          timeout=timeout, start_new_session=True)
    if done.returncode != 0:
        raise LabError(f"{what}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout
