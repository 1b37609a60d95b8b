# SPDX-License-Identifier: GPL-2.0-or-later
"""MariaDB servers of the next long-term version, 11.8: its packages are for a newer release."""
import os
import pathlib
import subprocess

from . import archive
from .database import options_of
from .errors import LabError
from .probe import ROOT

_SUITE = "trixie"
_PROGRAM = "usr/sbin/mariadbd"
_KEPT = ("usr/lib", "usr/lib64", "usr/sbin", "usr/share/mariadb")
# In this order they make the tables of an empty data directory, as mariadb-install-db has them made.
_FIRST_TABLES = ("mariadb_system_tables.sql", "mariadb_performance_tables.sql",
                 "mariadb_system_tables_data.sql", "fill_help_tables.sql",
                 "maria_add_gis_sp_bootstrap.sql", "mariadb_sys_schema.sql")
_BOOTSTRAP_SECONDS = 120


def _root():
    return pathlib.Path(os.environ.get("HIGHBASE_MARIADB118_DIR", ROOT / "build" / "mariadb-11.8"))


def program():
    """The first words of the server's command line; LabError where it is not there and cannot be fetched."""
    archive.fetched(_root(), _SUITE, "mariadb-server-core,mariadb-client-core", _KEPT, _PROGRAM)
    return archive.argv(_root(), _PROGRAM)


def argv():
    """The server's command line, as far as it has to do with where its files are."""
    share = _root() / "usr/share/mariadb"
    return [*program(), "--no-defaults",
            *options_of({"basedir": _root() / "usr", "lc_messages_dir": share,
                         "character_sets_dir": share / "charsets"})]


def initialize(data, options):
    """Make an empty data directory, with a root who needs no password. LabError where that fails."""
    server = argv()  # which fetches it
    data.mkdir()
    tables = "".join((_root() / "usr/share/mariadb" / name).read_text(encoding="utf-8")
                     for name in _FIRST_TABLES)
    done = subprocess.run(
        [*map(str, server), *options, "--bootstrap", f"--datadir={data}", f"--tmpdir={data.parent}"],
        input="CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n" + tables,
        capture_output=True, text=True, timeout=_BOOTSTRAP_SECONDS, check=False)
    if done.returncode != 0:
        raise LabError(f"mariadbd --bootstrap: exit {done.returncode}\n{done.stderr[-3000:]}")


if __name__ == "__main__":
    print(archive.why_missing("MARIADB 11.8", program))
