"""Goal 11: panning over a huge image: how long tiles take, and what memory the server and the tab have after a long tour.

usage: tour.py COPPICE IMAGE [--minutes 10] [--laps 2] [--json FILE]

First the same way is panned again and again, without the browser's cache: the first lap finds nothing in the server's memory, the later ones (warm) do. Milliseconds from the
page's request to the last byte of a tile, and the part of it that waits for a connection. Then a tour: glides, jumps and zooms over the whole image at
all levels, with strokes now and then and the overlay on. Memory is that of processes: the server, its workers, and the tab's renderer
(resident pages; the same with its proportional share of those that others have, too; the JavaScript heap); the largest of samples every five
seconds. The tab of the tour is one that Playwright does not watch, since its watching takes 200 MB.
"""
import asyncio
import math
import random
import time

import annotator


async def lap(tab, rect, steps):
    """Along a circle, a tenth of a picture a frame."""
    x, y, width, height = rect
    await tab.page.evaluate("watch.tileRequests.length = 0")
    # Tiles that the viewer still holds from the lap before are not asked for: the way is longer than it holds.
    for step in range(steps):
        angle = 2 * math.pi * step / steps
        await tab.page.evaluate("([x, y, w, h]) => new Promise((done) => { watch.viewer.showRect([x, y, w, h]); watch.viewer.zoomTo(1); requestAnimationFrame(done); })",
                                [x + 3000 * math.cos(angle), y + 3000 * math.sin(angle), width, height])
    await tab.until("watch.viewer.isComplete || null")
    await asyncio.sleep(0.3)
    return await tab.page.evaluate("watch.tileRequests.map((one) => one)")


async def main():
    parser = annotator.options(__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--laps", type=int, default=2, help="warm ones")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    async with annotator.scene(given) as scene:
        server, info, tab = scene.server, scene.info, scene.tab
        session = await scene.context.new_cdp_session(tab.page)
        width, height = annotator.view_size(given)
        middle = [info["width"] // 2 - width // 2, info["height"] // 2 - height // 2, width, height]
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        laps = [await lap(tab, middle, 400) for _ in range(1 + given.laps)]
        await session.send("Network.setCacheDisabled", {"cacheDisabled": False})
        await tab.page.close()
        painter = annotator.Painter(server, middle)
        server.send(*painter.paths(25, 8))
        own = await annotator.PlainTab(await scene.chromium.new_browser_cdp_session(), server).open((width, height))
        samples = await tour(own, server, info, painter, (width, height), given, dice)
    report = annotator.Report(f"{given.image}: {info['width'] * info['height'] / 1e9:.1f} gigapixels, picture {given.view}, tour of {given.minutes:g} minutes", given.json)
    for name, some in (("cold", laps[:1]), ("warm", laps[1:])):
        times = [one for lap in some for one in lap]
        if times:
            spread = annotator.spread([one["all"] for one in times])
            report.add(f"tiles {name} p50", float(spread["p50"]), None, count=len(times))
            report.add(f"tiles {name} p95", float(spread["p95"]), 100 if name == "warm" else None, count=len(times))
            report.add(f"tiles {name}: waited for a connection p95", float(annotator.percentile([one["waited"] for one in times], 0.95)), None)
    megabytes = lambda name: max(sample[name] for sample in samples) / 1e6
    for name, goal in (("server", 500), ("workers", None), ("tab, resident", None), ("tab, proportional", 300), ("tab, JavaScript heap", None), ("other renderers", None), ("browser's other processes", None)):
        report.add(f"{name}, most", megabytes(name), goal, "MB", last=round(samples[-1][name] / 1e6, 1), first=round(samples[0][name] / 1e6, 1))
    report.add("samples", float(len(samples)), None, "samples", series=[{name: round(value / 1e6, 1) for name, value in sample.items()} for sample in samples[::max(1, len(samples) // 60)]])
    report.show()


async def tour(tab, server, info, painter, size, given, dice):
    samples, begin, due, steps = [], time.monotonic(), 0, 0
    smallest = min(size[0] / info["width"], size[1] / info["height"])
    while time.monotonic() < begin + 60 * given.minutes:
        if time.monotonic() >= due:
            samples.append(await sample(server, tab))
            due = time.monotonic() + 5
        steps += 1
        if steps % 6 == 0:
            # Somewhere else, at any zoom.
            scale = smallest * (1.5 / smallest) ** dice.random()
            width, height = size[0] / scale, size[1] / scale
            x, y = dice.uniform(0, max(1, info["width"] - width)), dice.uniform(0, max(1, info["height"] - height))
            await tab.evaluate(f"watch.viewer.showRect([{x}, {y}, {width}, {height}]), watch.viewer.zoomTo({scale})")
        elif steps % 40 == 0:
            number, points = painter.stroke()
            server.send(server.add_stroke(number, "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in points), 8))
        dx, dy = dice.uniform(-30, 30), dice.uniform(-30, 30)
        await tab.evaluate(f"(async () => {{ for (let i = 0; i < 25; i++) {{ watch.viewer.panBy({dx}, {dy}); await new Promise(requestAnimationFrame); }} watch.forget(); }})()")
        await asyncio.sleep(dice.choice([0, 0.2, 0.8]))
    return [*samples, await sample(server, tab)]


async def sample(server, tab):
    """Bytes of each."""
    processes = (await tab.session.send("SystemInfo.getProcessInfo"))["processInfo"]
    found = {kind: [one for one in (annotator.memory(one["id"]) for one in processes if (one["type"] == "renderer") == (kind == "renderer")) if one]
             for kind in ("renderer", "other")}
    heap = await tab.send("Runtime.getHeapUsage")
    # The tab's is the largest by far; the shared worker of all tabs has one of its own, and a spare one waits for the next tab.
    own, *others = sorted(found["renderer"], key=lambda one: -one["proportional"])
    total = lambda processes, name: sum(one[name] for one in processes if one)
    return {
        "server": total([annotator.memory(server.process.pid)], "resident"), "workers": total(map(annotator.memory, server.workers), "resident"),
        "tab, resident": own["resident"], "tab, proportional": own["proportional"], "tab, JavaScript heap": heap["usedSize"] + heap.get("backingStorageSize", 0),
        "other renderers": total(others, "proportional"), "browser's other processes": total(found["other"], "proportional"),
    }


asyncio.run(main())
