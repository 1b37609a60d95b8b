# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of other releases of the distribution: unpacked into a folder of their own, and run with their own
loader. No chroot, no installation."""
import functools
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .database import run_to_end
from .errors import LabError

_FETCH_SECONDS = 600


def _mirror():
    """The one that apt uses for the distribution itself."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN)", "Identifier: Packages"]
    lines = [line.split() for line in run_to_end(command, "apt-get indextargets").splitlines()]
    return next(uri for uri, *origin in lines if origin == ["Debian"])


def fetch(root, suite, package, parts):
    """Unpacks these parts of the package and of what it depends on; whole or not at all.

    Raises LabError, OSError, StopIteration or TimeoutExpired.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f"{root.name}-fetch-") as place:
        fetched = pathlib.Path(place) / "root"
        # A stored copy of the archive may be older than its list of packages says it is good for.
        run_to_end(["mmdebstrap", "--quiet", "--variant=extract",
                    '--aptopt=Acquire::Check-Valid-Until "false"', f"--include={package}", suite,
                    fetched, _mirror()], "mmdebstrap", _FETCH_SECONDS)
        kept = pathlib.Path(place) / "kept"
        for part in parts:
            (kept / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(fetched / part, kept / part)
        shutil.rmtree(root, ignore_errors=True)
        kept.rename(root)


@functools.cache
def fetched(root, suite, package, parts, program):
    """Fetches it where `program`, a path below `root`, is not there. LabError, with the reason, where that is
    not possible."""
    if not (root / program).is_file():
        try:
            fetch(root, suite, package, parts)
        except (LabError, OSError, StopIteration, subprocess.TimeoutExpired) as error:
            raise LabError(f"no {package} of {suite}: {error}") from error


def argv(root, program, *library_folders):
    """The first words of the command line of a program below `root`."""
    libraries = ":".join(str(root / folder) for folder in ("usr/lib/x86_64-linux-gnu", *library_folders))
    return [root / "usr/lib64/ld-linux-x86-64.so.2", "--library-path", libraries, root / program]


def why_missing(what, looked_for):
    """Nothing, or why there is none; says that loudly."""
    try:
        looked_for()
    except LabError as error:
        say_not_tested(what, error)
        return str(error)
    return ""


def say_not_tested(what, reason):
    rule = "!" * 78
    print(f"\n{rule}\nNOT TESTED WITH {what}: {reason}\n{rule}", file=sys.stderr, flush=True)
