#!/usr/bin/env python3
"""usage: annotations_elsewhere.py COPPICE [ANNOTATIONS]

Opens what `coppice annotations convert` writes with the programs that people read it with: GeoJSON with shapely, ImageJ regions with roifile,
COCO with pycocotools, ilastik's label sets with h5py, our own format with its schema; all must mark the same pixels. The other way, files that
those programs write are read. ANNOTATIONS is a folder of real files, if there is one. Ends with 1 if there was a fault.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import jsonschema
import numpy
import PIL.Image
import roifile
import shapely
import shapely.geometry
from pycocotools import mask as masks
from pycocotools.coco import COCO

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH, HEIGHT = 120, 90
SIZE = f"{WIDTH}x{HEIGHT}"


def check(condition, what):
    if not condition:
        sys.exit(f"annotations elsewhere: {what}")


def document():
    """Shapes of every kind, none of which covers another: what a program marks for each can be told apart."""
    return {
        "format": "coppice-annotations", "version": 1,
        "classes": [{"number": 1, "name": "cell", "colour": "#E69F00"}, {"number": 2, "name": "wall"}, {"number": 7, "name": "dust", "colour": "#0072B2"}],
        "annotations": [
            {"type": "area", "polygons": [[[[5, 5], [35, 5], [35, 30], [5, 30]], [[10, 10], [10, 20], [20, 20], [20, 10]]], [[[50.1, 5], [60.3, 7.6], [55, 20]]]], "class": 1},
            {"type": "stroke", "path": "M10,40L30.5,45.25Q40,50 31,60", "width": 4, "class": 2, "name": "first"},
            {"type": "rectangle", "x": 62, "y": 22, "width": 12.5, "height": 7, "class": 2},
            {"type": "ellipse", "x": 70, "y": 60, "width": 21, "height": 13, "class": 1},
            {"type": "points", "points": [[3.5, 70.5], [7, 71]], "class": 7},
            {"type": "raster", "x": 40, "y": 65, "width": 5, "height": 4, "runs": [0, 0, 5, 1, 0, 1, 1, 4, 5, 2, 0, 5, 3, 1, 2], "class": 7},
        ],
    }


def labels(path):
    return numpy.asarray(PIL.Image.open(path))


def inside(geometry):
    """The pixels whose centres lie in a geometry."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    return shapely.contains_xy(geometry, x, y)


def check_geojson(convert, folder, truth):
    convert(folder / "own.json", folder / "plain.geojson")
    convert(folder / "own.json", folder / "buffered.geojson", "--buffered")
    for name in ("plain", "buffered"):
        features = json.loads((folder / f"{name}.geojson").read_text())["features"]
        found = numpy.zeros((HEIGHT, WIDTH), int)
        numbers = {"cell": 1, "wall": 2, "dust": 7}
        for feature in features:
            geometry = shapely.geometry.shape(feature["geometry"])
            check(geometry.is_valid, f"{name}: shapely: {shapely.is_valid_reason(geometry)}")
            for part in getattr(geometry, "geoms", [geometry]):
                if part.geom_type == "Polygon":
                    check(part.exterior.is_ccw and not any(hole.is_ccw for hole in part.interiors), f"{name}: rings turn otherwise than RFC 7946 says")
            number = numbers[feature["properties"]["classification"]["name"]]
            if geometry.geom_type in ("Polygon", "MultiPolygon"):
                found[inside(geometry)] = number
            elif geometry.geom_type == "MultiPoint":
                for point in geometry.geoms:
                    found[int(point.y), int(point.x)] = number
            else:
                check(name == "plain" and feature["properties"]["metadata"]["strokeWidth"] == "4", f"{name}: {geometry.geom_type}")
                found[truth == 2] = numpy.where(found[truth == 2] == 0, 2, found[truth == 2])
        check((found == truth).all(), f"{name}: {(found != truth).sum()} pixels differ from what shapely marks")
    print("annotations: GeoJSON is valid, turns as RFC 7946 says and marks the same pixels by shapely", flush=True)


def check_regions(convert, folder, truth):
    convert(folder / "own.json", folder / "regions.zip")
    regions = roifile.roiread(folder / "regions.zip")
    check(len(regions) == 6, f"roifile: {len(regions)} regions")
    kinds = [region.roitype.name for region in regions]
    check(kinds == ["RECT", "POLYLINE", "RECT", "OVAL", "POINT", "RECT"] or kinds == ["RECT", "POLYLINE", "RECT", "OVAL", "POINT", "POLYGON"], f"roifile: {kinds}")
    check(regions[1].name == "first" and regions[1].group == 2 and regions[1].float_stroke_width == 4, f"roifile: {regions[1]}")
    check(tuple(regions[0].stroke_color)[1:] == (0xE6, 0x9F, 0x00), f"roifile: {regions[0].stroke_color}")
    check(len(regions[0].coordinates(multi=True)) == 3, "roifile: rings of the first region")
    check(numpy.allclose(regions[4].coordinates(), [[3.5, 70.5], [7, 71]]), "roifile: points")
    # The other way.
    written = [roifile.ImagejRoi.frompoints(numpy.array([[10, 10], [40.5, 12], [30, 50.25]])), roifile.ImagejRoi.frompoints(numpy.array([[60, 60], [80, 60], [80, 80], [60, 80]]))]
    for number, region in enumerate(written):
        region.group = number + 3
    roifile.roiwrite(folder / "theirs.zip", written)
    convert(folder / "theirs.zip", folder / "theirs.png", "--size", SIZE)
    expected = numpy.zeros((HEIGHT, WIDTH), int)
    for number, region in enumerate(written):
        expected[inside(shapely.Polygon(region.coordinates()))] = number + 3
    check((labels(folder / "theirs.png") == expected).all(), "regions of roifile: other pixels")
    print("annotations: ImageJ regions are read by roifile, and those of roifile by us", flush=True)


def check_coco(convert, folder, truth):
    convert(folder / "own.json", folder / "own.coco.json", "--size", SIZE)
    coco = COCO(str(folder / "own.coco.json"))
    found = numpy.zeros((HEIGHT, WIDTH), int)
    for one in coco.loadAnns(coco.getAnnIds()):
        mask = coco.annToMask(one).astype(bool)
        if isinstance(one["segmentation"], list):
            # The rule of pycocotools for polygons is its own: centres count here.
            mask = sum((inside(shapely.Polygon(numpy.reshape(ring, (-1, 2)))) for ring in one["segmentation"])) > 0
        else:
            check(int(one["area"]) == mask.sum(), "COCO: area")
            box = masks.toBbox(coco.annToRLE(one))
            check(list(box) == one["bbox"], f"COCO: box {box} and {one['bbox']}")
        found[mask] = one["category_id"]
    check((found == truth).all(), f"COCO: {(found != truth).sum()} pixels differ from what pycocotools marks")
    check([one["name"] for one in coco.loadCats([1, 2, 7])] == ["cell", "wall", "dust"], "COCO: categories")
    # The other way, in both forms.
    mask = numpy.asfortranarray(numpy.random.default_rng(3).random((HEIGHT, WIDTH)) < 0.3)
    packed = masks.encode(mask)
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], mask.ravel(order="F")]))).tolist()
    counts = numpy.diff([0, *edges, WIDTH * HEIGHT]).tolist()
    for name, value in (("packed", packed["counts"].decode()), ("plain", counts)):
        theirs = {"images": [{"id": 1}], "categories": [{"id": 4, "name": "a"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 4, "segmentation": {"size": [HEIGHT, WIDTH], "counts": value}}]}
        (folder / "theirs.json").write_text(json.dumps(theirs))
        convert(folder / "theirs.json", folder / "theirs.png", "--size", SIZE)
        check((labels(folder / "theirs.png") == 4 * mask).all(), f"COCO: {name} lengths: other pixels")
    print("annotations: COCO is read by pycocotools, and its masks by us", flush=True)


def label_set(path):
    """The labels of the first image of a project."""
    with h5py.File(path) as file:
        root = file["PixelClassification"]
        found = numpy.zeros((3000, 3000), int)
        for block in root["LabelSets/labels000"].values():
            text = block.attrs["blockSlice"]
            text = text.decode() if isinstance(text, bytes) else text
            rows, columns = (slice(*map(int, part.split(":"))) for part in text[1:-1].split(",")[:2])
            found[rows, columns] = numpy.where(block[..., 0] > 0, block[..., 0], found[rows, columns])
        names = [name.decode() for name in root["LabelNames"][()]]
        return found, names, root["LabelColors"][()].tolist()


def check_ilastik(convert, folder, truth, real):
    convert(folder / "own.json", folder / "own.ilp", "--size", SIZE)
    found, names, colours = label_set(folder / "own.ilp")
    check((found[:HEIGHT, :WIDTH] == truth).all() and found.sum() == truth.sum(), "ilastik: h5py reads other labels")
    check([names[index] for index in (0, 1, 6)] == ["cell", "wall", "dust"] and colours[0] == [0xE6, 0x9F, 0], f"ilastik: {names} {colours}")
    projects = sorted(real.rglob("*.ilp")) if real else []
    if real:
        check(projects, f"{real}: expected projects of ilastik, found none")
    else:
        print("annotations: skipped: real projects of ilastik, no folder of them is given", flush=True)
    for path in projects:
        convert(path, folder / "real.png", "--size", "3000x3000")
        check((labels(folder / "real.png") == label_set(path)[0]).all(), f"{path.name}: other labels than h5py reads")
    print("annotations: label sets of ilastik are the same by h5py", flush=True)


def check_own(convert, folder):
    schema = json.loads((ROOT / "Schemas/coppice-annotations.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(document())
    eraser = {"type": "rectangle", "x": 2, "y": 2, "width": 30, "height": 30, "eraser": True}
    (folder / "erased.json").write_text(json.dumps({**document(), "annotations": document()["annotations"] + [eraser]}))
    convert(folder / "erased.json", folder / "erased.annotations.json")
    erased = json.loads((folder / "erased.annotations.json").read_text())
    validator.validate(erased)
    check(erased["annotations"][-1].get("eraser") is True, "our own format lost an eraser")
    erased["annotations"][-1]["class"] = 1
    check(not validator.is_valid(erased), "the schema takes an eraser with a class")
    for name in ("plain.geojson", "regions.zip", "own.coco.json", "own.ilp", "truth.png"):
        convert(folder / name, folder / "again.annotations.json")
        validator.validate(json.loads((folder / "again.annotations.json").read_text()))
    print("annotations: what we write is as the schema says", flush=True)


def main(coppice, real):
    def convert(*words):
        subprocess.run([coppice, "annotations", "convert", *map(str, words)], check=True, stderr=subprocess.DEVNULL)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "own.json").write_text(json.dumps(document()))
        convert(folder / "own.json", folder / "truth.png", "--size", SIZE)
        truth = labels(folder / "truth.png")
        check(sorted(numpy.unique(truth)) == [0, 1, 2, 7], f"labels {numpy.unique(truth)}")
        check_geojson(convert, folder, truth)
        check_regions(convert, folder, truth)
        check_coco(convert, folder, truth)
        check_ilastik(convert, folder, truth, real)
        check_own(convert, folder)


main(pathlib.Path(sys.argv[1]).absolute(), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
