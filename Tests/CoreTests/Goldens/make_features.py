"""Writes features-*.bin: small images and scikit-image's features of them, for FeatureGoldenTests.

Layout, little-endian: int32 width, height, channels, sample type (bytes per
sample, negative for signed integers, 32 for float32), families (bit 0 intensity, 1 edges, 2 texture),
number of sigmas; float64 sigmas; the pixels [row][column][channel]; float32 planes [feature][row][column].

    python make_features.py        (numpy, scikit-image 0.26)
"""

import pathlib

import numpy as np
from skimage.feature import multiscale_basic_features

FOLDER = pathlib.Path(__file__).parent
FAMILIES = ("intensity", "edges", "texture")


def write(name, pixels, sigma_min=0.5, sigma_max=16.0, families=FAMILIES):
    height, width, channels = pixels.shape
    count = int(np.log2(sigma_max) - np.log2(sigma_min) + 1)
    sigmas = np.logspace(np.log2(sigma_min), np.log2(sigma_max), num=count, base=2)
    chosen = {family: family in families for family in FAMILIES}
    features = multiscale_basic_features(pixels, channel_axis=-1, sigma_min=sigma_min, sigma_max=sigma_max, **chosen)
    bits = sum(1 << index for index, family in enumerate(FAMILIES) if family in families)
    header = np.array([width, height, channels, {"u": 1, "i": -1, "f": 8}[pixels.dtype.kind] * pixels.itemsize, bits, count], "<i4")
    planes = np.moveaxis(features, -1, 0).astype("<f4")
    with open(FOLDER / f"features-{name}.bin", "wb") as file:
        for part in (header, sigmas.astype("<f8"), pixels, planes):
            file.write(np.ascontiguousarray(part).tobytes())


def main():
    random = np.random.default_rng(0)
    noise = lambda *shape, dtype=np.uint8: random.integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)
    write("grey-37x5", noise(5, 37, 1))
    write("grey-300x2", noise(2, 300, 1), sigma_max=8.0, families=("intensity", "texture"))
    write("grey-2x61", noise(61, 2, 1), sigma_max=32.0)
    write("rgb-31x24", noise(24, 31, 3), sigma_max=4.0, families=("edges", "texture"))
    ramp = np.add.outer(np.arange(21) * 1777, np.arange(26) * 911)[..., None].astype("<u2")
    write("grey16-26x21", ramp ^ noise(21, 26, 1, dtype=np.uint16) // 8, sigma_min=0.3, sigma_max=11.0)
    # The lowest signed value has no positive counterpart; floats go beyond 0 to 1.
    for kind in ("uint32", "int8", "int16", "int32"):
        info = np.iinfo(kind)
        pixels = random.integers(info.min, info.max + 1, (23, 19, 1), dtype=kind)
        pixels[3:8, 2:9] = info.min
        write(f"{kind}-19x23", pixels, sigma_max=4.0)
    write("float32-19x23", random.normal(0.2, 1, (23, 19, 1)).astype("<f4"), sigma_max=4.0)


main()
