#!/usr/bin/env python3
"""usage: ome_zarr_inputs.py COPPICE [FOLDER…]

Holds the reading of OME-Zarr against zarr-python. Images are written by it with every codec, byte order and layout that Coppice reads;
those below the folders are taken as they are. Each image is read by zarr-python and written as a PNG (as an uncompressed OME-Zarr where
no PNG has its channels and type); `coppice segment` must give the same labels for both. Labels that are written as OME-Zarr must be read
by zarr-python as those of the PNG. What `coppice info` refuses must be refused with
65 and one line that names the folder, and is listed with its reason. Ends with 1 if there was a fault.
"""
import hashlib
import itertools
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import numcodecs
import numpy
import PIL.Image
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}

# The types that become others when they are read. True is full intensity.
READ_AS = {"bool": "uint8", "float16": "float32", "float64": "float32", "int64": "int32", "uint64": "uint32"}


def png(path, pixels):
    """Writes rows × columns × 1 or 3 channels of 8 or 16 bits."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, channels = pixels.shape
    stored = pixels.astype(pixels.dtype.newbyteorder(">"))
    rows = b"".join(b"\0" + row.tobytes() for row in stored)
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, 0 if channels == 1 else 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    pathlib.Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + content)


def multiscales(axes, version):
    image = {"axes": [{"name": axis, "type": TYPES[axis]} for axis in axes], "datasets": [
        {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0] * len(axes)}]}]}
    if version == 2:
        return {"multiscales": [image | {"version": "0.4"}]}
    return {"ome": {"version": "0.5", "multiscales": [image]}}


def noise(shape, dtype, axes):
    """Blobs with noise, so that compressors have something to do, and that no two channels are the same."""
    generator = numpy.random.default_rng(7)
    row, column = numpy.indices(shape[-2:])
    plane = (numpy.sin(row / 9) + numpy.cos(column / 7) + 2) / 4 * numpy.iinfo(dtype).max * 0.9
    image = plane + generator.integers(0, numpy.iinfo(dtype).max // 16, size=shape)
    for index in numpy.ndindex(shape[:-2]):
        image[index] = numpy.roll(image[index], 11 * sum(index), axis=-1)
    return image.astype(dtype)


def layouts():
    """(name, axes, shape, arguments of create_array) of the images that are written here."""
    plane, volume = ("yx", (90, 110)), ("tczyx", (2, 3, 2, 90, 110))
    for shuffle, name in itertools.product((0, 1, 2), ("lz4", "lz4hc", "zlib", "zstd", "blosclz")):
        for dtype in ("|u1", "<u2"):
            codec = numcodecs.Blosc(cname=name, clevel=5, shuffle=shuffle)
            yield f"v2 blosc {name} shuffle {shuffle} {dtype}", *plane, dict(
                zarr_format=2, chunks=(40, 64), dtype=dtype, compressors=codec)
    for codec in (None, numcodecs.Zlib(5), numcodecs.GZip(5), numcodecs.Zstd(5), numcodecs.Zstd(1, checksum=True)):
        for dtype, separator in itertools.product(("|u1", "<u2", ">u2"), "./"):
            yield f"v2 {codec} {dtype} {separator}", *plane, dict(
                zarr_format=2, chunks=(40, 64), dtype=dtype, compressors=codec,
                chunk_key_encoding={"name": "v2", "separator": separator})
    for dtype in ("|u1", "<u2", ">u2"):
        yield f"v2 columns first {dtype}", *plane, dict(
            zarr_format=2, chunks=(40, 64), dtype=dtype, compressors=numcodecs.Zlib(1), order="F")
    yield "v2 columns first, five dimensions", *volume, dict(
        zarr_format=2, chunks=(1, 2, 1, 40, 64), dtype="<u2", compressors=None, order="F")
    yield "v3 transposed", *plane, dict(
        zarr_format=3, chunks=(40, 64), dtype="uint16", filters=[TransposeCodec(order=(1, 0))], compressors=[ZstdCodec()])
    yield "v3 transposed, five dimensions", *volume, dict(
        zarr_format=3, chunks=(1, 3, 2, 40, 64), dtype="uint16", filters=[TransposeCodec(order=(3, 0, 4, 2, 1))], compressors=[])
    sharding = ShardingCodec(chunk_shape=(16, 32), codecs=[TransposeCodec(order=(1, 0)), BytesCodec(), ZstdCodec()])
    yield "v3 transposed in shards", *plane, dict(
        zarr_format=3, chunks=(64, 96), dtype="uint16", serializer=sharding, compressors=[])
    sharding = ShardingCodec(chunk_shape=(32, 16), codecs=[BytesCodec(), ZstdCodec()])
    yield "v3 shards of transposed dimensions", *plane, dict(
        zarr_format=3, chunks=(64, 96), dtype="uint16", filters=[TransposeCodec(order=(1, 0))], serializer=sharding, compressors=[])
    yield "v2 five dimensions", *volume, dict(zarr_format=2, chunks=(1, 2, 1, 40, 64), dtype="<u2", compressors=numcodecs.Zstd(3))
    for name, shuffle in itertools.product(("lz4", "lz4hc", "zlib", "zstd"), ("noshuffle", "shuffle", "bitshuffle")):
        yield f"v3 blosc {name} {shuffle}", *plane, dict(
            zarr_format=3, chunks=(40, 64), dtype="uint16", compressors=BloscCodec(cname=name, shuffle=shuffle, typesize=2))
    for codecs in ([], [GzipCodec()], [ZstdCodec()], [ZstdCodec(checksum=True)], [Crc32cCodec()], [ZstdCodec(), Crc32cCodec()],
                   [Crc32cCodec(), GzipCodec()]):
        for dtype, endian in (("uint8", "little"), ("uint16", "little"), ("uint16", "big")):
            names = " ".join(type(codec).__name__ for codec in codecs)
            yield f"v3 {names} {dtype} {endian}", *plane, dict(
                zarr_format=3, chunks=(40, 64), dtype=dtype, compressors=codecs, serializer=BytesCodec(endian=endian))
    for location in ("start", "end"):
        for codecs in ([BytesCodec()], [BytesCodec(), ZstdCodec()], [BytesCodec(endian="big"), BloscCodec(cname="lz4", typesize=2)]):
            sharding = ShardingCodec(chunk_shape=(16, 32), codecs=codecs, index_location=location)
            yield f"v3 shards {len(codecs)} {codecs[0].endian} {location}", *plane, dict(
                zarr_format=3, chunks=(64, 96), dtype="uint16", serializer=sharding, compressors=[])
    sharding = ShardingCodec(chunk_shape=(1, 1, 1, 32, 32), codecs=[BytesCodec(), ZstdCodec()])
    yield "v3 shards of five dimensions", *volume, dict(
        zarr_format=3, chunks=(1, 3, 2, 64, 64), dtype="uint16", serializer=sharding, compressors=[])
    yield "v3 dots", *plane, dict(
        zarr_format=3, chunks=(40, 64), dtype="uint8", chunk_key_encoding={"name": "default", "separator": "."})


def write(folder, axes, pixels, arguments, hole=True):
    """Writes an image; one chunk is left out."""
    version = arguments["zarr_format"]
    group = zarr.open_group(folder, mode="w", zarr_format=version)
    group.attrs.update(multiscales(axes, version))
    settings = {name: value for name, value in arguments.items() if name != "zarr_format"}
    array = group.create_array("0", shape=pixels.shape, fill_value=3, **settings)
    array[:] = pixels
    if hole:
        documents = ("zarr.json", ".zarray", ".zattrs")
        sorted(path for path in pathlib.Path(folder, "0").rglob("*") if path.is_file() and path.name not in documents)[-1].unlink()


def attributes(folder):
    """The attributes of OME-Zarr of a group, as zarr-python reads them."""
    found = dict(zarr.open_group(folder, mode="r").attrs)
    return found.get("ome", found)


def planes(folder):
    """Rows × columns × channels of the image of full resolution, as zarr-python reads them."""
    found = attributes(folder)
    if "multiscales" not in found and "bioformats2raw.layout" in found:
        folder = os.path.join(folder, "0")
        found = attributes(folder)
    image = found["multiscales"][0]
    array = zarr.open_array(os.path.join(folder, image["datasets"][0]["path"]), mode="r")
    names = [axis["name"].lower() for axis in image["axes"]]
    plane = array[tuple(slice(None) if name in "cyx" else 0 for name in names)]
    plane = numpy.moveaxis(plane, 0, -1) if "c" in names else plane[..., None]
    plane = plane.astype(plane.dtype.newbyteorder("="))
    read = plane.astype(READ_AS.get(plane.dtype.name, plane.dtype))
    return numpy.ascontiguousarray(numpy.where(plane, 255, 0).astype(read.dtype) if plane.dtype == bool else read)


class Coppice:
    def __init__(self, program, scratch):
        self.program, self.scratch = program, scratch
        self.expected = {}

    def at(self, name):
        return os.path.join(self.scratch, name)

    def call(self, *arguments):
        return subprocess.run([self.program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def done(self, *arguments):
        call = self.call(*arguments, "--quiet", "--local", "1")
        assert call.returncode == 0, (arguments, call.stderr)

    def copy(self, pixels):
        """The same pixels, in a file that is read another way."""
        if pixels.shape[2] in (1, 3) and pixels.dtype.name in ("uint8", "uint16"):
            png(self.at("copy.png"), pixels)
            return self.at("copy.png")
        array = numpy.ascontiguousarray(numpy.moveaxis(pixels, -1, 0))
        write(self.at("copy.zarr"), "cyx", array, dict(
            zarr_format=2, chunks=array.shape, dtype=array.dtype, compressors=None), hole=False)
        return self.at("copy.zarr")

    def labels_of_copy(self, pixels):
        """A model that depends on every pixel, and its labels for the copy."""
        key = hashlib.sha256(repr((pixels.shape, pixels.dtype)).encode() + pixels.tobytes()).hexdigest()
        if key not in self.expected:
            model = self.at(f"{key}.json")
            copy = self.copy(pixels)
            generator = numpy.random.default_rng(1)
            wanted = generator.random(pixels.shape[:2]) < min(1, 4000 / pixels[..., 0].size)
            # Neighbouring values belong to different classes: one wrong sample shows. An image of one value has its classes from a grid.
            step = pixels.std() / 8 or 1
            values = (pixels.astype(float).sum(axis=2) // (step if pixels.dtype.kind == "f" else max(1, int(step)))).astype(int)
            classes = 1 + (values if pixels.std() else numpy.indices(values.shape).sum(axis=0)) % 3
            png(self.at("scribbles.png"), (classes * wanted).astype("uint8")[..., None])
            self.done("train", copy, self.at("scribbles.png"), "--trees", "5", "--features", "intensity", "--sigma-max", "1",
                      "--output", model)
            self.done("segment", copy, "--model", model, "--output", self.at("copy-labels.png"))
            self.done("segment", copy, "--model", model, "--output", self.at("copy-labels.zarr"))
            with PIL.Image.open(self.at("copy-labels.png")) as image:
                assert numpy.array_equal(planes(self.at("copy-labels.zarr"))[..., 0], numpy.asarray(image)), "labels as OME-Zarr"
                self.expected[key] = (model, numpy.asarray(image))
        return self.expected[key]

    def check(self, folder, image=None):
        """What is wrong with the answer for a folder, or for an archive of it; the reason of a refusal."""
        image = image or folder
        info = self.call("info", image)
        if info.returncode != 0:
            lines = info.stderr.splitlines()
            isGood = info.returncode == 65 and len(lines) == 1 and image in lines[0]
            return (None if isGood else f"ended with {info.returncode} and {len(lines)} lines"), info.stderr.strip()
        pixels = planes(folder)
        height, width, channels = pixels.shape
        said = f"{width}×{height} pixels, {channels} channel{'s' if channels > 1 else ''}, {pixels.dtype}"
        if said not in info.stdout:
            return f"expected {said}, found {info.stdout.strip()}", None
        model, labels = self.labels_of_copy(pixels)
        call = self.call("segment", image, "--model", model, "--tile", "37" if height < 500 else "700",
                         "--output", self.at("labels.png"), "--quiet", "--local", "1")
        if call.returncode != 0:
            return f"ended with {call.returncode}: {call.stderr.strip()}", None
        # Not the files' bytes: one may say how large a pixel is.
        with PIL.Image.open(self.at("labels.png")) as image:
            isSame = numpy.array_equal(numpy.asarray(image), labels)
        return (None if isSame else "other labels than those of its copy"), None


def main():
    program, folders = sys.argv[1], sys.argv[2:]
    faults, same, refused = 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        coppice = Coppice(program, scratch)

        def judge(name, folder, mustBeRead=False, image=None):
            nonlocal faults, same, refused
            fault, refusal = coppice.check(folder, image)
            if mustBeRead:
                fault = fault or refusal
            if fault:
                faults += 1
                print(f"FAULT {name}: {fault}", flush=True)
            elif refusal:
                refused += 1
                print(f"refused {refusal.removeprefix('coppice: ')}", flush=True)
            else:
                same += 1

        for name, axes, shape, arguments in layouts():
            folder = coppice.at("written.zarr")
            write(folder, axes, noise(shape, numpy.dtype(arguments["dtype"]).newbyteorder("="), axes), arguments)
            judge(name, folder, mustBeRead=True)
            if "five" in name or "shards" in name:
                archive = shutil.make_archive(folder, "zip", folder)
                judge(f"{name}, zipped", folder, mustBeRead=True, image=archive)
            shutil.rmtree(folder)
        if not folders:
            print("skipped: real images, no folder of them is given", flush=True)
        for folder in folders:
            before = same + refused + faults
            for path in sorted(pathlib.Path(folder).rglob("*")):
                if path.is_dir() and any((path / name).exists() for name in (".zattrs", ".zgroup", ".zarray", "zarr.json")):
                    judge(path, str(path))
            if same + refused + faults == before:
                faults += 1
                print(f"{folder}: expected OME-Zarr images, found none", flush=True)
    print(f"{same} images with the same labels as their copies, {refused} folders refused, {faults} faults")
    sys.exit(1 if faults else 0)


main()
