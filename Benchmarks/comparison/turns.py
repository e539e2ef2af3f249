"""One side's turn: start a process, let it time itself or time it from outside, and give back what it says."""
import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import time

BENCHMARKS = pathlib.Path(__file__).parent.parent


@dataclasses.dataclass
class Environment:
    """What turns need: programs, data, and a folder for what they write."""
    python: pathlib.Path
    data: pathlib.Path
    programs: pathlib.Path
    kernels: pathlib.Path
    scratch: pathlib.Path
    threads: int

    def model(self, size):
        """Coppice's model of the scribbles on the image of that size; trained once for all lines."""
        path = self.scratch / f"model-{size}.json"
        if not path.exists():
            side = {"20k": 1024, "200k": 2048}[size]
            image, scribbles = self.data / f"img{side}.png", self.data / f"scribbles{side}.png"
            run([self.programs / "coppice", "train", image, scribbles, "--features", "scikit-image", "--output", path, "--quiet"])
        return path


class TurnFailed(Exception):
    """The command and the last line that it wrote."""


@dataclasses.dataclass(frozen=True)
class Finished:
    """A command that ended well."""
    output: str
    seconds: float
    #: Of the largest process among it and those that it waited for.
    peakMiB: int

    def json(self):
        """The last line printed."""
        return json.loads(self.output.splitlines()[-1])


def run(command):
    """Runs a command to its end, timed from outside."""
    command = list(map(str, command))
    # OpenBLAS settings of the machine are not meant for the peers' environment.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, cwd=BENCHMARKS, env=variables)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (output, errors):
            stream.seek(0)
        if process.returncode:
            last = (errors.read().strip().splitlines() or ["no message"])[-1]
            raise TurnFailed(f"{' '.join(command)}: exit {process.returncode}: {last}")
        return Finished(output.read(), seconds, usage.ru_maxrss // 1024)


@dataclasses.dataclass(frozen=True)
class Peer:
    """A peer's work, timed by `peers` in its own process."""
    work: str
    name: str
    arguments: tuple = ()
    runs: int = 1
    warm_ups: int = 1
    #: What its seconds are multiplied by, where only a part of the work is done.
    factor: float = 1

    def turn(self, environment):
        measured = run([
            environment.python, "-m", "peers", self.work, self.name, "--data", environment.data, "--threads", environment.threads,
            "--runs", self.runs, "--warm-ups", self.warm_ups, *self.arguments]).json()
        return measured | dict(seconds=[self.factor * seconds for seconds in measured["seconds"]])


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One of Coppice's kernels, timed by `kernels` in its own process. In arguments, {data} and {model-20k} stand for paths."""
    arguments: tuple
    runs: int = 1
    warm_ups: int = 1
    name: str = "Coppice"

    def turn(self, environment):
        return run([
            environment.kernels, *fill(self.arguments, environment), "--threads", environment.threads, "--runs", self.runs,
            "--warm-ups", self.warm_ups]).json()


@dataclasses.dataclass(frozen=True)
class Commands:
    """Programs one after the other, timed from outside, from the start of the first to the end of the last."""
    commands: tuple
    #: A last command, not timed, that prints JSON with an accuracy.
    verdict: tuple = ()
    name: str = "Coppice"

    def turn(self, environment):
        finished = [run(fill(command, environment)) for command in self.commands]
        facts = {"accuracy": json.loads(run(fill(self.verdict, environment)).output)["accuracy"]} if self.verdict else {}
        return dict(
            seconds=[sum(command.seconds for command in finished)], peakMiB=max(command.peakMiB for command in finished),
            facts=facts)


def fill(arguments, environment):
    """Puts paths in the places of their names."""
    places = {
        "{coppice}": lambda: environment.programs / "coppice", "{kernels}": lambda: environment.kernels,
        "{data}": lambda: environment.data, "{scratch}": lambda: environment.scratch, "{threads}": lambda: environment.threads,
        "{model-20k}": lambda: environment.model("20k"), "{model-200k}": lambda: environment.model("200k")}
    filled = []
    for argument in map(str, arguments):
        for place, value in places.items():
            if place in argument:
                argument = argument.replace(place, str(value()))
        filled.append(argument)
    return filled
