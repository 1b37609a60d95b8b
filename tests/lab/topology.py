# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts and LANs: a LAN is a bridge in a namespace of its own; a host is one with a veth to each LAN."""
import contextlib
import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import weakref

from . import leftovers
from .addresses import dump_addresses
from .errors import LabError
from .namespace import PREFIX, Namespace, sweep_dead
from .process import Process, kill_at_once
from .wait import wait_until

# IPv4 and IPv6 network of the first LAN, the second, the third: for documentation (RFC 5737, RFC 3849).
_NETWORKS = [("192.0.2", "2001:db8:1:"), ("198.51.100", "2001:db8:2:"), ("203.0.113", "2001:db8:3:")]
_HOST_SYSCTLS = {
    # Duplicate address detection would keep IPv6 addresses unusable for a second or two.
    "net.ipv6.conf.{}.accept_dad": 0,
    "net.ipv6.conf.{}.dad_transmits": 0,
    "net.ipv6.conf.{}.accept_ra": 0,
    "net.ipv6.conf.{}.router_solicitations": 0,
}
_serial = itertools.count()


def require_root():
    if os.geteuid() != 0:
        raise LabError("network namespaces need root: run this as root")


class Nic:
    """A network interface of a host, and the bridge port it is plugged into."""

    def __init__(self, host, lan, name):
        self.host, self.lan, self.name = host, lan, name
        self.original_name = name
        self.port = f"{host.name}.{lan.number}"
        v4, v6 = _NETWORKS[lan.number]
        self.ipv4 = f"{v4}.{host.number}"
        self.ipv6 = f"{v6}:{host.number}"
        self.mac = f"02:68:62:00:{lan.number:02x}:{host.number:02x}"
        self.link_local = f"fe80::68:62ff:fe00:{lan.number << 8 | host.number:x}"  # EUI-64 of the MAC
        self.present = False
        self.create()

    def create(self):
        """Plug in a new interface; the opposite of remove()."""
        self.present = True
        self.name = self.original_name
        self.lan.namespace.ip(
            f"link add {self.port} address {self._port_mac()} type veth peer name {self.name} "
            f"address {self.mac} netns {self.host.namespace.name}",
            f"link set {self.port} master br0 up")
        self.host.namespace.ip(f"link set {self.name} up", *self._address_lines())

    def _port_mac(self):
        return self.mac.replace("02:68:62:00", "02:68:62:01")

    def _address_lines(self):
        return [f"addr replace {self.ipv4}/24 dev {self.name}",
                f"addr replace {self.ipv6}/64 dev {self.name} nodad"]

    def remove(self):
        """The interface vanishes, as a network card pulled out."""
        self.present = False
        self.lan.namespace.ip(f"link del {self.port}")

    def down(self):
        self.host.namespace.ip(f"link set {self.name} down")

    def up(self):
        """Up again, with the host's own addresses: the kernel forgets the IPv6 ones of a link put down."""
        self.host.namespace.ip(f"link set {self.name} up", *self._address_lines())

    def unplug(self):
        """The far end goes down: the host loses its carrier."""
        self.lan.namespace.ip(f"link set {self.port} down")

    def plug(self):
        self.lan.namespace.ip(f"link set {self.port} up")

    def rename(self, name):
        self.down()
        self.host.namespace.ip(f"link set {self.name} name {name}")
        self.name = name
        self.up()


class Lan:
    """A switch. Frames can be made to vanish between any two of its ports, in one direction."""

    def __init__(self, lab, number):
        self.lab, self.number = lab, number
        self.namespace = Namespace(lab.namespace_name(f"lan{number}"))
        self._blocked = set()
        self.namespace.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        self.namespace.ip("link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                          "link set br0 up")

    def block(self, source=None, destination=None):
        """Frames from `source` to `destination` vanish from now on; None stands for every port."""
        self._blocked.add((source.port if source else None, destination.port if destination else None))
        self._apply()

    def part(self, ways):
        """Frames vanish from the first to the second of each pair, from one instant on."""
        self._blocked |= {(source.port, destination.port) for source, destination in ways}
        self._apply()

    def join(self, ways):
        """The opposite of part()."""
        self._blocked -= {(source.port, destination.port) for source, destination in ways}
        self._apply()

    def cut(self, *nics):
        """Everything from and to these ports vanishes, at one instant and without the carrier going away."""
        for nic in nics:
            self._blocked |= {(nic.port, None), (None, nic.port)}
        self._apply()

    def partition(self, *groups):
        """Only ports of the same group reach each other."""
        for one, other in itertools.permutations(groups, 2):
            self._blocked |= {(a.port, b.port) for a in one for b in other}
        self._apply()

    def heal(self, *nics):
        """Frames pass again: those of these ports, or all."""
        ports = {nic.port for nic in nics}
        self._blocked = {pair for pair in self._blocked if ports and not ports & set(pair)}
        self._apply()

    def _apply(self):
        """Replace all rules in one transaction. Whole ports are cut at ingress: a flooded frame reaches
        either every other port or none."""
        hooks = {"prerouting": [], "forward": [], "postrouting": []}
        for source, destination in sorted(self._blocked, key=str):
            match = f'iifname "{source}" ' if source else ""
            match += f'oifname "{destination}" ' if destination else ""
            hook = "forward" if source and destination else "prerouting" if source else "postrouting"
            hooks[hook].append(match + "drop")
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0\n" + "\n".join(rules) + "\n}\n"
            for hook, rules in hooks.items() if rules)
        self.namespace.nft("table bridge faults\ndelete table bridge faults\n"
                           + (f"table bridge faults {{\n{chains}}}\n" if chains else ""))


class Host:
    def __init__(self, lab, name, number):
        self.lab, self.name, self.number = lab, name, number
        self.namespace = Namespace(lab.namespace_name(name))
        self.nics = []
        self.processes = []
        self.dead = False
        self._baseline = None
        self._prepare()

    def _prepare(self):
        for key, value in _HOST_SYSCTLS.items():
            for scope in ("all", "default"):
                self.namespace.sysctl(key.format(scope), value)
        self.namespace.ip("link set lo up")

    @property
    def nic(self):
        """The first interface."""
        return self.nics[0]

    def attach(self, lan, interface="eth0"):
        nic = Nic(self, lan, interface)
        self.nics.append(nic)
        self.remember_state()
        return nic

    def run(self, *argv, check=True, timeout=20):
        """Run a command to its end; a CompletedProcess with text. LabError for a failure, if `check`."""
        done = subprocess.run(["ip", "netns", "exec", self.namespace.name, *map(str, argv)], text=True,
                              capture_output=True, timeout=timeout, start_new_session=True)
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {argv}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def start(self, *argv, name=None, env=None):
        """Start a program; its output goes to a file. It is killed with the laboratory at the latest."""
        label = f"{self.name}-{name or os.path.basename(str(argv[0]))}"
        path = self.lab.directory / f"{label}.{next(_serial)}.log"
        process = Process(self.namespace, argv, label, path, env)
        self.processes.append(process)
        return process

    def addresses(self):
        return dump_addresses(self.namespace)

    def has_address(self, address):
        return any(found.address == address for found in self.addresses())

    def kill_all(self):
        """SIGKILL to every process in the namespace."""
        kill_at_once(*self.processes)
        self.processes.clear()
        for pid in self.namespace.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.namespace.pids(), 5, f"no process left in {self.name}")

    def die(self):
        """The power goes: its frames, in and out, vanish at one instant, then its processes are killed.

        Returns time.monotonic_ns() right after that instant.
        """
        for lan in {nic.lan for nic in self.nics}:
            lan.cut(*(nic for nic in self.nics if nic.lan is lan))
        at = time.monotonic_ns()
        self.dead = True
        self.kill_all()
        return at

    def reboot(self):
        """The host starts anew: a fresh namespace, the same interfaces and addresses, no process."""
        self.kill_all()
        for nic in self.nics:
            if nic.present:
                nic.remove()
        self.namespace.delete()
        self.namespace = Namespace(self.namespace.name)
        self._prepare()
        for nic in self.nics:
            nic.create()
            nic.lan.heal(nic)
        self.dead = False
        self.remember_state()

    def remember_state(self):
        """What assert_nothing_left() compares with."""
        self._baseline = leftovers.snapshot(self.namespace)

    def assert_nothing_left(self, timeout=1.0, but=()):
        """The kernel's state is what it was: no address, interface, route, nft table, sysctl more or less,
        `but` these."""
        def changes():
            return self._changes(but)
        wait_until(lambda: not changes(), timeout, f"nothing left on {self.name}", changes)

    def _changes(self, but=()):
        return leftovers.difference(self._baseline, leftovers.snapshot(self.namespace) - set(but))

    def clean(self):
        """Kill what runs and put the kernel's state back, for the next test; the interfaces must exist."""
        self.kill_all()
        for nic in self.nics:
            if nic.present:
                nic.plug()
        if self.dead or self._changes():
            self.reboot()
        # An entry learned in one test would send the next one's frames to the wrong host.
        self.namespace.ip("neigh flush all")


class Lab:
    """A context manager that removes what is made through it, also after an exception or a signal."""

    live = weakref.WeakSet()

    def __init__(self):
        require_root()
        self.hosts = {}
        self.lans = []
        self.number = next(_serial)
        self.directory = None
        self._old_sigterm = None

    def namespace_name(self, name):
        return f"{PREFIX}-{os.getpid()}-{self.number}-{name}"

    def __enter__(self):
        sweep_dead()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-"))
        if threading.current_thread() is threading.main_thread():
            self._old_sigterm = signal.signal(signal.SIGTERM, _exit_on_sigterm)
        Lab.live.add(self)
        return self

    def __exit__(self, *_):
        with _signals_ignored():
            self._close()
        if self._old_sigterm is not None:
            signal.signal(signal.SIGTERM, self._old_sigterm)

    def _close(self):
        Lab.live.discard(self)
        problems = []
        for host in self.hosts.values():
            problems += _attempt(host.kill_all)
        for place in [*self.lans, *self.hosts.values()]:
            problems += _attempt(place.namespace.delete)
        shutil.rmtree(self.directory, ignore_errors=True)
        if problems:
            raise LabError("clean-up was not complete: " + "; ".join(problems))

    def lan(self):
        lan = Lan(self, len(self.lans))
        self.lans.append(lan)
        return lan

    def host(self, name, *lans):
        """A host with an interface eth0, eth1, ... on each LAN; the n-th host's addresses end in n."""
        host = Host(self, name, len(self.hosts) + 1)
        self.hosts[name] = host
        for index, lan in enumerate(lans):
            host.attach(lan, f"eth{index}")
        return host

    def tails(self):
        """The ends of all logs, for an error message."""
        return "\n".join(process.tail() for host in self.hosts.values() for process in host.processes)

    def wait_until(self, predicate, timeout, what):
        return wait_until(predicate, timeout, what, self.tails)


def _attempt(action):
    try:
        action()
    except Exception as error:  # whatever it is, the rest of the clean-up must go on
        return [str(error)]
    return []


def _exit_on_sigterm(number, _frame):
    raise SystemExit(128 + number)


@contextlib.contextmanager
def _signals_ignored():
    """A second Ctrl-C must not interrupt the clean-up that the first one started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def two_hosts_and_a_client(lab):
    """The topology of most tests: hosts a and b and a client on one LAN."""
    lan = lab.lan()
    return lab.host("a", lan), lab.host("b", lan), lab.host("client", lan)
