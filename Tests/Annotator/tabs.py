#!/usr/bin/env python3
"""Tabs of one browser paint at the same time: all must end with the same strokes and labels, and no request may be starved.

    python3 Tests/Annotator/tabs.py --tabs 8 --strokes 100      # after Deploy/build.sh and Tests/Browser/setup.sh
    python3 Tests/Annotator/tabs.py --sample                    # some seconds, for CI

A browser opens six connections to a host at most, over all its tabs: they share one stream. Each tab drags the brush over its canvas, and
undoes now and then, while it asks for the project by a request of its own. At the end the fold of every tab, its classes and its order
of drawing are compared with the server's, and the labels of all tiles are hashed as each tab gets them. Times from one tab's stroke to
the other tabs' folds, and of the requests, are reported. Needs Playwright; without it the script says so and ends well.
"""
import argparse
import asyncio
import hashlib
import json
import pathlib
import random
import sys
import tempfile
import time

import browser
from images import texture, write_png
from painting import folded
from served import Client, EventStream, Fault, Server, find_programs, new_id, percentile

# A request that takes longer waits for a connection that never comes.
REQUEST_SECONDS_MAX = 30

WATCH = """limit => {
  const app = globalThis.coppiceApp;
  const seen = globalThis.coppiceSeen = { made: {}, arrived: {}, requests: [], starved: 0, stops: false };
  const now = () => performance.timeOrigin + performance.now();
  const make = app.project.do;
  app.project.do = function (...given) { const made = make.apply(this, given); seen.made[made.id] = now(); return made; };
  app.stream.on("operation", ({ operation }) => { if (!(operation.id in seen.made)) seen.arrived[operation.id] = now(); });
  const ask = async () => {
    while (!seen.stops) {
      const begin = now();
      try {
        await (await fetch("/api/v1/project", { signal: AbortSignal.timeout(limit) })).json();
        seen.requests.push(now() - begin);
      } catch { seen.starved += 1; }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  ask();
}"""

FOLD = """async () => {
  const { project, workspace } = globalThis.coppiceApp;
  const { id, width, height } = workspace.info;
  const labels = [];
  for (let row = 0; row * 256 < height; row += 1) for (let column = 0; column * 256 < width; column += 1) {
    const answer = await fetch(`/api/v1/images/${id}/labels/${column}/${row}?s=${project.sequence}`);
    labels.push([...new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer()))].join(","));
  }
  return { sequence: project.sequence, labels: labels.join(";"), waiting: project.outbox.waiting.length,
    shapes: project.fold.shapesOf(id).map((one) => [one.id, one.class, one.shape]) };
}"""


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tabs", type=int, default=8)
    parser.add_argument("--strokes", type=int, default=100, help="of each tab")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", action="store_true", help="four tabs, five strokes each")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--programs", type=pathlib.Path, default=find_programs())
    return parser.parse_args()


async def paint(tab, draw, count):
    """Paints, and undoes about one stroke in ten."""
    for _ in range(count):
        await tab.stroke(draw)
        if draw.random() < 0.1:
            await tab.page.locator("#canvas").press("Control+z")


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


async def play(chosen, folder):
    """Returns the faults and the words of the summary."""
    draw = random.Random(chosen.seed)
    write_png(folder / "image.png", 640, 480, 1, 8, texture(draw, 640, 480, 1, 255))
    server = Server(chosen.programs, [folder / "image.png"], folder, "--local", "2", port=chosen.port)
    faults = []
    try:
        async with browser.browsing() as context:
            url = f"http://127.0.0.1:{server.port}/"
            tabs = [await browser.Tab.open(context, url) for _ in range(chosen.tabs)]
            for tab in tabs:
                await tab.ask(WATCH, 1000 * REQUEST_SECONDS_MAX)
            begin = time.monotonic()
            await asyncio.gather(*(paint(tab, random.Random(draw.random()), chosen.strokes) for tab in tabs))
            seconds = time.monotonic() - begin
            for tab in tabs:
                await tab.wait("() => globalThis.coppiceApp.project.outbox.waiting.length === 0", None, "all strokes to be acknowledged")
            client, log = await asyncio.to_thread(read, server)
            for number, tab in enumerate(tabs):
                await tab.wait("count => globalThis.coppiceApp.project.sequence >= count", len(log), f"all {len(log)} operations in tab {number}")
            folds = [await tab.ask(FOLD) for tab in tabs]
            seen = [await tab.ask("() => { coppiceSeen.stops = true; return coppiceSeen; }") for tab in tabs]
            image = client.call("GET", "project")["images"][0]["id"]
            shapes = [[one["id"], one["class"], one["shape"]] for one in client.shapes(image)]
        if [one[0] for one in shapes] != folded(log):
            faults.append("the server's shapes are not those of the log")
        painted = sum(one["kind"] == "addShape" for one in log)
        if painted != chosen.tabs * chosen.strokes:
            faults.append(f"expected {chosen.tabs * chosen.strokes} strokes, found {painted}")
        for number, fold in enumerate(folds):
            if digest(fold["shapes"]) != digest(shapes):
                faults.append(f"tab {number}: its shapes are not the server's: {len(fold['shapes'])} of {len(shapes)}")
        labels = {digest(fold["labels"]) for fold in folds}
        if len(labels) != 1:
            faults.append(f"expected one hash of labels, found {sorted(labels)}")
        if starved := sum(one["starved"] for one in seen):
            faults.append(f"{starved} requests had no answer within {REQUEST_SECONDS_MAX} s")
        made = {id: at for one in seen for id, at in one["made"].items()}
        delays = [at - made[id] for one in seen for id, at in one["arrived"].items() if id in made]
        if len(delays) < (len(tabs) - 1) * painted:
            faults.append(f"expected every stroke in {len(tabs) - 1} other tabs, found {len(delays)} arrivals of {painted}")
        requests = [value for one in seen for value in one["requests"]]
        words = (f"{painted} strokes in {seconds:.0f} s, labels {', '.join(sorted(labels))}; foreign strokes p50 {percentile(delays, 0.5):.0f}, "
                 f"p95 {percentile(delays, 0.95):.0f} ms; {len(requests)} requests meanwhile p95 {percentile(requests, 0.95):.0f}, "
                 f"longest {max(requests, default=0):.0f} ms")
        server.end()
        return faults, words
    except Fault as fault:
        return [*faults, str(fault), server.message], "ended early"
    finally:
        server.close()


def read(server):
    client = Client(server).visit()
    stream = EventStream(client)
    log = list(stream.log)
    stream.close()
    return client, log


def main():
    chosen = options()
    if chosen.sample:
        chosen.tabs, chosen.strokes = 4, 5
    if why := browser.missing():
        print(f"tabs: skipped: {why}")
        return
    with tempfile.TemporaryDirectory(prefix="tabs") as folder:
        faults, words = asyncio.run(play(chosen, pathlib.Path(folder)))
    for fault in faults[:20]:
        print(f"    {fault}")
    print(f"tabs: seed {chosen.seed}: {chosen.tabs} tabs × {chosen.strokes} strokes: {words}; {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
