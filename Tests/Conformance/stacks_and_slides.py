"""Planes, channels, sample types and resolutions of files that other programs write, against what they read themselves.

Usage: python stacks_and_slides.py COPPICE        (numpy, tifffile, zarr, openslide, pillow)

The pixels that coppice reads come out as the feature "intensity" at a sigma so small that nothing is blurred: the sample as a float.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy
import openslide
import tifffile
import zarr

COPPICE = sys.argv[1]
SCALE = {"uint8": 255, "uint16": 65535, "uint32": 2**32 - 1, "int8": 127, "int16": 32767, "int32": 2**31 - 1, "float32": 1}


def read(path, *options):
    """(height, width, channels) of floats."""
    with tempfile.TemporaryDirectory() as folder:
        array = f"{folder}/a.npy"
        subprocess.run(
            [COPPICE, "features", path, "--features", "intensity", "--sigma-min", "0.01", "--sigma-max", "0.01", "--output", array,
             "--local", "1", "--quiet", *options], check=True)
        return numpy.load(array)


def as_floats(pixels):
    scale = SCALE[pixels.dtype.name]
    return numpy.maximum(pixels.astype(numpy.float32) * numpy.float32(1 / scale), -1) if scale != 1 else pixels


def noise(shape, dtype="uint8"):
    random = numpy.random.default_rng(7)
    if dtype == "float32":
        return random.normal(0, 3, shape).astype(dtype)
    info = numpy.iinfo(dtype)
    return random.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


def expect_equal(found, expected, what):
    if found.shape != expected.shape or not numpy.array_equal(found, expected):
        raise SystemExit(f"{what}: expected the pixels that were written, found others ({found.shape}, {expected.shape})")


def check_types(folder):
    count = 0
    for dtype in SCALE:
        for options in (dict(), dict(tile=(32, 48), compression="zlib", predictor=dtype != "float32"), dict(planarconfig="separate", byteorder=">")):
            pixels = noise((3, 50, 70) if "planarconfig" in options else (50, 70, 3), dtype)
            tifffile.imwrite(folder / "a.tif", pixels, photometric="rgb", **options)
            if "planarconfig" in options:
                pixels = numpy.moveaxis(pixels, 0, -1)
            expect_equal(read(folder / "a.tif"), as_floats(pixels), f"{dtype} {options}")
            count += 1
    return count


def check_stacks(folder):
    count = 0
    for axes in ("TZCYX", "TCZYX", "ZTCYX", "ZCTYX", "CZTYX", "CTZYX", "ZYX", "CYX", "TYXS"):
        sizes = dict(T=2, Z=3, C=2, Y=20, X=30, S=3)
        pixels = noise([sizes[axis] for axis in axes])
        rgb = dict(photometric="rgb") if "S" in axes else dict(photometric="minisblack")
        for name, options in (("stack.ome.tif", dict()), ("tiles.ome.tif", dict(tile=(16, 16)))):
            tifffile.imwrite(folder / name, pixels, metadata=dict(axes=axes), **rgb, **options)
            count += check_planes(folder / name, pixels, axes)
    for axes in ("TZCYX", "ZCYX", "TYX", "CYX"):
        pixels = noise([dict(T=2, Z=3, C=2, Y=20, X=30)[axis] for axis in axes])
        tifffile.imwrite(folder / "imagej.tif", pixels, imagej=True, metadata=dict(axes=axes))
        count += check_planes(folder / "imagej.tif", pixels, axes)
    pixels = noise((2, 2, 3, 20, 30), "uint16")
    for version, form in (("0.4", 2), ("0.5", 3)):
        path = folder / f"stack{form}.ome.zarr"
        group = zarr.open_group(path, mode="w", zarr_format=form)
        group.create_array("0", data=pixels, chunks=(1, 1, 2, 16, 16))
        kinds = dict(t="time", c="channel", z="space", y="space", x="space")
        image = dict(axes=[dict(name=name, type=kind) for name, kind in kinds.items()], datasets=[
            dict(path="0", coordinateTransformations=[dict(type="scale", scale=[1.0] * 5)])])
        group.attrs.update(dict(multiscales=[image | dict(version=version)]) if form == 2 else dict(ome=dict(version=version, multiscales=[image])))
        count += check_planes(path, pixels, "TCZYX")
    return count


def check_planes(path, pixels, axes):
    """Every page, with the channels last."""
    samples = [axis for axis in axes if axis in "CS"]
    order = [axes.index(axis) for axis in "TZYX" if axis in axes] + [axes.index(axis) for axis in samples]
    planes = pixels.transpose(order)
    if not samples:
        planes = planes[..., None]
    planes = planes.reshape(-1, *planes.shape[-3:])
    for page, plane in enumerate(planes):
        expect_equal(read(path, "--page", str(page)), as_floats(numpy.ascontiguousarray(plane)), f"{path.name} {axes} page {page}")
    return len(planes)


def check_slide(folder, compression):
    """A slide as Aperio's scanners write it, whose third level is no whole fraction of the first."""
    path = folder / "slide.svs"
    full = noise((900, 1300, 3)) // 4 + 90
    description = "Aperio Image Library v11.2.1\r\n1300x900 [0,0 1300x900] (256x256) |AppMag = 20|MPP = 0.4990"
    with tifffile.TiffWriter(path) as file:
        options = dict(photometric="rgb", metadata=None, description=description)
        file.write(full, tile=(256, 256), compression=compression, **options)
        file.write(full[::9, ::9], **options)
        file.write(full[::2, ::2], tile=(256, 256), compression=compression, **options)
        file.write(full[:299, :433], tile=(256, 256), compression=compression, **options)
    with openslide.OpenSlide(path) as slide:
        for level, (width, height) in enumerate(slide.level_dimensions):
            found = read(path, "--level", str(level))
            for y in range(0, height, 512):
                for x in range(0, width, 512):
                    corner = [round(value * slide.level_downsamples[level]) for value in (x, y)]
                    size = (min(512, width - x), min(512, height - y))
                    region = numpy.asarray(slide.read_region(corner, level, size))
                    opaque = region[..., 3] == 255
                    expected = as_floats(numpy.ascontiguousarray(region[..., :3]))
                    part = found[y:y + size[1], x:x + size[0]]
                    # Both sides are of OpenSlide, in versions that may interpolate otherwise between pixels.
                    difference = numpy.abs(part - expected)[opaque].max() * 255
                    if difference > (0.01 if slide.level_downsamples[level].is_integer() else 12):
                        raise SystemExit(f"{path.name}, level {level}: expected OpenSlide's pixels, found up to {difference} from them")
        return len(slide.level_dimensions)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        types = check_types(folder)
        planes = check_stacks(folder)
        levels = sum(check_slide(folder, compression) for compression in (None, "zlib"))
    print(f"stacks and slides: {types} files of all sample types, {planes} planes and {levels} levels equal what wrote them")


main()
