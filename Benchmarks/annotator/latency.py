"""How long a stroke takes to show: from the request that carries it to the tiles of the result, as the server sends them.

usage: latency.py COPPICE IMAGE [--strokes 200] [--classes 5] [--view 1280x720] [--at X,Y] [--before N] [--width 8] [--json FILE]

Starts `coppice serve` on an empty project of IMAGE, opens the stream, shows a part of the image in full resolution, and paints strokes one after the
other, each once the one before is shown. It needs nothing but Python. Times are in milliseconds:

  acknowledged   the operation is committed
  first          the first tile of a forest that knows the stroke
  forest         the first tile of the whole forest (100 trees)
  view           the last tile of the whole forest
"""
import argparse
import http.client
import json
import os
import random
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid


class Server:
    """A `coppice serve` of a project of its own."""

    def __init__(self, program, image, folder, options=()):
        # The project lies beside the image.
        link = os.path.join(folder, os.path.basename(image))
        os.symlink(image, link)
        command = [program, "serve", link, "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)", line)
        if not found:
            sys.exit(f"latency.py: expected the server's URL, found {line!r}")
        self.host, self.port = found[1], int(found[2])
        self.cookie = None
        self.connection = http.client.HTTPConnection(self.host, self.port)

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        cookie = answer.getheader("Set-Cookie")
        if cookie and not self.cookie:
            self.cookie = cookie.split(";")[0]
        data = answer.read()
        if answer.status >= 400:
            sys.exit(f"latency.py: {method} {path}: {answer.status} {data[:300]!r}")
        if not (answer.getheader("Content-Type") or "").startswith("application/json"):
            return data
        return json.loads(data) if data else None

    def end(self):
        self.process.terminate()
        self.process.wait()


class Stream(threading.Thread):
    """Reads the frames of a client, each with the time at which it came; `news` tells of new ones."""

    def __init__(self, server, client):
        super().__init__(daemon=True)
        self.frames, self.news = [], threading.Condition()
        self.connection = http.client.HTTPConnection(server.host, server.port)
        self.connection.request("GET", f"/api/v1/stream?client={client}&since=0", headers={"Cookie": server.cookie or ""})
        self.answer = self.connection.getresponse()
        self.start()

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.answer.read(count - len(data))
            if not part:
                return None
            data += part
        return data

    def run(self):
        while head := self.read(8):
            text, size = struct.unpack("<II", head)
            message, data = json.loads(self.read(text)), self.read(size)
            with self.news:
                self.take(message, data)
                self.news.notify_all()

    def take(self, message, data):
        self.frames.append((time.perf_counter(), message))

    def wait(self, since, holds, seconds=60):
        """The first frame from the number `since` on for which something holds."""
        place, end = since, time.perf_counter() + seconds
        with self.news:
            while True:
                while place < len(self.frames):
                    if holds(self.frames[place][1]):
                        return place, self.frames[place][0]
                    place += 1
                if not self.news.wait(end - time.perf_counter()):
                    last = [frame for frame in self.frames if frame[1]["type"] in ("state", "trouble")][-3:]
                    sys.exit(f"latency.py: nothing came within {seconds} s; last: {last}")


def stroke(generator, rect, number, width):
    """A scribble of some forty pixels."""
    x = generator.uniform(rect[0] + 60, rect[0] + rect[2] - 60)
    y = generator.uniform(rect[1] + 60, rect[1] + rect[3] - 60)
    path = f"M{x:.2f},{y:.2f}"
    for _ in range(8):
        x += generator.uniform(-8, 8)
        y += generator.uniform(-8, 8)
        path += f" L{x:.2f},{y:.2f}"
    return {"type": "stroke", "path": path, "width": width}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coppice")
    parser.add_argument("image")
    parser.add_argument("--strokes", type=int, default=200)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--view", default="1280x720")
    parser.add_argument("--at", default="0,0", help="the view's first column and row")
    parser.add_argument("--before", type=int, default=0, help="strokes that are there before, of 1,000 pixels each")
    parser.add_argument("--width", type=float, default=8)
    parser.add_argument("--json")
    given = parser.parse_args()
    generator = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(given.coppice, os.path.abspath(given.image), folder)
        server.call("GET", "/")
        project = server.call("GET", "/api/v1/project")
        image = project["images"][0]["id"]
        while not server.call("GET", f"/api/v1/images/{image}").get("isReady", True):
            time.sleep(0.1)
        left, top = map(int, given.at.split(","))
        width, height = map(int, given.view.split("x"))
        rect = [left, top, min(width, project["images"][0]["width"]), min(height, project["images"][0]["height"])]
        known = {one["number"] for one in project["classes"]}
        colours = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2"]
        operations = [
            {"id": str(uuid.uuid4()), "kind": "addClass", "number": number, "name": f"Class {number}", "colour": colours[(number - 1) % 5]}
            for number in range(1, given.classes + 1) if number not in known]
        for number in range(given.before):
            operations.append(add(image, 1 + number % given.classes, stroke(generator, rect, number, 25)))
        for first in range(0, len(operations), 100):
            server.call("POST", "/api/v1/operations", {"operations": operations[first:first + 100]})
        client, tab = str(uuid.uuid4()), str(uuid.uuid4())
        stream = Stream(server, client)
        stream.wait(0, lambda message: message["type"] == "state")
        view = {"image": image, "z": 0, "t": 0, "rect": rect, "level": 0, "kinds": ["labels"]}
        server.call("PUT", f"/api/v1/stream/{client}/views/{tab}", view)
        times = {name: [] for name in ("acknowledged", "first", "forest", "view")}
        for number in range(given.strokes + given.classes):
            operation = add(image, 1 + number % given.classes, stroke(generator, rect, number, given.width))
            place, start = len(stream.frames), time.perf_counter()
            sequence = server.call("POST", "/api/v1/operations", {"operations": [operation]})["sequence"]
            acknowledged = time.perf_counter()
            if number + 1 < given.classes and not given.before:
                continue
            state, _ = stream.wait(place, lambda message: knows(message, sequence))
            revision = model(stream.frames[state][1])["revision"]
            _, first = stream.wait(state, lambda message: message["type"] == "tile" and message["revision"] >= revision)
            whole, _ = stream.wait(state, lambda message: knows(message, sequence) and is_whole(message))
            last = model(stream.frames[whole][1])["revision"]
            _, forest = stream.wait(whole, lambda message: message["type"] == "tile" and message["revision"] >= last)
            _, done = stream.wait(whole, lambda message: message["type"] == "view" and message["revision"] >= last)
            if number >= given.classes:
                for name, moment in zip(times, (acknowledged, first, forest, done)):
                    times[name].append(1000 * (moment - start))
        last = model(next(message for _, message in reversed(stream.frames) if model(message)))
        server.end()
    print(f"{given.image}: {given.strokes} strokes, {given.classes} classes, view {rect[2]}×{rect[3]}, "
          f"{last['samples']:,} of {last['labelledPixels']:,} labelled pixels, milliseconds")
    figures = {}
    for name, values in times.items():
        figures[name] = {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "mean": statistics.mean(values)}
        print(f"  {name:13} p50 {figures[name]['p50']:7.1f}   p95 {figures[name]['p95']:7.1f}")
    if given.json:
        with open(given.json, "w") as file:
            json.dump(figures, file, indent=1)


def add(image, number, shape):
    return {"id": str(uuid.uuid4()), "kind": "addShape", "image": image, "class": number, "shape": shape, "plane": {"z": 0, "t": 0}}


def model(message):
    """The forest that a message is about, if it says where training stands."""
    return (message.get("state") or message).get("model") if message["type"] == "state" else None


def knows(message, sequence):
    found = model(message)
    return bool(found) and found["labelSequence"] >= sequence


def is_whole(message):
    found = model(message)
    return found["trees"] == found["treesTotal"]


if __name__ == "__main__":
    main()
