"""A person who walks through the page: paints five classes on an image, and exchanges files with it."""
import contextlib
import math
import re
import struct

import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect

from conftest import Annotator, Watch
from served import COPPICE, Served

COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2"]
WIDTHS = [1, 2, 4, 8, 16, 32, 64]
NUMBERS = ["Smooth probabilities, σ in pixels", "Dissolve regions below, in pixels", "Fill holes below, in pixels", "Smallest object, in pixels"]
# Class, width, and the way of a stroke in shares of the image.
STROKES = [
    (1, 64, [(0.06, 0.15), (0.09, 0.35), (0.07, 0.55)]), (1, 1, [(0.12, 0.70), (0.05, 0.85), (0.15, 0.95)]),
    (2, 16, [(0.25, 0.10), (0.33, 0.30), (0.27, 0.60), (0.32, 0.90)]), (2, 2, [(0.22, 0.50), (0.24, 0.80)]),
    (3, 32, [(0.45, 0.20), (0.52, 0.45), (0.46, 0.80)]),
    (4, 8, [(0.65, 0.15), (0.72, 0.30), (0.63, 0.50), (0.73, 0.85)]),
    (5, 4, [(0.85, 0.10), (0.95, 0.40), (0.83, 0.60), (0.96, 0.90)]),
]


def made_up(path, width=784, height=588, seed=16):
    """Five bands, each of a brightness, a colour and a texture of its own."""
    dice = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    band = x * 5 // width
    textures = numpy.stack([0 * x, 40 * numpy.sin(y / 3), 40 * numpy.sin((x + y) / 5), 30 * numpy.sign(numpy.sin(x / 4) * numpy.sin(y / 4)), 50 * numpy.sin(x / 9)])
    base = numpy.array([[90, 60, 60], [130, 130, 90], [70, 110, 150], [180, 150, 170], [110, 180, 110]])[band]
    values = base + numpy.take_along_axis(textures, band[None], axis=0)[0][..., None] + dice.normal(0, 12, (height, width, 3))
    Image.fromarray(values.clip(0, 255).astype("u1")).save(path)


@contextlib.contextmanager
def walking(browser, folder, image):
    """The page on an image in a folder, painted; at the end, nothing may have gone wrong in it."""
    if not COPPICE.exists():
        pytest.skip(f"{COPPICE} is not there: build it, or name it in COPPICE")
    served = Served(folder, image)
    context = browser.new_context(accept_downloads=True)
    watch = Watch(served.url)
    watch.follow(context)
    try:
        page = context.new_page()
        walk = Walk(page, served, image)
        walk.open()
        walk.paint()
        yield walk
        assert not watch.unexpected(walk.expected)
    finally:
        context.close()
        served.close()


class Walk(Annotator):
    """The page with the whole image in view, a pixel of the image on each pixel of the screen, and five classes painted."""

    wait_ms = 120_000

    def __init__(self, page, served, path):
        super().__init__(page, served.url)
        self.served, self.path = served, path
        with Image.open(path) as image:
            self.pixels = numpy.asarray(image.convert("RGB"))
        self.height, self.width = self.pixels.shape[:2]

    def open(self):
        super().open()
        # The view leaves a fiftieth of its room: with this much, a pixel is a pixel.
        wanted = (round(self.width / 0.98), math.ceil(self.height / 0.98))
        self.page.set_viewport_size({"width": 1280, "height": 900})
        box = self.canvas.bounding_box()
        self.page.set_viewport_size({"width": round(1280 - box["width"] + wanted[0]), "height": round(900 - box["height"] + wanted[1])})
        expect(self.page.locator(".viewer-image")).to_have_js_property("width", wanted[0])
        self.page.get_by_role("button", name="Whole image").click()
        self.scale = 0.98 * min(wanted[0] / self.width, wanted[1] / self.height)
        assert abs(self.scale - 1) * self.width < 0.5
        self.left, self.top = (-round(side * self.scale / 2 - room / 2) for side, room in zip((self.width, self.height), wanted))
        return self

    # Painting.

    def freehand(self, ways):
        """Paints along a smoothed way of points in the image, and returns where the pointer was."""
        points = [(x * self.width, y * self.height) for x, y in ways]
        places = []
        for (x, y), (to_x, to_y) in zip(points, points[1:]):
            for step in range(12):
                share = step / 12
                places.append((round(x + (to_x - x) * share + 6 * math.sin(math.pi * share)), round(y + (to_y - y) * share)))
        places.append(tuple(round(value) for value in points[-1]))
        mouse = self.page.mouse
        mouse.move(*self.on_screen(places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.on_screen(place))
        mouse.up()
        return places

    def on_screen(self, place):
        return self.at(place[0] + self.left, place[1] + self.top)

    def paint(self):
        while len(self.get("project")["classes"]) < 5:
            count = self.page.get_by_role("list", name="Classes").get_by_role("listitem").count()
            self.page.get_by_role("button", name="Add a class").click()
            self.until(lambda: len(self.get("project")["classes"]) == count + 1)
        self.ways = []
        for index, (number, width, way) in enumerate(STROKES):
            self.choose_class(f"Class {number}")
            self.page.get_by_role("button", name=f"Brush of {width} pixels", exact=True).click()
            self.ways.append(self.freehand(way))
            self.wait_for_shapes(index + 1)
        # The last operation is the last stroke.
        self.wait_until_exact(since=self.get("project")["sequence"])

    # Waiting.

    def model(self):
        answer = self.page.request.get(f"{self.url}/api/v1/report")
        return answer.json()["model"] if answer.ok else {"revision": 0, "isExact": False}

    def wait_until_exact(self, after=0, since=0):
        """A model of all labels, newer than that of a revision and of all operations up to a number, and all of the view by it; returns its revision."""
        def seen():
            model = self.model()
            text, share = (self.page.locator(f"#live {part}").text_content() for part in ("p", ".share"))
            is_new = model["isExact"] and model["revision"] > after and model["labelSequence"] >= since
            return is_new and text == f"Model {model['revision']}, up to date" and share == "exact" and model["revision"]
        return self.until(seen)

    # Reading.

    def canvas_pixels(self):
        """[row][column][RGB] of what the image's canvas shows in the place of the image."""
        return self.picture()[self.top:self.top + self.height, self.left:self.left + self.width, :3]

    def labels(self, image=None):
        """What is trained, [row][column]: the server's own rasterisation."""
        info = self.get(f"images/{image or self.image}")
        found = numpy.zeros((info["height"], info["width"]), "u1")
        for row in range(math.ceil(info["height"] / 256)):
            for column in range(math.ceil(info["width"] / 256)):
                body = self.page.request.get(f"{self.url}/api/v1/images/{image or self.image}/labels/{column}/{row}").body()
                width, height = struct.unpack("<HH", body[:4])
                found[row * 256:row * 256 + height, column * 256:column * 256 + width] = numpy.frombuffer(body[8:], "u1").reshape(height, width)
        return found

    def colours(self, labels):
        table = numpy.zeros((256, 3), "u1")
        for one in self.get("project")["classes"]:
            table[one["number"]] = [int(one["colour"][at:at + 2], 16) for at in (1, 3, 5)]
        return table[labels]

    # Exchange.

    def save(self, link, name=None):
        """The bytes of what a link downloads, by the name under which the browser saves it."""
        with self.page.expect_download() as download:
            link.click()
        if name:
            assert re.fullmatch(name, download.value.suggested_filename), download.value.suggested_filename
        path = self.served.folder / "downloads" / download.value.suggested_filename
        download.value.save_as(path)
        assert path.stat().st_size > 0
        return path

    def save_model(self):
        revision = self.wait_until_exact()
        return self.save(self.panel("exchange").get_by_role("link", name=f"Download model {revision}"), f"model-{revision}.json")

    def export_strokes(self, name):
        panel = self.panel("exchange")
        panel.get_by_label("Format").select_option(label=name)
        return self.save(panel.get_by_role("link", name="Download the strokes"))

    def import_strokes(self, name, text):
        self.panel("exchange")
        self.page.get_by_label("Import annotations").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": text})

    def set_features(self, families, low, high):
        panel = self.panel("features")
        before = self.model()["revision"]
        if "preset" in self.get("project")["settings"]["features"]:
            panel.get_by_role("button", name="Scikit image", exact=True).click()
            self.until(lambda: self.get("project")["settings"]["features"].get("preset") == "scikit-image")
        for name in ("Intensity", "Edges", "Texture"):
            panel.get_by_label(name, exact=True).set_checked(name in families)
        for label, sigma in (("Finest", low), ("Coarsest", high)):
            panel.get_by_role("slider", name=label).fill(f"{math.log2(sigma):g}")
        self.until(lambda: (now := self.get("project")["settings"]["features"]) and self.families(now) == [name.lower() for name in families]
                   and (now["sigmaMin"], now["sigmaMax"]) == (low, high))
        return before

    def families(self, features):
        """The families of a project's settings: its own, or those of its preset."""
        presets = {one["name"]: one["families"] for one in self.get("project")["presets"]}
        return features.get("families") or presets[features["preset"]]

    def run(self, scope, maps, file_format, objects=(), areas=False, of_largest=False, numbers=None, splits=False):
        """Segments from the page, with numbers by the names of their fields, and returns what the run has made: name and path."""
        panel = self.panel("runs")
        known = {run["id"] for run in self.get("runs")["runs"]}
        panel.get_by_label("What to segment").select_option(label=scope)
        panel.get_by_label("File format").select_option(label=file_format)
        for name in ("Labels", "Probabilities", "Uncertainty", "Overlay"):
            panel.get_by_label(name, exact=True).set_checked(name in maps)
        for name in ("Table (CSV)", "GeoJSON for QuPath", "COCO", "A number for each (TIFF)"):
            panel.get_by_label(name, exact=True).set_checked(name in objects)
        panel.get_by_label("Of the largest class, the background, too").set_checked(of_largest)
        panel.get_by_label("Areas of the classes (CSV)").set_checked(areas)
        panel.get_by_label("Split objects at their necks").set_checked(splits)
        for name in NUMBERS:
            panel.get_by_label(name, exact=True).fill((numbers or {}).get(name, ""))
        panel.get_by_role("button", name="Segment", exact=True).click()
        run = self.until(lambda: next((run for run in self.get("runs")["runs"] if run["id"] not in known and run["state"] not in ("waiting", "running")), None))
        assert run["state"] == "done", run
        card = panel.get_by_role("listitem").filter(has=self.page.get_by_text("done")).first
        files = {}
        for file in run["files"]:
            if file["isFolder"]:
                continue
            files[file["name"]] = self.save(card.get_by_role("link", name=f"{file['name']} ("), re.escape(file["name"]))
        return run, files


def image_of(path):
    """The stored values of a PNG: of a palette, its indices."""
    with Image.open(path) as image:
        return numpy.asarray(image)


def distance_to(path, point):
    """From a point to a path of straight pieces."""
    best = math.inf
    for (x, y), (to_x, to_y) in zip(path, path[1:]):
        dx, dy = to_x - x, to_y - y
        length = dx * dx + dy * dy
        share = 0 if length == 0 else min(1, max(0, ((point[0] - x) * dx + (point[1] - y) * dy) / length))
        best = min(best, math.hypot(point[0] - x - share * dx, point[1] - y - share * dy))
    return best
