# SPDX-License-Identifier: GPL-2.0-or-later
"""A small disk that can be filled: a file system in memory with a size."""
import errno
import os
import pathlib
import subprocess

_BLOCK = bytes(4096)


class SmallDisk:
    """Mounted on an empty directory until remove()."""

    def __init__(self, directory, megabytes):
        self.directory = pathlib.Path(directory)
        self._filler = self.directory / "filler"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "lab-disk", self.directory],
                       check=True, timeout=10)

    def fill(self):
        """Not one block is left."""
        with open(self._filler, "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(_BLOCK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self):
        self._filler.unlink(missing_ok=True)

    def remove(self):
        unmount_below(self.directory)


def unmount_below(directory):
    """Every file system that is mounted there, whoever still uses it."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        places = [line.split(" ")[1] for line in mounts]
    for place in places:
        if os.path.commonpath([place, directory]) == str(directory):
            subprocess.run(["umount", "--lazy", place], check=False, timeout=10)
