"""Writes masked-*.bin: small images of which some pixels have no data, and the planes of each family, for MaskedFeatureTests.

A twin by NumPy and SciPy alone, in double precision. With m for the mask, 1 or 0, f for the values and G for SciPy's Gaussian, a blurred
plane is G*(f m) / G*m: normalised convolution (Knutsson and Westin 1993). The products of the structure tensor are blurred likewise.
Lines leave out points without data. Planes mean nothing at pixels without data.

Layout, little-endian: int32 width, height, channels, number of sigmas; float64 sigmas; uint8 pixels [row][column][channel]; uint8 mask
[row][column]; float32 planes [feature][row][column].

    python make_masked.py        (numpy, scipy)
"""
import pathlib

import numpy as np

from make_families import COLOURS, SCALE, WHOLE, blur, eigenvalues, line

FOLDER = pathlib.Path(__file__).parent
SIGMAS = (0.5, 2.0)


def normalised(plane, mask, sigma):
    """The normalised blur; 0 where no pixel in reach has data."""
    weights = blur(mask, sigma)
    return np.where(weights > 0, blur(plane * mask, sigma) / np.where(weights > 0, weights, 1), 0)


def structure_tensor(mean, mask):
    planes = []
    for sigma in (1, 2, 4):
        y, x = np.gradient(mean(sigma))
        planes += eigenvalues(*(normalised(product, mask, max(1, sigma)) for product in (y * y, y * x, x * x)))
    return planes


def planes(family, pixels, mask):
    """[feature][row][column] of pixels [row][column][channel]."""
    channels, mask = np.moveaxis(pixels.astype(np.float64) / 255, -1, 0), mask.astype(np.float64)
    mean = lambda sigma: np.mean([normalised(channel, mask, sigma) for channel in channels], axis=0)
    if family in SCALE:
        return np.stack([
            plane for channel in channels for sigma in SIGMAS for plane in SCALE[family](normalised(channel, mask, sigma))])
    if family in COLOURS:
        return np.stack(COLOURS[family](lambda sigma: [normalised(channel, mask, sigma) for channel in channels]))
    with_mask = {"structure-tensor": structure_tensor, "line": line}
    return np.stack(with_mask[family](mean, mask) if family in with_mask else WHOLE[family](mean))


def images():
    random = np.random.default_rng(14)
    noise = lambda height, width, channels: random.integers(0, 256, (height, width, channels), dtype=np.uint8)
    rows, columns = np.mgrid[:28, :36]
    yield "grey", noise(28, 36, 1), random.random((28, 36)) > 0.2
    yield "rgb", noise(28, 36, 3), (rows - 14) ** 2 + (columns - 10) ** 2 > 64
    yield "half", noise(28, 36, 1), columns < 21
    yield "islands", noise(28, 36, 1), ((rows // 5) % 4 == 0) & ((columns // 6) % 4 == 1) | (random.random((28, 36)) > 0.99)


def main():
    for family in [*SCALE, *WHOLE, *COLOURS]:
        for name, pixels, mask in images():
            if family in COLOURS and pixels.shape[-1] != 3:
                continue
            header = np.array([pixels.shape[1], pixels.shape[0], pixels.shape[2], len(SIGMAS)], "<i4")
            with open(FOLDER / f"masked-{family}-{name}.bin", "wb") as file:
                parts = header, np.array(SIGMAS, "<f8"), pixels, mask.astype("u1"), planes(family, pixels, mask).astype("<f4")
                for part in parts:
                    file.write(np.ascontiguousarray(part).tobytes())


if __name__ == "__main__":
    main()
