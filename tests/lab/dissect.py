# SPDX-License-Identifier: GPL-2.0-or-later
"""A second opinion on frames: recorded with tcpdump, read by tshark."""
import json
import signal

from .namespace import run_tool
from .wait import wait_until


class Recording:
    """A context manager that records the frames reaching a host that match a pcap filter."""

    def __init__(self, host, capture_filter):
        self._host = host
        self.path = host.lab.directory / f"{host.name}.pcap"
        self._process = host.start("tcpdump", "-i", host.nic.name, "--immediate-mode", "-U", "-Z", "root",
                                   "-w", self.path, capture_filter, name="tcpdump")

    def __enter__(self):
        wait_until(lambda: "listening on" in self._process.output(), 5, "tcpdump listens", self._process.tail)
        return self

    def __exit__(self, *_):
        self._process.signal(signal.SIGINT)
        self._process.wait(5)

    def _tshark(self, *arguments, preferences=()):
        options = [part for preference in preferences for part in ("-o", preference)]
        return run_tool(["tshark", "-n", "-r", str(self.path), *options, *arguments])

    def count(self, display_filter):
        return len(self._tshark("-Y", display_filter).splitlines())

    def remarks(self, preferences=()):
        """Everything tshark has to say about a frame beyond decoding it, as (protocols, message)."""
        remarkable = self._tshark("-Y", "_ws.expert or _ws.malformed", "-T", "json", preferences=preferences)
        return {(frame["_source"]["layers"]["frame"]["frame.protocols"], message)
                for frame in json.loads(remarkable) for message in _expert_messages(frame)}


def _expert_messages(node):
    """Every "_ws.expert.message" in the tree, and "malformed" for a dissection that broke off."""
    if isinstance(node, list):
        return [message for part in node for message in _expert_messages(part)]
    if not isinstance(node, dict):
        return []
    found = [node["_ws.expert.message"]] if "_ws.expert.message" in node else []
    found += ["malformed"] if "_ws.malformed" in node else []
    return found + [message for part in node.values() for message in _expert_messages(part)]
