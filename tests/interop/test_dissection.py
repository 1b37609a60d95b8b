# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark reads everything that hbvrrp sends and has nothing to remark."""
import pytest

from lab.dissect import Recording
from lab.speakers import VIP4, VIP6

EVERYTHING = "arp or icmp6 or proto 112 or ip6 proto 112"
# Without it tshark takes RFC 9568's form of the IPv4 checksum for a wrong one, as RFC 5798 was widely read.
RFC9568_FORM = "vrrp.v3_checksum_as_in_v2:TRUE"


def record_a_life(pair, addresses, **options):
    """Elections, announcements, a handover and a resignation, as the client hears them."""
    with Recording(pair.client, EVERYTHING) as recording:
        a, b = pair.start(addresses=addresses, **options)
        a.stop()
        pair.wait_for_owner(b)
    return recording


@pytest.mark.parametrize("mac", ["interface", "virtual"])
@pytest.mark.parametrize("addresses, checksum, preferences", [
    (VIP4, "rfc9568", [RFC9568_FORM]),
    (VIP4, "pseudo-header", []),
    (VIP6, "rfc9568", []),
], ids=["ipv4", "ipv4-pseudo-header", "ipv6"])
def test_tshark_has_no_remark(pair, addresses, checksum, preferences, mac):
    recording = record_a_life(pair, addresses, checksum=checksum, mac=mac)
    assert recording.count("vrrp") >= 3
    assert recording.count("vrrp.prio == 0") == 1
    announcement = "arp.isgratuitous" if addresses == VIP4 else "icmpv6.type == 136"
    assert recording.count(announcement) >= 2
    virtual_mac = f"00:00:5e:00:0{1 if addresses == VIP4 else 2}:33"
    from_virtual = recording.count(f"vrrp && eth.src == {virtual_mac}")
    assert from_virtual == (recording.count("vrrp") if mac == "virtual" else 0)
    duplicates = {remark for remark in recording.remarks(preferences) if is_the_move(remark)}
    assert recording.remarks(preferences) - duplicates == set()


def is_the_move(remark):
    """That an address has a new MAC is the very thing that happened."""
    return "Duplicate IP address" in remark[1]


def test_tshark_does_remark_upon_a_wrong_checksum(pair):
    """So that the silence above means something: the form that it does not expect, and nothing else."""
    recording = record_a_life(pair, VIP4, checksum="rfc9568")
    remarks = {remark for remark in recording.remarks() if not is_the_move(remark)}
    assert remarks and all(message.startswith("Bad checksum") for _, message in remarks)
