# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings that the appliance lays over a box, loaded into a network namespace."""
import pathlib

from lab import Lab
from lab.ownership import who_answers

OVERLAY = pathlib.Path(__file__).parents[2] / "appliance-image" / "overlay"


def claimed(client, address):
    return {answer.claimed for answer in who_answers(client, address)}


def test_an_address_is_answered_for_by_its_own_interface_only():
    with Lab() as lab:
        service, back = lab.lan(), lab.lan()
        box = lab.host("box", service, back)
        client = lab.host("client", service)
        address = box.nics[1].ipv4  # of the interface that the client is not connected to
        assert claimed(client, address) == {box.nics[0].mac}, "without the settings the other one answers"
        box.run("sysctl", "-p", str(OVERLAY / "etc/sysctl.d/60-highbase.conf"))
        assert claimed(client, address) == set()
        assert claimed(client, box.nics[0].ipv4) == {box.nics[0].mac}


def test_a_virtual_address_survives_the_first_of_its_subnet():
    with Lab() as lab:
        box = lab.host("box", lab.lan())
        box.run("sysctl", "-p", str(OVERLAY / "etc/sysctl.d/60-highbase.conf"))
        nic = box.nic
        box.run("ip", "address", "add", "192.0.2.100/24", "dev", nic.name)
        box.run("ip", "address", "del", f"{nic.ipv4}/24", "dev", nic.name)
        assert box.has_address("192.0.2.100")
