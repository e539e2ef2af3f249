#!/usr/bin/env python3
"""Paints at random in a project that is served, and compares every exact tile with what the command line makes of the exported strokes.

    python3 Tests/Annotator/exact.py --rounds 24                # after Deploy/build.sh; at least 1,000 tiles
    python3 Tests/Annotator/exact.py --seed 7                   # one round again
    python3 Tests/Annotator/exact.py --sample                   # some seconds, for CI

A round is a project of its own: two or three images of a kind that its seed draws (8-bit colour, 16-bit grey, stacks), strokes of every
tool, erasing, undo, strokes that are set aside, other settings. Three times it stops painting, waits until the model is marked exact,
asks for the labels, probabilities and uncertainty of all tiles in full resolution, exports the project, and runs `coppice train` (the
exported script) and `coppice segment`. The model's file and every tile must have the same bytes; tiles have 8 bits of the 16 that files have.
Standard library only.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from images import read_png, texture, write_png, write_tiff
from painting import PALETTE, Painter
from served import Client, EventStream, Fault, Server, find_programs, new_id

SIDE = 256
KINDS = ["labels", "probabilities", "uncertainty"]
SETTINGS = [
    {"forest": {"trees": 17}}, {"forest": {"trees": 40, "maxDepth": 7}}, {"forest": {"seed": 5}}, {"features": {"sigmaMax": 4}},
    {"features": {"sigmaMin": 1, "sigmaMax": 8}}, {"forest": {"minSamplesLeaf": 3}}, {"forest": {"classWeight": "balanced"}},
]


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round; the next has the next number")
    parser.add_argument("--phases", type=int, default=3, help="how often a round is compared")
    parser.add_argument("--sample", action="store_true", help="one small round of two phases")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--programs", type=pathlib.Path, default=find_programs())
    return parser.parse_args()


def make_images(draw, folder, count, side_max):
    """Writes images of one kind and returns their paths."""
    kind = draw.choice(["rgb8", "grey16", "stack"])
    paths = []
    for number in range(count):
        width, height = draw.randrange(200, side_max), draw.randrange(200, side_max)
        if kind == "stack":
            paths.append(folder / f"stack-{number}.tif")
            pages = [texture(draw, width, height, 1, 255) for _ in range(2)]
            write_tiff(paths[-1], width, height, 8, pages)
        else:
            channels, bits = (3, 8) if kind == "rgb8" else (1, 16)
            paths.append(folder / f"image-{number}.png")
            write_png(paths[-1], width, height, channels, bits, texture(draw, width, height, channels, 2**bits - 1))
    return kind, paths


class Round:
    def __init__(self, chosen, seed, folder):
        self.chosen, self.seed, self.folder = chosen, seed, folder
        self.draw = random.Random(seed)
        self.tiles, self.differing, self.models, self.waits = 0, [], 0, []

    def play(self):
        folder = self.folder / "images"
        folder.mkdir()
        count, side_max = (2, 400) if self.chosen.sample else (self.draw.choice([2, 3]), 640)
        self.kind, paths = make_images(self.draw, folder, count, side_max)
        self.server = Server(self.chosen.programs, paths, self.folder, "--local", "2", "--root", self.folder, port=self.chosen.port)
        try:
            self.client = Client(self.server).visit()
            self.images = self.client.call("GET", "project")["images"]
            self.stream = EventStream(self.client)
            self.paint_classes()
            for phase in range(2 if self.chosen.sample else self.chosen.phases):
                self.paint(self.draw.randrange(4, 12))
                if phase:
                    self.client.append({"id": new_id(), "kind": "setSettings", "settings": self.draw.choice(SETTINGS)})
                self.compare(phase)
            self.stream.close()
            self.server.end()
        finally:
            self.server.close()

    def paint_classes(self):
        """Classes, and a shape of each that no later edit takes away."""
        self.classes = list(range(1, self.draw.choice([2, 3, 5]) + 1))
        new = [{"id": new_id(), "kind": "addClass", "number": number, "name": f"Class {number}", "colour": PALETTE[number - 1]}
               for number in self.classes[2:]]
        settings = {"forest": {"trees": self.draw.choice([12, 25, 60])}, "features": {"sigmaMax": self.draw.choice([2, 4, 8])}}
        self.client.append(*new, {"id": new_id(), "kind": "setSettings", "settings": settings})
        self.painter = Painter(self.draw, self.images, self.classes)
        for number in self.classes:
            for _ in range(3):
                self.client.append(self.painter.stroke(number, "brush"))
        (self.painter.shapes, self.painter.undoable) = ([], [])

    def paint(self, count):
        while count > 0:
            batch = [self.painter.operation() for _ in range(self.draw.choice([1, 1, 1, 2, 5]))]
            self.client.append(*batch)
            count -= len(batch)

    def compare(self, phase):
        begin = time.monotonic()
        sequence = self.client.call("GET", "project")["sequence"]
        self.stream.wait(lambda: len(self.stream.log) >= sequence, "all operations over the stream")
        folder = self.folder / f"phase-{phase}"
        self.client.call("POST", "export", {"folder": str(folder)})
        self.run_commands(folder)
        model = (folder / "model.json").read_bytes()
        labels = self.label_sequence()
        self.stream.wait_for_exact(labels)
        self.waits.append(time.monotonic() - begin)
        revision = self.stream.model["revision"]
        own = self.client.send("GET", f"/api/v1/models/{revision}")
        self.models += 1
        if own.status != 200 or own.body != model:
            self.differing.append(f"phase {phase}: the model of revision {revision}")
        classes = json.loads(model)["classes"]
        for image in self.images:
            for z in range(image["depth"]):
                self.compare_plane(folder, phase, image, z, classes, revision)

    def label_sequence(self):
        """Of the last operation that a model must know."""
        kinds = ("addShape", "eraseShape", "replaceShapes", "setAside", "addClass", "deleteClass", "undo", "redo", "setSettings")
        return max(one["sequence"] for one in self.stream.log if one["kind"] in kinds)

    def run_commands(self, folder):
        path = f"{self.chosen.programs}{os.pathsep}{os.environ['PATH']}"
        train = ["sh", str(folder / "train.sh"), "--local", "2", "--quiet"]
        self.command(train, {**os.environ, "PATH": path})
        for image in self.images:
            for z in range(image["depth"]):
                stem = folder / f"{image['id']}-{z}"
                command = [self.chosen.programs / "coppice", "segment", image["path"], "--model", folder / "model.json"]
                command += ["--page", str(z)] if image["depth"] > 1 else []
                for option, kind in [("--output", "labels"), ("--probabilities", "probabilities"), ("--uncertainty", "uncertainty")]:
                    command += [option, f"{stem}-{kind}.png"]
                self.command([*map(str, command), "--local", "2", "--quiet"], None)

    @staticmethod
    def command(words, environment):
        done = subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Fault(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")

    def compare_plane(self, folder, phase, image, z, classes, revision):
        width, height, tab = image["width"], image["height"], new_id()
        view = {"image": image["id"], "z": z, "t": 0, "rect": [0, 0, width, height], "level": 0, "kinds": KINDS}
        self.stream.set_view(tab, view)
        complete, _ = self.stream.wait(
            lambda: self.stream.views.get(tab) if self.stream.views.get(tab, [{}])[0].get("revision") == revision else None,
            f"all tiles of revision {revision}")
        with self.stream.condition:
            tiles = dict(self.stream.tiles[tab])
        self.stream.remove_view(tab)
        places = {(column, row) for column in range(-(-width // SIDE)) for row in range(-(-height // SIDE))}
        if len(tiles) != len(places) * len(KINDS) or complete["tiles"] != len(places):
            raise Fault(f"expected {len(places)} tiles of each map, found {len(tiles)} and a view of {complete['tiles']}")
        stem = folder / f"{image['id']}-{z}"
        whole = {"labels": [read_png(pathlib.Path(f"{stem}-labels.png"))], "uncertainty": [read_png(pathlib.Path(f"{stem}-uncertainty.png"))],
                 "probabilities": [read_png(pathlib.Path(f"{stem}-probabilities-{one['name']}.png")) for one in classes]}
        for (_, _, _, level, kind, column, row), (document, data) in tiles.items():
            self.tiles += 1
            name = f"phase {phase}: {image['name']} {z}: {kind} ({column}, {row})"
            if (document["exactness"], document["revision"], level) != ("exact", revision, 0):
                self.differing.append(f"{name}: {document['exactness']} of revision {document['revision']}, not exact of {revision}")
            elif data != b"".join(part(one, column, row) for one in whole[kind]):
                self.differing.append(f"{name}: other bytes")


def part(image, column, row):
    """A tile of an image, a byte a sample."""
    width, height, data = image
    size = len(data) // (width * height)
    left, right = column * SIDE, min(width, (column + 1) * SIDE)
    lines = [data[(y * width + left) * size:(y * width + right) * size] for y in range(row * SIDE, min(height, (row + 1) * SIDE))]
    if size == 1:
        return b"".join(lines)
    return bytes(((high << 8 | low) * 255 + 32767) // 65535 for line in lines for high, low in zip(line[::2], line[1::2]))


def main():
    chosen = options()
    tiles, differing, rounds, models = 0, 0, 1 if chosen.sample else chosen.rounds, 0
    for seed in range(chosen.seed, chosen.seed + rounds):
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="exact") as folder:
            one = Round(chosen, seed, pathlib.Path(folder))
            try:
                one.play()
            except Fault as fault:
                one.differing.append(str(fault))
        tiles, differing, models = tiles + one.tiles, differing + len(one.differing), models + one.models
        print(f"seed {seed}: {one.kind}: {one.tiles} tiles, {len(one.differing)} differ, {time.monotonic() - begin:.1f} s", flush=True)
        for line in one.differing[:10]:
            print(f"    {line}", flush=True)
    print(f"exact: seeds {chosen.seed} to {chosen.seed + rounds - 1}: {tiles} tiles and {models} models compared, {differing} faults")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
