"""A run of 400 tiles whose coordinator is killed in the middle: how many tiles are computed twice?"""
import hashlib
import re
import sqlite3
import subprocess
import time
import urllib.request

from processes import Worker

TILES, WORKERS, SLOTS = 400, 3, 1


def play(bench, folder):
    """Kills the coordinator when half of the tiles are kept, starts the same command, and counts. Returns what is wrong, or None."""
    side = next(side for side in range(1, bench.SIDE) if (-(-bench.SIDE // side)) ** 2 == TILES)
    out, run = folder / "out", folder / "run"
    out.mkdir()
    workers = [Worker(bench.programs) for _ in range(WORKERS)]
    try:
        command = bench.command("segment", out, side)
        command += ["--workers", ",".join(worker.proxy.url for worker in workers), "--run-dir", str(run)]
        coordinator = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while kept(run) < TILES // 2:
            if coordinator.poll() is not None:
                return f"ended with {coordinator.returncode} before half of the tiles were kept"
            time.sleep(0.001)
        coordinator.kill()
        coordinator.wait()
        before = kept(run)
        again = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
        computed = sum(tiles_computed(worker) for worker in workers)
    finally:
        for worker in workers:
            worker.close()
    bound = (SLOTS + 1) * WORKERS
    print(f"{TILES} tiles, {WORKERS} workers of {SLOTS} slot: killed with {before} kept; computed {computed}, "
          f"{computed - TILES} of them twice (at most {bound})")
    if again != 0:
        return f"the same command ended with {again}"
    if computed - TILES > bound:
        return f"expected at most {bound} tiles twice, found {computed - TILES}"
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in bench.outputs("segment", out)]
    if hashes != bench.quiet["segment"]:
        return "other bytes than a quiet run"
    print("same bytes")
    return None


def kept(run):
    try:
        database = sqlite3.connect(f"file:{run}/ledger.sqlite?mode=ro", uri=True)
        try:
            return database.execute("SELECT count(*) FROM result").fetchone()[0]
        finally:
            database.close()
    except sqlite3.Error:
        return 0  # Not there yet.


def tiles_computed(worker):
    """Tile jobs that the worker has done to their end, by its own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pattern = re.compile(r'^coppice\w*jobs\w*total\{(?=.*kind="tile")(?=.*outcome="done").*\} (\d+)')
    return sum(int(match[1]) for line in lines if (match := pattern.match(line)))
