"""Make a microscope-like RGB image of any size with its known truth: python make_image.py SIDE FOLDER [--seed 0] [--uncompressed]
[--format tiff|zarr] [--every 1]

Writes FOLDER/image-SIDE.tif (8-bit RGB) and FOLDER/truth-SIDE.tif (labels 1 … 3), both BigTIFF in tiles of 512², tile by tile, so that
memory does not grow with SIDE; and, whatever the side, sample.tif and strokes.tif of 1024² to train on. As zarr, FOLDER/image-SIDE.zarr
is written instead of the first two: OME-Zarr 0.4, chunks of 512², packed by zlib; with --every N only those of every Nth row and column, and
the others are missing, so that an image of terabytes takes megabytes. Each cell of 64² pixels holds
one disc: label 2 is smooth and bright, label 3 is grained and dark, 1 is what lies between. A tile depends on the seed and on its
place only, and the scene comes again every 4096 pixels: images of two sizes agree where both have pixels, and a large one is made
as fast as the disk writes.
"""
import argparse
import functools
import json
import pathlib
import zlib

import numpy
import tifffile

TILE = 512
CELL = 64
# Tiles after which the scene comes again.
PERIOD = 8


def tile(seed, row, column):
    """Pixels and labels of a tile."""
    return distinct_tile(seed, row % PERIOD, column % PERIOD)


@functools.cache
def distinct_tile(seed, row, column):
    """Pixels and labels of one of the tiles that there are."""
    random = numpy.random.default_rng([seed, row, column])
    cells = TILE // CELL
    centre = random.uniform(24, 40, (cells, cells, 2))
    radius = random.uniform(10, 22, (cells, cells))
    kind = random.integers(2, 4, (cells, cells))
    y, x = numpy.mgrid[0:TILE, 0:TILE]
    cell_y, cell_x = y // CELL, x // CELL
    distance = numpy.hypot(y % CELL - centre[cell_y, cell_x, 0], x % CELL - centre[cell_y, cell_x, 1])
    labels = numpy.where(distance < radius[cell_y, cell_x], kind[cell_y, cell_x], 1).astype(numpy.uint8)
    grain = random.normal(0, 1, (TILE, TILE))
    coarse = random.normal(0, 1, (TILE // 4, TILE // 4)).repeat(4, 0).repeat(4, 1)
    level = numpy.choose(labels - 1, [150, 185, 95]) + numpy.choose(labels - 1, [6, 4, 4]) * grain + numpy.where(labels == 3, 22, 0) * coarse
    tint = numpy.choose(labels[..., None] - 1, [(1.0, 0.95, 1.0), (0.95, 1.0, 0.9), (1.0, 0.8, 1.1)])
    pixels = level[..., None] * tint + random.normal(0, 5, (TILE, TILE, 3))
    return numpy.clip(pixels, 0, 255).astype(numpy.uint8), labels


def square(seed, side):
    """All pixels and labels of a small image."""
    count = -(-side // TILE)
    parts = [[tile(seed, row, column) for column in range(count)] for row in range(count)]
    join = lambda which: numpy.concatenate([numpy.concatenate([part[which] for part in line], 1) for line in parts], 0)
    return join(0)[:side, :side], join(1)[:side, :side]


@functools.cache
def packed_tile(seed, row, column):
    """The pixels of a tile as a chunk (channel, row, column) of a Zarr array."""
    return zlib.compress(numpy.ascontiguousarray(distinct_tile(seed, row, column)[0].transpose(2, 0, 1)).tobytes(), 1)


def write_zarr(folder, seed, side, every):
    """An OME-Zarr 0.4 image of one level."""
    (folder / "0").mkdir(parents=True)
    (folder / ".zgroup").write_text(json.dumps({"zarr_format": 2}))
    axes = [{"name": "c", "type": "channel"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    scale = [{"type": "scale", "scale": [1.0, 1.0, 1.0]}]
    level = {"path": "0", "coordinateTransformations": scale}
    (folder / ".zattrs").write_text(json.dumps({"multiscales": [{"version": "0.4", "axes": axes, "datasets": [level]}]}))
    array = dict(
        zarr_format=2, shape=[3, side, side], chunks=[3, TILE, TILE], dtype="|u1", order="C", fill_value=0, filters=None,
        compressor={"id": "zlib", "level": 1}, dimension_separator="/")
    (folder / "0" / ".zarray").write_text(json.dumps(array))
    for row in range(0, -(-side // TILE), every):
        line = folder / "0" / "0" / str(row)
        line.mkdir(parents=True)
        for column in range(0, -(-side // TILE), every):
            (line / str(column)).write_bytes(packed_tile(seed, row % PERIOD, column % PERIOD))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("side", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--uncompressed", action="store_true")
    parser.add_argument("--format", choices=["tiff", "zarr"], default="tiff")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.format == "zarr":
        write_zarr(options.folder / f"image-{options.side}.zarr", options.seed, options.side, options.every)
    else:
        write_tiff(parser, options)
    write_sample(options)


def write_tiff(parser, options):
    """An image in tiles, and its truth."""
    if options.side % TILE:
        parser.error(f"SIDE: expected a multiple of {TILE}, found {options.side}")
    count = options.side // TILE
    places = [(row, column) for row in range(count) for column in range(count)]
    common = dict(tile=(TILE, TILE), bigtiff=True, metadata=None, maxworkers=2)
    compression = None if options.uncompressed else "zlib"
    level = None if options.uncompressed else {"level": 1}
    tifffile.imwrite(
        options.folder / f"image-{options.side}.tif", (tile(options.seed, *place)[0] for place in places),
        shape=(options.side, options.side, 3), dtype=numpy.uint8, photometric="rgb", compression=compression,
        compressionargs=level, **common)
    tifffile.imwrite(
        options.folder / f"truth-{options.side}.tif", (tile(options.seed, *place)[1] for place in places),
        shape=(options.side, options.side), dtype=numpy.uint8, photometric="minisblack", compression="zlib",
        compressionargs={"level": 1}, **common)


def write_sample(options):
    """A small image and strokes on it, to train on."""
    image, labels = square(options.seed + 1, 1024)
    strokes = numpy.zeros_like(labels)
    chosen = numpy.random.default_rng(options.seed).random(labels.shape) < 0.02
    strokes[chosen] = labels[chosen]
    tifffile.imwrite(options.folder / "sample.tif", image, photometric="rgb", compression="zlib", metadata=None)
    tifffile.imwrite(options.folder / "strokes.tif", strokes, photometric="minisblack", compression="zlib", metadata=None)


if __name__ == "__main__":
    main()
