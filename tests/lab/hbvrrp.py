# SPDX-License-Identifier: GPL-2.0-or-later
"""hbvrrp: its configuration file, its control socket, its life. Nobody else here knows them."""
import contextlib
import json
import os
import pathlib
import signal

from .namespace import run_tool
from .probe import built_program
from .speakers import Speaker
from .wait import wait_until

ACTIVE, BACKUP, INITIALIZE = "Active", "Backup", "Initialize"
# What one that was killed leaves behind, so that nobody answers for an address that it leaves behind too.
GUARD = ("table arp highbase_lease", "table inet highbase_lease")


def _toml(value):
    """Strings, numbers, booleans and lists are written alike in JSON and TOML."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _is_tables(value):
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(one, dict) for one in value)


def _table(name, settings, header="[{}]"):
    """A table, and after it the tables inside: {"mysql": {"hook": [{...}, {...}]}}. None is left out."""
    plain = {key: value for key, value in settings.items()
             if value is not None and not isinstance(value, dict) and not _is_tables(value)}
    lines = [header.format(name)] + [f"{key} = {_toml(value)}" for key, value in plain.items()]
    text = "\n".join(lines) + "\n\n"
    for key, value in settings.items():
        if isinstance(value, dict):
            text += _table(f"{name}.{key}", value)
        elif _is_tables(value):
            text += "".join(_table(f"{name}.{key}", one, "[[{}]]") for one in value)
    return text


def _router_settings(router, extra):
    settings = {
        "name": router.name, "interface": router.interface, "vrid": router.vrid, "priority": router.priority,
        "addresses": router.addresses, "advertisement_interval": f"{router.interval_ms}ms",
        "preempt": None if router.preempt else False,
    }
    return settings | {key: value for key, value in extra.items() if key != "checks"} | {
        "check": list(extra.get("checks", ())) or None}


class Hbvrrp(Speaker):
    """`options` are further settings of the virtual router: checksum="auto", mac="virtual", accept=False,
    `checks`, a list of settings of one check each, and `mysql`, those of its database;
    `node` has settings of [node], `peer` those of [peer], `witness` those of [witness]; `more` is a list of
    (VirtualRouter, options) for further virtual routers.
    """

    program = "hbvrrp"

    def __init__(self, host, router, node=None, peer=None, more=(), witness=None, **options):
        super().__init__(host, router)
        self.peer, self.witness = peer, witness
        self.routers = [(router, options), *more]
        self.node = {"name": host.name, "state_directory": str(self._directory("state")),
                     "control_socket": str(self.socket_of(self.host))} | (node or {})
        self.path = self.host.lab.directory / f"{self.host.name}-hbvrrp.toml"
        self.environment = None  # that of the tests

    def _directory(self, name):
        directory = self.host.lab.directory / f"{self.host.name}-{name}"
        directory.mkdir(exist_ok=True)
        return directory

    @staticmethod
    def socket_of(host):
        return host.lab.directory / f"{host.name}.sock"

    def configuration(self):
        tables = [_table("node", self.node)] + ([_table("peer", self.peer)] if self.peer else [])
        tables += [_table("witness", self.witness)] if self.witness else []
        return "".join(tables + [_table("virtual_router", _router_settings(router, options), "[[{}]]")
                                 for router, options in self.routers])

    def start(self):
        self.path.write_text(self.configuration(), encoding="utf-8")
        self.process = self.host.start(built_program("hbvrrp"), "--config", self.path, name="hbvrrp",
                                       env=self.environment)
        return self

    def mac(self):
        virtual = self.routers[0][1].get("mac") == "virtual"
        return self.router.virtual_mac if virtual else self.host.nic.mac

    def reload(self, text=None):
        """SIGHUP, after writing another file (by default one of `routers` and `node` as they are now)."""
        self.path.write_text(self.configuration() if text is None else text, encoding="utf-8")
        self.process.signal(signal.SIGHUP)

    def kill_speaker(self, number=signal.SIGKILL):
        """The process that speaks: the child of its sentinel, or the only one where there is no sentinel."""
        main = self.process.pid
        with contextlib.suppress(OSError):  # it is ending
            children = pathlib.Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
            speakers = [int(child) for child in children
                        if pathlib.Path(f"/proc/{child}/comm").read_text(encoding="utf-8") == "hbvrrp\n"]
            os.kill(*speakers or [main], number)

    def ctl(self, *arguments, check=True):
        socket = self.socket_of(self.host)
        return self.host.run(built_program("hbctl"), "--control-socket", socket, *arguments, check=check)

    def status(self):
        return json.loads(self.ctl("status", "--json").stdout)

    def events(self):
        """Those that it still knows, the oldest first."""
        return [json.loads(line) for line in self.ctl("events", "--json").stdout.splitlines()]

    def router_status(self, name=None):
        """The status of one virtual router, by default the first: "state", "reason", "counters", ..."""
        wanted = name or self.router.name
        return next(router for router in self.status()["routers"] if router["name"] == wanted)

    def state(self, name=None):
        """ACTIVE, BACKUP or INITIALIZE; None while the control socket does not answer."""
        done = self.ctl("status", "--json", check=False)
        if done.returncode != 0:
            return None
        wanted = name or self.router.name
        return next(router["state"] for router in json.loads(done.stdout)["routers"]
                    if router["name"] == wanted)

    def wait_for_state(self, state, timeout=5.0, name=None):
        wait_until(lambda: self.state(name) == state, timeout,
                   f"{name or self.router.name} on {self.host.name} is {state}", self.host.lab.tails)
        return self


def version():
    return run_tool([str(built_program("hbvrrp")), "--version"]).splitlines()[0]
