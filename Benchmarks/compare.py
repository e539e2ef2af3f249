"""Coppice and its peers in turn, A B A B: compare.py [LINE …], all lines by default, the cheap ones first.

Results are written after every line, so that an interrupted comparison keeps what it has.
"""
import argparse
import pathlib
import sys
import tempfile
import time

from comparison import machine
from comparison.lines import LINES
from comparison.report import Results, summary
from comparison.turns import BENCHMARKS, Environment, TurnFailed


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=", ".join(line.name for line in LINES))
    parser.add_argument("--quick", action="store_true", help="two rounds of every line")
    parser.add_argument("--rounds", type=int, help="rounds of every line")
    parser.add_argument("--threads", type=int, default=2, help="threads, or local workers, on either side [2]")
    parser.add_argument("--data", type=pathlib.Path, default=BENCHMARKS / "data", help="folder of make_data.py's files")
    parser.add_argument("--python", type=pathlib.Path, default=sys.executable, help="the Python that has the peers [this one]")
    parser.add_argument("--programs", type=pathlib.Path, default=BENCHMARKS.parent / ".build/release")
    parser.add_argument("--kernels", type=pathlib.Path, default=BENCHMARKS.parent / ".build/release/kernels")
    parser.add_argument("--results", type=pathlib.Path, default=BENCHMARKS / "results")
    chosen = parser.parse_args()
    known = {line.name for line in LINES}
    if unknown := [name for name in chosen.lines if name not in known]:
        parser.error(f"expected lines among {', '.join(sorted(known))}, found {', '.join(unknown)}")
    return chosen


def main():
    chosen = options()
    with tempfile.TemporaryDirectory() as scratch:
        # Absolute, but not resolved: a virtual environment's Python is a link.
        absolute = lambda path: pathlib.Path(path).absolute()
        environment = Environment(
            absolute(chosen.python), absolute(chosen.data), absolute(chosen.programs), absolute(chosen.kernels),
            pathlib.Path(scratch), chosen.threads)
        results = Results(chosen.results, machine.today(), machine.describe(environment), chosen.threads)
        wanted = [line for line in LINES if not chosen.lines or line.name in chosen.lines]
        failures = 0
        for line in wanted:
            begin, disturbance = time.monotonic(), machine.Disturbance()
            try:
                turns = take_turns(line, 2 if chosen.quick else chosen.rounds or line.rounds, environment)
            except TurnFailed as failure:
                print(f"{line.name}: {failure}", file=sys.stderr, flush=True)
                failures += 1
                continue
            results.add(line, machine.commit(), disturbance.cores(), turns)
            results.write([line.name for line in LINES])
            found = summary(turns)
            print(f"{line.name}: {found['ratio']:.2f} times {found['fastestPeer']} (wanted {line.wanted}), "
                  f"{time.monotonic() - begin:.0f} s", flush=True)
    print(results.folder / "latest.md")
    sys.exit(1 if failures else 0)


def take_turns(line, rounds, environment):
    """Measurements by side: every round gives each side a turn, the peers first."""
    sides = {side.name: side for side in (*line.peers, line.coppice)}
    turns = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            turns[name].append(side.turn(environment))
    return turns


main()
