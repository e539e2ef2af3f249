"""Make the images on which the annotator is measured: python make_slides.py FOLDER [--sides 32768 131072]

Writes FOLDER/slide-SIDE.zarr, OME-Zarr 0.4 with all its levels, 8-bit RGB, and FOLDER/picture.png of 1280×960 pixels. The scene is that of
`huge/make_image.py`. Up to 32,768² every pixel has data; larger ones are slides: round pieces of tissue, about a fifth of the area, and chunks that
are left out elsewhere. The scene comes again every 4,096 pixels, so that equal chunks are one file with many names: 17 gigapixels take some
fifty megabytes. What is there is kept.
"""
import argparse
import json
import os
import pathlib
import shutil
import struct
import sys
import zlib

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "huge"))
import make_image

TILE = make_image.TILE
PERIOD = make_image.PERIOD
BLOCK = TILE * PERIOD
FULL_MAX = 32_768
TISSUE = 0.2


def tissue(side):
    """Which blocks of 4,096² pixels have data."""
    count = side // BLOCK
    blocks = numpy.ones((count, count), bool)
    if side > FULL_MAX:
        blocks[:] = False
        dice = numpy.random.default_rng(7)
        rows, columns = numpy.indices(blocks.shape) + 0.5
        while blocks.mean() < TISSUE:
            row, column = dice.random(2) * count
            blocks |= (rows - row) ** 2 + (columns - column) ** 2 < (count * dice.uniform(0.05, 0.12)) ** 2
    return blocks


def halved(pixels):
    """Means of 2×2 pixels."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    return pixels.reshape(height, 2, width, 2, 3).mean((1, 3)).round().astype(numpy.uint8)


class Slide:
    """The chunks of all levels of a square image."""

    def __init__(self, side):
        self.side, self.blocks, self.known = side, tissue(side), {}

    def key(self, level, row, column):
        """Chunks with equal keys are equal; None for one without data."""
        across = 1 << level
        if across > PERIOD:
            return (level, row, column)
        scale = PERIOD // across
        return (level, row % scale, column % scale) if self.blocks[row // scale, column // scale] else None

    def chunk(self, level, row, column):
        key = self.key(level, row, column)
        if key is None:
            return numpy.zeros((TILE, TILE, 3), numpy.uint8)
        if key not in self.known:
            if level == 0:
                self.known[key] = make_image.tile(0, row, column)[0]
            else:
                parts = [[self.chunk(level - 1, 2 * row + y, 2 * column + x) for x in (0, 1)] for y in (0, 1)]
                self.known[key] = halved(numpy.concatenate([numpy.concatenate(line, 1) for line in parts], 0))
        return self.known[key]

    def write(self, folder):
        folder.mkdir(parents=True)
        sides = [self.side]
        while sides[-1] > TILE:
            sides.append(sides[-1] // 2)
        (folder / ".zgroup").write_text(json.dumps({"zarr_format": 2}))
        axes = [{"name": "c", "type": "channel"}, {"name": "y", "type": "space", "unit": "micrometer"}, {"name": "x", "type": "space", "unit": "micrometer"}]
        datasets = [
            {"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": [1.0, 0.25 * 2**level, 0.25 * 2**level]}]}
            for level in range(len(sides))]
        (folder / ".zattrs").write_text(json.dumps({"multiscales": [{"version": "0.4", "axes": axes, "datasets": datasets}]}))
        for level, side in enumerate(sides):
            self.write_level(folder / str(level), level, side)

    def write_level(self, folder, level, side):
        folder.mkdir()
        (folder / ".zarray").write_text(json.dumps(dict(
            zarr_format=2, shape=[3, side, side], chunks=[3, TILE, TILE], dtype="|u1", order="C", fill_value=0, filters=None,
            compressor={"id": "zlib", "level": 1}, dimension_separator="/")))
        written = {}
        for row in range(side // TILE):
            line = folder / "0" / str(row)
            line.mkdir(parents=True)
            for column in range(side // TILE):
                key, path = self.key(level, row, column), line / str(column)
                if key is None:
                    continue
                if key in written:
                    os.link(written[key], path)
                    continue
                pixels = self.chunk(level, row, column)
                if pixels.any():
                    path.write_bytes(zlib.compress(numpy.ascontiguousarray(pixels.transpose(2, 0, 1)).tobytes(), 1))
                    written[key] = path


def write_png(path, pixels):
    height, width = pixels.shape[:2]
    lines = numpy.concatenate([numpy.zeros((height, 1), numpy.uint8), pixels.reshape(height, -1)], 1).tobytes()
    part = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines, 1)) + part(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sides", type=int, nargs="+", default=[32_768, 131_072])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    picture = options.folder / "picture.png"
    if not picture.exists():
        write_png(picture, make_image.square(0, 1536)[0][:960, :1280])
    for side in options.sides:
        if side % BLOCK or side & (side - 1):
            parser.error(f"--sides: expected powers of two from {BLOCK} on, found {side}")
        target, draft = options.folder / f"slide-{side}.zarr", options.folder / f"slide-{side}.part"
        if not target.exists():
            shutil.rmtree(draft, ignore_errors=True)
            Slide(side).write(draft)
            draft.rename(target)
        print(target)


if __name__ == "__main__":
    main()
