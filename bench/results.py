# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks share: options that are lists, how trials are summed up, tables."""
import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


def intervals(text):
    return [int(part) for part in text.split(",")]


def choices(known):
    def parse(text):
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return chosen
    return parse


def percentile(values, share):
    """Nearest rank: a value that was really seen."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def spread(values, digits):
    """Median, p99 and maximum."""
    chosen = (statistics.median(values), percentile(values, 99), max(values))
    return [f"{value:.{digits}f}" for value in chosen]


def progress(text, last):
    """On a terminal a line in place of the last one; elsewhere only those of a `last` trial."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif last:
        print(text, file=sys.stderr, flush=True)


def end_progress():
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)


def print_table(columns, rows, markdown, left=()):
    """`left`: the indices of columns with words; the others have numbers."""
    table = [columns, *rows]
    if markdown:
        table.insert(1, ["---" if index in left else "---:" for index in range(len(columns))])
        print("\n".join("| " + " | ".join(row) + " |" for row in table))
        return
    widths = [max(len(row[column]) for row in table) for column in range(len(columns))]
    print("\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in table))


def run_facts(programs):
    """When, with what and where: the first words of the line above a table."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True,
                            text=True, check=False).stdout.strip()
    return (f"{time.strftime('%Y-%m-%d')}, {'; '.join(sorted(programs))}"
            f"{f', commit {commit}' if commit else ''}, Linux {platform.release()}, {os.cpu_count()} CPUs, "
            f"load {os.getloadavg()[0]:.1f}")
