"""Scribbles simulated from the truth: python simulate_scribbles.py SEG_DATA OUT

Reads the sets of SEG_DATA (a folder of `<set>/images` and `<set>/masks`, and the really scribbled food image) and writes, for each set,
OUT/<set>/<name>-image.png (grey or RGB), -truth.png (labels from 1 on) and -scribbles.png (0 = unlabelled). Strokes are wavy, start inside
a class, end where they leave it, and cover about one per cent of an image, shared equally among its classes. The seed is fixed.
"""
import pathlib
import sys

import numpy as np
from PIL import Image

SEED, SHARE, RADIUS = 20261122, 0.01, 2


def scribble(truth, generator):
    height, width = truth.shape
    scribbles = np.zeros_like(truth)
    classes = [label for label in np.unique(truth) if label]
    target = int(SHARE * truth.size / len(classes))
    span = np.arange(-RADIUS, RADIUS + 1)
    dy, dx = np.meshgrid(span, span, indexing="ij")
    disc = dy**2 + dx**2 <= RADIUS**2 + 1
    dy, dx = dy[disc], dx[disc]
    for label in classes:
        ys, xs = np.nonzero(truth == label)
        # A small class ends with half of its pixels at the most.
        goal, painted = min(target, len(ys) // 2), 0
        for _ in range(5000):
            if painted >= goal:
                break
            start = generator.integers(len(ys))
            y, x, angle = float(ys[start]), float(xs[start]), generator.uniform(0, 2 * np.pi)
            for _ in range(60):
                row, column = int(round(y)), int(round(x))
                if not (0 <= row < height and 0 <= column < width) or truth[row, column] != label or painted >= goal:
                    break
                rows, columns = np.clip(row + dy, 0, height - 1), np.clip(column + dx, 0, width - 1)
                inside = (truth[rows, columns] == label) & (scribbles[rows, columns] == 0)
                before = np.count_nonzero(scribbles)
                scribbles[rows[inside], columns[inside]] = label
                painted += np.count_nonzero(scribbles) - before
                angle += generator.normal(0, 0.2)
                y, x = y + 2 * np.sin(angle), x + 2 * np.cos(angle)
    return scribbles


def write(folder, name, image, truth, scribbles):
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, pixels in (("image", image), ("truth", truth), ("scribbles", scribbles)):
        Image.fromarray(pixels).save(folder / f"{name}-{suffix}.png")


def main(source, out):
    generator = np.random.default_rng(SEED)
    for folder in sorted(source.iterdir()):
        for path in sorted((folder / "images").glob("*.png")):
            image = Image.open(path)
            image = np.asarray(image.convert("RGB") if image.mode == "RGBA" else image)
            mask = np.asarray(Image.open(folder / "masks" / path.name))
            truth = (mask > 0).astype(np.uint8) + 1 if folder.name == "dsb2018" else mask.astype(np.uint8) + 1
            write(out / folder.name, path.stem, image, truth, scribble(truth, generator))
    food = source / "convpaint-scribbles"
    read = lambda name: np.asarray(Image.open(food / name))
    write(out / food.name, "0000", read("0000_img.png"), read("0000_ground_truth.png"), read("0000_scribbles_all_01500_w3.png"))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
