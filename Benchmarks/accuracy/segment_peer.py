"""The same scribbles given to scikit-image + scikit-learn: python segment_peer.py SCRIBBLES OUT.json [SET …]

For every set: one forest of 100 trees on the scribbles of all its images, labels of all their pixels, and the mean intersection over union
against the truth, for the seeds 0 to 4.
"""
import json
import pathlib
import sys

import numpy as np
from PIL import Image
from skimage.feature import multiscale_basic_features
from sklearn.ensemble import RandomForestClassifier


def mean_iou(confusion):
    both = np.diag(confusion)
    return float(np.mean(both / (confusion.sum(0) + confusion.sum(1) - both)))


def main(folder, out, sets):
    results = json.loads(out.read_text()) if out.exists() else {}
    for path in sorted(p for p in folder.iterdir() if not sets or p.name in sets):
        names = sorted(p.name.removesuffix("-image.png") for p in path.glob("*-image.png"))
        read = lambda name, suffix: np.asarray(Image.open(path / f"{name}-{suffix}.png"))
        features, truth, scribbles = [], [], []
        for name in names:
            image = read(name, "image")
            planes = multiscale_basic_features(image, channel_axis=-1 if image.ndim == 3 else None)
            features.append(planes.reshape(-1, planes.shape[-1]).astype(np.float32))
            truth.append(read(name, "truth").ravel()), scribbles.append(read(name, "scribbles").ravel())
        marked = np.concatenate(scribbles)
        samples = np.concatenate([f[s > 0] for f, s in zip(features, scribbles)])
        labels = np.unique(np.concatenate(truth))
        scores = []
        for seed in range(5):
            forest = RandomForestClassifier(100, n_jobs=2, random_state=seed).fit(samples, marked[marked > 0])
            confusion = np.zeros((len(labels), len(labels)), np.int64)
            for planes, expected in zip(features, truth):
                found = np.searchsorted(labels, forest.predict(planes))
                np.add.at(confusion, (np.searchsorted(labels, expected), found), 1)
            scores.append(mean_iou(confusion))
            print(path.name, seed, len(samples), scores[-1], flush=True)
        results[path.name] = {"samples": len(samples), "meanIoU": scores}
        out.write_text(json.dumps(results, indent=1))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:])
