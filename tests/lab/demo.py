# SPDX-License-Identifier: GPL-2.0-or-later
"""A real failover, to look at: two boxes with a database each and a client, in network namespaces."""
import argparse
import sys

from .demo_address import SPEAKERS, AddressDemo
from .demo_database import DatabaseDemo
from .errors import LabError
from .namespace import own_namespaces
from .screen import Screen
from .topology import Lab


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__)
    parser.add_argument("--advert", type=int, default=100, metavar="MS", choices=range(10, 1001, 10),
                        help="milliseconds between advertisements: 10, 20, ... 1000 (default %(default)s)")
    parser.add_argument("--address-only", action="store_true",
                        help="no database: the failover of an address alone, as VRRP does it")
    parser.add_argument("--speaker", choices=SPEAKERS, default="hbvrrp",
                        help="with keepalived it is the address alone (default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave it running at the end, until Ctrl-C")
    arguments = parser.parse_args()
    arguments.address_only |= arguments.speaker != "hbvrrp"
    return arguments


def main():
    arguments = parse_arguments()
    demo = AddressDemo if arguments.address_only else DatabaseDemo
    status = 1
    try:
        with Lab() as lab:
            demo(lab, Screen(), arguments).run()
            status = 0
    except (LabError, AssertionError) as error:
        print(f"tools/demo: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        status = 130
    if left := own_namespaces():
        print(f"tools/demo: these namespaces are left: {' '.join(left)}", file=sys.stderr)
        return 1
    print("\nCleaned up: no namespace, interface or process of the demo is left.")
    return status


if __name__ == "__main__":
    sys.exit(main())
