# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program leaves behind in the kernel: a snapshot before, one after, and the difference."""
import contextlib
import os
import pathlib

from .addresses import dump_addresses

_ROUTE_KEYS = ("type", "dst", "dev", "table", "prefsrc", "gateway")

# The lines of the snapshot are plain text: the difference is the error message.


def _links_and_addresses(namespace):
    links = namespace.ip_json("-details", "link", "show")
    names = {link["ifindex"]: link["ifname"] for link in links}
    found = {f"interface {link['ifname']} {link.get('linkinfo', {}).get('info_kind', '')} {link['address']}"
             for link in links}
    return found | {f"address {address.address}/{address.prefix} on {names.get(address.interface)}"
                    for address in dump_addresses(namespace)}


def _routes(namespace):
    found = set()
    for family in ("-4", "-6"):
        for route in namespace.ip_json(family, "route", "show", "table", "all"):
            found.add(f"route {family} " + " ".join(str(route.get(key, "")) for key in _ROUTE_KEYS))
    return found


def _sysctls(namespace):
    found = set()
    with namespace.entered():
        for family in ("ipv4", "ipv6"):
            root = f"/proc/sys/net/{family}/conf"
            for interface in os.listdir(root):
                for key in os.listdir(f"{root}/{interface}"):
                    with contextlib.suppress(OSError):
                        value = pathlib.Path(root, interface, key).read_text(encoding="ascii").strip()
                        found.add(f"sysctl net.{family}.conf.{interface}.{key} = {value}")
    return found


def snapshot(namespace):
    return (_links_and_addresses(namespace) | _routes(namespace) | _sysctls(namespace)
            | set(namespace.nft_tables()))


def difference(before, after):
    """Text of what is more and what is less; empty when nothing is."""
    return "\n".join([f"more: {line}" for line in sorted(after - before)]
                     + [f"less: {line}" for line in sorted(before - after)])
