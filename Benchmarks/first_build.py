#!/usr/bin/env python3
"""What a first build costs: processor seconds by target, of clean clones of one commit or several in turn.

    python3 Benchmarks/first_build.py --scratch /tmp/first 5ade1e4 HEAD

Each commit is cloned into the scratch folder, built by what its Deploy/demo.sh builds with, or by --command, and removed again. Close
everything else. Packages are fetched as SwiftPM does it, from its cache if it has one: git's share has a line of its own.

How it counts: the processes below the command are looked at every 0.2 s, and what they have used goes to the target that their arguments
name. What a process used after its last look comes from its parent: the kernel adds the time of a child that has ended to its parent's.
It is shared among the children that ended between two looks; those are mostly of one target. The total is the kernel's and exact.
Standard library only; Linux.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

TICKS = os.sysconf("SC_CLK_TCK")
ROOT = pathlib.Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.2

PACKAGE_MANAGER = "SwiftPM itself"
GIT = "git (dependencies)"
MANIFESTS = "manifests"
PLUGINS = "packages' plugins"
LINKED = " (linked)"


class Fault(Exception):
    """What the user must put right, in one line."""


@dataclass
class Process:
    parent: int
    start: int  # With the number, it tells processes of the same number apart.
    own: float  # Processor seconds.
    reaped: float  # Of children that have ended, and of theirs.
    target: str = ""
    is_named: bool = False  # Whether its own arguments name the target.


def read_process(number):
    """Nothing if there is no such process (any more)."""
    try:
        text = pathlib.Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in brackets, which may hold anything.
    fields = text[text.rindex(")") + 2:].split()
    user, system, reaped_user, reaped_system = (int(field) / TICKS for field in fields[11:15])
    return Process(int(fields[1]), int(fields[19]), user + system, reaped_user + reaped_system)


def read_arguments(number):
    try:
        return [argument.decode(errors="replace") for argument in pathlib.Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")]
    except OSError:
        return []


def named_target(arguments):
    """The target that a program's arguments name; nothing if they name none."""
    if not arguments:
        return None
    program = os.path.basename(arguments[0])
    if program == "git" or program.startswith("git-"):
        return GIT
    if program.endswith("-manifest") or any(argument.endswith("/Package.swift") for argument in arguments):
        return MANIFESTS
    if "-lPackagePlugin" in arguments:
        return PLUGINS
    for argument in arguments:
        if argument.startswith("@") and (product := re.search(r"/([^/]+)\.product/", argument)):
            return product[1] + LINKED
    if "-module-name" in arguments[:-1]:
        return arguments[arguments.index("-module-name") + 1]
    folders = re.findall(r"/([^/\0]+)\.build/", "\0".join(arguments))
    return folders[-1] if folders else None


class Account:
    """Processor seconds by target, of a process and all that it starts."""

    def __init__(self, root):
        self.root = root
        self.seconds = collections.Counter()
        self.last = {}  # Processes at the last look, by number.
        self.ended = {}  # The target of the child that ended last, by its parent.

    def look(self):
        now = self.tree()
        for number, process in now.items():
            self.name(number, process, now)
        gone = collections.defaultdict(list)
        for number, process in self.last.items():
            if number not in now or now[number].start != process.start:
                gone[process.parent].append(number)
        for number, process in now.items():
            before = self.before(number, process)
            self.seconds[process.target] += process.own - (before.own if before else 0)
            grown = process.reaped - (before.reaped if before else 0)
            children = gone[number] if before else []
            missing = grown - sum(self.counted(child, gone) for child in children)
            names = [self.last[child].target for child in children] or [self.ended.get(number, process.target)]
            if missing > 0:
                for name in names:
                    self.seconds[name] += missing / len(names)
            if children:
                self.ended[number] = names[-1]
        for number in set(self.last) - set(now):
            self.ended.pop(number, None)
        self.last = now

    def before(self, number, process):
        before = self.last.get(number)
        return before if before and before.start == process.start else None

    def counted(self, number, gone):
        """What was counted of a process that has ended, and of those that ended with it."""
        process = self.last[number]
        return process.own + process.reaped + sum(self.counted(child, gone) for child in gone.get(number, ()))

    def tree(self):
        """The root and all processes below it, parents before children."""
        everyone, children = {}, collections.defaultdict(list)
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (process := read_process(entry)):
                everyone[int(entry)] = process
                children[process.parent].append(int(entry))
        found, waiting = {}, [self.root] if self.root in everyone else []
        while waiting:
            number = waiting.pop()
            found[number] = everyone[number]
            waiting += children[number]
        return found

    def name(self, number, process, now):
        before, parent = self.before(number, process), now.get(process.parent)
        inherited = parent.target if parent else PACKAGE_MANAGER
        if before and before.is_named:
            process.target, process.is_named = before.target, True
        elif inherited.endswith(LINKED) or not (named := named_target(read_arguments(number))):
            # A linker's arguments are objects of many targets. Other programs name none, or have not begun yet.
            process.target = inherited
        else:
            process.target, process.is_named = named, True


@dataclass
class Build:
    commit: str
    seconds: collections.Counter  # Of processor time, by target.
    total: float
    elapsed: float


def resolve(commit):
    found = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"], capture_output=True, text=True)
    if found.returncode:
        raise Fault(f"expected a commit, found {commit}")
    return found.stdout.strip()


def clone(commit, folder):
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "checkout", "--quiet", "--detach", commit], check=True)


def demo_command(folder):
    """How the demo of a clone builds."""
    script = folder / "Deploy/demo.sh"
    lines = [line for line in script.read_text().splitlines() if line.startswith("swift build ")]
    if not lines:
        raise Fault(f"{script}: expected a line that begins with swift build, found none: give --command")
    return " && ".join(lines)


def build(commit, folder, command, log):
    """Runs the command in a folder to its end."""
    begun = time.monotonic()
    process = subprocess.Popen(
        ["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    account, usage = Account(process.pid), None
    try:
        while True:
            account.look()
            number, status, usage = os.wait4(process.pid, os.WNOHANG)
            if number:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            time.sleep(LOOK_SECONDS)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        raise Fault(f"{commit}: the command ended with {process.returncode}: see {log.name}")
    return Build(commit, account.seconds, usage.ru_utime + usage.ru_stime, time.monotonic() - begun)


def table(builds, rows_max):
    """A row for each target, the dearest first; a column for each build."""
    cost = collections.Counter()
    for one in builds:
        cost.update(one.seconds)
    shown = [name for name, _ in cost.most_common(rows_max)]
    rows = [(name, [one.seconds[name] for one in builds]) for name in shown]
    hidden = set(cost) - set(shown)
    if hidden:
        rows.append((f"{len(hidden)} others", [sum(one.seconds[name] for name in hidden) for one in builds]))
    rows.append(("not attributed", [one.total - sum(one.seconds.values()) for one in builds]))
    lines = ["| target | " + " | ".join(one.commit for one in builds) + " |", "|---|" + "---:|" * len(builds)]
    lines += [f"| {name} | " + " | ".join(f"{value:.1f}" for value in values) + " |" for name, values in rows]
    lines.append("| **processor seconds** | " + " | ".join(f"{one.total:.1f}" for one in builds) + " |")
    lines.append("| processor time of the first | " + " | ".join(f"{one.total / builds[0].total:.0%}" for one in builds) + " |")
    lines.append("| seconds | " + " | ".join(f"{one.elapsed:.1f}" for one in builds) + " |")
    return "\n".join(lines)


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commits", nargs="+", metavar="COMMIT", help="built in this order, each as often as it is named")
    parser.add_argument("--scratch", type=pathlib.Path, required=True, help="folder for clones and logs; made if it is missing")
    parser.add_argument("--command", help="how to build, for bash, in the clone [what its Deploy/demo.sh builds with]")
    parser.add_argument("--rows", type=int, default=40, help="targets that have a row of their own [40]")
    parser.add_argument("--keep", action="store_true", help="keep the clones")
    return parser.parse_args()


def main():
    chosen = options()
    scratch = chosen.scratch.absolute()
    scratch.mkdir(parents=True, exist_ok=True)
    builds = []
    for turn, commit in enumerate(chosen.commits, 1):
        folder = scratch / f"clone-{turn}"
        if folder.exists():
            raise Fault(f"{folder}: expected no such folder, found one")
        resolved = resolve(commit)
        try:
            clone(resolved, folder)
            with open(scratch / f"build-{turn}.log", "w") as log:
                builds.append(build(resolved[:10], folder, chosen.command or demo_command(folder), log))
        finally:
            if not chosen.keep:
                shutil.rmtree(folder, ignore_errors=True)
        print(f"{commit}: {builds[-1].total:.0f} s of processor time in {builds[-1].elapsed:.0f} s", file=sys.stderr, flush=True)
    print(table(builds, chosen.rows))


if __name__ == "__main__":
    try:
        main()
    except (Fault, OSError, subprocess.CalledProcessError) as fault:
        sys.exit(f"first_build: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)
