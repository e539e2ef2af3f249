#!/usr/bin/env python3
"""usage: objects_against_scikit_image.py COPPICE [MASKS IMAGES]

The measurements of `coppice objects` against scikit-image's regionprops: on 200 objects of the masks (PNG, instances) and images of the
same names in two folders, if they are given, and on made ones; outlines and the instance image against the
pixels of scikit-image's labels. Ends with 1 if there was a fault.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import tifffile
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.draw import polygon2mask
from skimage.measure import label, regionprops

COPPICE = sys.argv[1]
TOLERANCE = 1e-6


def check(condition, what):
    if not condition:
        sys.exit(f"objects against scikit-image: {what}")


def made(random):
    """A label image of two classes with blots, holes and touching corners, and a grey image."""
    field = gaussian_filter(random.normal(size=(211, 307)), 3)
    labels = numpy.digitize(field, [0.02, 0.06]).astype(numpy.uint8)
    labels[random.random(labels.shape) < 0.02] = 0
    return labels, (gaussian_filter(random.normal(size=labels.shape), 1) * 9000 + 20000).clip(0, 65535).astype(numpy.uint16)


def expected(labels, image):
    found = []
    for value in numpy.unique(labels[labels > 0]):
        components = label(labels == value, connectivity=2)
        for region in regionprops(components, image):
            row, column = region.coords[0]
            found.append((row * labels.shape[1] + column, int(value), region))
    return sorted(found, key=lambda one: one[0])


def compare(name, labels, image, folder):
    """The number of objects that were compared."""
    tifffile.imwrite(folder / "labels.tif", labels, compression="zlib", tile=(64, 64))
    tifffile.imwrite(folder / "image.tif", image, compression="zlib", tile=(64, 64))
    outputs = [folder / f"objects.{ending}" for ending in ("csv", "geojson", "json", "tif")]
    arguments = [argument for path in outputs for argument in ("--output", path)]
    classes = ",".join(str(value) for value in numpy.unique(labels[labels > 0]))
    subprocess.run(
        [COPPICE, "objects", folder / "labels.tif", "--image", folder / "image.tif", "--classes", classes, "--tile", "100", *arguments,
         "--local", "2", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    rows = list(csv.DictReader(outputs[0].open()))
    regions = expected(labels, image)
    check(len(rows) == len(regions), f"{name}: expected {len(regions)} objects, found {len(rows)}")
    features = json.loads(outputs[1].read_text())["features"]
    coco = json.loads(outputs[2].read_text())
    numbers = tifffile.imread(outputs[3])
    check(len(features) == len(rows) == len(coco["annotations"]), f"{name}: expected as many features as objects")
    for number, ((_, value, region), row, feature) in enumerate(zip(regions, rows, features), 1):
        y, x, end_y, end_x = region.bbox
        pairs = {
            "object": number, "class": value, "bbox_x": x, "bbox_y": y, "bbox_width": end_x - x, "bbox_height": end_y - y,
            "area": region.area, "centroid_x": region.centroid[1], "centroid_y": region.centroid[0], "perimeter": region.perimeter,
            "axis_major_length": region.axis_major_length, "axis_minor_length": region.axis_minor_length,
            "eccentricity": region.eccentricity, "orientation": region.orientation, "solidity": region.solidity,
            "equivalent_diameter_area": region.equivalent_diameter_area, "intensity_mean": region.intensity_mean,
            "intensity_min": region.intensity_min, "intensity_max": region.intensity_max, "intensity_std": region.intensity_std,
        }
        for key, want in pairs.items():
            got = float(row[key])
            if key == "orientation" and abs(abs(want) - numpy.pi / 2) < TOLERANCE:
                # An axis along the columns: the sign of what is 0 in exact numbers is that of a rounding error.
                got, want = abs(got), abs(want)
            check(abs(got - want) <= TOLERANCE * max(1, abs(want)), f"{name}: object {number}: {key}: expected {want}, found {got}")
        mask = numpy.zeros(labels.shape, bool)
        mask[tuple(region.coords.T)] = True
        check((numbers[mask] == number).all(), f"{name}: object {number}: other pixels in the instance image")
        geometry = feature["geometry"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        drawn = numpy.zeros(labels.shape, bool)
        for rings in polygons:
            for ring in rings:
                # Of corners of pixels to their centres.
                drawn ^= polygon2mask(labels.shape, numpy.array(ring)[:, ::-1] - 0.5)
        check((drawn == mask).all(), f"{name}: object {number}: other pixels in its outline")
    check((numbers > 0).sum() == (labels > 0).sum(), f"{name}: other pixels in all objects")
    return len(rows)


def main():
    random = numpy.random.default_rng(5)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        count = compare("made", *made(random), folder)
        if len(sys.argv) > 3:
            masks, images = map(pathlib.Path, sys.argv[2:4])
            real = 0
            for path in sorted(masks.iterdir()):
                image = next(images.glob(f"{path.stem}.*"), None)
                if real >= 200 or image is None:
                    continue
                labels = numpy.array(tifffile.imread(path) if path.suffix == ".tif" else Image.open(path))
                grey = numpy.array(tifffile.imread(image) if image.suffix == ".tif" else Image.open(image).convert("L"))
                if labels.ndim == 2 and grey.shape == labels.shape:
                    real += compare(path.name, labels.astype(numpy.uint16), grey, folder)
            check(real >= 200, f"expected 200 real objects, found {real}")
            count += real
        else:
            print("objects: skipped: real objects, no folders of masks and images are given")
    print(f"{count} objects as scikit-image measures them")


main()
