# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lints share: which files to read, how to report, and how each proves that it can fail."""

import os
import pathlib
import subprocess
import sys
import typing


class Case(typing.NamedTuple):
    """A file that the lint must refuse with a message holding `expected`, or accept if that is empty."""

    path: str
    text: str
    expected: str


def tracked_files() -> list[str]:
    """Tracked files and new ones that are not ignored, relative to the top of the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in set(names) if name and os.path.isfile(name))


def is_cpp(path: str) -> bool:
    return path.endswith((".cpp", ".hpp"))


def is_source(path: str, text: str) -> bool:
    """A file that somebody wrote to be compiled, executed or installed; not the data of a test."""
    name = pathlib.PurePath(path).name
    suffixes = (".cpp", ".hpp", ".def", ".py", ".cmake", ".sh")
    if path.startswith("packaging/"):
        suffixes += (".toml", ".service", ".conf")
    return name.endswith(suffixes) or name == "CMakeLists.txt" or text.startswith("#!")


def main(check: typing.Callable[[str, str], list[str]], cases: list[Case]) -> None:
    """Runs `check(path, text)`, which returns messages, on every text file; with --self-test on the cases."""
    findings = []
    if sys.argv[1:] == ["--self-test"]:
        for case in cases:
            found = check(case.path, case.text)
            as_expected = any(case.expected in message for message in found) if case.expected else not found
            if not as_expected:
                findings.append(f"self-test: {case} gave {found}")
    elif sys.argv[1:]:
        sys.exit(f"usage: {sys.argv[0]} [--self-test]")
    else:
        os.chdir(pathlib.Path(__file__).parents[2])
        for path in tracked_files():
            try:
                findings += check(path, pathlib.Path(path).read_text(encoding="utf-8"))
            except UnicodeDecodeError:
                continue  # a recorded frame, not a text
    for message in findings:
        print(message, file=sys.stderr)
    sys.exit(1 if findings else 0)
