"""Train on many image/label pairs: python training.py PROGRAMS FOLDER [--pairs 2000] [--side 160] [--workers 1 2 4] [options of coppice train …]

Makes FOLDER/pairs/i0.tif, l0.tif … of SIDE² pixels, all of them labelled (2000 of 160² are 51.2 million samples), and a manifest; runs
`coppice train --manifest` with as many local workers as given, one after the other, and prints seconds, peak memory of coordinator and
workers, bytes sent to a worker by the bytes of the table, and the accuracy. Ends with 1 if two models differ.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import time

import tifffile

import make_image


def write_pairs(folder, count, side):
    """Images cut from the scene, with their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    across = make_image.TILE // side
    lines = ["image,labels"]
    for number in range(count):
        tile, part = divmod(number, across * across)
        pixels, labels = make_image.tile(3, tile // 8, tile % 8)
        y, x = part // across * side, part % across * side
        for name, content, kind in [("i", pixels, "rgb"), ("l", labels, "minisblack")]:
            tifffile.imwrite(folder / f"{name}{number}.tif", content[y : y + side, x : x + side], photometric=kind, metadata=None)
        lines.append(f"i{number}.tif,l{number}.tif")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--side", type=int, default=160)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options, rest = parser.parse_known_args()
    pairs = options.folder / "pairs"
    write_pairs(pairs, options.pairs, options.side)
    models = set()
    for workers in options.workers:
        model, report = options.folder / f"model-{workers}.json", options.folder / "report.json"
        began = time.time()
        subprocess.run(
            [options.programs / "coppice", "train", "--manifest", pairs / "pairs.csv", "--output", model, "--local", str(workers), "--report", report,
             "--quiet", *rest],
            check=True, stdout=subprocess.DEVNULL)
        seconds = time.time() - began
        facts = json.loads(report.read_text())
        samples = facts["results"]["samples"]
        features = len(json.loads(model.read_text())["edges"])
        table = samples * (features + 1)
        models.add(hashlib.sha256(model.read_bytes()).hexdigest())
        phases = {phase["name"]: round(phase["seconds"], 1) for phase in facts["phases"]}
        print(
            f"{workers} workers: {seconds:.0f} s {phases}; {samples / 1e6:.1f} M samples × {features}; coordinator "
            f"{facts['coordinatorPeakMemory'] / 1e6:.0f} MB, a worker {facts['workerPeakMemory'] / 1e6:.0f} MB; sent a worker "
            f"{facts['bytesSent'] / workers / 1e6:.0f} MB, the table has {table / 1e6:.0f} MB; out-of-bag accuracy {facts['results']['outOfBagAccuracy']:.4f}",
            flush=True)
    print("one model" if len(models) == 1 else "DIFFERENT models")
    sys.exit(0 if len(models) == 1 else 1)


if __name__ == "__main__":
    main()
