"""Find the objects of a made label image and check them: python run.py COPPICE SIDE FOLDER [--tile 2048] [--local 2] [--compare]

Makes the image with make_labels.py if it is not there, runs `coppice objects`, and prints objects per second, the coordinator's peak memory
and the SHA-256 of the outputs. Ends with 1 if the number of objects or of their pixels is not the known one, or the coordinator took more
than 500 MB. With --compare it also takes scikit-image's regionprops_table with the same measurements on the first 4096² pixels.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import time


def compare(folder, side):
    """Objects per second of regionprops_table."""
    import numpy
    import zarr
    from skimage.measure import label, regionprops_table

    edge = min(side, 4096)
    labels = numpy.asarray(zarr.open(folder / f"labels-{side}.zarr" / "0", mode="r")[:edge, :edge])
    begin = time.monotonic()
    count = 0
    for value in (1, 2):
        names = (
            "label", "bbox", "area", "centroid", "perimeter", "axis_major_length", "axis_minor_length", "eccentricity", "orientation",
            "solidity", "equivalent_diameter_area")
        count += len(regionprops_table(label(labels == value, connectivity=2), properties=names)["label"])
    return count / (time.monotonic() - begin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coppice")
    parser.add_argument("side", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tile", type=int, default=2048)
    parser.add_argument("--local", type=int, default=2)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    side, folder = options.side, options.folder
    folder.mkdir(parents=True, exist_ok=True)
    truth_path = folder / f"truth-{side}.json"
    if not truth_path.exists():
        subprocess.run([sys.executable, pathlib.Path(__file__).with_name("make_labels.py"), str(side), folder], check=True)
    truth = json.loads(truth_path.read_text())
    outputs = [folder / f"objects.{ending}" for ending in ("csv", "geojson")]
    report = folder / "report.json"
    begin = time.monotonic()
    subprocess.run(
        [options.coppice, "objects", folder / f"labels-{side}.zarr", "--classes", "1,2", "--output", outputs[0], "--output", outputs[1],
         "--tile", str(options.tile), "--local", str(options.local), "--report", report, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begin
    with outputs[0].open() as file:
        areas = [int(row["area"]) for row in csv.DictReader(file)]
    memory = json.loads(report.read_text())["coordinatorPeakMemory"]
    found = {
        "objects": len(areas), "pixels": sum(areas), "seconds": round(seconds, 1), "objectsPerSecond": round(len(areas) / seconds),
        "coordinatorPeakMemory": memory,
        "sha256": {path.name: hashlib.file_digest(path.open("rb"), "sha256").hexdigest()[:16] for path in outputs},
    }
    if options.compare:
        found["regionpropsPerSecond"] = round(compare(folder, side))
    print(json.dumps(found))
    if (len(areas), sum(areas)) != (truth["objects"], truth["pixels"]):
        sys.exit(f"expected {truth}, found {found['objects']} objects of {found['pixels']} pixels")
    if memory > 500_000_000:
        sys.exit(f"expected at most 500 MB, found {memory}")


main()
