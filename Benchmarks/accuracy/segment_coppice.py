"""Coppice on the same scribbles: python segment_coppice.py SCRIBBLES PEER.json COPPICE [SET …]

Runs `coppice train --manifest`, `segment` and `evaluate` for the seeds 0 to 4, and prints the table beside segment_peer.py's figures.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile


def main(folder, peer, coppice, sets):
    results = json.loads(peer.read_text())
    print("| set | samples | scikit-learn mean IoU (5 seeds) | Coppice mean IoU (5 seeds) | difference, points |\n|---|---|---|---|---|")
    for name in sorted(results):
        if sets and name not in sets:
            continue
        images = sorted((folder / name).glob("*-image.png"))
        scores = []
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            other = lambda image, suffix: image.with_name(image.name.replace("-image.png", f"-{suffix}.png"))
            manifest = scratch / "pairs.csv"
            manifest.write_text("".join(f"{image},{other(image, 'scribbles')}\n" for image in images))
            for seed in range(5):
                run = lambda *words: subprocess.run([coppice, *map(str, words)], check=True, capture_output=True, text=True).stdout
                run("train", "--manifest", manifest, "--features", "scikit-image", "--output", scratch / "model.json", "--seed", seed,
                    "--quiet")
                run("segment", *images, "--model", scratch / "model.json", "--output", f"{scratch}/{{name}}-labels.png", "--quiet")
                pairs = [path for image in images for path in (scratch / f"{image.stem}-labels.png", other(image, "truth"))]
                scores.append(json.loads(run("evaluate", *pairs, "--json"))["meanIntersectionOverUnion"])
        theirs = results[name]["meanIoU"]
        row = lambda values: f"{100 * statistics.mean(values):.2f} ({', '.join(f'{100 * value:.2f}' for value in values)})"
        difference = 100 * (statistics.mean(scores) - statistics.mean(theirs))
        print(f"| {name} | {results[name]['samples']} | {row(theirs)} | {row(scores)} | {difference:+.2f} |", flush=True)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
