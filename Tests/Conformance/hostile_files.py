#!/usr/bin/env python3
"""usage: hostile_files.py COPPICE FOLDER…

Gives every file below the folders to `coppice info`, `segment` and `train`, as an image and as labels. Each call must end with 0, or
with 65 or 74 and exactly one line that names the file, without a crash, within a minute and 1 GiB of memory (its workers included).
Prints each call that does not, and a summary; ends with 1 if there was one.
"""
import collections
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

SECONDS_MAX = 60
MEMORY_MAX = 1 << 30
# Beyond this many pixels no partner of the same size is made; a single pixel cannot have two classes.
PIXELS_MAX = 1 << 20


def png(path, width, height, value):
    """An 8-bit grey file; `value` is a function of row and column."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes(value(row, column) for column in range(width)) for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    pathlib.Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + content)


class Call:
    """One run of the program, to its end."""

    def __init__(self, arguments):
        errors = tempfile.TemporaryFile()
        output = tempfile.TemporaryFile()
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        killer = threading.Timer(SECONDS_MAX, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
        process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.memory = usage.ru_maxrss << 10
        errors.seek(0)
        output.seek(0)
        self.errors = errors.read().decode(errors="replace")
        self.output = output.read().decode(errors="replace")

    def fault(self, names):
        lines = self.errors.splitlines()
        if self.memory > MEMORY_MAX:
            return f"took {self.memory >> 20} MiB"
        if self.status == 0:
            return None
        if self.status not in (65, 74):
            return f"ended with {self.status}"
        if len(lines) != 1 or not lines[0].startswith("coppice: "):
            return f"said {len(lines)} lines"
        return None if any(name in lines[0] for name in names) else "does not name the file"


def main():
    coppice, folders = sys.argv[1], sys.argv[2:]
    files = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*") if path.is_file())
    files += sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.zarr"))
    if not files:
        sys.exit(f"hostile files: expected files in {' '.join(folders) or 'a folder'}, found none")
    outcomes = collections.Counter()
    faults = 0
    largest = 0
    with tempfile.TemporaryDirectory() as scratch:
        def at(name):
            return os.path.join(scratch, name)

        png(at("image.png"), 16, 16, lambda row, column: row * 9)
        png(at("labels.png"), 16, 16, lambda row, column: 1 + row // 8)
        common = ["--quiet", "--local", "1"]
        trees = ["--trees", "2", "--output", at("m.json"), *common]
        model = Call([coppice, "train", at("image.png"), at("labels.png"), "--trees", "2", "--output", at("model.json"), *common])
        assert model.status == 0, model.errors
        for path in files:
            file = str(path)
            info = Call([coppice, "info", file])
            calls = [("info", info)]
            image, labels = at("image.png"), at("labels.png")
            size = re.search(r"(\d+) ?[×x] ?(\d+)", info.output)
            if info.status == 0 and size and 1 < int(size[1]) * int(size[2]) <= PIXELS_MAX:
                image, labels = at("image-of-size.png"), at("labels-of-size.png")
                width, height = int(size[1]), int(size[2])
                png(image, width, height, lambda row, column: row * 7 % 251)
                png(labels, width, height, lambda row, column: 1 + (row + column) % 2)
            segment = [coppice, "segment", file, "--model", at("model.json"), "--output", at("l.png"), *common]
            calls.append(("segment", Call(segment)))
            calls.append(("train image", Call([coppice, "train", file, labels, *trees])))
            calls.append(("train labels", Call([coppice, "train", image, file, *trees])))
            for name, call in calls:
                outcomes[name, call.status] += 1
                largest = max(largest, call.memory)
                fault = call.fault([path.name, os.path.basename(image), os.path.basename(labels)])
                if fault:
                    faults += 1
                    print(f"{name} {file}: {fault}: {call.errors.strip()}", flush=True)
    for (name, status), count in sorted(outcomes.items()):
        print(f"{name}: {count} ended with {status}")
    print(f"{len(files)} files, {sum(outcomes.values())} calls, {faults} faults, at most {largest >> 20} MiB")
    sys.exit(1 if faults else 0)


main()
