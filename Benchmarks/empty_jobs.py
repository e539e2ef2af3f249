"""How many small jobs a second go through the whole coordinator, beside empty tasks through Dask's distributed.

Two worker processes of one slot on either side, in turn. Coppice's jobs are rows of a table for a forest of one tree: the smallest
jobs that there are, by the way of all others; with a run directory their results are kept in it.
"""
import argparse
import datetime
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile

import numpy

HERE = pathlib.Path(__file__).resolve().parent


def processor_seconds():
    """Of all programs that have ended, and of those that they waited for: workers too."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def small_model(coppice, folder):
    """A forest of one tree for tables of one feature."""
    values = numpy.random.default_rng(0).random((200, 1), dtype=numpy.float32)
    numpy.save(folder / "X.npy", values)
    numpy.save(folder / "y.npy", (values[:, 0] > 0.5).astype(numpy.int32))
    model = folder / "model.json"
    subprocess.run(
        [coppice, "train", "--table", folder / "X.npy", folder / "y.npy", "--trees", "1", "--output", model, "--local", "2",
         "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return model


def run_empty_jobs(program, model, jobs, run_directory):
    """One turn of Coppice."""
    kept = ["--run-dir", run_directory] if run_directory else []
    before = processor_seconds()
    line = subprocess.run(
        [program, model, "--jobs", str(jobs), "--local", "2", *kept], check=True, capture_output=True,
        text=True).stdout
    done, seconds, cost = re.fullmatch(
        r"(\d+) jobs in (\S+) s: .* coordinator: (\S+) µs of processor time a job\n", line).groups()
    return dict(jobs=int(done), seconds=float(seconds), coordinator=float(cost),
                everybody=(processor_seconds() - before) / jobs * 1e6)


def tasks(count):
    """One turn of Dask."""
    line = subprocess.run(
        [sys.executable, "-m", "peers.tasks", "--tasks", str(count)], check=True, capture_output=True, text=True, cwd=HERE).stdout
    return json.loads(line.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--empty-jobs", type=pathlib.Path, default=HERE.parent / ".build/release/empty-jobs")
    parser.add_argument("--coppice", type=pathlib.Path, default=HERE.parent / ".build/release/coppice")
    parser.add_argument("--jobs", type=int, default=30000)
    parser.add_argument("--tasks", type=int, default=5000, help="for the peer, which is slower")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--report", type=pathlib.Path, help="append a line of the results to this file")
    chosen = parser.parse_args()
    rates = {"distributed": [], "in memory": [], "kept": []}
    cost = {"coordinator": [], "everybody": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        model = small_model(chosen.coppice, folder)
        for turn in range(chosen.rounds):
            if not chosen.no_peer:
                result = tasks(chosen.tasks)
                rates["distributed"].append(result["jobs"] / result["seconds"])
            for way in ("in memory", "kept"):
                result = run_empty_jobs(chosen.empty_jobs, model, chosen.jobs, folder / f"run-{turn}" if way == "kept" else None)
                assert result["jobs"] == chosen.jobs
                rates[way].append(result["jobs"] / result["seconds"])
                if way == "kept":
                    for side, values in cost.items():
                        values.append(result[side])
            print({way: [round(rate) for rate in values] for way, values in rates.items()}, file=sys.stderr)
    medians = {way: statistics.median(values) for way, values in rates.items() if values}
    line = (
        f"| {datetime.date.today()} | {chosen.jobs} | {medians['in memory']:.0f} | {medians['kept']:.0f} | "
        f"{statistics.median(cost['coordinator']):.0f} | {statistics.median(cost['everybody']):.0f} | ")
    peer = medians.get("distributed")
    line += f"{peer:.0f} | {medians['kept'] / peer:.1f} ({min(rates['kept']) / max(rates['distributed']):.1f}–" \
            f"{max(rates['kept']) / min(rates['distributed']):.1f}) |" if peer else "– | – |"
    print(line)
    if chosen.report:
        with chosen.report.open("a") as report:
            print(line, file=report)


if __name__ == "__main__":
    main()
