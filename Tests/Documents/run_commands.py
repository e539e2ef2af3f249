"""Runs the commands of README and Docs: python run_commands.py PROGRAMS_FOLDER [--list] [--only PART_OF_A_NAME]

A line before each block of commands says what becomes of it:

    <!-- runnable -->            it is run, and must end with 0
    <!-- serves -->              it is run until it prints an address, which must answer; then it is ended
    <!-- not run: the reason --> it is listed

A block without such a line is a fault. The blocks of a page run in their order in one folder, each in a shell of its own, with the
programs on the PATH. The folder has what the pages speak of: see `Pantry`. Needs numpy, Pillow and tifffile (.venv-conformance).
"""
import argparse
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 300


class Fault(Exception):
    """What went wrong, in a few lines."""


def pages(root):
    return [root / "README.md", *sorted((root / "Docs").glob("*.md"))]


class Pantry:
    """The files that pages speak of, made once and copied for each page.

    cells.png, strokes.png, truth.png: a grey image with two classes, 1 and 2, from `coppice demo`
    strokes.geojson: rectangles of both classes, as QuPath writes them
    series/t1.png, series/t2.png, stack.tif: the image several times, as files and as three planes
    model.json, labels.png: made from these
    """

    def __init__(self, programs, folder):
        import numpy
        import PIL.Image
        import tifffile

        self.programs, self.folder = programs, folder
        self.coppice("demo", "demo", "--size", 256)
        demo = folder / "demo"
        image = PIL.Image.open(demo / "image.png").convert("L")
        image.save(folder / "cells.png")
        (folder / "series").mkdir()
        for name in ("t1", "t2"):
            image.save(folder / f"series/{name}.png")
        tifffile.imwrite(folder / "stack.tif", numpy.stack([numpy.asarray(image)] * 3), photometric="minisblack")
        for name, source in (("strokes", "scribbles"), ("truth", "truth")):
            labels = numpy.asarray(PIL.Image.open(demo / f"{source}.png"))
            if labels.ndim != 2 or not set(numpy.unique(labels)) <= {0, 1, 2, 3}:
                raise Fault(f"{source}.png of the demo: expected one channel of 0 to 3, found {labels.shape}")
            PIL.Image.fromarray(numpy.where(labels == 3, 1, labels).astype(numpy.uint8)).save(folder / f"{name}.png")
        (folder / "strokes.geojson").write_text(json.dumps(self.annotations()))
        shutil.rmtree(demo)
        self.coppice("train", "cells.png", "strokes.png", "--class-names", "background,cell", "--output", "model.json")
        self.coppice("segment", "cells.png", "--model", "model.json", "--output", "labels.png")

    @staticmethod
    def annotations():
        colours = {"background": [86, 180, 233], "cell": [230, 159, 0]}

        def rectangle(left, top, name):
            corners = [[left, top], [left + 20, top], [left + 20, top + 20], [left, top + 20], [left, top]]
            return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [corners]},
                    "properties": {"objectType": "annotation", "classification": {"name": name, "color": colours[name]}}}

        places = [(20, 20, "background"), (200, 60, "background"), (120, 120, "cell"), (60, 210, "cell")]
        return {"type": "FeatureCollection", "features": [rectangle(*place) for place in places]}

    def coppice(self, *words):
        command = [str(word) for word in (self.programs / "coppice", *words)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=SECONDS_MAX)
        if done.returncode:
            raise Fault(f"coppice {words[0]} for the pages' files ended with {done.returncode}: {done.stderr.strip()[-400:]}")


class Shell:
    """One block in a shell of its own, with all that it starts ended with it."""

    def __init__(self, text, folder, programs):
        environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}")
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.output, text=True, start_new_session=True)

    def run(self):
        """To its end."""
        try:
            printed, _ = self.process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise Fault(f"expected an end within {SECONDS_MAX} s{self.said()}") from None
        if self.process.returncode:
            raise Fault(f"ended with {self.process.returncode}{self.said(printed)}")

    def serve(self):
        """Until its address has answered."""
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if ready else ""
        if not (address := re.match(r"https?://\S+", line)):
            raise Fault(f"expected an address, found {line!r}{self.said()}")
        with urllib.request.urlopen(address[0], timeout=30) as answer:
            if answer.status != 200:
                raise Fault(f"{address[0]}: expected 200, found {answer.status}")
        self.end(signal.SIGTERM)
        if self.process.wait(timeout=60) not in (0, 130, 143, -signal.SIGTERM):
            raise Fault(f"ended with {self.process.returncode} after SIGTERM{self.said()}")

    def end(self, what):
        try:
            os.killpg(self.process.pid, what)
        except ProcessLookupError:
            pass

    def close(self):
        """Nothing that the block started outlives it."""
        self.end(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.output.close()

    def said(self, printed=""):
        self.output.seek(0)
        text = (printed + self.output.read()).strip()
        return "".join(f"\n    {line}" for line in text.splitlines()[-12:])


def run(block, folder, programs):
    shell = Shell(block.text, folder, programs)
    try:
        shell.serve() if block.kind == "serves" else shell.run()
    finally:
        shell.close()


def unsaid(root):
    """Blocks of which the page does not say whether they are run, and those that are not run without a reason."""
    for path in pages(root):
        for block in markdown.read(path.read_text()).blocks:
            if block.kind is None:
                yield f"{path.relative_to(root)}:{block.line}: expected <!-- runnable -->, <!-- serves --> or <!-- not run: … --> before it"
            elif block.kind == "not run" and not block.reason:
                yield f"{path.relative_to(root)}:{block.line}: expected the reason why it is not run"


def check(root, programs, only=""):
    """Runs the blocks of all pages; gives the number of those that failed."""
    failed, done, skipped = list(unsaid(root)), 0, 0
    for fault in failed:
        print(f"documents: FAILED: {fault}")
    with tempfile.TemporaryDirectory(prefix="coppice-documents-") as top:
        stock = pathlib.Path(top) / "stock"
        stock.mkdir()
        Pantry(programs, stock)
        for path in pages(root):
            if only not in path.name:
                continue
            folder = pathlib.Path(top) / path.stem
            shutil.copytree(stock, folder)
            for block in markdown.read(path.read_text()).blocks:
                name = f"{path.relative_to(root)}:{block.line}"
                if block.kind in (None, "not run"):
                    skipped += block.kind is not None
                    print(f"documents: {name}: not run: {block.reason}")
                    continue
                begin = time.monotonic()
                try:
                    run(block, folder, programs)
                    done += 1
                    print(f"documents: {name}: passed, {time.monotonic() - begin:.1f} s", flush=True)
                except (Fault, OSError, subprocess.TimeoutExpired) as fault:
                    failed.append(name)
                    print(f"documents: FAILED: {name}: {fault}", flush=True)
    print(f"documents: {done} blocks passed, {len(failed)} failed, {skipped} not run")
    if not done:
        failed.append("nothing was run")
    return len(failed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--list", action="store_true", help="only list the blocks")
    parser.add_argument("--only", metavar="PART_OF_A_NAME", default="")
    options = parser.parse_args()
    if options.list:
        for path in pages(ROOT):
            for block in markdown.read(path.read_text()).blocks:
                print(f"{path.relative_to(ROOT)}:{block.line}: {block.kind}{': ' + block.reason if block.reason else ''}")
        faults = list(unsaid(ROOT))
        print("\n".join(faults))
        sys.exit(1 if faults else 0)
    try:
        sys.exit(1 if check(ROOT, options.programs.resolve(), options.only) else 0)
    except Fault as fault:
        print(f"documents: FAILED: {fault}")
        sys.exit(1)


if __name__ == "__main__":
    main()
