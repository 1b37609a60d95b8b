# SPDX-License-Identifier: GPL-2.0-or-later
"""Two boxes that are gateways: clients on one network, the servers on hosts of their own on another."""
from .database import PORT
from .database_pair import SERVICE, DatabasePair
from .ownership import holders
from .speakers import VirtualRouter

FORWARD = {"port": PORT, "masquerade": True}
_BACK = "198.51.100.100"


def gateways_and_servers(lab):
    """Hosts a and b on both networks, a client on the first, and s1 and s2 on the second."""
    front, back = lab.lan(), lab.lan()
    for name, lans in {"a": (front, back), "b": (front, back), "client": (front,), "s1": (back,),
                       "s2": (back,)}.items():
        lab.host(name, *lans)


class GatewayPair(DatabasePair):
    """a's server is on s1, and b's on s2."""

    def __init__(self, lab, product, forward=None, router=None, **settings):
        super().__init__(lab, product, by_tcp=True, server_hosts=("s1", "s2"),
                         router={"forward": FORWARD | (forward or {})} | (router or {}), **settings)

    def start(self):
        for box in self.boxes:
            self.let_packets_through(box)
            box.host.remember_state()
        return super().start()

    @staticmethod
    def let_packets_through(box):
        box.host.namespace.sysctl("net.ipv4.ip_forward", 1)

    def show_clients_to_servers(self):
        """Without masquerading: the servers' way back is a virtual address on their network."""
        for box in self.boxes:
            options = box.speaker.routers[0][1]
            options["forward"] = options["forward"] | {"masquerade": False}
            options["sync_group"] = SERVICE
            back = VirtualRouter((f"{_BACK}/24",), 100, vrid=52, interface="eth1", name="back",
                                 interval_ms=box.speaker.router.interval_ms)
            box.speaker.routers.append((back, {"sync_group": SERVICE, "ears_open_timeout": "0s"}))
        for name in ("s1", "s2"):
            self.lab.hosts[name].namespace.ip(f"route add default via {_BACK}")

    def return_of(self, box):
        """A box that was dead is switched on again."""
        box.host.reboot()
        self.let_packets_through(box)
        box.speaker.start()

    def wait_led(self, through, to, timeout=10):
        """The box `through`, and it alone, has the address, and leads clients to the server of `to`."""
        self.wait(lambda: holders(self.lab, self.vip) == [through.host] and self.leads(through, to)
                  and to.server.is_writable(),
                  timeout, f"clients are led through {through.name} to the server of {to.name}")

    @staticmethod
    def leads(through, to):
        return through.service().get("led_to") == f"{to.server.address}:{PORT}"
