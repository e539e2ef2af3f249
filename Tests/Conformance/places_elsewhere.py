#!/usr/bin/env python3
"""usage: places_elsewhere.py COPPICE

Whether maps lie where their images lie: georeferenced pyramids as rasterio opens them, sizes of pixels as tifffile, ome-types and
ome-zarr-py read them, from TIFF to OME-Zarr and back, and for levels and pages. Ends with 1 if there was a fault.
"""
import logging
import math
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import ome_types
import PIL.Image
import rasterio
import rasterio.control
import rasterio.crs
import rasterio.enums
import rasterio.transform
import tifffile
import zarr
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader

COPPICE = sys.argv[1]
WIDTH, HEIGHT = 1301, 1090
# No EPSG code: keys refer to doubles and texts.
CUSTOM = "+proj=lcc +lat_1=33 +lat_2=45 +lat_0=39 +lon_0=-96 +x_0=1000 +y_0=0 +datum=NAD83 +units=m"
NORTH_UP = rasterio.transform.from_origin(500000, 4600000, 0.5, 0.5)
PLACES = {
    "utm": dict(crs="EPSG:32631", transform=NORTH_UP),
    "point": dict(crs="EPSG:32631", transform=NORTH_UP, tags=dict(AREA_OR_POINT="Point")),
    "oblong": dict(crs="EPSG:25832", transform=rasterio.transform.from_origin(390000.25, 5820000.75, 10, 20)),
    "degrees": dict(crs="EPSG:4326", transform=rasterio.transform.from_origin(7.5, 47.25, 1 / 3600, 1 / 3600)),
    "turned": dict(crs="EPSG:32719", transform=rasterio.Affine(0.6, -0.8, 300000, -0.8, -0.6, 7000000)),
    "upwards": dict(crs="EPSG:3857", transform=rasterio.Affine(2, 0, -1000, 0, 2, 500)),
    "feet": dict(crs="EPSG:2263", transform=rasterio.transform.from_origin(980000, 200000, 1.5, 1.5)),
    "custom": dict(crs=CUSTOM, transform=rasterio.transform.from_origin(-5000, 7000, 30, 30)),
}


def check(condition, what):
    if not condition:
        sys.exit(f"places elsewhere: {what}")


def run(*arguments):
    subprocess.run([COPPICE, *map(str, arguments), "--local", "2", "--quiet"], check=True, stdout=subprocess.DEVNULL)


def is_near(one, other, tolerance):
    return all(abs(a - b) <= tolerance for a, b in zip(one, other))


def scene():
    """Stripes with noise, and strokes on them."""
    random = numpy.random.default_rng(11)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    kind = (y // 80 + x // 110) % 2
    image = (numpy.where(kind, 160, 70) + random.normal(0, 20, kind.shape)).clip(0, 255).astype(numpy.uint8)
    return image, numpy.where(random.random(kind.shape) < 0.002, kind + 1, 0).astype(numpy.uint8)


def write_geo(path, image, crs, transform, tags=None):
    with rasterio.open(path, "w", driver="GTiff", width=WIDTH, height=HEIGHT, count=1, dtype="uint8", tiled=True, crs=crs,
                       transform=transform) as file:
        file.write(image, 1)
        file.update_tags(**(tags or {}))
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)


def check_place(path, crs, transform, what, level=None):
    options = {} if level is None else dict(overview_level=level)
    with rasterio.open(path, **options) as file:
        check(file.crs == rasterio.crs.CRS.from_string(crs), f"{what}: {file.crs}, not {crs}")
        size = max(abs(value) for value in tuple(transform)[:2] + tuple(transform)[3:5])
        check(is_near(file.transform[:6], transform[:6], 1e-6 * size), f"{what}: {file.transform[:6]}, not {transform[:6]}")


def corner(transform, x, y):
    a, b, c, d, e, f = tuple(transform)[:6]
    return a * x + b * y + c, d * x + e * y + f


def check_zarr_place(path, transform, what, is_mean):
    """Every level's centres of pixels, as far as scales and translations can say them."""
    a, b, c, d, e, f = tuple(transform)[:6]
    image = zarr.open_group(path, mode="r").attrs["multiscales"][0]
    nodes = list(Reader(parse_url(str(path)))())
    for level, dataset in enumerate(image["datasets"]):
        check(nodes[0].metadata["coordinateTransformations"][level] == dataset["coordinateTransformations"], f"{what}: ome-zarr-py")
        scale = dataset["coordinateTransformations"][0]["scale"][-2:]
        side = 2**level
        if b or d:
            check(is_near(scale, [side * math.hypot(b, e), side * math.hypot(a, d)], 1e-9), f"{what}: sides {scale}")
            continue
        shift = dataset["coordinateTransformations"][1]["translation"][-2:]
        # The pixel of an overview that is a mean lies in the middle of its pixels, a label where the one at the top left lay.
        middle = side / 2 if is_mean else 0.5
        x, y = corner(transform, middle, middle)
        check(is_near(scale, [side * e, side * a], 1e-9 * abs(a)), f"{what} level {level}: scale {scale}")
        check(is_near(shift, [y, x], 1e-6 * abs(a)), f"{what} level {level}: {shift}, not {y, x}")
    return len(image["datasets"])


def check_geo(folder, image):
    levels = 0
    for name, place in PLACES.items():
        source = folder / f"{name}.tif"
        write_geo(source, image, **place)
        maps = [folder / f"{name}-{kind}" for kind in ("labels.tif", "doubt.tif", "over.tif", "p-{class}.tif")]
        run("segment", source, "--model", folder / "model.json", "--output", maps[0], "--uncertainty", maps[1], "--overlay", maps[2],
            "--probabilities", maps[3])
        for file in [*maps[:3], folder / f"{name}-p-class 1.tif", folder / f"{name}-p-class 2.tif"]:
            with rasterio.open(source) as before, rasterio.open(file) as after:
                check(before.transform.almost_equals(place["transform"], 1e-9), f"{source.name}: not written as meant")
                check(after.bounds == before.bounds and after.crs == before.crs, f"{file.name}: {after.bounds}, {after.crs}")
                check(after.tags().get("AREA_OR_POINT") == before.tags().get("AREA_OR_POINT"), f"{file.name}: {after.tags()}")
            check_place(file, place["crs"], place["transform"], file.name)
            for level in range(3):
                larger = place["transform"] * rasterio.Affine.scale(2**level)
                check_place(f"GTIFF_DIR:{level + 1}:{file}", place["crs"], larger, f"{file.name} level {level}")
                levels += 1
        # A level of the pyramid, as GDAL places it.
        for level in (1, 2):
            file = folder / f"{name}-level{level}.tif"
            run("segment", source, "--level", level, "--model", folder / "model.json", "--output", file)
            with rasterio.open(source, overview_level=level - 1) as overview:
                check_place(file, place["crs"], overview.transform, file.name)
                with rasterio.open(file) as found:
                    check(found.shape == overview.shape, f"{file.name}: {found.shape}")
        # To OME-Zarr, and from there back.
        shares = folder / f"{name}.zarr"
        run("segment", source, "--model", folder / "model.json", "--output", folder / f"{name}-labels.zarr", "--probabilities", shares)
        with rasterio.open(source) as before:
            levels += check_zarr_place(folder / f"{name}-labels.zarr", before.transform, f"{name}-labels.zarr", False)
            levels += check_zarr_place(shares, before.transform, shares.name, True)
        unit = {axis["name"]: axis.get("unit") for axis in zarr.open_group(shares, mode="r").attrs["multiscales"][0]["axes"]}
        known = {"degrees": None, "feet": None}.get(name, "meter")
        check(unit == dict(c=None, y=known, x=known), f"{shares.name}: units {unit}")
        if not (folder / "again.json").exists():
            run("train", shares, folder / "strokes.png", "--output", folder / "again.json", "--trees", 3, "--sigma-max", 1)
        for level in range(3):
            back = folder / f"{name}-back{level}.tif"
            run("segment", shares, "--level", level, "--model", folder / "again.json", "--output", back)
            check_place(back, place["crs"], place["transform"] * rasterio.Affine.scale(2**level), back.name)
    return levels


def check_points(folder, image):
    """Points on the ground alone say where the image lies."""
    source = folder / "points.tif"
    points = [rasterio.control.GroundControlPoint(row, column, 10 + column / 100, 50 - row / 100, 0)
              for row, column in ((0, 0), (0, WIDTH), (HEIGHT, 0), (HEIGHT, WIDTH))]
    with rasterio.open(source, "w", driver="GTiff", width=WIDTH, height=HEIGHT, count=1, dtype="uint8", gcps=points, crs="EPSG:4326") as file:
        file.write(image, 1)
    run("segment", source, "--model", folder / "model.json", "--output", folder / "points-labels.tif")
    with rasterio.open(folder / "points-labels.tif") as file:
        found, crs = file.gcps
        check([(p.row, p.col, p.x, p.y) for p in found] == [(p.row, p.col, p.x, p.y) for p in points] and crs == "EPSG:4326",
              f"points: {found}, {crs}")


def check_sizes(folder, image):
    """Sizes of pixels, from every format that states them into every one that holds them."""
    size, micro = 0.325, dict(PhysicalSizeX=0.325, PhysicalSizeXUnit="µm", PhysicalSizeY=650.0, PhysicalSizeYUnit="nm")
    tifffile.imwrite(folder / "a.ome.tif", image, metadata=dict(axes="YX", **micro))
    tifffile.imwrite(folder / "b.tif", image, resolution=(1e4 / size, 1e4 / 0.65), resolutionunit="CENTIMETER")
    tifffile.imwrite(folder / "c.tif", image, imagej=True, resolution=(1 / size, 1 / 0.65), metadata=dict(axes="YX", unit="um"))
    PIL.Image.fromarray(image).save(folder / "d.png", dpi=(25400 / size, 25400 / 0.65))
    group = zarr.open_group(folder / "e.zarr", mode="w", zarr_format=2)
    group.create_array("0", data=image, chunks=(512, 512))
    axes = [dict(name=name, type="space", unit="micrometer") for name in "yx"]
    transformations = [dict(type="scale", scale=[0.65, size]), dict(type="translation", translation=[7.0, 9.0])]
    group.attrs["multiscales"] = [dict(version="0.4", axes=axes, datasets=[dict(path="0", coordinateTransformations=transformations)])]
    count = 0
    for source in ("a.ome.tif", "b.tif", "c.tif", "d.png", "e.zarr"):
        outputs = {ending: folder / f"{source[0]}-out.{ending}" for ending in ("tif", "ome.tif", "png", "zarr")}
        for output in outputs.values():
            run("segment", folder / source, "--model", folder / "model.json", "--output", output)
        with tifffile.TiffFile(outputs["tif"]) as file:
            for level, page in enumerate(file.pages):
                check(page.resolutionunit == 3 and is_near(page.resolution, (1e4 / size / 2**level, 1e4 / 0.65 / 2**level), 0.02),
                      f"{source}: resolution {page.resolution} in level {level}")
        pixels = ome_types.from_tiff(outputs["ome.tif"]).images[0].pixels
        microns = {"µm": 1, "nm": 1e-3}
        found = [pixels.physical_size_x * microns[pixels.physical_size_x_unit.value],
                 pixels.physical_size_y * microns[pixels.physical_size_y_unit.value]]
        check(is_near(found, (size, 0.65), 1e-6), f"{source}: ome-types reads {found}")
        with tifffile.TiffFile(outputs["ome.tif"]) as file:
            check(file.is_ome and numpy.array_equal(file.series[0].asarray(), tifffile.imread(outputs["tif"])), f"{source}: the OME-TIFF")
        with PIL.Image.open(outputs["png"]) as file:
            check(is_near(file.info["dpi"], (25400 / size, 25400 / 0.65), 0.1), f"{source}: PNG {file.info['dpi']}")
        metadata = list(Reader(parse_url(str(outputs["zarr"])))())[0].metadata
        unit = {"a.ome.tif": ["nanometer", "micrometer"]}.get(source, ["micrometer"] * 2)
        check([axis.get("unit") for axis in metadata["axes"]] == unit, f"{source}: axes {metadata['axes']}")
        factor = 1000 if source == "a.ome.tif" else 1
        for level, list_ in enumerate(metadata["coordinateTransformations"]):
            check(is_near(list_[0]["scale"], [0.65 * factor * 2**level, size * 2**level], 1e-5), f"{source}: {list_}")
            check((list_[1]["translation"] if len(list_) > 1 else [0, 0]) == ([7, 9] if source == "e.zarr" else [0, 0]), f"{source}: {list_}")
        count += len(outputs)
    return count


def check_stacks(folder):
    """All planes in one file: axes, order, overviews and steps."""
    random = numpy.random.default_rng(3)
    planes = random.integers(0, 256, (2, 3, 540, 620), numpy.uint8)
    sizes = dict(PhysicalSizeX=0.5, PhysicalSizeXUnit="µm", PhysicalSizeY=0.5, PhysicalSizeYUnit="µm", PhysicalSizeZ=2.0, PhysicalSizeZUnit="µm",
                 TimeIncrement=1.5, TimeIncrementUnit="s")
    tifffile.imwrite(folder / "stack.ome.tif", planes, metadata=dict(axes="TZYX", **sizes))
    options = ("--all-pages", "--model", folder / "model.json")
    run("segment", folder / "stack.ome.tif", *options, "--output", folder / "plane{page}.tif", "--probabilities", folder / "plane{page}-{class}.tif")
    run("segment", folder / "stack.ome.tif", *options, "--output", folder / "all.tif", "--probabilities", folder / "all.zarr")
    run("segment", folder / "stack.ome.tif", *options, "--output", folder / "labels.zarr", "--uncertainty", folder / "all.npy")
    expected = numpy.stack([tifffile.imread(folder / f"plane{page}.tif") for page in range(6)]).reshape(2, 3, 540, 620)
    shares = numpy.stack([[tifffile.imread(folder / f"plane{page}-class {one}.tif") for one in (1, 2)] for page in range(6)])
    shares = shares.reshape(2, 3, 2, 540, 620).transpose(0, 2, 1, 3, 4)
    with tifffile.TiffFile(folder / "all.tif") as file:
        series = file.series[0]
        check(series.axes == "TZYX" and numpy.array_equal(series.asarray(), expected), f"all.tif: axes {series.axes}")
        check([level.shape for level in series.levels] == [(2, 3, 540, 620), (2, 3, 270, 310)], "all.tif: levels")
        check(numpy.array_equal(series.levels[1].asarray(), expected[..., ::2, ::2]), "all.tif: values of level 1")
    pixels = ome_types.from_tiff(folder / "all.tif").images[0].pixels
    found = (pixels.physical_size_z, pixels.physical_size_z_unit.value, pixels.time_increment, pixels.time_increment_unit.value)
    check(found == (2, "µm", 1.5, "s"), f"all.tif: {found}")
    for name, values, axes in (("labels.zarr", expected, "tzyx"), ("all.zarr", shares, "tczyx")):
        group = zarr.open_group(folder / name, mode="r")
        image = group.attrs["multiscales"][0]
        check("".join(axis["name"] for axis in image["axes"]) == axes, f"{name}: {image['axes']}")
        check(numpy.array_equal(group["0"][:], values), f"{name}: other values")
        scale = image["datasets"][1]["coordinateTransformations"][0]["scale"]
        check(scale == [dict(t=1.5, c=1, z=2, y=1, x=1)[axis] for axis in axes], f"{name}: scale {scale}")
        check(len(list(Reader(parse_url(str(folder / name)))())[0].data) == 2, f"{name}: ome-zarr-py sees no pyramid")
    check(numpy.load(folder / "all.npy").shape == (2, 3, 540, 620), "all.npy: its shape")


def main():
    logging.disable()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image, strokes = scene()
        for file, pixels in (("image.png", image), ("strokes.png", strokes)):
            PIL.Image.fromarray(pixels).save(folder / file)
        run("train", folder / "image.png", folder / "strokes.png", "--output", folder / "model.json", "--trees", 3, "--sigma-max", 1)
        levels = check_geo(folder, image)
        check_points(folder, image)
        outputs = check_sizes(folder, image)
        check_stacks(folder)
    print(f"places elsewhere: {len(PLACES)} georeferenced pyramids with {levels} levels of maps lie where rasterio and ome-zarr-py say, also "
          f"their levels and the way back from OME-Zarr; {outputs} outputs have the size of their pixels; stacks have their axes")


if __name__ == "__main__":
    main()
