"""Every byte that Coppice computes, pinned: python recipes.py PROGRAMS_FOLDER [--record] [--only PART_OF_A_NAME]

A recipe makes its inputs, runs the real `coppice` from the folder, and hashes what comes out. Each hash must be the one in hashes.json.
So a redesign that changes a label, a probability, a tree or a feature anywhere fails here, and one that changes only the code passes.
Prints one line a recipe and, last, `N passed, N failed`. Ends with 1 if anything differs, also if a recipe or an output is missing.

What a hash is of (SHA-256):
- model.json and .npy: the bytes of the file. A model holds no version of the program (`version` is the format's), so nothing is left out.
- PNG and TIFF: size, sample type, palette and pixels, all resolutions of a TIFF and the tags that say how to read them. How the file is
  packed does not count, so that another zlib or libpng passes.
- OME-Zarr: the metadata as JSON, but for the program's version in `_creator`, and all arrays.
No hash depends on folders, times, the number of workers or the size of tiles: an output that is made in several ways has one hash.

Inputs come from NumPy's seeded integers and whole-number arithmetic, so that no processor rounds them otherwise. Their hashes are kept
too: "other inputs" means that this file or a pinned package makes them differently, and says nothing about Coppice. The JPEG is the one
input whose pixels depend on the system's decoder.

Record anew (`--record`, with programs built from the commit before the change for recipes that are new) in two cases only: a recipe is
added, or the results are meant to change. Never to make a failure go away. The commit that changes hashes.json says which hashes
change and why.
"""

import argparse
import contextlib
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback

import numcodecs
import numpy
import PIL.Image
import tifffile
import zarr

HASHES = pathlib.Path(__file__).with_name("hashes.json")
RECIPES = {}


class Fault(Exception):
    """A difference, in one line."""


# Hashes of outputs


def digest(*parts):
    """Of texts, bytes, arrays and JSON values, with their lengths, so that no two lists of parts are one."""
    sha256 = hashlib.sha256()
    for part in parts:
        if isinstance(part, numpy.ndarray):
            part = numpy.ascontiguousarray(part, part.dtype.newbyteorder("<"))
            sha256.update(json.dumps([part.dtype.str, part.shape]).encode())
            part = part.reshape(-1).view(numpy.uint8).data
        elif not isinstance(part, bytes):
            part = json.dumps(part, sort_keys=True).encode()
        sha256.update(b"%d:" % len(part))
        sha256.update(part)
    return sha256.hexdigest()


def hash_png(path):
    with PIL.Image.open(path) as image:
        return digest(image.mode, image.getpalette(), numpy.asarray(image))


# They say what the values are; those on packing and places are left out.
TIFF_TAGS = ("NewSubfileType", "ImageWidth", "ImageLength", "BitsPerSample", "PhotometricInterpretation", "SamplesPerPixel", "SampleFormat",
             "PlanarConfiguration", "TileWidth", "TileLength", "ExtraSamples", "ColorMap")


def hash_tiff(path):
    with tifffile.TiffFile(path) as file:
        parts = [file.is_bigtiff]
        for page in file.pages:
            for level in [page, *(page.pages or [])]:
                tags = {name: level.tags[name].value for name in TIFF_TAGS if name in level.tags}
                parts += [{name: numpy.asarray(value).astype(int).tolist() for name, value in tags.items()}, level.asarray()]
        return digest(*parts)


def hash_zarr(path):
    parts = []
    for file in sorted(path.rglob(".z*")):
        content = json.loads(file.read_bytes())
        content.get("_creator", {}).pop("version", None)
        parts += [file.relative_to(path).as_posix(), content]
        if file.name == ".zarray":
            parts.append(numpy.asarray(zarr.open_array(file.parent, mode="r")[:]))
    if len(parts) < 6:
        raise Fault(f"{path.name}: expected metadata and arrays, found {parts[::2]}")
    return digest(*parts)


def hash_bytes(path):
    return digest(path.read_bytes())


HASH_OF_ENDING = {".png": hash_png, ".tif": hash_tiff, ".zarr": hash_zarr, ".npy": hash_bytes, ".json": hash_bytes}


# Inputs


def scene(seed, height=150, width=180, channels=1, dtype="uint8", stroke_permille=20, labels=(1, 2, 3)):
    """Patches of three kinds with noise of their own, [row][column] or [row][column][channel], and strokes on some pixels of each."""
    random = numpy.random.default_rng(seed)
    kind = numpy.kron(random.integers(0, 3, (height // 25 + 1, width // 25 + 1)), numpy.ones((25, 25), int))[:height, :width]
    planes = []
    for channel in range(channels):
        base = numpy.array([60, 110, 150])[(kind + channel) % 3]
        planes.append(base + random.integers(-40, 41, kind.shape) // (1 + kind) + numpy.arange(width) // 16)
    # 0 to 255, and the sixteen bits below.
    high = numpy.stack(planes, -1).clip(0, 255)
    low = random.integers(0, 1 << 16, high.shape)
    pixels = {
        "uint8": high,
        "int8": high - 128,
        "uint16": high << 8 | low >> 8,
        "int16": (high << 8 | low >> 8) - (1 << 15),
        "uint32": high << 24 | low << 8,
        "int32": (high << 24 | low << 8) - (1 << 31),
        # Not from 0 to 1; exact in float32.
        "float32": ((high << 16 | low) - (1 << 22)) / (1 << 21),
    }[dtype].astype(dtype)
    painted = random.integers(0, 1000, kind.shape) < stroke_permille
    label_type = numpy.uint8 if max(labels) < 256 else numpy.uint16
    strokes = numpy.where(painted, numpy.array(labels)[kind], 0).astype(label_type)
    return (pixels[..., 0] if channels == 1 else pixels), strokes


def table(seed, rows, columns, dtype, labels_dtype="int32"):
    """Rows of noise, and classes that four columns decide, a tenth of them wrong."""
    random = numpy.random.default_rng(seed)
    values = random.integers(-(1 << 15), 1 << 15, (rows, columns), numpy.int16).astype(dtype)
    values *= values.dtype.type(1 / (1 << 13))
    classes = (values[:, 0] > 0) + 2 * ((values[:, 1] > 0) ^ (values[:, 2] > 0))
    wrong = random.integers(0, 10, rows) == 0
    return values, numpy.where(wrong, values[:, 3] > 0, classes).astype(labels_dtype)


class Kitchen:
    """A folder for one recipe: writes inputs, runs the programs, and keeps the hashes of outputs."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.hashes, self.inputs = {}, []

    def __truediv__(self, name):
        return self.folder / name

    def save(self, name, pixels, **options):
        """Writes an input by the ending of its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Of an image, the values as they are written.
        self.inputs.append(digest(name, pixels))
        match path.suffix:
            case ".npy":
                numpy.save(path, pixels)
            case ".tif":
                tifffile.imwrite(path, pixels, **options)
            case ".zarr":
                self.save_zarr(path, pixels, **options)
            case ".jpg":
                PIL.Image.fromarray(pixels).save(path, **options)
                self.inputs[-1] = digest(name, path.read_bytes())
            case _:
                image = PIL.Image.fromarray(pixels)
                if "palette" in options:
                    image = image.convert("L")
                    image.putpalette(options.pop("palette"))
                image.save(path, **options)
        return path

    def save_zarr(self, path, pixels, axes, version, chunks, levels=1, microns=1.0, **options):
        """An OME-Zarr image whose levels take every second value."""
        group = zarr.open_group(path, mode="w", zarr_format=version)
        datasets = []
        for level in range(levels):
            step = tuple(slice(None, None, 1 << level if axis in "yx" else 1) for axis in axes)
            values = pixels[step]
            more = {"chunk_key_encoding": {"name": "v2", "separator": "/"}} if version == 2 else {}
            array = group.create_array(str(level), shape=values.shape, chunks=chunks, dtype=values.dtype, **more, **options)
            array[:] = values
            scale = [microns * (1 << level) if axis in "yx" else 1.0 for axis in axes]
            datasets.append({"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": scale}]})
        kinds = {"c": "channel", "t": "time"}
        image = {"axes": [{"name": axis, "type": kinds.get(axis, "space")} | ({"unit": "micrometer"} if axis in "yx" else {}) for axis in axes],
                 "datasets": datasets}
        if version == 2:
            group.attrs["multiscales"] = [image | {"version": "0.4"}]
        else:
            group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}

    def pair(self, name, ending="png", options=None, **of_scene):
        """An image and its strokes, NAME.ending and NAME-strokes.png."""
        pixels, strokes = scene(**of_scene)
        return self.save(f"{name}.{ending}", pixels, **(options or {})), self.save(f"{name}-strokes.png", strokes)

    def run(self, *words, workers=2):
        """Runs coppice with local workers; with None, the words say where workers are."""
        where = [] if workers is None else ["--local", workers]
        if words[0] == "features" and "--features" not in words:
            words = (*words, "--features", "scikit-image")
        words = [str(word) for word in [self.programs / "coppice", *words, *where, "--quiet"]]
        done = subprocess.run(words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=300)
        if done.returncode != 0:
            raise Fault(f"coppice {words[1]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")

    def train(self, *words, model="model.json", workers=2):
        """Trains a small forest and hashes it. Options that are given replace the usual ones."""
        usual = {"--trees": 8, "--sigma-max": 4, "--features": "scikit-image"}
        words = [str(word) for word in words]
        if "--table" in words:
            del usual["--sigma-max"], usual["--features"]
        more = [word for name, value in usual.items() if name not in words for word in (name, value)]
        self.run("train", *words, "--output", model, *more, workers=workers)
        self.keep(model)
        return self.folder / model

    def segment(self, *words, model="model.json", labels="labels.png", workers=2):
        self.run("segment", *words, "--model", model, "--output", labels, workers=workers)
        if "{" not in labels:
            self.keep(labels)

    def keep(self, name, as_name=None):
        """Hashes an output. One that is made in several ways must be the same each time."""
        path = self.folder / name
        found = HASH_OF_ENDING[path.suffix](path)
        as_name = as_name or name
        if self.hashes.setdefault(as_name, found) != found:
            raise Fault(f"{name}: expected {as_name} again, found another")


def recipe(name, **arguments):
    """Adds a recipe; several on one function are it with different arguments."""
    def add(function):
        assert name not in RECIPES, name
        RECIPES[name] = lambda kitchen: function(kitchen, **arguments)
        return function
    return add


# Features


@recipe("family-intensity", families="intensity")
@recipe("family-edges", families="edges")
@recipe("family-texture", families="texture")
@recipe("families-intensity-texture", families="intensity,texture")
@recipe("families-all", families="intensity,edges,texture")
def families(kitchen, families):
    """Features of a grey and an RGB image, and a forest on each."""
    for name, channels in (("grey", 1), ("rgb", 3)):
        image, strokes = kitchen.pair(name, seed=1, channels=channels)
        kitchen.run("features", image, "--features", families, "--output", f"{name}.npy")
        kitchen.keep(f"{name}.npy")
        kitchen.train(image, strokes, "--features", families, model=f"{name}.json")
        kitchen.segment(image, model=f"{name}.json", labels=f"{name}-labels.png")


@recipe("sigmas")
def sigmas(kitchen):
    """The usual ones; few, many, and one."""
    image, _ = kitchen.pair("image", seed=2, height=90, width=120)
    for name, words in (("usual", []), ("five", ["--sigma-min", 0.7, "--sigma-max", 9, "--sigma-count", 5]),
                        ("one", ["--sigma-min", 2, "--sigma-max", 2, "--sigma-count", 1]), ("wide", ["--sigma-min", 0.3, "--sigma-max", 40])):
        kitchen.run("features", image, *words, "--output", f"{name}.npy")
        kitchen.keep(f"{name}.npy")


@recipe("features-tiles-workers")
def features_tiles_workers(kitchen):
    image, _ = kitchen.pair("image", seed=3, height=280, width=300, channels=3)
    for number, (words, workers) in enumerate(([[], 1], [[], 2], [["--tile", 64], 2], [["--tile", 257], 1], [["--tile", 1024], 2])):
        kitchen.run("features", image, "--sigma-max", 4, *words, "--output", f"{number}.npy", workers=workers)
        kitchen.keep(f"{number}.npy", "features.npy")


# Kinds of images


def whole_way(kitchen, image, strokes, *words):
    """Features, a forest and all maps of one image."""
    kitchen.run("features", image, "--sigma-max", 2, "--output", "features.npy", *words)
    kitchen.keep("features.npy")
    kitchen.train(image, strokes, *words)
    kitchen.segment(image, "--uncertainty", "uncertainty.npy", "--overlay", "overlay.png", *words)
    kitchen.keep("uncertainty.npy")
    kitchen.keep("overlay.png")


@recipe("type-uint8", dtype="uint8")
@recipe("type-uint16", dtype="uint16")
@recipe("type-uint32", dtype="uint32")
@recipe("type-int8", dtype="int8")
@recipe("type-int16", dtype="int16")
@recipe("type-int32", dtype="int32")
@recipe("type-float32", dtype="float32")
@recipe("tiff-rgb-uint16", dtype="uint16", channels=3)
def types(kitchen, **of_scene):
    whole_way(kitchen, *kitchen.pair("image", "tif", {"photometric": "rgb" if "channels" in of_scene else "minisblack"}, seed=4, **of_scene))


@recipe("png-rgb", channels=3, dtype="uint8")
@recipe("png-grey16", channels=1, dtype="uint16")
def png(kitchen, **of_scene):
    whole_way(kitchen, *kitchen.pair("image", seed=5, **of_scene))


@recipe("png-palette-alpha")
def png_palette_alpha(kitchen):
    """A palette image is read as its colours; alpha is no feature."""
    pixels, strokes = scene(seed=6, channels=3)
    strokes = kitchen.save("strokes.png", strokes)
    palette = [value for index in range(256) for value in (index, index * 7 % 256, 255 - index)]
    image = kitchen.save("palette.png", pixels[..., 0], palette=palette)
    kitchen.train(image, strokes, model="palette.json")
    kitchen.segment(image, model="palette.json", labels="palette-labels.png")
    image = kitchen.save("alpha.png", numpy.dstack([pixels, pixels[..., :1]]))
    kitchen.train(image, strokes, model="alpha.json")
    kitchen.segment(image, model="alpha.json", labels="alpha-labels.png")


@recipe("jpeg-grey", channels=1, options={"quality": 90})
@recipe("jpeg-rgb", channels=3, options={"quality": 80})
def jpeg(kitchen, **of_pair):
    whole_way(kitchen, *kitchen.pair("image", "jpg", seed=7, **of_pair))


@recipe("channels-16-tiff")
def channels_16_tiff(kitchen):
    """Chunky in strips and planar in tiles are the same image."""
    pixels, strokes = scene(seed=8, channels=16, dtype="uint16", height=100, width=120)
    strokes = kitchen.save("strokes.png", strokes)
    strips = kitchen.save("strips.tif", pixels, photometric="minisblack", planarconfig="contig", rowsperstrip=7, compression="zlib")
    planes = kitchen.save("planes.tif", numpy.moveaxis(pixels, -1, 0), photometric="minisblack", planarconfig="separate", tile=(32, 48), byteorder=">")
    for image in (strips, planes):
        whole_way(kitchen, image, strokes)


@recipe("channels-16-zarr")
def channels_16_zarr(kitchen):
    pixels, strokes = scene(seed=9, channels=16, height=100, width=120)
    strokes = kitchen.save("strokes.png", strokes)
    image = kitchen.save("image.zarr", numpy.moveaxis(pixels, -1, 0), axes="cyx", version=2, chunks=(4, 32, 50))
    whole_way(kitchen, image, strokes)


@recipe("bigtiff-pyramid")
def bigtiff_pyramid(kitchen):
    """A tiled BigTIFF with two overviews: each level, also named by the size of its pixels."""
    pixels, strokes = scene(seed=10, height=520, width=600, channels=3, stroke_permille=4)
    strokes = kitchen.save("strokes.png", strokes)
    kitchen.inputs.append(digest(pixels))
    image = kitchen / "image.ome.tif"
    with tifffile.TiffWriter(image, bigtiff=True, ome=True) as file:
        for level in range(3):
            first = {"subifds": 2, "metadata": {"axes": "YXS", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}} if level == 0 else {"subfiletype": 1}
            file.write(pixels[:: 1 << level, :: 1 << level], tile=(128, 112), compression="zlib", photometric="rgb", **first)
    kitchen.train(image, strokes)
    for level in range(3):
        kitchen.segment(image, "--level", level, labels=f"level{level}.png")
    kitchen.segment(image, "--microns-per-pixel", 1.1, labels="level1.png")


@recipe("zarr-v2", version=2, options={"compressors": numcodecs.Zlib(level=1)})
@recipe("zarr-v3-sharded", version=3, options={"shards": (1, 128, 160)})
def ome_zarr(kitchen, version, options):
    pixels, strokes = scene(seed=11, height=200, width=230, channels=3, dtype="uint16")
    strokes = kitchen.save("strokes.png", strokes)
    image = kitchen.save("image.zarr", numpy.moveaxis(pixels, -1, 0), axes="cyx", version=version, chunks=(1, 64, 80), levels=2, microns=0.25, **options)
    whole_way(kitchen, image, strokes)
    kitchen.segment(image, "--level", 1, labels="level1.png")


@recipe("stack-tiff")
def stack_tiff(kitchen):
    """Planes in depth and time with two channels: one page, all pages, and a manifest with pages."""
    scenes = [scene(seed=20 + plane, height=80, width=100, channels=2) for plane in range(4)]
    # [time][depth][channel][row][column]
    pixels = numpy.stack([numpy.moveaxis(image, -1, 0) for image, _ in scenes]).reshape(2, 2, 2, 80, 100)
    image = kitchen.save("stack.ome.tif", pixels, ome=True, photometric="minisblack", metadata={"axes": "TZCYX"})
    strokes = [kitchen.save(f"strokes{plane}.png", strokes) for plane, (_, strokes) in enumerate(scenes)]
    kitchen.train(image, strokes[2], "--page", 2)
    (kitchen / "pairs.csv").write_text("stack.ome.tif,strokes0.png,0\nstack.ome.tif,strokes3.png,3\n")
    kitchen.train("--manifest", "pairs.csv", model="manifest.json")
    kitchen.segment(image, "--page", 1, labels="page-1.png")
    kitchen.segment(image, "--all-pages", "--uncertainty", "u-{page}.png", labels="page-{page}.tif")
    for path in sorted(kitchen.folder.glob("page-*.tif")) + sorted(kitchen.folder.glob("u-*.png")):
        kitchen.keep(path.name)


@recipe("stack-training")
def stack_training(kitchen):
    """All pages of a plain TIFF with all pages of its labels."""
    scenes = [scene(seed=30 + plane, height=80, width=100) for plane in range(3)]
    image = kitchen.save("stack.tif", numpy.stack([pixels for pixels, _ in scenes]), photometric="minisblack")
    strokes = kitchen.save("strokes.tif", numpy.stack([strokes for _, strokes in scenes]), photometric="minisblack")
    kitchen.train(image, strokes, "--all-pages")
    kitchen.segment(image, "--page", 2)


@recipe("stack-zarr")
def stack_zarr(kitchen):
    scenes = [scene(seed=40 + plane, height=80, width=100) for plane in range(3)]
    pixels = numpy.stack([pixels for pixels, _ in scenes])
    image = kitchen.save("stack.zarr", pixels, axes="zyx", version=3, chunks=(1, 50, 40))
    strokes = kitchen.save("strokes.png", scenes[1][1])
    kitchen.train(image, strokes, "--page", 1)
    kitchen.segment(image, "--all-pages", labels="page{page}.png")
    for page in range(3):
        kitchen.keep(f"page{page}.png")


# Outputs


@recipe("outputs-png", ending="png")
@recipe("outputs-tiff", ending="tif")
@recipe("outputs-npy", ending="npy")
@recipe("outputs-zarr", ending="zarr")
def outputs(kitchen, ending):
    """All maps of an image that is larger than a tile of a pyramid."""
    image, strokes = kitchen.pair("image", seed=12, height=700, width=1100, channels=3, stroke_permille=2)
    kitchen.train(image, strokes, "--class-names", "sky,sea,land")
    own = ending if ending != "npy" else "png"
    each = "" if ending in ("npy", "zarr") else "-{class}"
    words = ["--overlay", f"overlay.{own}"] if ending != "zarr" else []
    kitchen.segment(image, "--probabilities", f"p{each}.{ending}", "--uncertainty", f"uncertainty.{ending}", *words, labels=f"labels.{own}")
    made = sorted(kitchen.folder.glob(f"p[.-]*{ending}"))
    if len(made) != (3 if each else 1):
        raise Fault(f"expected a map of probabilities {'a class' if each else 'in all'}, found {[path.name for path in made]}")
    for path in made:
        kitchen.keep(path.name)
    for name in (f"uncertainty.{ending}", *words[1:]):
        kitchen.keep(name)


@recipe("tiles-workers")
def tiles_workers(kitchen):
    """One tile, 64, 257 and what Coppice chooses, with one worker and with two: one hash."""
    image, strokes = kitchen.pair("image", seed=13, height=400, width=530, channels=3, stroke_permille=5)
    for workers in (1, 2):
        kitchen.train(image, strokes, "--trees", 20, workers=workers)
    for number, tile in enumerate((None, 1024, 64, 257)):
        words = [] if tile is None else ["--tile", tile]
        for workers in (1, 2) if tile in (None, 257) else (2,):
            kitchen.segment(image, *words, "--probabilities", "p.npy", "--uncertainty", "u.png", "--overlay", "o.tif", workers=workers)
            for name in ("p.npy", "u.png", "o.tif"):
                kitchen.keep(name)
    kitchen.segment(image, "--tile", 257, "--uncertainty", "u.zarr", labels="labels.zarr")
    kitchen.keep("u.zarr")
    kitchen.segment(image, "--tile", 512, "--uncertainty", "u.zarr", labels="labels.zarr", workers=1)
    kitchen.keep("u.zarr")


@recipe("kept-run")
def kept_run(kitchen):
    """A run that is kept, the same again from what was kept, and one whose jobs are all verified."""
    image, strokes = kitchen.pair("image", seed=14, height=300, width=310)
    for words in (["--run-dir", "training"], ["--run-dir", "training"], ["--verify", 1]):
        kitchen.train(image, strokes, *words)
    for words in (["--run-dir", "segmenting"], ["--run-dir", "segmenting"], ["--verify", 1]):
        kitchen.segment(image, "--tile", 64, "--probabilities", "p.npy", *words)
        kitchen.keep("p.npy")


@recipe("workers-with-roots")
def workers_with_roots(kitchen):
    """A worker that reads the image and writes the chunks of outputs itself, beside the same through the coordinator."""
    pixels, strokes = scene(seed=15, height=1100, width=1050, stroke_permille=2)
    image, strokes = kitchen.save("image.tif", pixels, tile=(256, 256)), kitchen.save("strokes.png", strokes)
    kitchen.train(image, strokes)
    words = ("--tile", 512, "--probabilities", "p.zarr")
    kitchen.segment(image, *words, labels="labels.zarr")
    kitchen.keep("p.zarr")
    (kitchen / "token").write_text("0123456789abcdef" * 4)
    (kitchen / "token").chmod(0o600)
    (kitchen / "out").mkdir()
    with contextlib.ExitStack() as stack:
        worker = subprocess.Popen(
            [kitchen.programs / "coppice-worker", "--port", "0", "--token-file", "token", "--data-root", kitchen.folder, "--output-root", kitchen / "out"],
            cwd=kitchen.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        stack.callback(worker.wait)
        stack.callback(worker.terminate)
        url = json.loads(worker.stdout.readline())["url"]
        kitchen.run(
            "segment", image, "--tile", 512, "--probabilities", "out/p.zarr", "--model", "model.json", "--output", "out/labels.zarr", "--workers", url,
            "--token-file", "token", "--report", "report.json", workers=None)
    kitchen.keep("out/labels.zarr", "labels.zarr")
    kitchen.keep("out/p.zarr", "p.zarr")


# Forests


@recipe("forest-max-depth", words=["--max-depth", 3])
@recipe("forest-max-samples-count", words=["--max-samples", 150])
@recipe("forest-max-samples-fraction", words=["--max-samples", 0.3])
# Of 36 features: of the usual 16, it would be as many as sqrt.
@recipe("forest-max-features-log2", words=["--max-features", "log2", "--sigma-count", 9])
@recipe("forest-max-features-all", words=["--max-features", "all"])
@recipe("forest-max-features-count", words=["--max-features", 5])
@recipe("forest-max-features-fraction", words=["--max-features", 0.4])
@recipe("forest-min-samples-leaf", words=["--min-samples-leaf", 6])
@recipe("forest-class-weight", words=["--class-weight", "balanced"])
@recipe("forest-samples-per-class", words=["--max-samples-per-class", 70])
@recipe("forest-samples-per-image", words=["--max-samples-per-image", 100])
@recipe("forest-both-limits", words=["--max-samples-per-image", 120, "--max-samples-per-class", 60])
@recipe("forest-seed", words=["--seed", 18446744073709551615])
@recipe("forest-class-names", words=["--class-names", "cell,Kern “ä”,back\\ground"])
@recipe("forest-trees", words=["--trees", 70, "--max-depth", 5])
@recipe("forest-all-options", words=[
    "--max-depth", 7, "--max-samples", 0.5, "--max-features", 3, "--min-samples-leaf", 2, "--class-weight", "balanced", "--max-samples-per-class", 90,
    "--max-samples-per-image", 200, "--seed", 42, "--class-names", "a,b,c", "--trees", 33])
def forests(kitchen, words):
    """Two images, whose classes are not equally large."""
    first = kitchen.pair("first", seed=16)
    second = kitchen.pair("second", seed=17, height=110, width=90, stroke_permille=60)
    kitchen.train(*first, *second, *words)
    kitchen.segment(first[0], "--probabilities", "p.npy")
    kitchen.keep("p.npy")


@recipe("several-images")
def several_images(kitchen):
    """Many images as pairs and by a manifest, which give one forest; segmented by a folder, a pattern and a list."""
    pairs = [kitchen.pair(f"in/image{number}", seed=50 + number, height=60 + 7 * number, width=90, channels=3) for number in range(4)]
    (kitchen / "in/pairs.csv").write_text("".join(f"{image.name},{strokes.name}\n" for image, strokes in pairs))
    kitchen.train(*(path for pair in pairs for path in pair))
    kitchen.train("--manifest", "in/pairs.csv")
    (kitchen / "in/list.csv").write_text("".join(f"{image.name}\n" for image, _ in pairs))
    (kitchen / "only").mkdir()
    for image, _ in pairs:
        (kitchen / "only" / image.name).write_bytes(image.read_bytes())
    for words in (["in/image?.png"], ["--manifest", "in/list.csv"], ["only"], [image for image, _ in pairs]):
        kitchen.segment(*words, "--uncertainty", "{name}-u.tif", labels="{name}.png")
        for number in range(4):
            kitchen.keep(f"image{number}.png")
            kitchen.keep(f"image{number}-u.tif")
            (kitchen / f"image{number}.png").unlink()


@recipe("labels-palette-tiff")
def labels_palette_tiff(kitchen):
    """The same strokes as grey and palette PNG and as TIFF; labels with gaps."""
    pixels, strokes = scene(seed=18, labels=(3, 49, 199))
    image = kitchen.save("image.png", pixels)
    palette = [value for index in range(256) for value in (255 - index, index * 3 % 256, index)]
    for name, options in (("grey.png", {}), ("palette.png", {"palette": palette}), ("strokes.tif", {"photometric": "minisblack"})):
        kitchen.train(image, kitchen.save(name, strokes, **options))
    for name in ("labels.png", "labels.tif", "labels.zarr"):
        kitchen.segment(image, labels=name)


@recipe("labels-16-bit")
def labels_16_bit(kitchen):
    pixels, strokes = scene(seed=19, labels=(7, 300, 65535))
    image = kitchen.save("image.png", pixels)
    for name in ("strokes.png", "strokes.tif"):
        kitchen.train(image, kitchen.save(name, strokes))
    for name in ("labels.png", "labels.tif", "labels.zarr"):
        kitchen.segment(image, labels=name)


# Many samples: more than 100,000,000 values of features, so that edges come from a share of them

LARGE_SCENE = {"width": 330, "channels": 16, "stroke_permille": 1000}
LARGE_TIFF = {"photometric": "minisblack", "planarconfig": "contig"}
LARGE_FEATURES = ("--sigma-min", 0.5, "--sigma-max", 4, "--sigma-count", 15)


@recipe("large-images")
def large_images(kitchen):
    """960 features of 108,900 pixels. Few draws are sent with each job; of all draws, workers get the table in blocks."""
    first = kitchen.pair("first", "tif", LARGE_TIFF, seed=60, height=200, **LARGE_SCENE)
    second = kitchen.pair("second", "tif", LARGE_TIFF, seed=61, height=130, **LARGE_SCENE)
    words = (*LARGE_FEATURES, "--max-depth", 6)
    kitchen.train(*first, *second, *words, "--trees", 6, "--max-samples", 900, model="drawn.json")
    kitchen.train(*first, *second, *words, "--trees", 3, model="blocks.json")
    kitchen.segment(second[0], model="blocks.json")


@recipe("large-images-limited")
def large_images_limited(kitchen):
    """Limits that leave fewer samples than edges are made from, and limits that do not."""
    pair = kitchen.pair("image", "tif", LARGE_TIFF, seed=62, height=340, **LARGE_SCENE)
    words = (*LARGE_FEATURES, "--max-depth", 6, "--trees", 4, "--max-samples", 900)
    kitchen.train(*pair, *words, "--max-samples-per-class", 2000, model="few.json")
    kitchen.train(*pair, *words, "--max-samples-per-image", 105_000, model="many.json", workers=1)


@recipe("large-table")
def large_table(kitchen):
    """1,000 features of 101,000 rows: few draws, all draws, and a limit that is no longer large."""
    values, labels = table(63, 101_000, 1000, "float32")
    x, y = kitchen.save("x.npy", values), kitchen.save("y.npy", labels)
    kitchen.train("--table", x, y, "--trees", 6, "--max-depth", 6, "--max-samples", 900, model="drawn.json")
    kitchen.train("--table", x, y, "--trees", 3, "--max-depth", 6, model="blocks.json")
    kitchen.train("--table", x, y, "--trees", 4, "--max-depth", 6, "--max-samples", 900, "--max-samples-per-class", 3000, model="limited.json", workers=1)


# Tables


@recipe("table-float32", dtype="float32", words=[])
@recipe("table-float64", dtype="float64", labels_dtype="int64", words=["--class-weight", "balanced", "--max-samples", 0.5])
@recipe("table-limited", dtype="float32", labels_dtype="uint8", words=[
    "--max-features", "all", "--max-samples-per-class", 300, "--class-names", "a,b,c,d"])
def tables(kitchen, dtype, words, labels_dtype="int32"):
    values, labels = table(64, 2500, 12, dtype, labels_dtype)
    x, y = kitchen.save("x.npy", values), kitchen.save("y.npy", labels)
    for workers in (1, 2):
        kitchen.train("--table", x, y, *words, workers=workers)
    kitchen.save("more.npy", table(65, 900, 12, dtype)[0])
    for workers in (1, 2):
        kitchen.run("predict", "model.json", "more.npy", "--output", "labels.npy", "--probabilities", "p.npy", workers=workers)
        kitchen.keep("labels.npy")
        kitchen.keep("p.npy")


@recipe("demo")
def demo(kitchen):
    for workers in (1, 2):
        kitchen.run("demo", "demo", "--size", 256, "--seed", 3, workers=workers)
        made = sorted((kitchen / "demo").iterdir())
        for path in made:
            if path.name != "report.json":
                kitchen.keep(f"demo/{path.name}", path.name)


# The suite


def cook(programs, name):
    """The hashes of one recipe."""
    with tempfile.TemporaryDirectory(prefix="coppice-recipe-") as folder:
        kitchen = Kitchen(programs, pathlib.Path(folder))
        RECIPES[name](kitchen)
        return {"inputs": digest(*kitchen.inputs)} | dict(sorted(kitchen.hashes.items()))


def differences(expected, found):
    """What is not as it was, in a few words; none when all is."""
    if expected is None:
        return ["no hashes are recorded"]
    if expected.get("inputs") != found["inputs"]:
        return ["other inputs"]
    return ([f"{name}: differs" for name in found if name in expected and expected[name] != found[name]]
            + [f"{name}: not made" for name in expected if name not in found]
            + [f"{name}: not recorded" for name in found if name not in expected])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--only", metavar="PART_OF_A_NAME", default="")
    options = parser.parse_args()
    if options.record and options.only:
        parser.error("--record records all recipes")
    if not any(options.only in name for name in RECIPES):
        parser.error(f"--only: no recipe has {options.only} in its name")
    programs = options.programs.resolve()
    recorded = json.loads(HASHES.read_text()) if HASHES.exists() else {}
    hashes, failed, begin = {}, [], time.monotonic()
    for name in RECIPES:
        if options.only not in name:
            continue
        start = time.monotonic()
        try:
            hashes[name] = cook(programs, name)
            faults = differences(recorded.get(name), hashes[name])
            if options.record:
                state, faults = ("recorded: " + "; ".join(faults) if faults else "as recorded"), []
        except Fault as fault:
            faults = [str(fault)]
        except Exception:
            faults = [traceback.format_exc(limit=-2)]
        if faults:
            state = "FAILED: " + "; ".join(faults)
            failed.append(name)
        elif not options.record:
            state = f"passed, {len(hashes[name]) - 1} outputs"
        print(f"recipes: {name}: {state}, {time.monotonic() - start:.1f} s", flush=True)
    stale = [name for name in recorded if name not in RECIPES]
    if stale and not options.record:
        print(f"recipes: FAILED: recorded, but no recipe: {', '.join(stale)}")
        failed += stale
    if options.record and not failed:
        HASHES.write_text(json.dumps(hashes, indent=1) + "\n")
    print(f"recipes: {time.monotonic() - begin:.0f} s")
    print(f"{len(set(hashes) - set(failed))} passed, {len(failed)} failed", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
