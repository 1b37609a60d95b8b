# SPDX-License-Identifier: GPL-2.0-or-later
"""What every VRRP speaker of the laboratory has in common: a virtual router to run, a start and an end."""
import dataclasses
import ipaddress
import signal


@dataclasses.dataclass(frozen=True)
class VirtualRouter:
    """The settings that all speakers know. With IPv6 the first address is link-local."""

    addresses: tuple
    priority: int
    vrid: int = 51
    interval_ms: int = 100
    preempt: bool = True
    interface: str = "eth0"
    name: str = "vip"

    @property
    def family(self):
        return ipaddress.ip_interface(self.addresses[0]).version

    @property
    def vip(self):
        """The address that clients use: the last one, which with IPv6 is the global one."""
        return str(ipaddress.ip_interface(self.addresses[-1]).ip)

    @property
    def virtual_mac(self):
        return f"00:00:5e:00:0{1 if self.family == 4 else 2}:{self.vrid:02x}"


VIP4 = ("192.0.2.100/24",)
VIP6 = ("fe80::51/64", "2001:db8:1::100/64")


def skew_ms(priority, interval_ms):
    """Skew_Time (RFC 9568, 6.1)."""
    return (256 - priority) * interval_ms / 256


def active_down_ms(priority, interval_ms):
    """Active_Down_Interval (RFC 9568, 6.1)."""
    return 3 * interval_ms + skew_ms(priority, interval_ms)


class Speaker:
    """A VRRP daemon on one host. Subclasses start their programs and keep the main one in `process`."""

    program = ""
    backup_lacks_address = True  # false where the kernel of a Backup has the address and only hides it

    def __init__(self, host, router):
        self.host, self.router = host, router
        self.process = None

    def start(self):
        raise NotImplementedError

    def was_killed(self):
        return self.process is not None and (self.process.returncode or 0) < 0

    def stop(self, timeout=5.0):
        """The orderly end (SIGTERM)."""
        return self.process.terminate(timeout)

    def mac(self):
        """The MAC with which this speaker serves the address."""
        return self.host.nic.mac

    def write_file(self, name, text):
        path = self.host.lab.directory / f"{self.host.name}-{name}"
        path.write_text(text, encoding="utf-8")
        return path
