#!/usr/bin/env python3
"""Segments an image with workers of which one is slow: how much longer does it take?

    Deploy/build.sh && python3 Benchmarks/slow_worker.py --rounds 5

Workers of one slot each are started by hand, as on a cluster. Three things are timed, in turn: the same command with all workers honest
(`all`), with all but one (`fewer`), and with all of which one is slow (`slow`). The slow worker is stopped by SIGSTOP for nine tenths of
every period, so it runs at a tenth of its speed, and answers nothing while it stands still. Printed are the medians, slow/all and
slow/fewer. On a machine with fewer cores than workers, `all` and `fewer` cost about the same. Standard library only.
"""
import argparse
import contextlib
import json
import pathlib
import signal
import statistics
import subprocess
import tempfile
import threading
import time


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--side", type=int, default=4096, help="of the image, in pixels")
    parser.add_argument("--tile", type=int, help="side of the tiles, in pixels [what coppice takes]")
    parser.add_argument("--slowdown", type=float, default=10)
    parser.add_argument("--period", type=float, default=0.1, help="of stopping and going on, in seconds")
    parser.add_argument("--ratio-max", type=float, default=1.3, help="exit status 1 if slow/all is larger")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / ".build/release")
    return parser.parse_args()


class Worker:
    """A worker process, and the seconds of processor time that it has used."""

    def __init__(self, programs):
        command = [programs / "coppice-worker", "--slots", "1", "--log-level", "critical"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def end(self):
        self.process.kill()
        self.process.wait()


class Brake:
    """Stops a process for all but 1/slowdown of every period while the block runs."""

    def __init__(self, process, slowdown, period):
        self.process, self.running, self.standing = process, period / slowdown, period - period / slowdown
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.over.is_set():
            self.process.send_signal(signal.SIGSTOP)
            self.over.wait(self.standing)
            self.process.send_signal(signal.SIGCONT)
            self.over.wait(self.running)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Measurement:
    """One segmentation after the other, each with workers of its own: workers keep results, and would not compute them again."""

    def __init__(self, settings, folder):
        self.settings, self.folder, self.coppice = settings, folder, settings.programs / "coppice"
        subprocess.run([self.coppice, "demo", folder, "--size", str(settings.side), "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        self.expected = (folder / "labels.png").read_bytes()

    def seconds(self, count, is_first_slow=False):
        """Seconds of the command with `count` workers, and a line about the first of them."""
        workers = [Worker(self.settings.programs) for _ in range(count)]
        try:
            brake = Brake(workers[0].process, self.settings.slowdown, self.settings.period)
            with brake if is_first_slow else contextlib.nullcontext():
                start = time.monotonic()
                self.segment(workers)
                elapsed = time.monotonic() - start
            shares = [worker.seconds() for worker in workers]
        finally:
            for worker in workers:
                worker.end()
        assert (self.folder / "out.png").read_bytes() == self.expected, "other bytes"
        report = json.loads((self.folder / "report.json").read_text())
        done = next(one["jobs"] for one in report["workers"] if one["url"] == workers[0].url)
        return elapsed, (f"{done} of {report['jobs']['done']} jobs, {report['jobs']['copies']} copies, {shares[0]:.2f} s of processor "
                         f"time beside {statistics.mean(shares[1:]):.2f} s")

    def segment(self, workers):
        command = [self.coppice, "segment", self.folder / "image.png", "--model", self.folder / "model.json",
                   "--output", self.folder / "out.png", "--report", self.folder / "report.json", "--quiet", "--log-level", "error",
                   "--workers", ",".join(worker.url for worker in workers)]
        command += ["--tile", str(self.settings.tile)] if self.settings.tile else []
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main():
    settings = options()
    times = {"all": [], "fewer": [], "slow": []}
    with tempfile.TemporaryDirectory() as folder:
        measurement = Measurement(settings, pathlib.Path(folder))
        for number in range(settings.rounds):
            times["all"].append(measurement.seconds(settings.workers)[0])
            times["fewer"].append(measurement.seconds(settings.workers - 1)[0])
            elapsed, words = measurement.seconds(settings.workers, is_first_slow=True)
            times["slow"].append(elapsed)
            print(f"round {number}: " + "  ".join(f"{name} {times[name][-1]:.2f} s" for name in times) + f"  slow worker: {words}",
                  flush=True)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print("medians: " + "  ".join(f"{name} {value:.2f} s" for name, value in medians.items()))
    ratio = medians["slow"] / medians["all"]
    print(f"slow/all {ratio:.2f}  slow/fewer {medians['slow'] / medians['fewer']:.2f}")
    raise SystemExit(ratio > settings.ratio_max)


if __name__ == "__main__":
    main()
