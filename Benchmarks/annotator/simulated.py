"""How many strokes a good result takes: an annotator who follows *next uncertain place* beside one who paints anywhere.

usage: simulated.py COPPICE DATA [--sets NAME,…] [--seeds 5] [--strokes 100] [--share 0.95] [--json FILE]

DATA holds sets of images with their whole truth: DATA/SET/images and DATA/SET/masks with equal names, or the files that `SETS` names. A seed chooses the
image of a set, the first strokes (one a class, the same for both) and the places of the second annotator: any pixel, each as likely. Strokes go through
the API of a `coppice serve` of two workers, one at a time, each once the result of those before is there. A stroke is a scribble of some 24 pixels that
begins at the pixel nearest to the place that is of the class the place has in truth, and far enough from other classes for the brush; it stays inside
that class. After each stroke the class map of the whole image is compared with the truth: IoU, mean over the classes, of all pixels.

The final IoU is the mean over the last ten of `--strokes` strokes of the second annotator; counted are the strokes, the first ones among them, until an
annotator first reaches `--share` of it. Where one never does, the count is that of all strokes, marked with ≥.

Needs numpy, scipy, pillow and tifffile.
"""
import argparse
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
import zlib

import numpy
import tifffile
from PIL import Image
from scipy import ndimage

from latency import Server, Stream, add

COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2"]
#: Widths of the brush, the widest that fits first; below the last a stroke is one pixel.
WIDTHS = (5, 3, 1)
#: Files of the sets that are not folders of images and masks.
FILES = {
    "stardist-16bit": [("img2d.tif", "mask2d.tif")],
    "convpaint-scribbles": [("0000_img.png", "0000_ground_truth.png")],
}
#: Sets whose masks number objects: what counts is whether a pixel is of one.
INSTANCES = {"dsb2018", "stardist-16bit"}
SETS = ("nasa-super", "nasa-ebc", "dsb2018", "stardist-16bit", "convpaint-scribbles")


def read(path):
    return tifffile.imread(path) if path.endswith(".tif") else numpy.array(Image.open(path))


def pairs(data, name):
    """Paths of the images of a set and of their truth."""
    folder = os.path.join(data, name)
    if name in FILES:
        return [(os.path.join(folder, image), os.path.join(folder, mask)) for image, mask in FILES[name]]
    names = sorted(os.listdir(os.path.join(folder, "masks")))
    return [(os.path.join(folder, "images", one), os.path.join(folder, "masks", one)) for one in names]


def truth_of(name, path):
    """Class numbers from 1 on."""
    mask = read(path)
    if name in INSTANCES:
        return (mask > 0).astype(numpy.uint8) + 1
    return numpy.searchsorted(numpy.unique(mask), mask).astype(numpy.uint8) + 1


class Maps(Stream):
    """The newest class map of a view, and what is said of models."""

    def __init__(self, server, client, width, height):
        self.maps, self.size = {}, (height, width)
        self.states, self.views = [], []
        super().__init__(server, client)

    def take(self, message, data):
        if message["type"] == "tile":
            self.draw(message, data)
        elif message["type"] == "state":
            self.states.append(message.get("state") or message)
        elif message["type"] == "view":
            self.views.append(message)
        elif message["type"] == "trouble":
            print(f"simulated.py: the server says: {message}", file=sys.stderr)

    def draw(self, message, data):
        if message["encoding"] == "deflate":
            data = zlib.decompress(data)
        kind, (width, height) = message["kind"], (message["width"], message["height"])
        planes = len(data) // (width * height)
        if kind not in self.maps:
            self.maps[kind] = numpy.zeros((planes, *self.size), numpy.uint8)
        row, column = 256 * message["row"], 256 * message["column"]
        self.maps[kind][:, row:row + height, column:column + width] = numpy.frombuffer(data, numpy.uint8).reshape(planes, height, width)

    def wait(self, found, what, seconds=120):
        end = time.monotonic() + seconds
        with self.news:
            while (value := found()) is None:
                if not self.news.wait(end - time.monotonic()):
                    sys.exit(f"simulated.py: {what} did not come within {seconds} s; last state: {self.states[-1:]}")
            return value

    def result(self, sequence):
        """Waits until the map is that of the whole forest of all strokes up to an operation."""
        def revision():
            for state in reversed(self.states):
                model = state.get("model")
                if model and model["labelSequence"] >= sequence and model["trees"] == model["treesTotal"]:
                    return model["revision"]
            return None
        wanted = self.wait(revision, f"a model of operation {sequence}")
        self.wait(lambda: next((True for view in reversed(self.views) if view["revision"] >= wanted), None), f"the view of model {wanted}")
        with self.news:
            return {kind: planes.copy() for kind, planes in self.maps.items()}


class Annotator:
    """Paints on an image of which it knows the truth."""

    def __init__(self, program, image, truth, seed, folder, kinds=("labels",)):
        self.truth = truth
        self.classes = [int(one) for one in numpy.unique(truth)]
        # How far a pixel is from the nearest of another class.
        self.depth = numpy.zeros(truth.shape)
        for number in self.classes:
            inside = truth == number
            self.depth[inside] = ndimage.distance_transform_edt(inside)[inside] if not inside.all() else 1e9
        self.generator = random.Random(seed)
        #: Middles of strokes that were painted, with their classes.
        self.painted = []
        self.server = Server(program, image, folder)
        self.server.call("GET", "/")
        project = self.server.call("GET", "/api/v1/project")
        self.image = project["images"][0]["id"]
        while not self.server.call("GET", f"/api/v1/images/{self.image}").get("isReady", True):
            time.sleep(0.1)
        # One training a stroke, when it is asked for.
        self.server.call("PUT", "/api/v1/live", {"isLive": False})
        known = {one["number"] for one in project["classes"]}
        self.operate([
            {"id": str(uuid.uuid4()), "kind": "addClass", "number": number, "name": f"Class {number}", "colour": COLOURS[(number - 1) % 5]}
            for number in self.classes if number not in known])
        client, tab = str(uuid.uuid4()), str(uuid.uuid4())
        height, width = truth.shape
        self.stream = Maps(self.server, client, width, height)
        self.stream.wait(lambda: self.stream.states or None, "the first state")
        view = {"image": self.image, "z": 0, "t": 0, "rect": [0, 0, width, height], "level": 0, "kinds": list(kinds)}
        self.server.call("PUT", f"/api/v1/stream/{client}/views/{tab}", view)

    def operate(self, operations):
        return self.server.call("POST", "/api/v1/operations", {"operations": operations})["sequence"] if operations else 0

    def first_strokes(self):
        """One a class, somewhere in it."""
        for number in self.classes:
            rows, columns = numpy.nonzero(self.truth == number)
            one = self.generator.randrange(len(rows))
            sequence = self.paint(int(columns[one]), int(rows[one]))
        return self.update(sequence)

    def random_place(self):
        return self.generator.randrange(self.truth.shape[1]), self.generator.randrange(self.truth.shape[0])

    def uncertain_place(self):
        place = self.server.call("GET", f"/api/v1/uncertain?image={self.image}&after=0")
        if not place:
            sys.exit("simulated.py: no place is known that the model is unsure of")
        return int(place["x"]), int(place["y"])

    def paint(self, x, y):
        """A stroke of the class that a pixel has; its operation."""
        number = int(self.truth[y, x])
        path, width = self.scribble(x, y, number)
        self.painted.append((x, y, number))
        return self.operate([add(self.image, number, {"type": "stroke", "path": path, "width": width})])

    def update(self, sequence):
        """Has all strokes learned from; the maps."""
        self.server.call("POST", "/api/v1/update")
        return self.stream.result(sequence)

    def scribble(self, x, y, number):
        for width in WIDTHS:
            # The brush, its joins, and pixels that it only touches.
            need = 0.6 * width + 0.8
            rows, columns = numpy.nonzero((self.truth == number) & (self.depth > need))
            if not len(rows):
                continue
            squares = (columns - x) ** 2 + (rows - y) ** 2
            nearest = int(squares.argmin())
            if squares[nearest] > 12 ** 2 and width > WIDTHS[-1]:
                continue
            points = self.walk(columns[nearest] + 0.5, rows[nearest] + 0.5, number, need)
            if len(points) > 1:
                return "M" + " L".join(f"{across:.2f},{down:.2f}" for across, down in points), width
        # One pixel.
        return f"M{x},{y + 0.5} L{x + 1},{y + 0.5}", 1

    def walk(self, x, y, number, need, steps=6, length=4.0):
        """Points of a path inside a class."""
        def is_inside(across, down):
            row, column = math.floor(down), math.floor(across)
            return (0 <= row < self.truth.shape[0] and 0 <= column < self.truth.shape[1]
                    and self.truth[row, column] == number and self.depth[row, column] > need)
        points, heading = [(x, y)], None
        for _ in range(steps):
            for attempt in range(24):
                if heading is None:
                    turned = self.generator.uniform(0, 2 * math.pi)
                else:
                    turned = heading + self.generator.uniform(-1, 1) * (0.7 if attempt < 12 else 1.2)
                ends = [(x + far * math.cos(turned), y + far * math.sin(turned)) for far in (1.0, 2.0, 3.0, length)]
                if all(is_inside(*end) for end in ends):
                    heading, (x, y) = turned, ends[-1]
                    points.append((x, y))
                    break
            else:
                break
        return points

    def mistakes(self):
        """Labelled pixels that are not what they are labelled as, and all labelled ones."""
        wrong = labelled = 0
        for row in range(-(-self.truth.shape[0] // 256)):
            for column in range(-(-self.truth.shape[1] // 256)):
                tile = self.server.call("GET", f"/api/v1/images/{self.image}/labels/{column}/{row}")
                part = self.truth[256 * row:256 * row + 256, 256 * column:256 * column + 256]
                found = numpy.frombuffer(tile, numpy.uint8)[-part.size:].reshape(part.shape)
                labelled += int((found > 0).sum())
                wrong += int(((found > 0) & (found != part)).sum())
        return wrong, labelled

    def end(self):
        self.server.end()


def mean_iou(truth, found):
    scores = []
    for number in numpy.unique(truth):
        one, other = truth == number, found == number
        scores.append((one & other).sum() / (one | other).sum())
    return float(numpy.mean(scores))


def simulate(program, image, truth, seed, strokes, choose, kinds=("labels",)):
    """IoU after each stroke from the first ones on, as [(strokes, IoU)].

    `choose` gives the next place from the annotator and the maps.
    """
    with tempfile.TemporaryDirectory() as folder:
        annotator = Annotator(program, image, truth, seed, folder, kinds)
        try:
            maps = annotator.first_strokes()
            count, curve = len(annotator.classes), []
            while True:
                curve.append((count, mean_iou(truth, maps["labels"][0])))
                if count >= strokes:
                    break
                maps = annotator.update(annotator.paint(*choose(annotator, maps)))
                count += 1
            wrong, labelled = annotator.mistakes()
            if wrong:
                print(f"simulated.py: {image}: {wrong} of {labelled} labelled pixels are of another class in truth", file=sys.stderr)
        finally:
            annotator.end()
    return curve


def reached(curve, goal):
    """Strokes until an IoU is first reached; None if it never is."""
    return next((count for count, score in curve if score >= goal), None)


CHOICES = {"uncertain": lambda annotator, maps: annotator.uncertain_place(), "random": lambda annotator, maps: annotator.random_place()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coppice")
    parser.add_argument("data")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--strokes", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.95)
    parser.add_argument("--json")
    given = parser.parse_args()
    results = []
    for name in given.sets.split(","):
        images = pairs(given.data, name)
        for seed in range(given.seeds):
            image, mask = images[seed % len(images)]
            truth = truth_of(name, mask)
            curves = {
                way: simulate(given.coppice, os.path.abspath(image), truth, seed, given.strokes, choose) for way, choose in CHOICES.items()}
            results.append({"set": name, "image": os.path.basename(image), "seed": seed, "curves": curves})
            print(line(results[-1], given.share), file=sys.stderr, flush=True)
            if given.json:
                with open(given.json, "w") as file:
                    json.dump({"strokes": given.strokes, "share": given.share, "results": results}, file)
    print(table(results, given.share))


def counts(result, share):
    """Strokes of both ways, and the final IoU."""
    final = statistics.mean(score for _, score in result["curves"]["random"][-10:])
    return {way: reached(curve, share * final) for way, curve in result["curves"].items()}, final


def line(result, share):
    found, final = counts(result, share)
    return f"{result['set']} {result['image']} seed {result['seed']}: final {final:.3f}, strokes {found}"


def table(results, share):
    """One row a set: medians over the seeds, and how the sums compare."""
    rows = [f"| set | classes | final IoU | strokes to {share:.0%} of it, *next uncertain* | random places | ratio of medians | ratio of sums | IoU after 30 strokes, *next uncertain* | random |",
            "|---|---|---|---|---|---|---|---|---|"]
    for name in dict.fromkeys(one["set"] for one in results):
        own = [one for one in results if one["set"] == name]
        last = own[0]["curves"]["random"][-1][0]
        found = [counts(one, share) for one in own]
        strokes = {way: [count[way] or last for count, _ in found] for way in CHOICES}
        mark = {way: "≥ " if any(count[way] is None for count, _ in found) else "" for way in CHOICES}
        medians = {way: statistics.median(values) for way, values in strokes.items()}
        early = {way: statistics.mean(min(one["curves"][way], key=lambda point: abs(point[0] - 30))[1] for one in own) for way in CHOICES}
        rows.append(
            f"| {name} | {own[0]['curves']['random'][0][0]} | {statistics.mean(final for _, final in found):.3f} "
            f"| {mark['uncertain']}{medians['uncertain']:g} ({', '.join(map(str, strokes['uncertain']))}) "
            f"| {mark['random']}{medians['random']:g} ({', '.join(map(str, strokes['random']))}) "
            f"| {medians['uncertain'] / medians['random']:.0%} | {sum(strokes['uncertain']) / sum(strokes['random']):.0%} "
            f"| {early['uncertain']:.3f} | {early['random']:.3f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
