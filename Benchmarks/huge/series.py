"""Segment a time series of which some images are broken, twice: python series.py PROGRAMS FOLDER [--count 500] [--side 256]

Makes FOLDER/series/t0 … of SIDE² pixels, three of them broken: cut off, empty, no image. Runs `coppice segment FOLDER/series` with a run
directory, and the same command again; then mends one image, removes one output, and runs it a third time. Prints what each run did.
Ends with 1 if it is not: all but three done and three named with exit code 75, nothing but those three tried again, the mended and
the removed one done.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

import tifffile

import make_image


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--side", type=int, default=256)
    options = parser.parse_args()
    series, run, out = (options.folder / name for name in ("series", "run", "out"))
    for path in (series, run, out):
        shutil.rmtree(path, ignore_errors=True)
    series.mkdir(parents=True)
    options.seed = 0
    make_image.write_sample(options)
    for number in range(options.count):
        pixels = make_image.tile(7, number // 8, number % 8)[0][: options.side, : options.side]
        tifffile.imwrite(series / f"t{number}.tif", pixels, photometric="rgb", compression="zlib", metadata=None)
    broken = {11: lambda whole: whole[: len(whole) // 2], options.count // 2: lambda _: b"", options.count - 9: lambda _: b"no image"}
    for number, damage in broken.items():
        path = series / f"t{number}.tif"
        shutil.copy(path, options.folder / f"whole{number}.tif")
        path.write_bytes(damage(path.read_bytes()))

    coppice = options.programs / "coppice"
    model = options.folder / "model.json"
    subprocess.run([coppice, "train", options.folder / "sample.tif", options.folder / "strokes.tif", "--output", model, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    report = options.folder / "report.json"
    command = [coppice, "segment", series, "--model", model, "--output", out / "{name}.png", "--run-dir", run, "--report", report, "--local", "2", "--quiet"]
    faults = []

    def segment(title, wanted):
        began = time.time()
        outcome = subprocess.run(command, capture_output=True, text=True)
        seconds = time.time() - began
        named = [number for number in broken if f"t{number}.tif" in outcome.stderr]
        facts = json.loads(report.read_text())
        found = dict(status=outcome.returncode, named=len(named), outputs=len(list(out.glob("*.png"))), jobs=facts["jobs"]["done"],
                     restored=facts["jobs"]["restored"])
        print(f"{title}: {seconds:.1f} s, {found}; coordinator {facts['coordinatorPeakMemory'] / 1e6:.0f} MB")
        for key, value in wanted.items():
            if found[key] != value:
                faults.append(f"{title}: expected {key} {value}, found {found[key]}")

    good = options.count - len(broken)
    segment("first", dict(status=75, named=3, outputs=good))
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.png")}
    segment("second", dict(status=75, named=3, outputs=good, restored=0))
    if before != {path: path.stat().st_mtime_ns for path in out.glob("*.png")}:
        faults.append("second: an output was written again")
    shutil.copy(options.folder / "whole11.tif", series / "t11.tif")
    (out / "t12.png").unlink()
    segment("third, one mended, one output removed", dict(status=75, outputs=good + 1, jobs=1, restored=1))
    print("\n".join(faults) or "as it should be")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
