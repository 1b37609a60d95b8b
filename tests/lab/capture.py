# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes on the wire, looked at afterwards."""
import contextlib
import ipaddress
import socket

from .ownership import packet_socket

_ETH_P_ARP = 0x0806
_BUFFER = 4 << 20
_SO_RCVBUFFORCE = 33


class ArpCapture:
    """A context manager; collects every ARP frame that reaches a host. The kernel keeps them until asked."""

    def __init__(self, host):
        self._link = packet_socket(host.nic, _ETH_P_ARP)
        self._link.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        self._link.setblocking(False)
        self._frames = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._link.close()

    def senders(self, address):
        """(MAC in the ARP message, Ethernet source) of every frame sent in the name of `address`."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._frames.append(self._link.recv(2048))
        wanted = ipaddress.ip_address(address).packed
        return {(frame[22:28].hex(":"), frame[6:12].hex(":"))
                for frame in self._frames if frame[28:32] == wanted}
