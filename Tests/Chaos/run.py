#!/usr/bin/env python3
"""Trains and segments while processes die, connections break, answers lie and disks fill: the bytes must be those of a quiet run.

    python3 Tests/Chaos/run.py --rounds 6                      # after Deploy/build.sh; a minute
    python3 Tests/Chaos/run.py --rounds 200 --log soak.jsonl   # odd seeds train, even ones segment
    python3 Tests/Chaos/run.py --seed 17 --kind train          # one round again
    python3 Tests/Chaos/run.py --half                          # kill -9 in the middle of 400 tiles: how much is done twice?
    python3 Tests/Chaos/run.py --report soak.jsonl             # the tables of a log

A round starts workers, each behind a proxy that can break connections, runs one command with a run directory, and injects faults at
moments drawn from its seed until the command has ended well. A supervisor's part is played as a supervisor would: dead workers are
replaced, a full disk is freed, and a command that did not end well is started again as it was. A fault counts when it took effect;
a round in which fewer than three did, or the coordinator did not die, is played on with a new run. The plan is the seed's; the
instants also depend on the machine. Standard library only. Full disks need the right to mount a tmpfs (root, or user namespaces); without it they are left out.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import half
from faults import COORDINATOR, DISK, NETWORK, Record, leftovers, network_fault, plan, table
from processes import Coordinator, Disk, Worker, find_programs

FAULTS_MIN, RESTARTS_MAX, LAPS_MAX, WORKERS = 3, 12, 6, 3
# Generous: other people may use the machine.
ROUND_SECONDS_MAX, END_SECONDS_MAX = 400, 90
# What a command may end with under faults, if the same command then goes on: no worker, I/O, incomplete, interrupted.
RESUMABLE = (69, 74, 75, 130)


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round; the next has the next number")
    parser.add_argument("--kind", choices=["train", "segment"], help="otherwise odd seeds train and even ones segment")
    parser.add_argument("--log", type=pathlib.Path, help="one JSON line a round is added to this file")
    parser.add_argument("--report", type=pathlib.Path, help="only print the tables of such a file")
    parser.add_argument("--half", action="store_true", help="the run that is killed in the middle")
    parser.add_argument("--programs", type=pathlib.Path, default=find_programs())
    return parser.parse_args()


def digest(paths):
    return [hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None for path in paths]


class Bench:
    """The demo's image, and what quiet runs make of it."""

    TREES, MODEL_TREES, SIDE, TILES = 3000, 300, 768, (16, 24, 40)

    def __init__(self, programs, folder):
        self.programs = programs
        coppice = programs / "coppice"
        subprocess.run([coppice, "demo", folder, "--size", str(self.SIDE), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        self.image, self.labels, self.model = folder / "image.png", folder / "scribbles.png", folder / "forest.json"
        self.quiet = {}
        outputs = folder / "quiet"
        outputs.mkdir()
        train = [coppice, "train", self.image, self.labels, "--trees", str(self.MODEL_TREES), "--output", self.model, "--quiet"]
        subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
        for kind in ("train", "segment"):
            subprocess.run(self.command(kind, outputs, None), check=True, stdout=subprocess.DEVNULL)
            self.quiet[kind] = digest(self.outputs(kind, outputs))

    @staticmethod
    def outputs(kind, folder):
        return [folder / name for name in {"train": ["model.json"], "segment": ["labels.png", "p.npy"]}[kind]]

    def command(self, kind, folder, tile):
        outputs = self.outputs(kind, folder)
        command = [self.programs / "coppice", kind, self.image]
        if kind == "train":
            command += [self.labels, "--output", outputs[0], "--trees", str(self.TREES)]
        else:
            command += ["--model", self.model, "--output", outputs[0], "--probabilities", outputs[1]]
            command += ["--tile", str(tile)] if tile else []
        return [str(part) for part in command] + ["--quiet", "--log-level", "critical"]


class Round:
    """One round: its workers, its coordinator, its faults."""

    def __init__(self, bench, kind, seed, folder, with_disks):
        self.bench, self.kind, self.seed, self.folder = bench, kind, seed, folder
        self.draw = random.Random(seed)
        self.with_disks = with_disks
        self.tile = self.draw.choice(Bench.TILES)
        self.faults, self.exits, self.attempts, self.restarts, self.laps = [], [], {}, 0, 0
        self.disks = {name: folder / name.split(": ")[1].replace(" ", "-") for name in DISK}
        self.mounted = {}
        # Time that the round was played, in seconds; not that in which the machine, or all of this, was stopped.
        self.played = 0.0

    def play(self):
        """Plays the round, and returns its line of the log."""
        begin = time.monotonic()
        self.workers = [Worker(self.bench.programs) for _ in range(WORKERS)]
        try:
            for name, folder in self.disks.items():
                if self.with_disks:
                    self.mounted[name] = Disk(folder, 96)
                else:
                    folder.mkdir()
            trouble = None
            while trouble is None and not self.is_hard_enough:
                trouble = "too few faults took effect" if self.laps == LAPS_MAX else self.lap()
        finally:
            for worker in self.workers:
                worker.close()
            for disk in self.mounted.values():
                disk.close()
        return {
            "seed": self.seed, "kind": self.kind, "tile": self.tile if self.kind == "segment" else None, "trouble": trouble,
            "laps": self.laps, "seconds": round(time.monotonic() - begin, 2), "exits": self.exits, "attempts": self.attempts,
            "faults": self.faults,
        }

    @property
    def is_hard_enough(self):
        """Whether enough faults took effect, the coordinator's death among them."""
        return len(self.faults) >= FAULTS_MIN and any(fault["fault"] == "coordinator -KILL" for fault in self.faults)

    def lap(self):
        """Runs the command once under faults, to its good end. Returns what is wrong."""
        self.laps += 1
        self.pending = []
        run, outputs = self.disks[DISK[0]] / f"run-{self.laps}", self.disks[DISK[1]] / f"out-{self.laps}"
        outputs.mkdir()
        report = self.folder / "report.json"
        command = self.bench.command(self.kind, outputs, self.tile)
        command += ["--workers", ",".join(worker.proxy.url for worker in self.workers), "--run-dir", str(run), "--report", str(report)]
        self.coordinator = Coordinator(command, self.folder / "errors")
        try:
            trouble = self.inject() or self.finish()
        finally:
            for worker in self.workers:
                worker.proxy.disarm()
            self.coordinator.close()
            self.exits += self.coordinator.exits + [self.coordinator.process.returncode]
        self.settle(Record(run))
        # Three kept runs fill the disk by themselves.
        shutil.rmtree(run, ignore_errors=True)
        if trouble:
            return trouble
        if digest(self.bench.outputs(self.kind, outputs)) != self.bench.quiet[self.kind]:
            return "other bytes than a quiet run"
        strays = leftovers(outputs, self.bench.outputs(self.kind, outputs))
        return f"left in the output folder: {', '.join(strays)}" if strays else None

    def inject(self):
        """Injects the seed's faults until there are no more, or the command has ended well."""
        for name in plan(self.draw, self.with_disks):
            if trouble := self.wait(self.draw.uniform(0.02, 0.35)):
                return trouble
            if not self.coordinator.is_running:
                return None
            if name in NETWORK:
                worker = self.draw.choice(self.workers)
                fault = network_fault(name, self.draw)
                worker.proxy.arm(fault)
                self.pending.append((worker, fault))
            elif name in COORDINATOR:
                if trouble := self.hit_coordinator(name):
                    return trouble
            elif name in DISK:
                if trouble := self.fill(name):
                    return trouble
            else:
                self.hit_worker(name)
        return None

    def wait(self, seconds, until=lambda: False):
        """Lets time pass, and does what a supervisor does meanwhile. Returns what is wrong."""
        end = self.played + seconds
        while self.played < end and not until():
            self.tick()
            if self.played > ROUND_SECONDS_MAX:
                return f"still running after {ROUND_SECONDS_MAX} s"
            if not self.coordinator.is_running and self.coordinator.process.returncode != 0:
                if trouble := self.resume():
                    return trouble
        return None

    def tick(self):
        begin = time.monotonic()
        time.sleep(0.01)
        for worker in self.workers:
            worker.tick()
        self.played += min(time.monotonic() - begin, 0.5)

    def resume(self):
        """Starts a command again that has ended by itself and can go on."""
        status = self.coordinator.process.returncode
        self.restarts += 1
        if status not in RESUMABLE or self.restarts > RESTARTS_MAX:
            return f"exit {status}, restart {self.restarts}: {self.coordinator.message.strip()}"
        if trouble := self.line():
            return trouble
        self.coordinator.again()
        return None

    def line(self):
        """Whether the command has said in one line why it ended."""
        lines = self.coordinator.message.splitlines()
        if len(lines) != 1 or not lines[0].startswith("coppice: "):
            return f"expected one line that begins with coppice:, found {lines}"
        return None

    def hit_worker(self, name):
        able = [worker for worker in self.workers if worker.is_at_work]
        if len(able) < 2:
            return
        worker = self.draw.choice(able)
        if name == "worker -STOP -CONT":
            worker.stop(self.draw.uniform(0.05, 2))
        elif name == "worker -TERM, replaced":
            worker.end(15, self.draw.uniform(0, 1))
        else:
            worker.end(9, self.draw.uniform(0, 1) if name == "worker -KILL, replaced" else None)
        self.took(name, worker, time.time(), "")

    def took(self, name, worker, at, detail, answer=None):
        entry = {"fault": name, "at": round(at, 3), "detail": detail, "answer": answer}
        if worker is not None:
            entry["worker"] = self.workers.index(worker)
        self.faults.append(entry)

    def hit_coordinator(self, name):
        """Ends the coordinator, and starts the same command."""
        at, process = time.time(), self.coordinator.process
        process.send_signal(COORDINATOR[name])
        try:
            self.wait_for_end(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return f"{name}: still there after {END_SECONDS_MAX} s"
        status = process.returncode
        if status == 0:
            return None  # It was done before it was hit.
        if status == -COORDINATOR[name]:
            answer = "resumed by the same command"
            if name != "coordinator -KILL":
                answer = "ended before it could catch the signal; " + answer
        elif status == 130:
            if trouble := self.line():
                return trouble
            answer = "exit 130 with one line; resumed by the same command"
        else:
            return f"{name}: exit {status}: {self.coordinator.message.strip()}"
        self.took(name, None, at, "", answer)
        self.coordinator.again()
        return None

    def wait_for_end(self, seconds):
        """Waits for the end of the coordinator, whatever it is."""
        end = self.played + seconds
        while self.coordinator.is_running:
            self.tick()
            if self.played > end:
                raise subprocess.TimeoutExpired(self.coordinator.command, seconds)

    def fill(self, name):
        """Fills a disk until the coordinator gives up, frees it, and starts the same command."""
        disk, at = self.mounted[name], time.time()
        slack = self.draw.choice([0, 4096, self.draw.randrange(0, 1 << 20)])
        disk.fill(slack)
        try:
            self.wait_for_end(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return f"{name}: still there after {END_SECONDS_MAX} s"
        finally:
            disk.free()
        status = self.coordinator.process.returncode
        if status == 0:
            return None  # It had room enough.
        if status in RESUMABLE and status != 74:
            return self.resume()
        if status != 74:
            return f"{name}: exit {status}: {self.coordinator.message.strip()}"
        if trouble := self.line():
            return trouble
        self.took(name, None, at, f"{slack} bytes free: {self.coordinator.message.strip()}", "exit 74 with one line; resumed by the same command")
        self.coordinator.again()
        return None

    def finish(self):
        """Lets the command end well, without further faults."""
        if trouble := self.wait(ROUND_SECONDS_MAX, until=lambda: self.coordinator.process.poll() == 0):
            return trouble
        return None if self.coordinator.process.returncode == 0 else f"still running after {ROUND_SECONDS_MAX} s"

    def settle(self, record):
        """Looks up how the faults of this lap were answered."""
        for worker, fault in self.pending:
            if fault.taken_at is not None:
                self.took(fault.name, worker, fault.taken_at, fault.detail)
        for outcome, count in record.attempts.items():
            self.attempts[outcome] = self.attempts.get(outcome, 0) + count
        for fault in self.faults:
            if fault["answer"] is None:
                url = self.workers[fault["worker"]].proxy.url
                fault["answer"] = record.answer(fault["fault"], url, fault["at"], fault["at"] + 5)
        self.faults.sort(key=lambda fault: fault["at"])


def main():
    chosen = options()
    if chosen.report:
        print(table([json.loads(line) for line in chosen.report.read_text().splitlines()]))
        return
    enter_namespace()
    # A shell lets its background jobs ignore interrupts, and theirs would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rounds = []
    with tempfile.TemporaryDirectory(prefix="chaos") as scratch:
        scratch = pathlib.Path(scratch)
        if chosen.half:
            sys.exit(half.play(Bench(chosen.programs, scratch / "bench"), scratch))
        with_disks = Disk.is_possible(scratch)
        if not with_disks:
            print("file systems cannot be mounted here: full disks are left out", flush=True)
        bench = Bench(chosen.programs, scratch / "bench")
        for seed in range(chosen.seed, chosen.seed + chosen.rounds):
            folder = scratch / f"round-{seed}"
            folder.mkdir()
            entry = Round(bench, chosen.kind or ("segment" if seed % 2 == 0 else "train"), seed, folder, with_disks).play()
            rounds.append(entry)
            if chosen.log:
                with open(chosen.log, "a") as log:
                    log.write(json.dumps(entry) + "\n")
            print(f"seed {seed}: {entry['kind']}: {len(entry['faults'])} faults, {entry['seconds']} s: {entry['trouble'] or 'same bytes'}",
                  flush=True)
            shutil.rmtree(folder)
    print("\n" + table(rounds))
    sys.exit(1 if any(entry["trouble"] for entry in rounds) else 0)


def enter_namespace():
    """Starts this program again in a mount namespace of its own, where that is allowed: its file systems vanish with it."""
    if os.environ.get("COPPICE_CHAOS_NAMESPACE"):
        return
    os.environ["COPPICE_CHAOS_NAMESPACE"] = "1"
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if shutil.which("unshare") and subprocess.run(unshare + ["true"], stderr=subprocess.DEVNULL).returncode == 0:
        os.execvp("unshare", unshare + [sys.executable] + sys.argv)


if __name__ == "__main__":
    main()
