# SPDX-License-Identifier: GPL-2.0-or-later
"""What the preflight finds on servers of the laboratory: its own statements, asked with the rights of the
monitor account, and judged by replication_probe (tests/tools)."""
import contextlib
import dataclasses
import json
import subprocess

import pymysql

from .database import MONITOR, PORT
from .errors import LabError
from .probe import built_program

VIRTUAL_ADDRESS = "203.0.113.100"


@dataclasses.dataclass(frozen=True)
class Finding:
    id: str
    severity: str
    server: str
    text: str
    statements: list
    option: str


def probe(*arguments, given=None):
    """The answer of replication_probe."""
    done = subprocess.run([built_program("replication_probe"), *arguments], capture_output=True, text=True,
                          input=json.dumps(given), timeout=10)
    if done.returncode != 0:
        raise LabError(done.stderr)
    return json.loads(done.stdout)


def _text(cell):
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


def _ask(connection, statement):
    """As the server writes it; a statement that is refused has an empty table."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement)
        except pymysql.MySQLError:
            return {"columns": [], "rows": []}
        return {"columns": [column[0] for column in cursor.description],
                "rows": [[_text(cell) for cell in row] for row in cursor.fetchall()]}


def settings(server, account=MONITOR):
    version = server.value("SELECT VERSION()")
    with contextlib.closing(server.connect(*account, conv={})) as connection:
        return {"version": version,
                "answers": [_ask(connection, statement) for statement in probe("statements", version)]}


def preflight(own, peer=None, role="unknown", lossless=True, account=MONITOR):
    expectations = {"lossless": lossless, "role": role, "virtual_addresses": [VIRTUAL_ADDRESS],
                    "own": [own.address or "192.0.2.1", PORT],
                    "peer": [peer.address if peer else "192.0.2.2", PORT]}
    given = {"own": settings(own, account), "peer": settings(peer) if peer else None,
             "expectations": expectations}
    return [Finding(**finding) for finding in probe("preflight", given=given)]


def mend(server, finding):
    """As an administrator would: all statements in one session."""
    with contextlib.closing(server.connect()) as connection:
        with connection.cursor() as cursor:
            for statement in finding.statements:
                cursor.execute(statement)
