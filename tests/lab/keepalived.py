# SPDX-License-Identifier: GPL-2.0-or-later
"""keepalived as a peer."""
import functools
import os
import pathlib
import subprocess

from .speakers import Speaker

PROGRAM = os.environ.get("HIGHBASE_KEEPALIVED", "/usr/sbin/keepalived")

# keepalived's times of scripts are whole seconds.
_CHECK = """\
vrrp_script check {{
    script "{check}"
    interval 1
    timeout 1
    rise 1
    fall 1
}}"""

_CONFIGURATION = """\
global_defs {{
    router_id {host}
    vrrp_version 3
    {extra_globals}
}}
{check}
vrrp_instance vip {{
    state BACKUP
    interface {router.interface}
    virtual_router_id {router.vrid}
    priority {router.priority}
    advert_int {interval}
    {options}
    virtual_ipaddress {{
        {addresses}
    }}
}}
"""


class Keepalived(Speaker):
    """`message_only` is keepalived's v3_checksum_as_v2, which version 2.2.7 does not know yet.

    `check` is a program that fails where the host should not be Active; `notify` one that is run when it has
    become Active.
    """

    program = "keepalived"

    def __init__(self, host, router, message_only=False, unicast_peers=(), realtime=False, check=None,
                 notify=None):
        super().__init__(host, router)
        self.options = [] if router.preempt else ["nopreempt"]
        self.options += ["v3_checksum_as_v2 true"] if message_only else []
        if unicast_peers:
            self.options.append("unicast_peer {\n        " + "\n        ".join(unicast_peers) + "\n    }")
        self.globals = ["vrrp_rt_priority 50", "vrrp_no_swap"] if realtime else []
        self.check = _CHECK.format(check=check) if check else ""
        if check or notify:
            self.globals.append("script_user root")
        self.options += ["track_script {\n        check\n    }"] if check else []
        self.options += [f'notify_master "{notify}"'] if notify else []

    def configuration(self):
        router = self.router
        return _CONFIGURATION.format(
            host=self.host.name, router=router, interval=f"{router.interval_ms / 1000:.2f}",
            extra_globals="\n    ".join(self.globals), check=self.check, options="\n    ".join(self.options),
            addresses="\n        ".join(f"{address} dev {router.interface}" for address in router.addresses))

    def start(self):
        path = self.write_file("keepalived.conf", self.configuration())
        pids = [self.host.lab.directory / f"{self.host.name}-{name}.pid" for name in ("keepalived", "vrrp")]
        for pid in pids:  # of one that was killed: it would believe that it is running already
            pid.unlink(missing_ok=True)
        self.process = self.host.start(
            PROGRAM, "--dont-fork", "--log-console", "--log-detail", "--no-syslog", "--vrrp",
            f"--use-file={path}", f"--pid={pids[0]}", f"--vrrp_pid={pids[1]}", name="keepalived")
        return self


@functools.cache
def knows_message_only():
    """Whether the installed keepalived has v3_checksum_as_v2 (it came after 2.2.7)."""
    return b"v3_checksum_as_v2" in pathlib.Path(PROGRAM).read_bytes()


@functools.cache
def version():
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True, timeout=10)
    return done.stderr.splitlines()[0]
