# SPDX-License-Identifier: GPL-2.0-or-later
"""What clients have done and were told: the operations that the checker judges, and how they are written."""
import dataclasses
import json

WRITE, READ = "write", "read"
OK = "ok"  # acknowledged, or answered
UNKNOWN = "unknown"  # sent, and no answer: it may have happened, or happen later
FAILED = "failed"  # the server has said that it did not happen


@dataclasses.dataclass(frozen=True)
class Operation:
    """Times are nanoseconds of one monotonic clock for all clients.

    A write has the number `value`, one more than the last one of the same client, who waits for the end of
    one before it begins the next. A read has in `value` the greatest number of each client that it saw.
    """

    client: int
    kind: str
    invoked_ns: int
    completed_ns: int  # answered, or given up
    result: str
    value: object
    server: int = 0  # @@server_id
    epoch: int = 0  # MAX(epoch) of highbase.epoch, asked for in the same session, just before
    why: str = ""

    def __str__(self):
        what = f"write {self.value}" if self.kind == WRITE else "read"
        return (f"client {self.client}: {what} {self.result}, {self.invoked_ns} to {self.completed_ns}, "
                f"server {self.server}, term {self.epoch}")


@dataclasses.dataclass(frozen=True)
class Row:
    """A write as it is found on a server at the end."""

    client: int
    value: int
    server: int
    epoch: int


def parse(line):
    """An Operation from a line of client.py; None for a line that tells of something else."""
    kind, *words = line.split(" ")
    if kind == "R":
        client, invoked, completed, server, epoch, seen = words
        value = {int(one): int(number) for one, number in
                 (pair.split("=") for pair in seen.split(",") if pair)}
        return Operation(int(client), READ, int(invoked), int(completed), OK, value, int(server), int(epoch))
    if kind in _RESULTS:
        client, value, invoked, completed, server, epoch, *why = words
        return Operation(int(client), WRITE, int(invoked), int(completed), _RESULTS[kind], int(value),
                         int(server), int(epoch), " ".join(why))
    return None


_RESULTS = {"W": OK, "U": UNKNOWN, "F": FAILED}


def to_json(operation):
    return json.dumps(dataclasses.asdict(operation))


def from_json(text):
    fields = json.loads(text)
    if fields["kind"] == READ:  # JSON has no numbers as keys
        fields["value"] = {int(client): number for client, number in fields["value"].items()}
    return Operation(**fields)
