# SPDX-License-Identifier: GPL-2.0-or-later
"""FRR's vrrpd, with the zebra it needs, as a peer."""
import grp
import os
import pwd

from .speakers import Speaker
from .wait import wait_until

_DIRECTORY = "/usr/lib/frr"
_MACVLAN = "vrrp-vip"


class Frr(Speaker):
    """FRR leaves to the operator: the macvlan with the virtual MAC and the addresses, and to silence the one
    below it. As Backup it only takes the macvlan's carrier away.
    """

    program = "frr"
    backup_lacks_address = False

    def start(self):
        self._prepare_macvlan()
        directory = self._directory()
        zebra = directory / "zserv.api"
        zebra.unlink(missing_ok=True)  # finding a dead one's socket, vrrpd would try again after ten seconds
        self._start("zebra", directory, "", "--socket", zebra)
        wait_until(zebra.exists, 5, "zebra listens", self.host.lab.tails)
        self.process = self._start("vrrpd", directory, self.configuration(), "--socket", zebra)
        return self

    def mac(self):
        return self.router.virtual_mac

    def configuration(self):
        router, vrid = self.router, self.router.vrid
        lines = [f"interface {router.interface}", f" vrrp {vrid} version 3",
                 f" vrrp {vrid} priority {router.priority}",
                 f" vrrp {vrid} advertisement-interval {router.interval_ms}"]
        lines += [] if router.preempt else [f" no vrrp {vrid} preempt"]
        lines += [f" vrrp {vrid} {'ip' if router.family == 4 else 'ipv6'} {address.split('/')[0]}"
                  for address in router.addresses]
        return "\n".join(lines) + "\n"

    def _prepare_macvlan(self):
        router = self.router
        namespace = self.host.namespace
        # Without these a Backup answers ARP for the address, and an Active answers with the physical MAC too.
        namespace.sysctl("net.ipv4.conf.all.ignore_routes_with_linkdown", 1)
        namespace.sysctl("net.ipv6.conf.all.ignore_routes_with_linkdown", 1)
        namespace.sysctl("net.ipv4.conf.all.arp_ignore", 1)
        namespace.ip(
            f"link add {_MACVLAN} link {router.interface} type macvlan mode bridge",
            f"link set {_MACVLAN} address {router.virtual_mac}",
            f"link set {_MACVLAN} addrgenmode {'random' if router.family == 6 else 'none'}",
            *(f"addr add {address} dev {_MACVLAN}{' nodad' if router.family == 6 else ''}"
              for address in router.addresses),
            f"link set {_MACVLAN} up")

    def _directory(self):
        """A folder that FRR's own user may write to."""
        directory = self.host.lab.directory / f"{self.host.name}-frr"
        directory.mkdir(exist_ok=True)
        self.host.lab.directory.chmod(0o755)
        os.chown(directory, pwd.getpwnam("frr").pw_uid, grp.getgrnam("frr").gr_gid)
        return directory

    def _start(self, program, directory, configuration, *arguments):
        path = directory / f"{program}.conf"
        path.write_text(configuration, encoding="ascii")
        return self.host.start(
            f"{_DIRECTORY}/{program}", "--config_file", path, "--pid_file", directory / f"{program}.pid",
            "--vty_socket", directory, "--vty_port", 0, "--log", "stdout", "--log-level", "debug", *arguments)
