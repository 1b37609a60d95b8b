# SPDX-License-Identifier: GPL-2.0-or-later
"""A fence agent, and the power switch of a host behind it: what the management board of a server is.

The agent is a program with the convention of the ClusterLabs fence agents: name=value lines on its standard
input, exit status 0 only when it is done."""
import contextlib
import pathlib
import socket
import threading

_AGENT = """#!/usr/bin/python3
import os, pathlib, socket, sys
told = sys.stdin.read()
options = dict(line.split("=", 1) for line in told.splitlines())
board = socket.socket(socket.AF_UNIX)
board.connect(options["ip"])
board.sendall(told.encode() + b"argv=%d\\nenviron=%s\\n" % (len(sys.argv), " ".join(os.environ).encode()))
board.shutdown(socket.SHUT_WR)
answer = board.makefile().read()
if answer != "off":
    sys.exit("Failed: " + answer)
"""
PASSWORD = "fence-secret"


class PowerSwitch:
    """Of one host. `told` are the options of each time that it was asked, in order. It answers as `answers`
    says: OFF, and the host has no power; REFUSE; SILENCE until it is closed."""

    OFF, REFUSE, SILENCE = "off", "refuse", "silence"

    def __init__(self, host, directory, answers=OFF):
        self.host, self.answers, self.told = host, answers, []
        self._place = pathlib.Path(directory) / f"{host.name}-board"
        self._place.mkdir()
        self.agent = self._place / "fence_double"
        self.agent.write_text(_AGENT, encoding="ascii")
        self.agent.chmod(0o755)
        self.secrets = self._place / "options"
        self.secrets.write_text(f"# of the board\npassword={PASSWORD}\n", encoding="ascii")
        self.secrets.chmod(0o600)
        self._path = str(self._place / "socket")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._path)
        self._listener.listen()
        self._kept = []
        threading.Thread(target=self._serve, daemon=True).start()

    def settings(self, **more):
        """Of [virtual_router.mysql], for the box that may have to switch this host off."""
        return {"fence_agent": str(self.agent), "fence_options": [f"ip={self._path}", "plug=1"],
                "fence_options_file": str(self.secrets), "fence_timeout": "5s"} | more

    def _serve(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                link, _ = self._listener.accept()
                self._answer(link)

    def _answer(self, link):
        text = b""
        while data := link.recv(1 << 16):
            text += data
        options = dict(line.split("=", 1) for line in text.decode().splitlines())
        self.told.append(options)
        if self.answers == self.SILENCE:
            self._kept.append(link)
            return
        with link:
            if options.get("password") != PASSWORD:
                link.sendall(b"wrong password")
            elif self.answers == self.REFUSE:
                link.sendall(b"the board has no power")
            else:
                self.host.die()
                link.sendall(b"off")

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._kept:
            link.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
