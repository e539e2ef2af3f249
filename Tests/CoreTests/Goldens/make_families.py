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


def laplacian(blurred):
    return [sum(np.gradient(np.gradient(blurred, axis=axis), axis=axis) for axis in (0, 1))]


# Planes of one channel, blurred at one sigma: the function gets that plane.
SCALE = {"intensity": lambda blurred: [blurred], "edges": edges, "texture": texture, "laplacian": laplacian}


def shifted(plane, rows, columns):
    """The plane so many rows below and columns to the right; outside, the nearest pixel."""
    row, column = (np.clip(np.arange(size) + by, 0, size - 1) for size, by in zip(plane.shape, (rows, columns)))
    return plane[row[:, None], column]


def ring(mean):
    planes = []
    for sigma, radius in ((1, 4), (2, 8), (4, 16)):
        middle, angles = mean(sigma), np.arange(8) * np.pi / 4
        around = np.stack([shifted(middle, int(np.rint(radius * np.sin(t))), int(np.rint(radius * np.cos(t)))) for t in angles])
        low, high = np.minimum(around[:4], around[4:]), np.maximum(around[:4], around[4:])
        planes += [plane - middle for plane in (around.min(0), around.max(0), low.max(0), high.min(0))]
    return planes


def line(mean, mask=1):
    """`mask` is 0 where there are no data: those points do not count."""
    planes = []
    for sigma, step in ((1, 1.5), (2, 3)):
        along_rows, along_columns = np.gradient(mean(sigma))
        rows, mixed, columns = np.gradient(along_rows, axis=0), np.gradient(along_rows, axis=1), np.gradient(along_columns, axis=1)
        means = []
        for t in np.arange(8) * np.pi / 8:
            across = (np.cos(t) ** 2 * rows - np.sin(2 * t) * mixed + np.sin(t) ** 2 * columns) * mask
            weights = np.ones_like(across) * mask
            points = [(int(np.rint(j * step * np.sin(t))), int(np.rint(j * step * np.cos(t)))) for j in range(-3, 4)]
            count = sum(shifted(weights, *point) for point in points)
            means.append(sum(shifted(across, *point) for point in points) / np.maximum(count, 1))
        planes += [np.max(means, axis=0), np.min(means, axis=0)]
    return planes


def colour(channels):
    planes = []
    for sigma in (0.5, 2, 8):
        red, green, blue = channels(sigma)
        most, least, total = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue), red + green + blue
        planes += [red - green, (red + green) / 2 - blue, (most - least) / (np.maximum(most, 0) + 0.001), most]
        planes += [red / (np.maximum(total, 0) + 0.001), green / (np.maximum(total, 0) + 0.001)]
    return planes


def difference_of_gaussians(mean):
    return [mean(narrow) - mean(wide) for narrow, wide in ((0.5, 4), (1, 8), (2, 16), (4, 16))]


def structure_tensor(mean):
    planes = []
    for sigma in (1, 2, 4):
        y, x = np.gradient(mean(sigma))
        planes += eigenvalues(*(blur(product, max(1, sigma)) for product in (y * y, y * x, x * x)))
    return planes


# Planes of the whole image: the function gets `mean`, the mean over the channels of their planes blurred at a sigma.
WHOLE = {"difference-of-gaussians": difference_of_gaussians, "ring": ring, "line": line, "structure-tensor": structure_tensor}
# Planes of the whole image, which has three channels: the function gets `channels`, those blurred at a sigma.
COLOURS = {"colour": colour}


def halo(family):
    """Pixels around a pixel that its features depend on, with SIGMAS."""
    return {
        "intensity": 8, "edges": 9, "texture": 10, "laplacian": 10, "difference-of-gaussians": 64, "ring": 32, "line": 18,
        "colour": 32, "structure-tensor": 33}[family]


def planes(family, pixels, sigmas):
    """[feature][row][column] of pixels [row][column][channel]."""
    image = pixels.astype(np.float64) / np.iinfo(pixels.dtype).max
    channels = np.moveaxis(image, -1, 0)
    if family in SCALE:
        return np.stack([plane for channel in channels for sigma in sigmas for plane in SCALE[family](blur(channel, sigma))])
    if family in COLOURS:
        return np.stack(COLOURS[family](lambda sigma: [blur(channel, sigma) for channel in channels]))
    return np.stack(WHOLE[family](lambda sigma: np.mean([blur(channel, sigma) for channel in channels], axis=0)))


def images(family):
    """Smaller than the halo, about it, and larger."""
    random = np.random.default_rng(len(family))
    noise = lambda height, width, channels, dtype=np.uint8: random.integers(
        0, np.iinfo(dtype).max + 1, (height, width, channels), dtype=dtype)
    reach = halo(family)
    if family in COLOURS:
        yield "rgb-small", noise(5, 7, 3)
        yield "rgb-narrow", noise(reach, 2, 3)
        yield "rgb16", noise(reach // 2 + 2, reach, 3, np.uint16)
        yield "rgb", noise(17, 23, 3)
        return
    yield "grey-small", noise(5, 7, 1)
    yield "grey-narrow", noise(2 * reach, 2, 1)
    yield "grey-large", noise(reach + 5, reach + 9, 1)
    yield "grey16", noise(reach // 2 + 2, reach, 1, np.uint16)
    yield "rgb", noise(17, 23, 3)


def main(families):
    for family in families or [*SCALE, *WHOLE, *COLOURS]:
        for name, pixels in images(family):
            header = np.array([pixels.shape[1], pixels.shape[0], pixels.shape[2], pixels.itemsize, len(SIGMAS)], "<i4")
            with open(FOLDER / f"family-{family}-{name}.bin", "wb") as file:
                for part in (header, np.array(SIGMAS, "<f8"), pixels, planes(family, pixels, SIGMAS).astype("<f4")):
                    file.write(np.ascontiguousarray(part).tobytes())


if __name__ == "__main__":
    main(sys.argv[1:])
