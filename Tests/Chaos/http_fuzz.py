#!/usr/bin/env python3
"""Raw bytes against a live worker: it must live, answer only 2xx, 4xx, 503 or 505, and stay within its memory.

usage: http_fuzz.py [--seconds 20] [--seed 1] [--worker .build/release/coppice-worker] [--rss-max-mb 512]

Every request is a function of the seed and its number, so a failure is replayed with the seed that it prints.
505 is the answer of HTTP itself to a version that the worker does not speak; every other 5xx is a defect.
"""

import argparse
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

# Requests that the worker answers, as the start of every mutation.
SEEDS = [
    b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /v1/worker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"POST /v1/jobs?wait=0 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    b"GET /v1/jobs/" + b"0" * 64 + b"?wait=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"DELETE /v1/jobs/" + b"f" * 64 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"PUT /v1/blobs/" + b"a" * 64 + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
    b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
]

# Pieces that parsers get wrong: signs, huge numbers, encodings, nesting, second lengths.
PIECES = [
    b"-1", b"18446744073709551616", b"NaN", b"%00", b"%2e%2e/", b"\x00", b"\xff\xfe", b"?wait=1e999",
    b"Content-Length: 9\r\n", b"Authorization: Bearer \r\n", b"[" * 4000, b'{"kind":"tile"}', b"\r\n", b"A" * 9000,
]

ALLOWED = re.compile(rb"^HTTP/1\.[01] (2\d\d|4\d\d|503|505) ")


def mutated(draw):
    """One request: a seed after up to four insertions, changes, removals or cuts."""
    data = bytearray(draw.choice(SEEDS))
    for _ in range(draw.randint(0, 4)):
        at = draw.randrange(len(data) + 1)
        way = draw.randrange(4)
        if way == 0:
            data[at:at] = draw.choice(PIECES)
        elif way == 1 and at < len(data):
            data[at] = draw.randrange(256)
        elif way == 2:
            del data[at : at + draw.randint(1, 16)]
        elif at > 0:
            del data[at:]
    return bytes(data)


def answer(port, data):
    """The first line of the answer, or nothing when the worker waits for more or hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.settimeout(0.25)
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(4096).split(b"\r\n")[0]
        except (TimeoutError, ConnectionError):
            return b""


def resident_mb(process):
    """The worker's resident memory in MB (10^6 bytes)."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) * 1024 / 1e6


def connected(port, process):
    """Waits until the worker answers; it has ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        try:
            return answer(port, SEEDS[0]).startswith(b"HTTP/1.1 200")
        except OSError:
            continue
    return False


def fuzz(options, port, process):
    """Sends requests until the time is over; the first fault found, or nothing, and the counts of answers."""
    counts, peak, number = {}, 0.0, 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        data = mutated(random.Random(f"{options.seed}:{number}"))
        where = f"seed {options.seed}, request {number} ({data[:80]!r})"
        try:
            line = answer(port, data)
        except OSError as error:
            return f"{where}: expected a connection, found {error}", counts, peak
        if process.poll() is not None:
            return f"{where}: expected a living worker, found exit {process.returncode}", counts, peak
        if line and not ALLOWED.match(line + b" "):
            return f"{where}: expected 2xx, 4xx, 503 or 505, found {line!r}", counts, peak
        peak = max(peak, resident_mb(process))
        if peak > options.rss_max_mb:
            return f"{where}: expected at most {options.rss_max_mb} MB, found {peak:.0f} MB", counts, peak
        status = line.split(b" ")[1].decode() if line else "none"
        counts[status] = counts.get(status, 0) + 1
        number += 1
    if not answer(port, SEEDS[0]).startswith(b"HTTP/1.1 200"):
        return f"seed {options.seed}: expected /livez to answer 200 at the end", counts, peak
    return None, counts, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", default=".build/release/coppice-worker")
    parser.add_argument("--rss-max-mb", type=float, default=512)
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([options.worker, "--port", str(port), "--slots", "1"], stdout=log, stderr=log)
        try:
            if not connected(port, process):
                return f"{options.worker}: expected /livez to answer 200 within 10 s"
            fault, counts, peak = fuzz(options, port, process)
        finally:
            process.kill()
            process.wait()
    print(f"seed {options.seed}: {sum(counts.values())} requests, answers {dict(sorted(counts.items()))}, peak {peak:.0f} MB")
    return fault


if __name__ == "__main__":
    sys.exit(main())
