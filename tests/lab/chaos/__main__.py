# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/chaos: rounds of faults, one seed each, until the time is over."""
import argparse
import pathlib
import signal
import sys
import time
import traceback

from ..probe import ROOT
from .plan import KINDS
from .report import report
from .run import GUARDS, PRODUCTS, Round, Settings

ROUND_SECONDS = 150
_LEAST_SECONDS = 30  # a round that is shorter says nothing
_ENDING_SECONDS = 25  # start and end of a round, beside its faults


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(prog="tools/chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3, help="how long (3)")
    parser.add_argument("--seed", type=int, help="of the first round; the next have the next (by the clock)")
    parser.add_argument("--product", choices=sorted(PRODUCTS), default="mariadb")
    parser.add_argument("--seconds", type=float, default=ROUND_SECONDS,
                        help=f"how long the faults of one round are reckoned to take ({ROUND_SECONDS})")
    parser.add_argument("--replay", action="store_true", help="one round alone, of this seed")
    parser.add_argument("--kinds", type=lambda text: tuple(text.split(",")),
                        help="only these faults, with commas: " + ", ".join(KINDS))
    parser.add_argument("--without", action="append", choices=sorted(GUARDS), default=[],
                        help="take this guard away, to see what it is good for")
    parser.add_argument("--keep", action="store_true", help="keep all about rounds that pass as well")
    parser.add_argument("--plan", action="store_true", help="only print what would happen")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "chaos",
                        help="folder for the report, and for all about a round that fails (build/chaos)")
    arguments = parser.parse_args(argv)
    if unknown := set(arguments.kinds or ()) - set(KINDS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    if arguments.replay and arguments.seed is None:
        parser.error("--replay needs --seed")
    return arguments


def settings_of(arguments, seed, seconds):
    return Settings(seed, seconds, arguments.product, tuple(arguments.without), arguments.kinds)


def rounds(arguments):
    """Settings of one after the other."""
    seed = int(time.time()) if arguments.seed is None else arguments.seed
    end = time.monotonic() + arguments.minutes * 60
    while True:
        left = end - time.monotonic() - _ENDING_SECONDS
        if arguments.replay:
            left = arguments.seconds
        elif left < _LEAST_SECONDS:
            return
        # Whole rounds, but for a last one: a plan of one seed begins alike, whatever its length.
        yield settings_of(arguments, seed, round(min(arguments.seconds, left)))
        if arguments.replay:
            return
        seed += 1


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def say(text):
        print(text, flush=True)

    results, broken = [], False
    try:
        for settings in rounds(arguments):
            one = Round(settings, arguments.output, say, arguments.keep)
            say(f"==== seed {settings.seed}, {settings.product}: {settings.command()}")
            if arguments.plan:
                say("\n".join(map(str, one.plan.steps)))
                return 0
            results.append(one.result)
            try:
                one.run()
            except Exception:  # whatever it is, the next round has nothing of it
                say(traceback.format_exc())
                broken = True
            for line in one.result.lines():
                say(f"WRONG: {line.splitlines()[0]}")
            if one.result.folder:
                say(f"see {one.result.folder}")
    except KeyboardInterrupt:
        say("interrupted")
        broken = True
    if not results:
        say("no time for a round")
        return 2
    text = "\n".join(report(results))
    say("\n" + text)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "report.md").write_text(text + "\n", encoding="utf-8")
    return 1 if broken or not all(result.verdict and result.passed for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
