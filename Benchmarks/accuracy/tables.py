"""Held-out accuracy on tables: python tables.py DATA COPPICE [20k|200k …]

DATA holds X20k.npy y20k.npy Xt20k.npy yt20k.npy (and 200k). scikit-learn and `coppice train --table` grow 100 trees for the seeds 0 to 4.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from sklearn.ensemble import RandomForestClassifier


def main(data, coppice, sizes):
    print("| samples | scikit-learn accuracy (5 seeds) | Coppice accuracy (5 seeds) | difference, points |\n|---|---|---|---|")
    for size in sizes or ["20k", "200k"]:
        load = lambda name: np.load(data / f"{name}{size}.npy")
        samples, labels, held_out, truth = load("X"), load("y"), load("Xt"), load("yt")
        ours, cache = [], data / f"scikit-learn-{size}.json"
        theirs = json.loads(cache.read_text()) if cache.exists() else [
            RandomForestClassifier(100, n_jobs=2, random_state=seed).fit(samples, labels).score(held_out, truth) for seed in range(5)]
        cache.write_text(json.dumps(theirs))
        with tempfile.TemporaryDirectory() as scratch:
            for seed in range(5):
                run = lambda *words: subprocess.run([coppice, *map(str, words), "--quiet"], check=True, capture_output=True)
                run("train", "--table", data / f"X{size}.npy", data / f"y{size}.npy", "--output", f"{scratch}/model.json", "--seed", seed)
                run("predict", f"{scratch}/model.json", data / f"Xt{size}.npy", "--output", f"{scratch}/y.npy")
                ours.append(float((np.load(f"{scratch}/y.npy") == truth).mean()))
        row = lambda values: f"{100 * statistics.mean(values):.2f} ({', '.join(f'{100 * value:.2f}' for value in values)})"
        print(f"| {size} | {row(theirs)} | {row(ours)} | {100 * (statistics.mean(ours) - statistics.mean(theirs)):+.2f} |", flush=True)


main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
