# SPDX-License-Identifier: GPL-2.0-or-later
"""Two boxes with a MariaDB pair and keepalived, a check script and a notify script: what is done without
hbvrrp. The scripts are as good as such scripts get: the notify script lets the replica apply all that it has
received before it opens it; replication is semi-synchronous and loses nothing."""
import shutil

from .database import APPLICATION, MONITOR, pair_up
from .keepalived import Keepalived
from .ledger import TABLE, Ledger
from .mariadb import MariaDb
from .ownership import wait_for_owner
from .speakers import VIP4, VirtualRouter

_CHECK = """\
#!/bin/sh
exec mariadb --no-defaults --socket={socket} --user={user} --password={password} --execute 'SELECT 1'
"""
_NOTIFY = """\
#!/bin/sh
sql() {{ mariadb --no-defaults --socket={socket} --user=root --execute "$@"; }}
sql 'STOP SLAVE IO_THREAD'
received=$(sql 'SHOW ALL SLAVES STATUS' --vertical | sed -n 's/^ *Gtid_IO_Pos: //p')
[ -z "$received" ] || sql "SELECT MASTER_GTID_WAIT('$received', 10)"
sql 'STOP SLAVE'
sql 'RESET SLAVE ALL; SET GLOBAL rpl_semi_sync_slave_enabled = OFF; SET GLOBAL read_only = OFF'
"""
_PRIORITIES = {"a": 150, "b": 100}


class RecipeBox:
    def __init__(self, host, server, speaker):
        self.host, self.server, self.speaker = host, server, speaker
        self.name = host.name


class RecipePair:
    """Nothing runs yet: start(). As much of a DatabasePair as a benchmark needs."""

    def __init__(self, lab, interval_ms=100):
        self.lab = lab
        self.client = lab.hosts["client"]
        self._directory = lab.directory / "recipe"
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir()
        hosts = [lab.hosts[name] for name in "ab"]
        self.servers = []
        for number, host in enumerate(hosts, 1):
            self.servers.append(MariaDb(lab.directory, host.name, number, host.namespace.name, host.nic.ipv4))
        self.a, self.b = (self._box(*pair, interval_ms) for pair in zip(hosts, self.servers))
        self.vip = self.a.speaker.router.vip

    def _box(self, host, server, interval_ms):
        user, password = MONITOR
        scripts = [self._script(f"{host.name}-{name}", text.format(
            socket=server.socket, user=user, password=password))
            for name, text in (("check", _CHECK), ("notify", _NOTIFY))]
        router = VirtualRouter(VIP4, _PRIORITIES[host.name], interval_ms=interval_ms, preempt=False)
        return RecipeBox(host, server, Keepalived(host, router, check=scripts[0], notify=scripts[1]))

    def _script(self, name, text):
        path = self._directory / name
        path.write_text(text, encoding="ascii")
        path.chmod(0o700)
        return path

    def start(self):
        for server in self.servers:
            server.start()
            server.connect(*APPLICATION).close()
        pair_up(*self.servers)
        self.a.server.sql(TABLE)
        self.a.speaker.start()
        wait_for_owner(self.client, self.vip, self.a.host, 10)
        self.b.speaker.start()
        return self

    def switch_over(self):
        """As an operator does it: no more writes, then the address; the notify script does the rest."""
        self.a.server.set_writable(False)
        self.a.speaker.stop()

    def ledger(self, **options):
        return Ledger(self.client, self.vip, **options)

    def close(self):
        for server in self.servers:
            server.close()
        for host in self.lab.hosts.values():
            host.clean()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
