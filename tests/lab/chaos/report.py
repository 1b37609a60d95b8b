# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of a run, for people."""
import collections
import statistics


def report(results):
    """Lines of Markdown."""
    steps = [step for result in results for step in result.steps]
    count = collections.Counter(kind for step in steps for kind in step.kinds.split("+"))
    doubles = sum("+" in step.kinds for step in steps)
    verdicts = [result.verdict for result in results if result.verdict]
    told = collections.Counter(told for result in results for _, told in result.rebuilt)
    wrong = [result for result in results if not result.passed]
    versions = sorted({version for result in results for version in result.versions})
    rows = [
        ("servers", ", ".join(versions)),
        ("seeds", _seeds(results)),
        ("time", f"{sum(result.seconds for result in results) / 60:.0f} min"),
        ("faults", f"{sum(count.values())} in {len(steps)} steps, {doubles} of them with two at once"),
        ("takeovers", str(sum(result.takeovers for result in results))),
        ("terms", str(sum(result.terms for result in results))),
        ("acknowledged writes", str(sum(verdict.writes for verdict in verdicts))),
        ("writes without an answer", str(sum(result.unknown for result in results))),
        ("reads", str(sum(verdict.reads for verdict in verdicts))),
        ("stale reads while the boxes did not hear each other", str(sum(one.excused for one in verdicts))),
        ("replicas built anew by the operator", _told(told)),
        ("servers that ended by themselves", str(sum(result.ended_servers for result in results))),
        ("violations", str(sum(len(verdict.violations) for verdict in verdicts))),
        ("other problems", str(sum(len(result.problems) for result in results))),
    ]
    lines = ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows), ""]
    lines += ["| fault | times | no write acknowledged: median | longest | back after healing: longest |",
              "| --- | --- | --- | --- | --- |"]
    for kind, number in sorted(count.items()):
        alone = [step for step in steps if step.kinds == kind and step.served_ns and step.in_sync]
        lines.append(f"| {kind} | {number} | {_figures(alone)} |")
    two = [step for step in steps if "+" in step.kinds and step.served_ns]
    lines.append(f"| two at once | {len(two)} | {_figures(two)} |")
    for result in wrong:
        lines += ["", f"Seed {result.settings.seed}: `{result.settings.command()}`"]
        lines += [f"- {line.splitlines()[0]}" for line in result.lines()[:20]]
        lines += [f"- see {result.folder}"] if result.folder else []
    return lines


def _seeds(results):
    seeds = sorted(result.settings.seed for result in results)
    return f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0])


def _told(told):
    return ", ".join(f"{number} (told: {who})" for who, number in sorted(told.items())) or "0"


def _figures(steps):
    """Of steps with this fault alone, for a second one would count for both, and that began in sync, for
    else nobody may take over."""
    if not steps:
        return "| |"
    outages = [step.outage_ms for step in steps]
    back = max((step.served_ns - step.healed_ns) / 1e6 for step in steps)
    return f"{statistics.median(outages):.0f} ms | {max(outages):.0f} ms | {back:.0f} ms"
