# SPDX-License-Identifier: GPL-2.0-or-later
"""Two boxes, each with a database server and an hbvrrp that decides about both, and a client: what the tests
of failovers stand on. faults.py has what can happen to them."""
import contextlib
import json
import os
import shutil

import pymysql

from . import control
from .database import APPLICATION, MONITOR, PORT, REPLICATION
from .hbvrrp import Hbvrrp
from .ledger import TABLE, Ledger
from .namespace import run_tool
from .ownership import holders
from .probe import built_program
from .speakers import VIP4, VirtualRouter
from .wait import assert_stays, wait_until
from .watch import WritabilityWatch

PRIMARY, REPLICA = "primary", "replica"
ELIGIBLE = "eligible"
SERVICE = "db"
_START_SECONDS = 20
# Without an acknowledgement for so long clients notice something, also those of a busy machine; a server that
# stands still is missed for longer.
UNNOTICED_MS = 2500


class Box:
    """A host, its server and its hbvrrp."""

    def __init__(self, host, server, speaker):
        self.host, self.server, self.speaker = host, server, speaker
        self.name = host.name

    def service(self):
        """What hbvrrp says of its database: "role", "epoch", "eligibility", "in_sync" and more.

        Empty while it does not answer.
        """
        return _service_in(control.status(self.speaker.socket_of(self.host)))

    def service_of_the_other(self):
        """The same, as far as the other box has told it: empty while it has told nothing."""
        return _service_in(control.status(self.speaker.socket_of(self.host)).get("peer") or {})

    def is_primary(self):
        return self.service().get("role") == PRIMARY

    def is_in_sync(self):
        service = self.service()
        return service.get("role") == REPLICA and bool(service.get("in_sync"))

    def events(self):
        return self.speaker.events()

    def has_reported(self, name, **texts):
        """The events of that name that have each of the texts in the field of its name."""
        return [event for event in self.events() if event["name"] == name
                and all(text in str(event["fields"][field]) for field, text in texts.items())]


class DatabasePair:
    """Nothing runs yet: start(). `mysql` has further settings of the database in hbvrrp's configuration,
    `router` of the virtual router, `node` of [node], `server` of both servers; `disk_mb` gives each of them a
    disk of that size, which is checked if `check_disk`; `by_tcp`: hbvrrp reaches its server as one on another
    host; `server_hosts`: and it is on these; `witness` are the settings of [witness]."""

    def __init__(self, lab, product, interval_ms=100, mysql=None, server=None, disk_mb=None,
                 hosts=("a", "b"), router=None, node=None, by_tcp=False, check_disk=True,
                 server_hosts=None, witness=None):
        self.lab = lab
        self.client = lab.hosts["client"]
        self._directory = lab.directory / "pair"
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir()
        self._key = self._secret("peer.key", run_tool([str(built_program("hbctl")), "key"]))
        self._password = self._secret("mysql.password", MONITOR[1] + "\n")
        self._replication_password = self._secret("replication.password", REPLICATION[1] + "\n")
        # What waits for a replica holds its connection, also when the client has given up.
        server = {"max_connections": 400} | (server or {})
        self.servers = []
        self._check_disk = check_disk
        self._node = node or {}
        self._witness = witness
        self._is_lossless = (mysql or {}).get("mode") != "available"
        places = [lab.hosts[name] for name in server_hosts or hosts]
        hosts = [lab.hosts[name] for name in hosts]
        for number, (host, place) in enumerate(zip(hosts, places), 1):
            self.servers.append(product(lab.directory, host.name, number, place.namespace.name,
                                        place.nic.ipv4, server, disk_mb))

        def database_of(server, other):
            own = {"server": f"{server.address}:{PORT}"} if by_tcp else {}
            return own | {"peer_server": f"{other.address}:{PORT}"} | (mysql or {})
        databases = [database_of(server, other) for server, other in zip(self.servers, self.servers[::-1])]
        self.a, self.b = (self._box(host, other, server, interval_ms, database, router or {})
                          for host, other, server, database in zip(hosts, hosts[::-1], self.servers,
                                                                  databases))
        self.boxes = (self.a, self.b)
        self.vip = self.a.speaker.router.vip
        self.watch = WritabilityWatch(*self.servers)
        self._streams = []

    def _secret(self, name, text):
        path = self._directory / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
        return str(path)

    def _box(self, host, other, server, interval_ms, extra, router):
        state = self._directory / f"{host.name}-state"
        state.mkdir()
        settings = {
            "server": str(server.socket), "user": MONITOR[0], "password_file": self._password,
            "replication_user": REPLICATION[0], "replication_password_file": self._replication_password,
            "tls": "required" if server.has_tls else "off", "interval": "100ms", "timeout": "150ms",
            "max_failovers": 1000,  # tests and benchmarks have more of them in an hour than the world
        }
        checks = [{"type": "disk", "path": str(server.directory), "interval": "500ms", "timeout": "500ms"}]
        speaker = Hbvrrp(
            host, VirtualRouter(VIP4, 100, interval_ms=interval_ms, name=SERVICE),
            node={"state_directory": str(state)} | self._node,
            peer={"paths": [nic.ipv4 for nic in other.nics], "key_file": self._key,
                  "interval": f"{interval_ms}ms"},
            witness=self._witness, ears_open_timeout="0s", mysql=settings | extra,
            **router | {"checks": [*(checks if server.disk and self._check_disk else ()),
                                   *router.get("checks", ())]})
        return Box(host, server, speaker)

    # ---- life

    def start(self):
        """a is the primary and has the address, b follows it and is in sync (in mode "available": may take
        over); the ledger's table is there."""
        self.start_servers()
        for box in self.boxes:
            box.speaker.start()
            if not self._is_lossless:  # either may serve: a has seen its server first
                self.wait(lambda box=box: box.service().get("server", {}).get("state") == "up",
                          _START_SECONDS, "the server is seen")
        self.wait_for_primary(self.a, _START_SECONDS)
        if self._is_lossless:
            self.wait_in_sync(self.b, _START_SECONDS)
        else:
            self.wait(lambda: self.b.service().get("eligibility") == ELIGIBLE, _START_SECONDS,
                      "b may take over")
        self.a.server.sql(TABLE)
        self.a.server.sql("CREATE TABLE app.t (id INT PRIMARY KEY)")
        self.b.server.wait_executed(self.a.server.executed(), 10)
        return self

    def start_servers(self):
        """Both read-only, b follows a: what hbvrrp finds when it starts."""
        for server in self.servers:
            server.start()
            # Afterwards it knows the password: the first sign-in takes longer.
            server.connect(*APPLICATION).close()
        self.b.server.follow(self.a.server)

    def close(self):
        self.watch.stop()
        for stream in self._streams:
            stream.close()
        for server in self.servers:
            server.close()
        for lan in self.lab.lans:
            lan.heal()
        for host in self.lab.hosts.values():
            host.clean()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def other(self, box):
        return self.b if box is self.a else self.a

    def ledger(self, **options):
        return Ledger(self.client, self.vip, **options)

    def switch_over(self, *options, check=True):
        """Asked of the primary's daemon; returns when it has answered."""
        primary = self.a if self.a.is_primary() else self.b
        return primary.speaker.ctl("switchover", "--to", self.other(primary).name, *options, check=check)

    def quiet(self, ledger):
        """Pause the ledger. A server that dies before it is resumed has nothing that the other one lacks, and
        which would keep it from coming back."""
        primary = self.wait(self.primary, 5, "one box is the primary")
        ledger.pause()
        # Of a row that its client has given up, too.
        self.wait(lambda: not primary.server.statements_of(APPLICATION[0]), 10, "all statements have ended")
        self.other(primary).server.wait_executed(primary.server.executed(), 10)

    def follow_events(self, box):
        """A stream of what hbvrrp reports from now on."""
        self._streams.append(control.EventStream(box.speaker.socket_of(box.host)))
        return self._streams[-1]

    # ---- what is so

    def story(self):
        """What both say of themselves, for the message of a failure."""
        lines = []
        for box in self.boxes:
            with contextlib.suppress(Exception):
                lines.append(f"--- {box.name} says: {json.dumps(box.service())}")
                lines.append(box.speaker.ctl("events", check=False).stdout[-4000:])
            lines.append(f"--- {box.name}'s server: {self._server_says(box.server)}")
            if box.server.process:
                lines.append(box.server.process.tail(10))
        return "\n".join([*lines, self.lab.tails()])

    @staticmethod
    def _server_says(server):
        try:
            return f"writable {server.is_writable()}, at {server.executed()}, {server.replica_state()}"
        except Exception as error:  # whatever state it is in
            return repr(error)

    def wait(self, predicate, timeout, what):
        """A server that does not answer while the predicate asks it makes the predicate false."""
        def is_true():
            with contextlib.suppress(pymysql.MySQLError, OSError):
                return predicate()
            return False
        return wait_until(is_true, timeout, what, self.story)

    def wait_for_primary(self, box, timeout=10):
        """The box says so, has the address, and its server takes writes."""
        self.wait(lambda: box.is_primary() and holders(self.lab, self.vip) == [box.host]
                  and box.server.is_writable(), timeout, f"{box.name} is the primary and has {self.vip}")

    def wait_in_sync(self, box, timeout=15):
        """Its server follows the other one, acknowledges, and hbvrrp counts on it."""
        self.wait(box.is_in_sync, timeout, f"{box.name} is a replica in sync")
        assert box.server.replica_state().source == self.other(box).server.address
        assert not box.server.is_writable()

    def primary(self):
        """The box that is the primary, if one alone is."""
        primaries = [box for box in self.boxes if box.is_primary()]
        return primaries[0] if len(primaries) == 1 else None

    def answering(self):
        """The boxes whose servers run and answer."""
        return [box for box in self.boxes if box.server.running() and _answers(box.server)]

    def check(self, ledger, primary, terms=1):
        """What must hold whatever has happened: no acknowledged row lost, none there twice, one server
        writable, and no server acknowledged in another one's term.

        `terms`: how many primaries there were, one after the other; `primary` is the last.
        """
        audit = ledger.assert_nothing_lost(primary.server)
        assert audit.acknowledged > 0, ledger.tail()
        assert len(audit.turns) <= terms, f"rows were acknowledged in turn by the servers {audit.turns}"
        self.wait(lambda: [box for box in self.answering() if box.server.is_writable()] == [primary], 5,
                  f"the server of {primary.name} alone is writable")
        return audit

    def check_nobody_serves(self, seconds):
        """No server takes writes, for so long. One must answer: of dead ones that would say nothing."""
        def nobody_serves():
            answering = self.answering()
            return answering and not [box for box in answering if box.server.is_writable()]
        assert_stays(nobody_serves, seconds, "no server takes writes", self.story)

    def wait_for_a_primary(self, timeout=20):
        """Whichever box it is; the box."""
        box = self.wait(self.primary, timeout, "one box is the primary")
        self.wait_for_primary(box)
        return box

    def assert_never_both_writable(self):
        both = self.watch.stop().both_writable()
        assert not (blind := self.watch.blind_on()), f"nobody has watched the servers of {blind}"
        assert not both, f"both servers were writable, at {len(both)} moments, first at {both[0]}"


def _service_in(status):
    return next((service for service in status.get("services", []) if service["name"] == SERVICE), {})


def _answers(server):
    with contextlib.suppress(Exception):
        return server.value("SELECT 1") == 1
    return False
