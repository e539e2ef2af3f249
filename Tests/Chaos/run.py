#!/usr/bin/env python3
"""Trains and segments while workers and the coordinator are killed, stopped and ended: the bytes must be those of a quiet run.

    python3 Tests/Chaos/run.py --rounds 20 --seed 1        # after Deploy/build.sh
    python3 Tests/Chaos/run.py --rounds 1 --seed 17        # one round again

A round starts workers by hand, runs one command with a run directory, and injects faults at moments drawn from its seed until the
command has ended by itself. A killed coordinator is started again with the same command. Standard library only.
"""
import argparse
import collections
import hashlib
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

FAULTS_MIN, ROUND_SECONDS_MAX, WORKERS = 3, 120, 3


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round; the next has the next number")
    parser.add_argument("--kind", choices=["train", "segment", "both"], default="both")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path(__file__).parents[2] / ".build/release")
    return parser.parse_args()


class Worker:
    """A worker process on a port of its own; whatever ends it, another takes its place there."""

    def __init__(self, programs):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.programs, self.process = programs, None
        self.start()

    def start(self):
        command = [self.programs / "coppice-worker", "--port", str(self.port), "--slots", "1", "--log-level", "critical"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process.stdout.readline()

    def end(self, number):
        """Sends a signal that ends the process, waits for that, and starts it anew."""
        self.process.send_signal(number)
        self.process.wait()
        self.process.stdout.close()
        self.start()

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def digest(paths):
    return [hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None for path in paths]


class Bench:
    """The demo's image, and what quiet runs make of it."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        subprocess.run([programs / "coppice", "demo", folder, "--size", "512", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        names = {path.name for path in folder.iterdir()}
        self.image = folder / "image.png"
        self.labels = folder / next(name for name in sorted(names) if "stroke" in name or "scribble" in name)
        self.model = folder / "model.json"
        self.quiet = {}
        for kind in ("train", "segment"):
            outputs = self.outputs(kind, folder / f"quiet-{kind}")
            subprocess.run(self.command(kind, outputs), check=True, stdout=subprocess.DEVNULL)
            self.quiet[kind] = digest(outputs)

    def outputs(self, kind, folder):
        folder.mkdir(exist_ok=True)
        return [folder / name for name in {"train": ["model.json"], "segment": ["labels.png", "p.npy"]}[kind]]

    def command(self, kind, outputs):
        command = [self.programs / "coppice", kind, self.image]
        if kind == "train":
            command += [self.labels, "--output", outputs[0], "--trees", "4000"]
        else:
            command += ["--model", self.model, "--output", outputs[0], "--probabilities", outputs[1], "--tile", "16"]
        return [str(part) for part in command] + ["--quiet", "--log-level", "critical"]


def play(bench, kind, seed, folder):
    """One round. Returns the faults that were injected, and what is wrong, if anything."""
    draw = random.Random(seed)
    faults, counts = collections.Counter(), collections.Counter()
    outputs = bench.outputs(kind, folder / "out")
    workers = [Worker(bench.programs) for _ in range(WORKERS)]
    report = folder / "report.json"
    urls = ",".join(f"http://127.0.0.1:{worker.port}" for worker in workers)
    command = bench.command(kind, outputs) + ["--workers", urls, "--run-dir", str(folder / "run"), "--report", str(report)]
    start = lambda: subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    coordinator, begin = start(), time.monotonic()
    try:
        while time.monotonic() - begin < ROUND_SECONDS_MAX:
            time.sleep(draw.uniform(0.02, 0.3))
            if coordinator.poll() is not None:
                break
            worker = draw.choice(workers)
            fault = draw.choices(["worker -KILL", "worker -STOP -CONT", "worker -TERM", "coordinator -KILL"], [4, 2, 1, 4])[0]
            if sum(faults.values()) >= 8:
                break
            if fault == "worker -KILL":
                worker.end(signal.SIGKILL)
            elif fault == "worker -TERM":
                worker.end(signal.SIGTERM)
            elif fault == "worker -STOP -CONT":
                worker.pause(draw.uniform(0.05, 1.0))
            else:
                coordinator.kill()
                coordinator.communicate()
                coordinator = start()
            faults[fault] += 1
        _, message = coordinator.communicate(timeout=ROUND_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        coordinator.kill()
        coordinator.communicate()
        return faults, counts, f"still running after {ROUND_SECONDS_MAX} s"
    finally:
        for worker in workers:
            worker.stop()
    if coordinator.returncode != 0:
        return faults, counts, f"exit {coordinator.returncode}: {message.strip()}"
    if digest(outputs) != bench.quiet[kind]:
        return faults, counts, "other bytes than a quiet run"
    jobs = json.loads(report.read_text())["jobs"]
    counts.update({name: count for name, count in jobs["outcomes"].items() if count and name != "succeeded"})
    counts["restored"] += jobs.get("restored", 0)
    return faults, counts, None


def main():
    chosen = options()
    kinds = ["train", "segment"] if chosen.kind == "both" else [chosen.kind]
    faults, answers, failed, short = collections.Counter(), collections.Counter(), [], 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        bench = Bench(chosen.programs, scratch / "bench")
        for round_number in range(chosen.rounds):
            seed = chosen.seed + round_number
            kind = kinds[seed % len(kinds)]
            folder = scratch / f"round-{seed}"
            folder.mkdir()
            found, counts, trouble = play(bench, kind, seed, folder)
            faults += found
            answers += counts
            short += sum(found.values()) < FAULTS_MIN
            if trouble:
                failed.append(seed)
            print(f"seed {seed}: {kind}: {sum(found.values())} faults: {trouble or 'same bytes'}", flush=True)
            shutil.rmtree(folder)
    print("\n| fault | injected |\n|---|---|")
    for name, count in sorted(faults.items()):
        print(f"| {name} | {count} |")
    print("\n| answer (of the last coordinator of each round) | times |\n|---|---|")
    for name, count in sorted(answers.items()):
        print(f"| {name} | {count} |")
    print(f"\n{chosen.rounds - len(failed)} of {chosen.rounds} rounds gave the same bytes; {short} with fewer than {FAULTS_MIN} faults")
    if failed:
        sys.exit(f"failed seeds: {' '.join(map(str, failed))}")


main()
