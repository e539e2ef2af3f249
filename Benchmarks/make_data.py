"""Make the benchmarks' data: python make_data.py FOLDER [--only img8192.png …]

Everything follows from one seed. Files that are there already are kept.

- img1024.png, img2048.png: RGB, three classes that differ in texture more than in colour; truth*.png (labels 1 to 3) and
  scribbles*.png (0 = unlabelled), 20,000 labelled pixels at 1024² and 200,000 at 2048².
- features1024.npy: scikit-image's 72 features of img1024.png, float32 (height, width, feature).
- X20k.npy y20k.npy, X200k.npy y200k.npy: features and classes 0 to 2 of the labelled pixels; Xt*.npy yt*.npy: of 100,000 other
  pixels.
- X2m.npy y2m.npy: of two million pixels of img2048.png.
- img8192.png: img2048.png mirrored and repeated, with fresh noise.
"""
import argparse
import functools
import pathlib

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.feature import multiscale_basic_features

SEED, SIDE, CLASSES = 20_260_101, 2048, 3
SIDES = {"20k": 1024, "200k": 2048}
LABELLED = {"20k": 20_000, "200k": 200_000}
HELD_OUT, LARGE_TABLE = 100_000, 2_000_000


def stream(purpose):
    """Random numbers of their own for each purpose, so that no file depends on which others are made."""
    return np.random.default_rng([SEED, *purpose.encode()])


def field(generator, sigma):
    """Smooth noise of mean 0 and deviation 1; sigma may differ by axis."""
    noise = gaussian_filter(generator.standard_normal((SIDE, SIDE), np.float32), sigma, mode="wrap", truncate=3)
    return (noise - noise.mean()) / noise.std()


def draw_scene():
    """An RGB image and its classes 0 to 2: regions by the direction of a random vector field, each with a texture of its own."""
    generator = stream("scene")
    direction = np.arctan2(field(generator, 36), field(generator, 36))
    classes = np.floor((direction / (2 * np.pi) + 0.5) * CLASSES).clip(0, CLASSES - 1).astype(np.uint8)
    grain, streaks, blotches = field(generator, 1), field(generator, (6, 1.2)), field(generator, 3.5)
    texture = np.choose(classes, (grain, streaks, blotches))[..., None]
    base = np.float32([[116, 110, 106], [110, 118, 108], [122, 110, 114]])[classes]
    contrast = np.float32([[24, 20, 20], [20, 24, 22], [22, 20, 26]])[classes]
    light = 14 * field(generator, 160)[..., None]
    noise = 25 * generator.standard_normal((SIDE, SIDE, 3), np.float32)
    return (base + contrast * texture + light + noise).round().clip(0, 255).astype(np.uint8), classes


def draw_scribbles(classes, wanted, generator):
    """Labels 1 to 3 along random walks that stay inside their class, `wanted` pixels of each class; 0 elsewhere."""
    side = len(classes)
    radius = 3 if side == 1024 else 5
    brush = np.argwhere(np.hypot(*np.mgrid[-radius:radius + 1, -radius:radius + 1]) <= radius) - radius
    labels, counts = np.zeros((side, side), np.uint8), [0] * CLASSES
    while min(counts) < wanted:
        place, heading = generator.uniform(radius, side - radius, 2), generator.uniform(0, 2 * np.pi)
        own = classes[tuple(place.astype(int))]
        for _ in range(100):
            pixels = place.astype(int) + brush
            if pixels.min() < 0 or pixels.max() >= side or counts[own] >= wanted:
                break
            rows, columns = pixels.T
            inside = classes[rows, columns] == own
            if inside.mean() < 0.85:
                break
            new = inside & (labels[rows, columns] == 0)
            labels[rows[new], columns[new]] = own + 1
            counts[own] += np.count_nonzero(new)
            heading += generator.normal(0, 0.2)
            place = place + 2 * np.float64([np.sin(heading), np.cos(heading)])
    return labels


class Data:
    """The files of one folder. What several files are made from is made once, and read where it is there already."""

    def __init__(self, folder):
        self.folder = folder

    @functools.cached_property
    def scene(self):
        paths = [self.folder / name for name in ("img2048.png", "truth2048.png")]
        if all(path.exists() for path in paths):
            image, truth = (np.asarray(Image.open(path)) for path in paths)
            return image, truth - np.uint8(1)
        return draw_scene()

    @functools.cache
    def scribbles(self, size):
        side = SIDES[size]
        path = self.folder / f"scribbles{side}.png"
        if path.exists():
            return np.asarray(Image.open(path))
        return draw_scribbles(self.scene[1][:side, :side], LABELLED[size] // CLASSES, stream(f"scribbles {size}"))

    @functools.cache
    def features(self, side):
        return multiscale_basic_features(self.scene[0][:side, :side], channel_axis=-1).astype(np.float32)

    @functools.cache
    def table(self, size, part):
        """Features and classes of the labelled pixels, of held-out ones (part t), or of two million (size 2m)."""
        side = SIDES.get(size, SIDE)
        if size == "2m":
            chosen = np.sort(stream("table 2m").choice(side * side, LARGE_TABLE, replace=False))
        else:
            marked = self.scribbles(size).ravel()
            chosen = np.flatnonzero(marked)
            if part == "t":
                chosen = stream(f"held out {size}").choice(np.flatnonzero(marked == 0), HELD_OUT, replace=False)
        stack = self.features(side)
        return stack.reshape(-1, stack.shape[-1])[chosen], self.scene[1][:side, :side].ravel()[chosen].astype(np.int32)

    def mosaic(self):
        """Sixteen copies, mirrored so that neighbours meet without a seam, under fresh noise."""
        image, generator = self.scene[0], stream("mosaic")
        rows = [np.concatenate([image[::1 - 2 * (y % 2), ::1 - 2 * (x % 2)] for x in range(4)], 1) for y in range(4)]
        large = np.concatenate(rows)
        for top in range(0, len(large), 256):
            band = large[top:top + 256]
            large[top:top + 256] = (band + generator.integers(-4, 5, band.shape, np.int16)).clip(0, 255)
        return large

    def recipes(self):
        """How each file is made, by its name."""
        made = {"features1024.npy": lambda: self.features(1024), "img8192.png": self.mosaic}
        for size, side in SIDES.items():
            made[f"img{side}.png"] = lambda side=side: self.scene[0][:side, :side]
            made[f"truth{side}.png"] = lambda side=side: self.scene[1][:side, :side] + np.uint8(1)
            made[f"scribbles{side}.png"] = lambda size=size: self.scribbles(size)
        for size, part in (("20k", ""), ("20k", "t"), ("200k", ""), ("200k", "t"), ("2m", "")):
            for index, letter in enumerate("Xy"):
                made[f"{letter}{part}{size}.npy"] = lambda size=size, part=part, index=index: self.table(size, part)[index]
        return made


def save(path, content):
    """Under its name only when it is complete."""
    part = path.with_name(f"part-{path.name}")
    np.save(part, content) if path.suffix == ".npy" else Image.fromarray(content).save(part, compress_level=3)
    part.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", metavar="FILE", help="make these files only")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name, make in Data(chosen.folder).recipes().items():
        if (chosen.only is None or name in chosen.only) and not (chosen.folder / name).exists():
            save(chosen.folder / name, make())
            print(chosen.folder / name, flush=True)


main()
