# SPDX-License-Identifier: GPL-2.0-or-later
"""One named network namespace."""
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from . import disk
from .errors import LabError
from .process import is_alive

PREFIX = "hblab"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def run_tool(argv, stdin=None):
    """Run a short command in the current namespace and return its standard output; LabError if it fails."""
    # A session of its own: Ctrl-C on the terminal must not kill the `ip` that is cleaning up.
    done = subprocess.run(argv, input=stdin, text=True, capture_output=True, timeout=30,
                          start_new_session=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}\n{stdin or ''}")
    return done.stdout


def _setns(fd):
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _names():
    with contextlib.suppress(FileNotFoundError):
        return os.listdir("/run/netns")
    return []


def own_namespaces():
    """The names of this process's namespaces that exist."""
    return [name for name in _names() if name.startswith(f"{PREFIX}-{os.getpid()}-")]


def sweep_dead():
    """Delete namespaces and files of laboratories whose process was killed before it could clean up."""
    for directory in pathlib.Path(tempfile.gettempdir()).glob(f"{PREFIX}-*-*"):
        if not is_alive(directory.name.split("-")[1]):
            disk.unmount_below(directory)
            shutil.rmtree(directory, ignore_errors=True)
    for name in _names():
        parts = name.split("-")
        if parts[0] == PREFIX and len(parts) == 4 and not is_alive(parts[1]):
            with contextlib.suppress(LabError, OSError):  # another laboratory may be sweeping too
                for pid in Namespace(name, create=False).pids():
                    os.kill(pid, signal.SIGKILL)
                run_tool(["ip", "netns", "del", name])


class Namespace:
    def __init__(self, name, create=True):
        self.name = name
        self.path = f"/run/netns/{name}"
        if create:
            run_tool(["ip", "netns", "add", name])

    def delete(self):
        run_tool(["ip", "netns", "del", self.name])

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is inside: sockets, /proc/sys/net and child processes are the namespace's."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        inside = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(inside)
            try:
                yield
            finally:
                _setns(outside)
        finally:
            os.close(inside)
            os.close(outside)

    def ip(self, *lines):
        """Run lines of `ip`, such as "link set eth0 up", in order; the first error ends it."""
        run_tool(["ip", "-n", self.name, "-batch", "-"], "\n".join(lines) + "\n")

    def ip_json(self, *arguments):
        return json.loads(run_tool(["ip", "-n", self.name, "-json", *arguments]) or "[]")

    def nft(self, script):
        """Apply a script of nft as one transaction."""
        with self.entered():
            return run_tool(["nft", "-f", "-"], script)

    def nft_tables(self):
        with self.entered():
            return run_tool(["nft", "list", "tables"]).splitlines()

    def sysctl(self, key, value=None):
        """Read a key such as "net.ipv4.ip_forward", or set it when a value is given."""
        path = "/proc/sys/" + key.replace(".", "/")
        with self.entered(), open(path, "r" if value is None else "w", encoding="ascii") as file:
            return file.read().strip() if value is None else file.write(str(value))

    def pids(self):
        """The processes inside, zombies aside."""
        inode = os.stat(self.path).st_ino
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    if os.stat(f"/proc/{entry}/ns/net").st_ino == inode:
                        found.append(int(entry))
        return found
