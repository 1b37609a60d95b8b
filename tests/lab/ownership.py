# SPDX-License-Identifier: GPL-2.0-or-later
"""Who owns an address: judged on the wire and in the kernels, never by what a daemon says of itself."""
import collections
import dataclasses
import ipaddress
import socket
import struct
import time

from .wait import wait_until

_ETH_P_ARP, _ETH_P_IPV6 = 0x0806, 0x86DD
_BROADCAST = b"\xff" * 6
_NEXT_HEADER_ICMPV6 = 58
ASKED = 2  # requests for one question
SETTLED_SECONDS = 1.5  # the kernel may tell of a change of carrier up to a second late
_NEIGHBOR_SOLICITATION, _NEIGHBOR_ADVERTISEMENT = 135, 136


@dataclasses.dataclass(frozen=True)
class Answer:
    claimed: str  # the MAC that the answer gives for the address
    sender: str  # the Ethernet source of the answer


def _mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def _mac_text(raw):
    return raw.hex(":")


def _arp_request(nic, address):
    mac, target = _mac_bytes(nic.mac), ipaddress.ip_address(address).packed
    return (_BROADCAST + mac + struct.pack("!HHHBBH", _ETH_P_ARP, 1, 0x0800, 6, 4, 1) + mac
            + ipaddress.ip_address(nic.ipv4).packed + bytes(6) + target)


def send_gratuitous_arp(nic, address):
    """Tell the LAN, by the request form, that `nic` owns the address."""
    mac, target = _mac_bytes(nic.mac), ipaddress.ip_address(address).packed
    header = struct.pack("!HHHBBH", _ETH_P_ARP, 1, 0x0800, 6, 4, 1)
    frame = _BROADCAST + mac + header + mac + target + mac + target
    with packet_socket(nic, _ETH_P_ARP) as link:
        link.send(frame)


def packet_socket(nic, protocol):
    with nic.host.namespace.entered():
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        link.bind((nic.name, protocol))
    return link


def _arp_answer(frame, address):
    is_reply = len(frame) >= 42 and frame[20:22] == b"\0\2"
    if is_reply and frame[28:32] == ipaddress.ip_address(address).packed:
        return Answer(_mac_text(frame[22:28]), _mac_text(frame[6:12]))
    return None


def _internet_checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _neighbor_solicitation(nic, address):
    mac, target = _mac_bytes(nic.mac), ipaddress.ip_address(address).packed
    source = ipaddress.ip_address(nic.link_local).packed
    group = ipaddress.ip_address("ff02::1:ff00:0").packed[:13] + target[13:]
    body = struct.pack("!BBHI", _NEIGHBOR_SOLICITATION, 0, 0, 0) + target + b"\1\1" + mac
    pseudo_header = source + group + struct.pack("!II", len(body), _NEXT_HEADER_ICMPV6)
    body = body[:2] + struct.pack("!H", _internet_checksum(pseudo_header + body)) + body[4:]
    header = struct.pack("!IHBB", 6 << 28, len(body), _NEXT_HEADER_ICMPV6, 255) + source + group
    return b"\x33\x33" + group[12:] + mac + struct.pack("!H", _ETH_P_IPV6) + header + body


def _neighbor_answer(frame, address):
    if len(frame) < 78 or frame[20] != _NEXT_HEADER_ICMPV6 or frame[54] != _NEIGHBOR_ADVERTISEMENT:
        return None
    if frame[62:78] != ipaddress.ip_address(address).packed:
        return None
    has_option = len(frame) >= 86 and frame[78] == 2
    return Answer(_mac_text(frame[80:86] if has_option else frame[6:12]), _mac_text(frame[6:12]))


def count_answers(client, address, window=0.1):
    """How often each Answer came, within `window` seconds, to ASKED requests (ARP or Neighbor Solicitation).

    The window is always waited out: the question is whether a second host answers too.
    """
    version = ipaddress.ip_address(address).version
    protocol, ask, read = {4: (_ETH_P_ARP, _arp_request, _arp_answer),
                           6: (_ETH_P_IPV6, _neighbor_solicitation, _neighbor_answer)}[version]
    answers = collections.Counter()
    with packet_socket(client.nic, protocol) as link:
        for _ in range(ASKED):
            link.send(ask(client.nic, address))
            deadline = time.monotonic() + window / ASKED
            while (left := deadline - time.monotonic()) > 0:
                link.settimeout(left)
                try:
                    frame, sender = link.recvfrom(2048)
                except TimeoutError:
                    break
                # Announcements are no answers; those with an unsolicited reply are sent to everybody.
                if sender[2] == socket.PACKET_HOST and (answer := read(frame, address)):
                    answers[answer] += 1
    return answers


def who_answers(client, address, window=0.1):
    """The set of different Answers."""
    return set(count_answers(client, address, window))


def holders(lab, address):
    """The living hosts on which the address stands."""
    return [host for host in lab.hosts.values() if not host.dead and host.has_address(address)]


def assert_exactly_one_owner(client, address, owner, mac=None):
    """`owner` alone holds the address, and it alone answers for it, with its MAC or the virtual one given.

    Two hosts with the same virtual MAC are told by the number of answers. (Else it says nothing: the client's
    own kernel may have asked as well.)
    """
    answers = count_answers(client, address)
    holding = holders(client.lab, address)
    expected = Answer(mac or owner.nic.mac, mac or owner.nic.mac)
    only_once = mac is None or answers[expected] <= ASKED
    assert set(answers) == {expected} and only_once and holding == [owner], (
        f"{address} should be owned by {owner.name} ({expected}); answering: {dict(answers)}; "
        f"holding: {[host.name for host in holding]}\n{client.lab.tails()}")


def wait_for_owner(client, address, owner, timeout=5.0, mac=None):
    """Wait until `owner` alone holds the address, then assert that it alone answers for it."""
    wait_until(lambda: holders(client.lab, address) == [owner], timeout,
               f"{address} stands on {owner.name} alone", client.lab.tails)
    assert_exactly_one_owner(client, address, owner, mac)


def wait_until_settled(client, address, owner, timeout=10.0, mac=None):
    """The same, where the owner may still lose it, and come back: it must have it for SETTLED_SECONDS."""
    since = None

    def settled():
        nonlocal since
        try:
            assert_exactly_one_owner(client, address, owner, mac)
        except AssertionError:
            since = None
            return False
        since = since or time.monotonic()
        return time.monotonic() - since >= SETTLED_SECONDS
    wait_until(settled, timeout, f"{owner.name} alone answers for {address}, for {SETTLED_SECONDS} s",
               client.lab.tails)


def wait_for_answer(client, address, mac, timeout=5.0, window=0.1):
    """Wait until this MAC alone answers for the address, whatever the kernels of the hosts hold."""
    wait_until(lambda: who_answers(client, address, window) == {Answer(mac, mac)}, timeout,
               f"{mac} alone answers for {address}", client.lab.tails)
