"""What training says of itself, beside the truth: python estimate.py SCRIBBLES COPPICE [SET …]

SCRIBBLES is what simulate_scribbles.py wrote. For each set, and for each of its images by itself: `coppice train`, `segment`, `evaluate`; prints the mean IoU that
training estimates by leaving out strokes (or images), the one against the truth, and the out-of-bag mean IoU, with the errors of both in points.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile


def mean_iou(confusion):
    """Of a confusion matrix: rows are true classes."""
    scores = []
    for label, row in enumerate(confusion):
        union = sum(row) + sum(other[label] for other in confusion) - row[label]
        if union:
            scores.append(row[label] / union)
    return statistics.mean(scores)


def measure(images, coppice):
    """(estimated, true, out of bag) mean IoU of one training."""
    other = lambda image, suffix: image.with_name(image.name.replace("-image.png", f"-{suffix}.png"))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        run = lambda *words: subprocess.run([coppice, *map(str, words)], check=True, capture_output=True, text=True).stdout
        pairs = [path for image in images for path in (image, other(image, "scribbles"))]
        run("train", *pairs, "--output", scratch / "model.json", "--report", scratch / "report.json", "--quiet")
        run("segment", *images, "--model", scratch / "model.json", "--output", f"{scratch}/{{name}}-labels.png", "--quiet")
        judged = [path for image in images for path in (scratch / f"{image.stem}-labels.png", other(image, "truth"))]
        truth = json.loads(run("evaluate", *judged, "--json"))["meanIntersectionOverUnion"]
        estimate = json.loads((scratch / "report.json").read_text())["estimate"]
        confusion = json.loads((scratch / "model.json").read_text())["training"]["outOfBag"]["confusion"]
        return estimate["unit"], estimate.get("meanIntersectionOverUnion"), truth, mean_iou(confusion)


def main(folder, coppice, sets):
    print("| set | trained on | left out | estimated | true | out of bag | error of the estimate | error of out of bag |\n|---|---|---|---|---|---|---|---|")
    errors = ([], [])
    for place in sorted(folder.iterdir()):
        if sets and place.name not in sets:
            continue
        images = sorted(place.glob("*-image.png"))
        for name, group in [("all", images)] * (len(images) > 1) + [(image.name.removesuffix("-image.png"), [image]) for image in images]:
            unit, estimate, truth, bag = measure(group, coppice)
            if estimate is None:
                print(f"| {place.name} | {name} | {unit} | unknown | {truth:.4f} | {bag:.4f} | | |", flush=True)
                continue
            found = (100 * (estimate - truth), 100 * (bag - truth))
            for list, error in zip(errors, found):
                list.append(abs(error))
            print(f"| {place.name} | {name} | {unit} | {estimate:.4f} | {truth:.4f} | {bag:.4f} | {found[0]:+.1f} | {found[1]:+.1f} |", flush=True)
    print(f"\nMean absolute error: {statistics.mean(errors[0]):.1f} points of the estimate, {statistics.mean(errors[1]):.1f} of out of bag, over {len(errors[0])} trainings.")


main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
