# SPDX-License-Identifier: GPL-2.0-or-later
"""MariaDB servers, of the version that the distribution has; with HIGHBASE_MARIADB=11.8 of that one."""
import os

from . import mariadb118
from .database import (APPLICATION, MONITOR, PORT, REPLICATION, DatabaseServer, ReplicaState, SemiSync,
                       options_of, run_to_end)
from .wait import wait_until

_SMALL_AND_QUICK = {
    "performance_schema": "OFF", "innodb_buffer_pool_size": "8M", "innodb_log_file_size": "8M",
    "innodb_buffer_pool_dump_at_shutdown": "OFF", "innodb_buffer_pool_load_at_startup": "OFF",
    "aria_pagecache_buffer_size": "1M", "key_buffer_size": "64K", "skip_name_resolve": "ON",
    "max_connections": 60,
}
# What a pair that loses nothing needs; semi-synchronous replication itself is switched on while running.
_REPLICATION = {
    "log_bin": "binlog", "binlog_format": "ROW", "log_slave_updates": "ON", "gtid_strict_mode": "ON",
    "sync_binlog": 1, "innodb_flush_log_at_trx_commit": 1, "sync_relay_log": 1, "relay_log": "relay",
    "skip_slave_start": "ON", "slave_net_timeout": 2, "rpl_semi_sync_slave_kill_conn_timeout": 1,
    "rpl_semi_sync_master_wait_point": "AFTER_SYNC",
}
_WANTED = os.environ.get("HIGHBASE_MARIADB", "")
_FOREVER_MS = 31536000000  # a year
_MONITOR_GRANTS = ("READ_ONLY ADMIN, REPLICA MONITOR, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, "
                   "BINLOG ADMIN, BINLOG MONITOR, CONNECTION ADMIN, RELOAD, PROCESS, EVENT")


class MariaDb(DatabaseServer):
    product = "mariadbd"

    def _initialize(self, data):
        if _WANTED == "11.8":
            mariadb118.initialize(data, ["--user=root", *options_of(_SMALL_AND_QUICK)])
            return
        run_to_end(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                    "--skip-name-resolve", "--auth-root-authentication-method=normal", "--user=root",
                    f"--tmpdir={data.parent}"],
                   "mariadb-install-db")

    def _argv(self, data):
        server = mariadb118.argv() if _WANTED == "11.8" else ["mariadbd", "--no-defaults"]
        return [*server, *options_of(_SMALL_AND_QUICK)]

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
            yield f"GRANT ALL ON highbase.* TO {MONITOR[0]}@'{host}'"
            yield f"GRANT REPLICATION SLAVE ON *.* TO {REPLICATION[0]}@'{host}'"
            yield f"GRANT ALL ON app.* TO {APPLICATION[0]}@'{host}'"

    def set_writable(self, writable):
        self.sql(f"SET GLOBAL read_only = {'OFF' if writable else 'ON'}")

    def follow(self, source):
        user, password = REPLICATION
        self.sql(f"CHANGE MASTER TO MASTER_HOST = '{source.address}', MASTER_PORT = {PORT}, "
                 f"MASTER_USER = '{user}', MASTER_PASSWORD = '{password}', MASTER_USE_GTID = slave_pos, "
                 "MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 0.2")
        self.sql("START SLAVE")
        wait_until(lambda: (state := self.replica_state()).receiving and state.applying, 10,
                   f"{self.name} follows {source.name}", lambda: repr(self.replica_state()))

    def unfollow(self):
        self.sql("STOP SLAVE")
        self.sql("RESET SLAVE ALL")

    def replica_state(self):
        rows = self.sql("SHOW ALL SLAVES STATUS")
        if not rows:
            return None
        row = rows[0]
        return ReplicaState(row["Slave_IO_Running"] == "Yes", row["Slave_SQL_Running"] == "Yes",
                            row["Last_IO_Error"] or row["Last_SQL_Error"], row["Gtid_IO_Pos"],
                            row["Master_Host"])

    def executed(self):
        return self.value("SELECT @@GLOBAL.gtid_current_pos")

    def wait_executed(self, position, timeout):
        reached = self.value(f"SELECT MASTER_GTID_WAIT('{position}', {timeout})")
        assert reached == 0, f"{self.name} has {self.executed()} after {timeout} s, not {position}"

    def send_acknowledgements(self):
        self.sql("SET GLOBAL rpl_semi_sync_slave_enabled = ON")

    def await_acknowledgements(self):
        self.sql(f"SET GLOBAL rpl_semi_sync_master_timeout = {_FOREVER_MS}")
        self.sql("SET GLOBAL rpl_semi_sync_master_enabled = ON")

    def semi_sync(self):
        found = self.status_variables("Rpl_semi_sync_%")
        return SemiSync(found["Rpl_semi_sync_master_status"] == "ON",
                        int(found["Rpl_semi_sync_master_clients"]),
                        int(found["Rpl_semi_sync_master_wait_sessions"]),
                        int(found["Rpl_semi_sync_master_yes_tx"]), int(found["Rpl_semi_sync_master_no_tx"]),
                        found["Rpl_semi_sync_slave_status"] == "ON")

    def start_as_replica(self):
        """It forgets what no replica had acknowledged (MDEV-33465)."""
        return self.start(settings={"init_rpl_role": "SLAVE"})

    def write_behind_the_back(self, statement, logged=True):
        # read_only does not bind the administrator.
        self.script(*([] if logged else ["SET SESSION sql_log_bin = OFF"]), statement)
