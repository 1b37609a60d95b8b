# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs with Oracle's client library: Debian's libmysqlclient is MariaDB's.

Usage: python3 -m lab.oracle_client: prints the folder where they are, for HIGHBASE_BUILD_DIR. Only the
database worker has to do with the library, which is of a newer release, as is the C library that it needs:
both are unpacked into a folder of their own, and the worker is linked to be loaded by that one's loader. For
MySQL servers: how one signs in to MariaDB this library does not know without a plug-in."""
import os
import pathlib
import shutil
import subprocess
import sys

from . import archive
from .database import run_to_end
from .errors import LabError
from .probe import ROOT, build_directory

_KEPT = ("usr/include/mysql", "usr/lib", "usr/lib64")
_DAEMON_SIDE = ("session.cpp", "session_machine.cpp", "worker_process.cpp")


def directory():
    return pathlib.Path(os.environ.get("HIGHBASE_ORACLE_CLIENT_DIR", ROOT / "build" / "oracle-client"))


def build():
    root, programs = directory() / "root", directory() / "programs"
    libraries = root / "usr/lib/x86_64-linux-gnu"
    archive.fetched(root, "sid", "libmysqlclient-dev", _KEPT, libraries / "libmysqlclient.so")
    sources = [path for path in sorted((ROOT / "mysql").glob("*.cpp")) if path.name not in _DAEMON_SIDE]
    shutil.rmtree(programs, ignore_errors=True)
    programs.mkdir(parents=True)
    for program in build_directory().iterdir():
        # A daemon looks for its worker in the folder where it lies itself.
        if program.is_file() and os.access(program, os.X_OK) and program.name != "highbase-mysql":
            shutil.copy2(program, programs)
    headers = directory() / "include"
    headers.mkdir(exist_ok=True)
    (headers / "mysql").unlink(missing_ok=True)
    (headers / "mysql").symlink_to(root / "usr/include/mysql")
    run_to_end(
        ["g++", "-std=c++20", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", f"-I{ROOT}",
         "-isystem", root / "usr/include/mysql", "-isystem", headers, *sources, ROOT / "vrrp/address.cpp",
         "-o", programs / "highbase-mysql", f"-Wl,--dynamic-linker={root}/usr/lib64/ld-linux-x86-64.so.2",
         f"-Wl,--disable-new-dtags,-rpath,{libraries}:{root}/usr/lib/mysql/private:/usr/lib/x86_64-linux-gnu",
         "-Wl,--allow-shlib-undefined", "-lcap-ng", libraries / "libmysqlclient.so"],
        "the worker with Oracle's client library", 300)
    return programs


def main():
    try:
        print(build())
    except (LabError, OSError, StopIteration, subprocess.TimeoutExpired) as error:
        archive.say_not_tested("ORACLE'S CLIENT LIBRARY", error)
        sys.exit(1)


if __name__ == "__main__":
    main()
