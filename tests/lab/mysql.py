# SPDX-License-Identifier: GPL-2.0-or-later
"""MySQL servers, of the newest version in the archive: its packages are for a newer release."""
import functools
import os
import pathlib

from . import archive
from .database import (APPLICATION, MONITOR, PORT, REPLICATION, DatabaseServer, ReplicaState, SemiSync,
                       options_of, run_to_end)
from .probe import ROOT
from .wait import wait_until

_SUITE = "sid"
_PROGRAM = "usr/sbin/mysqld"
_KEPT = ("usr/bin", "usr/lib", "usr/lib64", "usr/sbin", "usr/share/mysql")
_SMALL_AND_QUICK = {
    "mysqlx": "OFF", "performance_schema": "OFF", "innodb_buffer_pool_size": "16M",
    "innodb_redo_log_capacity": "8M",
    "innodb_log_buffer_size": "1M", "innodb_flush_method": "fsync", "table_open_cache": 64,
    "table_definition_cache": 400, "max_connections": 60, "key_buffer_size": "64K", "skip_name_resolve": "ON",
    "secure_file_priv": "NULL",
}
# What a pair that loses nothing needs; semi-synchronous replication itself is switched on while running.
_REPLICATION = {
    "gtid_mode": "ON", "enforce_gtid_consistency": "ON", "log_bin": "binlog", "binlog_format": "ROW",
    "log_replica_updates": "ON", "sync_binlog": 1, "innodb_flush_log_at_trx_commit": 1, "sync_relay_log": 1,
    "relay_log": "relay", "skip_replica_start": "ON", "replica_preserve_commit_order": "ON",
    "replica_net_timeout": 2, "super_read_only": "ON",
    "plugin_load_add": "rpl_semi_sync_source=semisync_source.so;rpl_semi_sync_replica=semisync_replica.so",
}
_FOREVER_MS = 31536000000  # a year
_MONITOR_GRANTS = ("REPLICATION_SLAVE_ADMIN, REPLICATION CLIENT, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, "
                   "SERVICE_CONNECTION_ADMIN, PROCESS, RELOAD, BACKUP_ADMIN, CLONE_ADMIN, EVENT, SYSTEM_USER")


def cache_directory():
    return pathlib.Path(os.environ.get("HIGHBASE_MYSQL_DIR", ROOT / "build" / "mysql"))


def program():
    """The first words of the server's command line; fetches it where it is not in the cache.

    LabError, with the reason, where that is not possible.
    """
    root = cache_directory()
    archive.fetched(root, _SUITE, "mysql-server-core", _KEPT, _PROGRAM)
    return archive.argv(root, _PROGRAM, "usr/lib/mysql/private")


def binlog_program():
    """The first words of mysqlbinlog's command line: it is unpacked too, and not installed."""
    *loader, server = program()
    return [*loader, server.parents[1] / "bin" / "mysqlbinlog"]


@functools.cache
def missing():
    """Why there is no MySQL server here, or nothing. Says so loudly, once: what is tested with MariaDB alone
    is not tested with MySQL. Whoever has looked before leaves the answer in HIGHBASE_MYSQL_MISSING."""
    if known := os.environ.get("HIGHBASE_MYSQL_MISSING"):
        return known
    return archive.why_missing("MYSQL", program)


class MySql(DatabaseServer):
    product = "mysqld"
    has_tls = True

    def _initialize(self, data):
        run_to_end([*self._argv(data), *(["--user=root"] if os.geteuid() == 0 else []), f"--datadir={data}",
                    "--initialize-insecure"], "mysqld --initialize-insecure")

    def _argv(self, data):
        root = cache_directory()
        places = {"basedir": root / "usr", "plugin_dir": root / "usr/lib/mysql/plugin",
                  "lc_messages_dir": root / "usr/share/mysql",
                  "character_sets_dir": root / "usr/share/mysql/charsets"}
        return [*program(), "--no-defaults", *options_of(places), *options_of(_SMALL_AND_QUICK)]

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        (self.data / "auto.cnf").unlink()  # two servers with one UUID refuse to replicate

    def _common_settings(self):
        return _REPLICATION | super()._common_settings()

    def _users(self):
        for user, password in (MONITOR, REPLICATION, APPLICATION):
            for host in ("localhost", "%"):
                yield f"CREATE USER {user}@'{host}' IDENTIFIED BY '{password}'"
        yield "CREATE DATABASE app"
        yield "CREATE DATABASE highbase"
        for host in ("localhost", "%"):
            yield f"GRANT {_MONITOR_GRANTS} ON *.* TO {MONITOR[0]}@'{host}'"
            yield f"GRANT SELECT ON performance_schema.* TO {MONITOR[0]}@'{host}'"
            yield f"GRANT ALL ON highbase.* TO {MONITOR[0]}@'{host}'"
            yield f"GRANT REPLICATION SLAVE ON *.* TO {REPLICATION[0]}@'{host}'"
            yield f"GRANT ALL ON app.* TO {APPLICATION[0]}@'{host}'"

    def set_writable(self, writable):
        if writable:
            self.sql("SET GLOBAL read_only = OFF")  # and with it super_read_only
        else:
            self.sql("SET GLOBAL super_read_only = ON")  # and with it read_only

    def follow(self, source):
        user, password = REPLICATION
        # TLS, which the server has made certificates for: without it a password needs a key fetched first.
        self.sql(f"CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{source.address}', SOURCE_PORT = {PORT}, "
                 f"SOURCE_USER = '{user}', SOURCE_PASSWORD = '{password}', SOURCE_AUTO_POSITION = 1, "
                 "SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_HEARTBEAT_PERIOD = 0.2")
        self.sql("START REPLICA")
        wait_until(lambda: (state := self.replica_state()).receiving and state.applying, 10,
                   f"{self.name} follows {source.name}", lambda: repr(self.replica_state()))

    def unfollow(self):
        self.sql("STOP REPLICA")
        self.sql("RESET REPLICA ALL")

    def replica_state(self):
        rows = self.sql("SHOW REPLICA STATUS")
        if not rows:
            return None
        row = rows[0]
        return ReplicaState(row["Replica_IO_Running"] == "Yes", row["Replica_SQL_Running"] == "Yes",
                            row["Last_IO_Error"] or row["Last_SQL_Error"],
                            row["Retrieved_Gtid_Set"].replace("\n", ""), row["Source_Host"])

    def executed(self):
        return self.value("SELECT @@GLOBAL.gtid_executed").replace("\n", "")

    def wait_executed(self, position, timeout):
        missed = self.value(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{position}', {timeout})")
        assert missed == 0, f"{self.name} has {self.executed()} after {timeout} s, not {position}"

    def send_acknowledgements(self):
        self.sql("SET GLOBAL rpl_semi_sync_replica_enabled = ON")

    def await_acknowledgements(self):
        self.sql(f"SET GLOBAL rpl_semi_sync_source_timeout = {_FOREVER_MS}")
        self.sql("SET GLOBAL rpl_semi_sync_source_enabled = ON")

    def semi_sync(self):
        found = self.status_variables("Rpl_semi_sync_%")
        return SemiSync(found["Rpl_semi_sync_source_status"] == "ON",
                        int(found["Rpl_semi_sync_source_clients"]),
                        int(found["Rpl_semi_sync_source_wait_sessions"]),
                        int(found["Rpl_semi_sync_source_yes_tx"]), int(found["Rpl_semi_sync_source_no_tx"]),
                        found["Rpl_semi_sync_replica_status"] == "ON")

    def start_as_replica(self):
        return self.start()  # it has no such option

    def write_behind_the_back(self, statement, logged=True):
        self.script(*([] if logged else ["SET SESSION sql_log_bin = OFF"]),
                    "SET GLOBAL super_read_only = OFF", statement, "SET GLOBAL super_read_only = ON")


if __name__ == "__main__":
    print(missing())
