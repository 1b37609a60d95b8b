# SPDX-License-Identifier: GPL-2.0-or-later
"""The addresses of a namespace, asked for or watched, through rtnetlink."""
import contextlib
import dataclasses
import ipaddress
import math
import os
import socket
import struct
import threading
import time

from .errors import LabError

_RTM_NEWADDR, _RTM_DELADDR, _RTM_GETADDR = 20, 21, 22
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_IFA_ADDRESS, _IFA_LOCAL, _IFA_CACHEINFO = 1, 2, 6
_RTMGRP_ADDRESSES = 0x10 | 0x100  # IPv4 and IPv6
_FOREVER = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_ADDRESS_HEADER = struct.Struct("=BBBBI")
_CACHE_INFO = struct.Struct("=IIII")


@dataclasses.dataclass(frozen=True)
class Address:
    address: str
    prefix: int
    interface: int  # index
    valid_seconds: float  # math.inf for a permanent one


def _attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind, data[4:length]
        data = data[(length + 3) & ~3:]


def _messages(data):
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        yield kind, data[_HEADER.size:length]
        data = data[(length + 3) & ~3:]


def _parse(body):
    _, prefix, _, _, index = _ADDRESS_HEADER.unpack_from(body)
    found = dict(_attributes(body[_ADDRESS_HEADER.size:]))
    raw = found.get(_IFA_LOCAL, found.get(_IFA_ADDRESS))
    _, valid, _, _ = _CACHE_INFO.unpack_from(found.get(_IFA_CACHEINFO, _CACHE_INFO.pack(0, _FOREVER, 0, 0)))
    seconds = math.inf if valid == _FOREVER else valid
    return Address(str(ipaddress.ip_address(raw)), prefix, index, seconds)


def _open(namespace, groups=0):
    with namespace.entered():
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        link.bind((0, groups))
    link.settimeout(2.0)
    return link


def dump_addresses(namespace):
    """Every IPv4 and IPv6 address in the namespace."""
    length = _HEADER.size + _ADDRESS_HEADER.size
    request = _HEADER.pack(length, _RTM_GETADDR, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0)
    found = []
    with _open(namespace) as link:
        link.send(request + _ADDRESS_HEADER.pack(socket.AF_UNSPEC, 0, 0, 0, 0))
        while True:
            for kind, body in _messages(link.recv(1 << 16)):
                if kind == _NLMSG_DONE:
                    return found
                if kind == _NLMSG_ERROR:
                    raise LabError("netlink refused the address dump")
                found.append(_parse(body))


@dataclasses.dataclass(frozen=True)
class AddressEvent:
    at_ns: int  # time.monotonic_ns() when the kernel's message was read
    added: bool  # also for a renewed lifetime
    address: str


class AddressWatch:
    """Records when addresses come and go. A context manager; `events` may be read at any time."""

    def __init__(self, namespace):
        self.events = []
        self._link = _open(namespace, _RTMGRP_ADDRESSES)
        self._link.settimeout(0.05)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._link.close()

    def _read(self):
        with contextlib.suppress(PermissionError):  # woken late, it would date the events late
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        while not self._stop.is_set():
            try:
                data = self._link.recv(1 << 16)
            except TimeoutError:
                continue
            now = time.monotonic_ns()
            for kind, body in _messages(data):
                if kind in (_RTM_NEWADDR, _RTM_DELADDR):
                    self.events.append(AddressEvent(now, kind == _RTM_NEWADDR, _parse(body).address))

    def absences(self, address):
        """Nanoseconds between each deletion of the address and its next addition."""
        gaps, deleted = [], None
        for event in list(self.events):
            if event.address != address:
                continue
            if not event.added:
                deleted = event.at_ns
            elif deleted is not None:
                gaps.append(event.at_ns - deleted)
                deleted = None
        return gaps

    def added_after(self, address, at_ns):
        """When the address came first after `at_ns`, or None."""
        return next((event.at_ns for event in list(self.events)
                     if event.address == address and event.added and event.at_ns >= at_ns), None)
