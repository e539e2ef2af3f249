"""Where and with what the comparison runs."""
import datetime
import os
import pathlib
import platform
import resource
import subprocess
import time


def describe(environment):
    return dict(
        processor=processor(), cores=os.cpu_count(), memoryGiB=round(memory_bytes() / 2**30, 1), governor=governor(),
        system=platform.platform(), swift=first_line("swift", "--version"), python=platform.python_version(),
        peers=versions(environment))


def commit():
    """The repository's commit, with a plus sign when files differ from it."""
    folder = pathlib.Path(__file__).parent
    run = lambda *words: subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True).stdout.strip()
    # The results themselves change while a comparison runs.
    changed = run("status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)Benchmarks/results")
    return (run("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def today():
    return datetime.date.today().isoformat()


class Disturbance:
    """How many cores other processes, or the host, took from the comparison since this was made."""

    def __init__(self):
        self.begin = self.now()

    @staticmethod
    def now():
        """Seconds since some moment, and core seconds: busy, stolen by the host, and of our own processes that ended."""
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        mine = resource.getrusage(resource.RUSAGE_SELF)
        used = own.ru_utime + own.ru_stime + mine.ru_utime + mine.ru_stime
        path = pathlib.Path("/proc/stat")
        if not path.exists():
            return time.monotonic(), used, 0, used
        user, nice, system, _, _, interrupts, soft, stolen, *_ = map(int, path.read_text().split("\n", 1)[0].split()[1:])
        tick = os.sysconf("SC_CLK_TCK")
        return time.monotonic(), (user + nice + system + interrupts + soft) / tick, stolen / tick, used

    def cores(self):
        """The mean number of cores; 0 on a quiet machine."""
        elapsed, busy, stolen, used = (now - then for now, then in zip(self.now(), self.begin))
        return round(max(0, busy + stolen - used) / elapsed, 3)


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines() if os.path.exists("/proc/cpuinfo") else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def governor():
    path = pathlib.Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return path.read_text().strip() if path.exists() else "unknown"


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0]


def versions(environment):
    """The peers' packages in the Python environment that runs them, as the requirements name them."""
    requirements = pathlib.Path(__file__).parent.parent / "requirements.in"
    names = [line.split("==")[0] for line in requirements.read_text().splitlines() if "==" in line]
    program = "import importlib.metadata, sys\nfor name in sys.argv[1:]: print(importlib.metadata.version(name))"
    found = subprocess.run([environment.python, "-c", program, *names], check=True, capture_output=True, text=True)
    return dict(zip(names, found.stdout.split()))
