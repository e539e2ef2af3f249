"""Writes family-*.bin: small images and the planes of each family of features, by NumPy and SciPy alone, for FeatureFamilyTests.

The twins here are also what Tests/Conformance/families_against_scipy.py compares the program with. They compute in double precision.

Layout, little-endian: int32 width, height, channels, bytes per sample, number of sigmas; float64 sigmas; the pixels
[row][column][channel]; float32 planes [feature][row][column].

    python make_families.py [FAMILY …]        (numpy, scipy)
"""
import pathlib
import sys

import numpy as np
from scipy import ndimage

FOLDER = pathlib.Path(__file__).parent
SIGMAS = (0.7, 2.0)


def blur(plane, sigma):
    return ndimage.gaussian_filter(plane, sigma, mode="nearest", truncate=4)


def eigenvalues(rows, mixed, columns):
    """Of the symmetric matrices [[rows, mixed], [mixed, columns]], the larger first."""
    middle, spread = (rows + columns) / 2, np.sqrt(mixed**2 + ((rows - columns) / 2) ** 2)
    return [middle + spread, middle - spread]


def edges(blurred):
    return [np.hypot(*(ndimage.sobel(blurred, axis, mode="reflect") / 4 for axis in (0, 1))) / np.sqrt(2)]


def texture(blurred):
    along_rows, along_columns = np.gradient(blurred)
    return eigenvalues(np.gradient(along_rows, axis=0), np.gradient(along_rows, axis=1), np.gradient(along_columns, axis=1))


# Planes of one channel, blurred at one sigma: the function gets that plane.
SCALE = {"intensity": lambda blurred: [blurred], "edges": edges, "texture": texture}

def difference_of_gaussians(mean):
    return [mean(narrow) - mean(wide) for narrow, wide in ((0.5, 4), (1, 8), (2, 16), (4, 16))]


def structure_tensor(mean):
    planes = []
    for sigma in (1, 2, 4):
        y, x = np.gradient(mean(sigma))
        planes += eigenvalues(*(blur(product, max(1, sigma)) for product in (y * y, y * x, x * x)))
    return planes


# Planes of the whole image: the function gets `mean`, the mean over the channels of their planes blurred at a sigma.
WHOLE = {"difference-of-gaussians": difference_of_gaussians, "structure-tensor": structure_tensor}


def halo(family):
    """Pixels around a pixel that its features depend on, with SIGMAS."""
    return {"intensity": 8, "edges": 9, "texture": 10, "difference-of-gaussians": 64, "structure-tensor": 33}[family]


def planes(family, pixels, sigmas):
    """[feature][row][column] of pixels [row][column][channel]."""
    image = pixels.astype(np.float64) / np.iinfo(pixels.dtype).max
    channels = np.moveaxis(image, -1, 0)
    if family in SCALE:
        return np.stack([plane for channel in channels for sigma in sigmas for plane in SCALE[family](blur(channel, sigma))])
    return np.stack(WHOLE[family](lambda sigma: np.mean([blur(channel, sigma) for channel in channels], axis=0)))


def images(family):
    """Smaller than the halo, about it, and larger."""
    random = np.random.default_rng(len(family))
    noise = lambda height, width, channels, dtype=np.uint8: random.integers(
        0, np.iinfo(dtype).max + 1, (height, width, channels), dtype=dtype)
    reach = halo(family)
    yield "grey-small", noise(5, 7, 1)
    yield "grey-narrow", noise(2 * reach, 2, 1)
    yield "grey-large", noise(reach + 5, reach + 9, 1)
    yield "grey16", noise(reach // 2 + 2, reach, 1, np.uint16)
    yield "rgb", noise(17, 23, 3)


def main(families):
    for family in families or [*SCALE, *WHOLE]:
        for name, pixels in images(family):
            header = np.array([pixels.shape[1], pixels.shape[0], pixels.shape[2], pixels.itemsize, len(SIGMAS)], "<i4")
            with open(FOLDER / f"family-{family}-{name}.bin", "wb") as file:
                for part in (header, np.array(SIGMAS, "<f8"), pixels, planes(family, pixels, SIGMAS).astype("<f4")):
                    file.write(np.ascontiguousarray(part).tobytes())


if __name__ == "__main__":
    main(sys.argv[1:])
