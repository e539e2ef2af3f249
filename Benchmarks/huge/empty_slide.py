#!/usr/bin/env python3
"""usage: empty_slide.py COPPICE [--side 16384] [--rounds 3] [--one-piece]

What pixels without data cost: times `coppice segment --local 2` of a tiled RGB image, and of the same image of which 70 % has no data
(GDAL_NODATA 0 outside round pieces of tissue, tiles without data left out of the file), in turn. Prints both medians, their ratio, and the share
of pixels that have data. Labels must be 0 exactly where there is no data, and the same as those of the full image far from the border.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time
import zlib

import numpy
import tifffile

TILE = 256


def tissue(side, share, is_one):
    """A mask of round pieces, or of one, that cover about `share` of the square."""
    generator = numpy.random.default_rng(3)
    mask = numpy.zeros((side // 16, side // 16), bool)
    rows, columns = numpy.indices(mask.shape)
    if is_one:
        middle, radius = mask.shape[0] / 2, mask.shape[0] * (share / numpy.pi) ** 0.5
        mask |= (rows - middle) ** 2 + (columns - middle) ** 2 < radius**2
    while mask.mean() < share:
        row, column = generator.random(2) * mask.shape[0]
        radius = mask.shape[0] * (0.04 + 0.08 * generator.random())
        mask |= (rows - row) ** 2 + (columns - column) ** 2 < radius**2
    return mask.repeat(16, 0).repeat(16, 1)


def pixels(side):
    """Blobs with noise, never 0."""
    generator = numpy.random.default_rng(5)
    piece = 2048
    row, column = numpy.indices((piece, piece))
    plane = (numpy.sin(row / 17) + numpy.cos(column / 13) + 2) * 50
    colours = numpy.stack([plane, numpy.roll(plane, 40, 0), numpy.roll(plane, 70, 1)], -1)
    image = numpy.clip(colours + generator.normal(0, 12, colours.shape), 1, 255).astype("uint8")
    return numpy.tile(image, (side // piece, side // piece, 1))


def write(path, image, mask=None):
    """A tiled TIFF; with a mask, pixels outside of it are 0, which the file calls no data, and tiles without any are left out."""
    side = image.shape[0]

    def tiles():
        for row in range(0, side, TILE):
            for column in range(0, side, TILE):
                tile = image[row:row + TILE, column:column + TILE]
                valid = True if mask is None else mask[row:row + TILE, column:column + TILE]
                yield zlib.compress((tile * numpy.atleast_3d(valid)).astype("uint8").tobytes(), 6) if numpy.any(valid) else b""

    tags = [(42113, "s", 0, "0", True)] if mask is not None else []
    tifffile.imwrite(
        path, tiles(), shape=image.shape, dtype="uint8", tile=(TILE, TILE), photometric="rgb", compression="zlib", extratags=tags,
        bigtiff=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coppice")
    parser.add_argument("--side", type=int, default=16384)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one-piece", action="store_true", help="one round piece instead of some twenty")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: str(pathlib.Path(folder, name))
        run = lambda *arguments: subprocess.run([chosen.coppice, *arguments, "--quiet", "--local", "2"], check=True)
        image, mask = pixels(chosen.side), tissue(chosen.side, 0.3, chosen.one_piece)
        write(at("full.tif"), image)
        write(at("empty.tif"), image, mask)
        sample = image[:1024, :1024]
        tifffile.imwrite(at("sample.tif"), sample, photometric="rgb")
        labels = numpy.where(sample[..., 0] > 140, 2, 1) * (numpy.random.default_rng(1).random(sample.shape[:2]) < 0.01)
        tifffile.imwrite(at("labels.tif"), labels.astype("uint8"))
        run("train", at("sample.tif"), at("labels.tif"), "--output", at("model.json"))
        seconds = {"full": [], "empty": []}
        for _ in range(chosen.rounds):
            for name, times in seconds.items():
                start = time.perf_counter()
                run("segment", at(f"{name}.tif"), "--model", at("model.json"), "--output", at(f"{name}-labels.tif"))
                times.append(time.perf_counter() - start)
        found = {name: tifffile.imread(at(f"{name}-labels.tif"), level=0) for name in seconds}
        assert numpy.array_equal(found["empty"] != 0, mask), "label 0 elsewhere than where there is no data"
        reach = 70 // 16 + 1
        coarse = mask[::16, ::16]
        # Along both axes one after the other: a square around each pixel.
        square = coarse.copy()
        for axis in (0, 1):
            square = numpy.logical_and.reduce([numpy.roll(square, shift, axis) for shift in range(-reach, reach + 1)])
        inside = square.repeat(16, 0).repeat(16, 1)
        assert numpy.array_equal(found["empty"][inside], found["full"][inside]), "other labels far from the border"
        full, empty = (statistics.median(seconds[name]) for name in ("full", "empty"))
        print(f"{chosen.side}² pixels, {mask.mean():.1%} with data: full {full:.2f} s, masked {empty:.2f} s, ratio {empty / full:.3f}")


main()
