#!/usr/bin/env python3
"""usage: outputs_elsewhere.py COPPICE

Opens what `coppice segment` writes with the programs that people look at it with: TIFF with tifffile, OpenSlide and libvips, OME-Zarr with
zarr-python, ome-zarr-py and the models of its specification. Every level of the pyramids must be there, and all values be those of the
PNGs. Ends with 1 if there was a fault.
"""
import logging
import pathlib
import subprocess
import sys
import tempfile

import numpy
import openslide
import PIL.Image
import pyvips
import tifffile
import zarr
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from ome_zarr_models import open_ome_zarr

WIDTH, HEIGHT = 1733, 1290
LEVELS = [(1733, 1290), (867, 645), (434, 323)]


def check(condition, what):
    if not condition:
        sys.exit(f"outputs elsewhere: {what}")


def halved(pixels, mean):
    """The next level: the top left of four pixels, or their mean, half up."""
    if not mean:
        return pixels[::2, ::2]
    edge = [(0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2)] + [(0, 0)] * (pixels.ndim - 2)
    wide = numpy.pad(pixels, edge, mode="edge").astype(int)
    return ((wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2] + 2) // 4).astype(pixels.dtype)


def segment(coppice, folder):
    """Trains on a noisy image, and writes all maps in all formats."""
    random = numpy.random.default_rng(5)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    kind = (y // 90 + x // 70) % 3
    image = (numpy.choose(kind, [60, 120, 180])[..., None] + random.normal(0, 30, (HEIGHT, WIDTH, 3))).clip(0, 255).astype(numpy.uint8)
    labels = numpy.where(random.random((HEIGHT, WIDTH)) < 0.001, numpy.choose(kind, [1, 49, 199]), 0).astype(numpy.uint8)
    PIL.Image.fromarray(image).save(folder / "image.png")
    PIL.Image.fromarray(labels).save(folder / "strokes.png")
    run = lambda *arguments: subprocess.run([coppice, *map(str, arguments), "--local", "2", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    run("train", folder / "image.png", folder / "strokes.png", "--output", folder / "model.json", "--trees", 12, "--sigma-max", 2)
    for ending in ("png", "tif"):
        run("segment", folder / "image.png", "--model", folder / "model.json", "--output", folder / f"labels.{ending}", "--uncertainty",
            folder / f"doubt.{ending}", "--overlay", folder / f"overlay.{ending}", "--probabilities", folder / f"{{class}}.{ending}", "--tile", 300)
    run("segment", folder / "image.png", "--model", folder / "model.json", "--output", folder / "labels.zarr", "--uncertainty",
        folder / "doubt.zarr", "--probabilities", folder / "classes.zarr")


def check_tiff(path, whole, mean):
    """All levels of a TIFF, with three readers."""
    with tifffile.TiffFile(path) as file:
        check(file.is_bigtiff and len(file.pages) == len(LEVELS), f"{path.name}: expected {len(LEVELS)} pages of a BigTIFF, found {len(file.pages)}")
        check([level.shape[1::-1] for level in file.series[0].levels] == LEVELS, f"{path.name}: tifffile sees no pyramid")
        level = whole
        for number, page in enumerate(file.pages):
            check(numpy.array_equal(page.asarray(), level), f"{path.name}: other values in level {number}")
            check(page.is_tiled, f"{path.name}: level {number} is not tiled")
            level = halved(level, mean)
    if whole.dtype == numpy.uint8:
        with openslide.OpenSlide(path) as slide:
            check(list(slide.level_dimensions) == LEVELS, f"{path.name}: OpenSlide sees the levels {slide.level_dimensions}")
            region = numpy.asarray(slide.read_region((1024, 1024), 0, (64, 64)))[..., :3]
            if whole.ndim == 3:
                check(numpy.array_equal(region, whole[1024:1088, 1024:1088]), f"{path.name}: OpenSlide reads other pixels")
    for number, (width, height) in enumerate(LEVELS):
        page = pyvips.Image.new_from_file(str(path), page=number)
        check((page.width, page.height) == (width, height), f"{path.name}: libvips sees {page.width}×{page.height} in level {number}")


def check_zarr(path, whole, mean, model, specs):
    """All levels of an OME-Zarr image: a label map, or maps with the channel first."""
    group = zarr.open_group(path, mode="r")
    level = whole
    for number in range(len(LEVELS)):
        check(numpy.array_equal(group[str(number)][:], level), f"{path.name}: other values in level {number}")
        level = halved(level, mean) if level.ndim == 2 else numpy.stack([halved(plane, mean) for plane in level])
    check(type(open_ome_zarr(group)).__name__ == model, f"{path.name}: the metadata are not those of an {model}")
    nodes = list(Reader(parse_url(str(path)))())
    found = [part.shape[:-3:-1] for part in nodes[0].data] if nodes else []
    check(found == LEVELS, f"{path.name}: ome-zarr-py sees the levels {found}")
    check({type(spec).__name__ for spec in nodes[0].specs} >= specs, f"{path.name}: ome-zarr-py sees {nodes[0].specs}")


def main():
    logging.disable()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        segment(sys.argv[1], folder)
        maps = {"labels": False, "doubt": True, "overlay": True, "class 1": True, "class 49": True, "class 199": True}
        for file, mean in maps.items():
            check_tiff(folder / f"{file}.tif", numpy.asarray(PIL.Image.open(folder / f"{file}.png")), mean)
        read = lambda file: numpy.asarray(PIL.Image.open(folder / f"{file}.png")).astype("u1" if file == "labels" else "u2")
        check_zarr(folder / "labels.zarr", read("labels"), False, "ImageLabel", {"Label", "Multiscales"})
        check_zarr(folder / "doubt.zarr", read("doubt"), True, "Image", {"OMERO", "Multiscales"})
        classes = numpy.stack([read(f"class {label}") for label in (1, 49, 199)])
        check_zarr(folder / "classes.zarr", classes, True, "Image", {"OMERO", "Multiscales"})
        labels = [channel["label"] for channel in zarr.open_group(folder / "classes.zarr", mode="r").attrs["omero"]["channels"]]
        check(labels == ["class 1", "class 49", "class 199"], f"classes.zarr: channels {labels}")
        print(f"outputs elsewhere: {len(maps)} pyramids as TIFF with tifffile, OpenSlide and libvips, 3 as OME-Zarr with zarr-python and "
              "ome-zarr-py: all levels, all values")


if __name__ == "__main__":
    main()
