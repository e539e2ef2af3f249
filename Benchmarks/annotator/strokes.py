"""Goals 1 and 2: how long a stroke takes from the pen's lifting to the canvas, as a person sees it.

usage: strokes.py COPPICE IMAGE [--strokes 200] [--runs 1] [--before N] [--cold 20] [--at X,Y] [--view 1280x720] [--json FILE]

Each run is a new server and a new browser. The picture shows 1280×720 pixels of the image at one to one; strokes of five classes are painted with the
mouse, each once the one before is shown whole. `--before N`: strokes of about 1,000 pixels each that are there already. Times in milliseconds since
the pointer was lifted:

  first    the first tile of a forest that knows the stroke (16 trees)
  forest   the first tile of the whole forest (100 trees)
  view     the last tile of the whole forest
  … sent   it is in the tab: server, wire, unpacking            … seen   it is on the canvas
  server   what the server says of itself: seconds of the training and of the view
  processor time of a stroke: of all threads of a program, from one stroke to the next; says where the time goes on a machine that is busy otherwise

Canvases are read back: a tile counts as seen when it was drawn, and five of its pixels must then have the colour of their class.
"""
import asyncio
import statistics

import annotator

NAMES = [("first", "sent"), ("first", "seen"), ("forest", "sent"), ("forest", "seen"), ("view", "sent"), ("view", "seen")]
GOALS = {("first", "seen", "p50"): 150, ("first", "seen", "p95"): 300, ("view", "seen", "p50"): 300, ("view", "seen", "p95"): 500}


async def run(given, number):
    async with annotator.scene(given, given.classes, {"opacity": 1}) as scene:
        server, info, chromium, tab = scene.server, scene.info, scene.chromium, scene.tab
        left, top = map(int, given.at.split(",")) if given.at else (max(0, info["width"] // 2 - 640), max(0, info["height"] // 2 - 360))
        rect = await tab.show(left, top)
        painter = annotator.Painter(server, rect, given.classes, seed=number)
        if given.before:
            around = annotator.Painter(server, [max(0, left - 1400), max(0, top - 1700), 4096, 4096], given.classes)
            server.send(*around.paths(given.before, 25))
        for one in range(1, given.classes + 1):
            await tab.choose_class(one)
            await tab.paint(painter.stroke(one)[1])
        await tab.until("watch.states.at(-1)?.model?.trees === 100 && !watch.states.at(-1).isTraining ? true : null", 120)
        await tab.page.evaluate("watch.isProving = true")
        used = await processors(chromium, server)
        times = [await tab.stroke(*painter.stroke(1 + index % given.classes)) for index in range(given.strokes)]
        used = {name: (value - used[name]) / given.strokes * 1000 for name, value in (await processors(chromium, server)).items()}
        pixels = await tab.page.evaluate("watch.pixels")
        report = server.call("GET", "/api/v1/report")
        features = len(report["importances"]) if report else 0
        cold = await cold_views(tab, painter, info, given) if given.cold else {}
        if tab.problems:
            raise SystemExit(f"the page had errors: {tab.problems[:3]}")
    return {"times": times, "pixels": pixels, "features": features, "cold": cold, "used": used}


async def processors(chromium, server):
    """Processor seconds of each."""
    session = await chromium.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    return {"server": annotator.processor_seconds([server.process.pid]), "workers": annotator.processor_seconds(server.workers),
            "browser": annotator.processor_seconds([one["id"] for one in processes])}


async def cold_views(tab, painter, info, given):
    """The first overlay where nobody has looked yet: after a jump, after a stroke that follows it, and in a page that is loaded anew."""
    found = {"after a jump": [], "after a jump and a stroke": [], "after loading the page": []}
    width, height = annotator.view_size(given)
    isolated = info["width"] > 3 * width
    for index in range(given.cold):
        if isolated:
            # Within one block of the scene: nothing but the place is new.
            column, row = index % 16, index // 16
            await tab.page.evaluate("watch.forget()")
            x, y = painter.rect[0] + 1400 * (1 + column), painter.rect[1] + 800 * (1 + row)
            begin = await tab.page.evaluate("(rect) => { watch.viewer.showRect(rect); watch.viewer.zoomTo(1); return performance.now(); }", [x, y, width, height])
            seen = await tab.until("watch.drawn[0]?.at")
            if seen is not None:
                found["after a jump"].append(seen - begin)
            await tab.page.evaluate("watch.forget()")
            x, y = x + 700, y + 12000
            rect = await tab.show(x, y)
            painter.rect = rect
            times = await tab.stroke(*painter.stroke())
            found["after a jump and a stroke"].append(times["first"]["seen"])
            painter.rect = [rect[0] - 700 - 1400 * (1 + column), rect[1] - 12000 - 800 * (1 + row), width, height]
        else:
            await tab.page.goto(tab.server.url + "/")
            seen = await tab.until("watch.drawn[0]?.at", 30)
            if seen is not None:
                found["after loading the page"].append(seen)
    return found


async def main():
    parser = annotator.options(__doc__)
    parser.add_argument("--strokes", type=int, default=200)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--before", type=int, default=0)
    parser.add_argument("--cold", type=int, default=20, help="cold views")
    parser.add_argument("--at", help="the view's first column and row [the middle of the image]")
    given = parser.parse_args()
    runs = [await run(given, 1 + number) for number in range(given.runs)]
    last = runs[-1]["times"][-1]
    report = annotator.Report(
        f"{given.image}: {given.strokes} strokes × {given.runs}, {given.classes} classes, picture {given.view}, {last['tiles']} tiles, {runs[-1]['features']} features, "
        f"{last['samples']:,} of {last['labelledPixels']:,} labelled pixels", given.json)
    facts = dict(image=given.image, before=given.before, view=given.view)
    for name, way in NAMES:
        for part in ("p50", "p95"):
            values = [annotator.spread([one[name][way] for one in run["times"]])[part] for run in runs]
            report.add_median(f"{name} {way} {part}", values, GOALS.get((name, way, part)), **facts)
    for name in ("first", "forest", "view"):
        values = [annotator.percentile([one["server"][name] for one in run["times"]], 0.5) for run in runs]
        report.add_median(f"server: {name} p50", values, **facts)
    report.add_median("acknowledged p95", [annotator.percentile([one["acknowledged"] - one["sent"] for one in run["times"]], 0.95) for run in runs], 20, **facts)
    for name in runs[0]["used"]:
        report.add_median(f"processor time of a stroke: {name}", [run["used"][name] for run in runs], **facts)
    for name in runs[0]["cold"]:
        values = [value for run in runs for value in run["cold"].get(name, [])]
        if values:
            report.add(f"cold view {name} p95", annotator.percentile(values, 0.95), 1000, median=statistics.median(values), **facts)
    report.add("pixels with another colour than their tile", float(sum(run["pixels"]["wrong"] for run in runs)), 0, "pixels",
               checked=sum(run["pixels"]["checked"] for run in runs), **facts)
    report.show()


asyncio.run(main())
