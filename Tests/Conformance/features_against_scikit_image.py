"""`coppice features` against scikit-image's multiscale_basic_features: python features_against_scikit_image.py COPPICE

Fails unless every value of every case differs by at most 2e-6 (intensity, edges) and 5e-6 (texture), borders included.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from skimage.feature import multiscale_basic_features

TOLERANCE = {"intensity": 2e-6, "edges": 2e-6, "texture1": 5e-6, "texture2": 5e-6}


def cases(generator):
    """Name, pixels of the file, pixels whose features are expected, options of both sides."""
    def image(height, width, channels, dtype=np.uint8):
        top = np.iinfo(dtype).max
        y, x = np.mgrid[:height, :width]
        waves = np.stack([np.sin(x / (3 + 4 * c)) * np.cos(y / (5 + 2 * c)) for c in range(max(1, channels))], -1)
        pixels = top * (0.5 + 0.3 * waves + 0.1 * generator.standard_normal(waves.shape))
        pixels = np.clip(pixels, 0, top).astype(dtype)
        return pixels if channels else pixels[..., 0]

    rgb = image(1024, 1024, 3)
    yield "1024² RGB", rgb, rgb, {}
    noise = generator.integers(0, 256, (300, 300, 3), np.uint8)
    yield "300² RGB noise", noise, noise, {}
    grey16 = image(301, 257, 0, np.uint16)
    yield "301×257 grey, 16 bits", grey16, grey16, {}
    for height, width in ((37, 5), (5, 37), (2, 300), (300, 2), (3, 3), (2, 2)):
        small = image(height, width, 0)
        yield f"{height}×{width} grey", small, small, {}
    rgba = image(120, 90, 4)
    yield "120×90 RGBA (alpha dropped)", rgba, rgba[..., :3], {}
    yield "other sigmas", rgba[..., :3], rgba[..., :3], {"sigma_min": 0.3, "sigma_max": 10, "num_sigma": 5}
    yield "one sigma", grey16, grey16, {"sigma_min": 3, "sigma_max": 3}


def compare(coppice, name, stored, expected_of, options, folder):
    Image.fromarray(stored).save(folder / "image.png")
    words = [f"--{option.replace('_', '-').replace('num-sigma', 'sigma-count')}={value}" for option, value in options.items()]
    run = subprocess.run(
        [coppice, "features", folder / "image.png", "--output", folder / "f.npy", "--names", "--features", "scikit-image", "--local", "2",
         "--quiet", *words],
        check=True, capture_output=True, text=True)
    names, found = run.stdout.split(), np.load(folder / "f.npy")
    expected = multiscale_basic_features(expected_of, channel_axis=-1 if expected_of.ndim == 3 else None, **options)
    assert found.shape == expected.shape and found.dtype == np.float32, (name, found.shape, expected.shape)
    worst = {}
    for index, feature in enumerate(names):
        family = feature.rsplit(".", 1)[1]
        difference = np.abs(found[..., index].astype(np.float64) - expected[..., index]).max()
        worst[family] = max(worst.get(family, 0), difference)
    print(f"features: {name}: " + ", ".join(f"{family} {value:.1e}" for family, value in worst.items()), flush=True)
    for family, value in worst.items():
        assert value <= TOLERANCE[family], f"{name}, {family}: expected at most {TOLERANCE[family]}, found {value}"


def main(coppice):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, stored, expected_of, options in cases(np.random.default_rng(20261122)):
            compare(coppice, name, stored, expected_of, options, folder)
        # scikit-image refuses these; the derivative along an axis of one pixel is 0.
        for shape in ((1, 300), (300, 1), (1, 1)):
            Image.fromarray(np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)).save(folder / "line.png")
            subprocess.run(
                [coppice, "features", folder / "line.png", "--output", folder / "f.npy", "--local", "1", "--quiet"], check=True)
            found = np.load(folder / "f.npy")
            assert found.shape == (*shape, 24) and np.isfinite(found).all(), found.shape
            print(f"features: {shape[0]}×{shape[1]}: finite")


main(pathlib.Path(sys.argv[1]).absolute())
