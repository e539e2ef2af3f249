"""`coppice features` against each family's twin of NumPy and SciPy calls: python families_against_scipy.py COPPICE

Fails unless every value of every case differs by at most 1e-6 (1e-5 of colours), borders included, and unless every family that the program's help
lists has a twin. The twins are those of Tests/CoreTests/Goldens/make_families.py.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "CoreTests/Goldens"))
import make_families as twins

# Quotients by a little more than 0.001 grow what their parts are off by.
TOLERANCES = {"colour": 1e-5}
TOLERANCE = 1e-6
SIGMA_OPTIONS = ("--sigma-min=0.5", "--sigma-max=8")
SIGMAS = (0.5, 1, 2, 4, 8)


def images(generator):
    def image(height, width, channels, dtype=np.uint8):
        top = np.iinfo(dtype).max
        y, x = np.mgrid[:height, :width]
        waves = np.stack([np.sin(x / (3 + 4 * c)) * np.cos(y / (5 + 2 * c)) for c in range(channels)], -1)
        pixels = top * (0.5 + 0.3 * waves + 0.1 * generator.standard_normal(waves.shape))
        return np.clip(pixels, 0, top).astype(dtype)

    yield "512×384 RGB", image(512, 384, 3)
    yield "300² RGB noise", generator.integers(0, 256, (300, 300, 3), np.uint8)
    yield "301×257 grey, 16 bits", image(301, 257, 1, np.uint16)
    checks = np.indices((290, 310)).sum(0) // 3 % 2 * 255
    yield "290×310 grey, black and white", checks.astype(np.uint8)[..., None]
    for height, width in ((37, 5), (5, 37), (2, 300), (300, 2), (3, 3), (2, 2)):
        yield f"{height}×{width} grey", image(height, width, 1)
    yield "40×31 RGB", image(40, 31, 3)


def features(coppice, path, families, folder, tile):
    """The names and planes [feature][row][column] that the program makes."""
    run = subprocess.run(
        [coppice, "features", path, "--features", ",".join(families), *SIGMA_OPTIONS, f"--tile={tile}", "--output",
         folder / "f.npy", "--names", "--local", "2", "--quiet"], check=True, capture_output=True, text=True)
    return run.stdout.split(), np.moveaxis(np.load(folder / "f.npy"), -1, 0)


def main(coppice):
    text = subprocess.run([coppice, "features", "--help"], check=True, capture_output=True, text=True).stdout
    families = re.search(r"separated by commas: ([^.]*)\.", " ".join(text.split()))[1].replace(",", " ").split()
    assert set(families) == {*twins.SCALE, *twins.WHOLE, *twins.COLOURS}, f"families: the program has {families}"
    worst = dict.fromkeys(families, 0)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, pixels in images(np.random.default_rng(20261129)):
            Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(folder / "image.png")
            known = [family for family in families if pixels.shape[-1] == 3 or family not in twins.COLOURS]
            names, together = features(coppice, folder / "image.png", known, folder, 100)
            together = dict(zip(names, together))
            for family in known:
                names, found = features(coppice, folder / "image.png", [family], folder, 256)
                expected = twins.planes(family, pixels, SIGMAS)
                assert found.shape == expected.shape and found.dtype == np.float32, (name, family, found.shape, expected.shape)
                for feature, plane in zip(names, found):
                    assert (together.pop(feature) == plane).all(), f"{name}: {feature} depends on other families or on tiles"
                difference = np.abs(found - expected).max()
                worst[family] = max(worst[family], difference)
                limit = TOLERANCES.get(family, TOLERANCE)
                assert difference <= limit, f"{name}, {family}: expected at most {limit}, found {difference}"
            assert not together, f"{name}: {list(together)} come with all families only"
            print(f"families: {name}: ok", flush=True)
    print("families: largest differences: " + ", ".join(f"{family} {value:.1e}" for family, value in worst.items()))


main(pathlib.Path(sys.argv[1]).absolute())
