"""A `coppice serve`, and a tab of a real browser that shows its page, watched by hooks.js. For the scripts beside it."""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
import uuid

import numpy
from playwright.async_api import async_playwright

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[1] / "Sources/Coordinator/Annotator/Page"
COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000"]
TILE = 256


class Server:
    """A `coppice serve` on an empty project of one image, in a folder of its own."""

    def __init__(self, program, image, options=()):
        self.folder = tempfile.TemporaryDirectory(prefix="coppice-annotator-")
        self.image = pathlib.Path(image).resolve()
        project = pathlib.Path(self.folder.name, "coppice-project")
        command = [program, "serve", str(project), "--port", "0", "--root", str(self.image.parent), "--root", self.folder.name, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not (found := re.search(r"http://[\d.]+:\d+", line)):
            sys.exit(f"expected the server's URL, found {line!r}")
        self.url, self.cookie = found[0], None
        self.call("GET", "/")
        self.image_id = str(uuid.uuid4())
        self.send({"kind": "addImage", "image": self.image_id, "path": str(self.image)})

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json", "Cookie": self.cookie or ""}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                if cookie := answer.headers.get("Set-Cookie"):
                    self.cookie = self.cookie or cookie.split(";")[0]
                content = answer.read()
                return json.loads(content) if content and answer.headers.get_content_type() == "application/json" else content
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read()[:300]!r}")

    def send(self, *operations):
        for first in range(0, len(operations), 100):
            some = [{"id": str(uuid.uuid4()), **operation} for operation in operations[first:first + 100]]
            self.call("POST", "/api/v1/operations", {"operations": some})

    async def ready(self):
        """What there is to know of the image, once it can be shown."""
        while not (info := self.call("GET", f"/api/v1/images/{self.image_id}")).get("isReady", True):
            await asyncio.sleep(0.1)
        self.content_key = info["contentKey"]
        return info

    def add_classes(self, count):
        known = {one["number"] for one in self.call("GET", "/api/v1/project")["classes"]}
        self.send(*({"kind": "addClass", "number": number, "name": f"Class {number}", "colour": COLOURS[number - 1]}
                    for number in range(1, count + 1) if number not in known))

    def add_stroke(self, number, path, width):
        return {"kind": "addShape", "image": self.image_id, "class": number, "plane": {"z": 0, "t": 0},
                "shape": {"type": "stroke", "path": path, "width": width}}

    def tile(self, level, column, row):
        """[row][column][channel]"""
        data = self.call("GET", f"/api/v1/images/{self.image_id}/tiles/{level}/{column}/{row}?z=0&t=0&k={self.content_key}")
        width, height, channels, size = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little"), data[4], data[5]
        kind = numpy.dtype(f"<u{size}") if not data[6] else numpy.dtype("<f4")
        return numpy.frombuffer(data, kind, width * height * channels, 8).reshape(channels, height, width).transpose(1, 2, 0)

    @property
    def workers(self):
        """Processes that the server started."""
        return children(self.process.pid)

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class Painter:
    """Strokes as a person would paint them: each on what looks like its class. Classes are ranges of brightness that hold equally many pixels."""

    def __init__(self, server, rect, classes=5, seed=1):
        self.server, self.rect, self.classes, self.dice, self.tiles = server, rect, classes, random.Random(seed), {}
        sample = numpy.concatenate([self.brightness(*self.place()).ravel() for _ in range(24)])
        self.limits = numpy.quantile(sample, numpy.arange(1, classes) / classes)

    def place(self, margin=90):
        x, y, width, height = self.rect
        return self.dice.uniform(x + margin, x + width - margin), self.dice.uniform(y + margin, y + height - margin)

    def brightness(self, x, y):
        """Means around a place."""
        column, row = int(x) // TILE, int(y) // TILE
        if (column, row) not in self.tiles:
            if len(self.tiles) > 400:
                self.tiles.clear()
            self.tiles[column, row] = self.server.tile(0, column, row).mean(2)
        left, top = int(x) - column * TILE, int(y) - row * TILE
        return self.tiles[column, row][max(0, top - 4):top + 5, max(0, left - 4):left + 5]

    def stroke(self, wanted=None, pieces=8, step=8):
        """A class's number and the points of a scribble that begins on it."""
        for _ in range(200):
            x, y = self.place()
            number = 1 + int(numpy.searchsorted(self.limits, self.brightness(x, y).mean()))
            if wanted in (None, number):
                break
        else:
            number = wanted
        points = [(x, y)]
        for _ in range(pieces):
            x, y = x + self.dice.uniform(-step, step), y + self.dice.uniform(-step, step)
            points.append((x, y))
        return number, points

    def paths(self, count, width):
        """Operations of many strokes."""
        for index in range(count):
            number, points = self.stroke(1 + index % self.classes)
            yield self.server.add_stroke(number, "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in points), width)


class Tab:
    """The page of a server in a tab."""

    def __init__(self, page, server):
        self.page, self.server, self.problems = page, server, []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    async def open(self, size, is_window=False):
        """Opens the page; its picture then has this size, or, if it is to be the window's, the window."""
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})
        await self.load()
        if not is_window:
            room = await self.page.evaluate("(() => { const { clientWidth, clientHeight } = document.getElementById('canvas'); return [innerWidth - clientWidth, innerHeight - clientHeight]; })()")
            await self.page.set_viewport_size({"width": size[0] + room[0], "height": size[1] + room[1]})
        await self.until("watch.viewer.isComplete || null")
        self.box = await self.page.locator("#canvas").bounding_box()
        return self

    async def load(self):
        await self.page.goto(self.server.url + "/")
        if not await self.until("watch.viewer?.isComplete && watch.states.length ? true : null", 60):
            raise SystemExit(f"the page showed no image within a minute: {self.problems}")
        colours = {str(number): [int(colour[at:at + 2], 16) for at in (1, 3, 5)] for number, colour in enumerate(COLOURS, 1)}
        await self.page.evaluate("(colours) => { watch.colours = colours; }", colours)

    async def show(self, x, y, scale=1):
        """Puts a place of the image into the picture's corner, and waits until all of the image is there."""
        width, height = self.box["width"] / scale, self.box["height"] / scale
        await self.page.evaluate("([rect, scale]) => { watch.viewer.showRect(rect); watch.viewer.zoomTo(scale); }", [[x, y, width, height], scale])
        await self.until("watch.viewer.isComplete || null")
        return await self.page.evaluate("watch.viewer.view.rect")

    async def choose_class(self, number):
        await self.page.locator("#canvas").press(str(number))

    async def paint(self, points):
        """Paints through points of the image, with the mouse."""
        places = await self.page.evaluate("(points) => points.map(([x, y]) => { const at = watch.viewer.toCss(x, y); return [at.x, at.y]; })", points)
        at = lambda place: (self.box["x"] + place[0], self.box["y"] + place[1])
        mouse = self.page.mouse
        await mouse.move(*at(places[0]))
        await mouse.down()
        for place in places[1:]:
            await mouse.move(*at(place))
        await mouse.up()

    async def until(self, find, seconds=30):
        return await self.page.evaluate(f"watch.until(() => {find}, {seconds})")

    async def stroke(self, number, points):
        """Paints a stroke and gives its times once all of its view is on the canvas."""
        await self.choose_class(number)
        await self.page.evaluate("watch.forget()")
        await self.paint(points)
        times = await self.until("watch.stroke(watch.up)", 60)
        if times is None:
            state = await self.page.evaluate("document.querySelector('#live').innerText")
            raise SystemExit(f"a stroke was not answered within a minute: {state!r}; {self.problems}")
        return times

    async def rest(self, seconds=60):
        """Waits for the forest of all labelled pixels, on all of the view."""
        return await self.until("watch.states.at(-1)?.model?.isExact && !watch.states.at(-1).isTraining && watch.cover().isAnswered ? true : null", seconds)


class PlainTab:
    """A tab that Playwright does not watch: of those it keeps up to 200 MB of answers in the tab's own process."""

    def __init__(self, session, server):
        self.session, self.server, self.waiting, self.number = session, server, {}, 0
        session.on("Target.receivedMessageFromTarget", self.receive)

    async def open(self, size):
        context = (await self.session.send("Target.createBrowserContext"))["browserContextId"]
        target = (await self.session.send("Target.createTarget", {"url": "about:blank", "browserContextId": context}))["targetId"]
        self.id = (await self.session.send("Target.attachToTarget", {"targetId": target, "flatten": False}))["sessionId"]
        await self.send("Page.enable")
        await self.send("Emulation.setDeviceMetricsOverride", {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
        await self.send("Page.addScriptToEvaluateOnNewDocument", {"source": (HERE / "hooks.js").read_text()})
        await self.send("Page.navigate", {"url": self.server.url + "/"})
        while not await self.evaluate("Boolean(window.watch?.viewer?.isComplete && watch.states.length)"):
            await asyncio.sleep(0.1)
        return self

    def receive(self, event):
        answer = json.loads(event["message"])
        if waiting := self.waiting.pop(answer.get("id"), None):
            waiting.set_result(answer)

    async def send(self, method, parameters=None):
        self.number += 1
        answer = self.waiting[self.number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": self.number, "method": method, "params": parameters or {}})
        await self.session.send("Target.sendMessageToTarget", {"sessionId": self.id, "message": message})
        found = await answer
        if "error" in found:
            raise SystemExit(f"{method}: {found['error']}")
        return found["result"]

    async def evaluate(self, expression):
        found = await self.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in found:
            raise SystemExit(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")


@contextlib.asynccontextmanager
async def browser(page_folder=None):
    """Chromium. With a folder, the page's files are taken from there instead of the server's."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"])
        context = await chromium.new_context()
        await context.add_init_script(path=HERE / "hooks.js")
        if page_folder:
            await context.route("**/page/**", lambda route: serve_file(route, pathlib.Path(page_folder)))
        try:
            yield chromium, context
        finally:
            await chromium.close()


async def serve_file(route, folder):
    path = folder / route.request.url.split("/page/", 1)[1].split("?")[0]
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8"}
    await route.fulfill(body=path.read_bytes(), content_type=kinds[path.suffix])


async def new_tab(context, server, overlay=None):
    """A tab; `overlay` as the page remembers it, such as its opacity."""
    page = await context.new_page()
    if overlay is not None:
        kept = json.dumps({"isVisible": True, "opacity": 0.5, "mode": "fill", "kind": "labels", **overlay})
        await page.add_init_script(f"if (location.protocol.startsWith('http')) localStorage.setItem('coppice.overlay', {json.dumps(kept)});")
    return Tab(page, server)


class Scene:
    """What a script measures."""

    def __init__(self, server, info, chromium, context, tab):
        self.server, self.info, self.chromium, self.context, self.tab = server, info, chromium, context, tab


@contextlib.asynccontextmanager
async def scene(given, classes=5, overlay=None):
    """A server of the image and a tab that shows it, as the options say. `info` is what there is to know of the image; all of it ends with the scene."""
    server = Server(given.program, given.image, given.server_options.split())
    try:
        info = await server.ready()
        server.add_classes(classes)
        async with browser(given.page) as (chromium, context):
            tab = await new_tab(context, server, overlay)
            await tab.open(view_size(given), given.window)
            yield Scene(server, info, chromium, context, tab)
    finally:
        server.end()


# Processes.


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(one) for one in task.read_text().split()]
    return found


def memory(pid):
    """Resident bytes of a process now, at most, and its own share of what it shares with others."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        shares = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    kilobytes = lambda name, text: int(re.search(rf"^{name}:\s+(\d+)", text, re.M)[1]) * 1024
    return {"resident": kilobytes("VmRSS", status), "peak": kilobytes("VmHWM", status), "proportional": kilobytes("Pss", shares)}


def processor_seconds(pids):
    """Of processes and all their threads, in and out of the kernel."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# Figures.


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values):
    return {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "p99": percentile(values, 0.99), "max": max(values), "count": len(values)}


class Report:
    """Figures as they come: lines of JSON in a file, a table for people at the end."""

    def __init__(self, title, path=None):
        self.title, self.rows, self.file = title, [], open(path, "a") if path else None

    def add(self, figure, value, goal=None, unit="ms", **facts):
        """`goal` is the most that is good."""
        row = {"script": pathlib.Path(sys.argv[0]).stem, "figure": figure, "value": round(value, 3), "unit": unit, "goal": goal, **facts}
        self.rows.append(row)
        if self.file:
            print(json.dumps(row), file=self.file, flush=True)

    def add_median(self, figure, values, goal=None, unit="ms", **facts):
        """The median of several runs, with the runs."""
        self.add(figure, statistics.median(values), goal, unit, runs=[round(value, 3) for value in values], **facts)

    def show(self):
        width = max(len(row["figure"]) for row in self.rows)
        print(self.title)
        for row in self.rows:
            goal, is_met = row["goal"], row["goal"] is None or row["value"] <= row["goal"]
            text = f"{row['value']:10.1f} {row['unit']}" if isinstance(row["value"], float) else f"{row['value']:8} {row['unit']}  "
            runs = f"  runs {min(row['runs']):.1f} … {max(row['runs']):.1f}" if len(row.get("runs", [])) > 1 else ""
            print(f"  {row['figure']:{width}} {text}" + (f"   goal {goal:g}: {'met' if is_met else 'NOT met'}" if goal is not None else "") + runs)


def options(text):
    """A parser with the options that all scripts have; `text` is the script's own."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="coppice")
    parser.add_argument("image")
    parser.add_argument("--view", default="1280x720", help="size of the picture on the screen")
    parser.add_argument("--window", action="store_true", help="--view is the size of the browser's window, of which the picture takes a part")
    parser.add_argument("--page", help="folder of the page's files to use instead of the server's")
    parser.add_argument("--json", help="file to which lines of JSON are added")
    parser.add_argument("--server-options", default="", help="more options of coppice serve")
    return parser


def view_size(given):
    return tuple(map(int, given.view.split("x")))
