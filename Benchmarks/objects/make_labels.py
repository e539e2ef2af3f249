"""Make a label image of any size with its known objects: python make_labels.py SIDE FOLDER [--seed 0]

Writes FOLDER/labels-SIDE.zarr, OME-Zarr 0.4 in chunks of 1024², packed by zlib, chunk by chunk, so that memory does not grow with SIDE; and
prints the number of objects and of their pixels. Each cell of 70² pixels holds one ellipse of label 1 or 2, turned at random, some with a
hole; cells lie across the borders of chunks, and so do objects. A row of cells depends on the seed and its number only. 100000² pixels hold
2.04 million objects.
"""
import argparse
import json
import pathlib
import zlib

import numpy

CHUNK = 1024
CELL = 70


def cells(seed, row, columns):
    """The masks of a row of cells: labels [70][70 · columns], and the pixels of each object."""
    random = numpy.random.default_rng([seed, row])
    y, x = numpy.mgrid[0:CELL, 0:CELL] - (CELL - 1) / 2
    shapes = 64
    turn = random.uniform(0, numpy.pi, shapes)[:, None, None]
    major = random.uniform(12, 33, shapes)[:, None, None]
    minor = major * random.uniform(0.4, 1, shapes)[:, None, None]
    along = x * numpy.cos(turn) + y * numpy.sin(turn)
    across = y * numpy.cos(turn) - x * numpy.sin(turn)
    distance = (along / major) ** 2 + (across / minor) ** 2
    is_ring = (random.random(shapes) < 0.25)[:, None, None]
    masks = (distance < 1) & ~(is_ring & (distance < 0.2))
    kinds = random.integers(1, 3, shapes)[:, None, None]
    library = (masks * kinds).astype(numpy.uint8)
    choice = random.integers(0, shapes, columns)
    return library, choice


class Scene:
    """The rows of cells that a row of chunks needs."""

    def __init__(self, seed, side):
        self.seed, self.count, self.rows = seed, side // CELL, {}

    def row(self, number):
        if number not in self.rows:
            if len(self.rows) > 20:
                self.rows.clear()
            library, choice = cells(self.seed, number, self.count)
            self.rows[number] = numpy.concatenate(library[choice], axis=1)
        return self.rows[number]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("side", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    side, store = options.side, options.folder / f"labels-{options.side}.zarr"
    scene = Scene(options.seed, side)
    count = -(-side // CHUNK)
    (store / "0").mkdir(parents=True, exist_ok=True)
    (store / ".zgroup").write_text('{"zarr_format": 2}')
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    scale = [{"type": "scale", "scale": [0.5, 0.5]}]
    (store / ".zattrs").write_text(json.dumps({"multiscales": [{
        "version": "0.4", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]}))
    (store / "0" / ".zarray").write_text(json.dumps({
        "zarr_format": 2, "shape": [side, side], "chunks": [CHUNK, CHUNK], "dtype": "|u1", "order": "C", "fill_value": 0,
        "filters": None, "compressor": {"id": "zlib", "level": 1}, "dimension_separator": "/"}))
    pixels = 0
    for row in range(count):
        band = numpy.zeros((CHUNK, count * CHUNK), numpy.uint8)
        for number in range(row * CHUNK // CELL, min(scene.count, ((row + 1) * CHUNK - 1) // CELL + 1)):
            first, last = max(number * CELL, row * CHUNK), min((number + 1) * CELL, (row + 1) * CHUNK)
            part = scene.row(number)[first - number * CELL:last - number * CELL]
            band[first - row * CHUNK:last - row * CHUNK, :part.shape[1]] = part
        pixels += int(numpy.count_nonzero(band))
        (store / "0" / str(row)).mkdir(exist_ok=True)
        for column in range(count):
            chunk = numpy.ascontiguousarray(band[:, column * CHUNK:(column + 1) * CHUNK])
            (store / "0" / str(row) / str(column)).write_bytes(zlib.compress(chunk, 1))
    truth = {"objects": scene.count ** 2, "pixels": pixels}
    (options.folder / f"truth-{side}.json").write_text(json.dumps(truth))
    print(json.dumps(truth))


main()
