"""Goal 3: ink follows the pointer, and nothing holds up the page while somebody paints.

usage: ink.py COPPICE IMAGE [--seconds 20] [--rate 125] [--runs 1] [--json FILE]

Paints with brushes of 1 to 2,048 pixels while training goes on, with as many moves a second as a mouse makes. After each frame the canvas is read back
between the newest two places of the pointer. Milliseconds:

  behind the event   from the browser's handing over of the move to the ink on the canvas
  behind the input   from the time stamp of the move: it also waits for the frame, up to 17 ms
"""
import asyncio
import math
import time

import annotator

WIDTHS = [1, 8, 64, 512, 2048]

HOOK = """() => {
  const canvas = document.querySelector(".viewer-ink"), context = canvas.getContext("2d");
  const ink = window.ink = { isDown: false, waiting: [], events: [], inputs: [], missed: 0, frames: [], moves: 0 };
  let last = null;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [(event.clientX - box.left) * devicePixelRatio, (event.clientY - box.top) * devicePixelRatio]; };
  addEventListener("pointerdown", (event) => { ink.isDown = true; last = at(event); });
  addEventListener("pointerup", () => { ink.isDown = false; ink.waiting.length = 0; });
  // After the page's own listener, which asks for its frame: this frame's callback comes after the page's.
  addEventListener("pointermove", (event) => {
    if (!ink.isDown) return;
    const handed = performance.now(), coalesced = event.getCoalescedEvents();
    for (const one of coalesced.length ? coalesced : [event]) {
      const place = at(one);
      ink.moves++;
      ink.waiting.push({ x: (place[0] + last[0]) / 2, y: (place[1] + last[1]) / 2, length: Math.hypot(place[0] - last[0], place[1] - last[1]), input: one.timeStamp, handed });
      last = place;
    }
    requestAnimationFrame(look);
  });
  function look() {
    const now = performance.now();
    ink.waiting = ink.waiting.filter(({ x, y, length, input, handed }) => {
      if (length < 0.5) return false;
      if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return false;
      if (context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data[3] > 0) { ink.events.push(now - handed); ink.inputs.push(now - input); return false; }
      if (now - handed > 1000) { ink.missed++; return false; }
      return true;
    });
    if (ink.waiting.length) requestAnimationFrame(look);
  }
}"""


async def paint(tab, session, given, width):
    """A long stroke: circles that do not meet themselves, so that every place is without ink before."""
    box, sent = tab.box, []
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    radius_max = min(box["width"], box["height"]) / 2 - 100
    count = int(given.rate * given.seconds / len(WIDTHS))
    strokes = max(1, count // 120)
    for stroke in range(strokes):
        radius = radius_max * (0.3 + 0.7 * stroke / strokes)
        place = lambda step: (centre[0] + 1.2 * radius * math.cos(step / 120 * 5.8 + stroke), centre[1] + radius * math.sin(step / 120 * 5.8 + stroke))
        await tab.page.mouse.move(*place(0))
        await tab.page.mouse.down()
        begin = time.perf_counter()
        for step in range(1, 120):
            await asyncio.sleep(max(0, begin + step / given.rate - time.perf_counter()))
            x, y = place(step)
            # Nobody waits for the answer: the next move comes when its time has come.
            sent.append(asyncio.ensure_future(session.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1})))
        await asyncio.gather(*sent)
        await tab.page.mouse.up()
        sent.clear()
        # The next one is painted over what training makes of this one.
        await asyncio.sleep(0.15)


async def run(given, number):
    async with annotator.scene(given) as scene:
        server, info, tab = scene.server, scene.info, scene.tab
        rect = await tab.show(max(0, info["width"] // 2 - 640), max(0, info["height"] // 2 - 360))
        painter = annotator.Painter(server, rect, seed=number)
        for one in range(1, 6):
            await tab.choose_class(one)
            await tab.paint(painter.stroke(one)[1])
        await tab.until("watch.states.at(-1)?.model?.trees === 100 ? true : null", 120)
        session = await scene.context.new_cdp_session(tab.page)
        await tab.page.evaluate(HOOK)
        await tab.page.evaluate("watch.forget()")
        found = {}
        for index, width in enumerate(WIDTHS):
            await tab.choose_class(1 + index % 5)
            # As the page keeps it.
            await tab.page.evaluate("async (width) => { const { preferences } = await import('/page/ui/preferences.js'); preferences.set('brushWidth', width); }", width)
            # At most 64 pixels wide on the screen, so that a place is without ink until the pointer is there.
            await tab.page.evaluate("(scale) => watch.viewer.zoomTo(scale)", min(1, 64 / width))
            await tab.until("watch.viewer.isComplete || null")
            await tab.page.evaluate("() => { Object.assign(ink, { events: [], inputs: [], missed: 0, moves: 0 }); watch.longTasks.length = 0; }")
            await paint(tab, session, given, width)
            await asyncio.sleep(0.2)
            found[width] = await tab.page.evaluate("({ events: ink.events, inputs: ink.inputs, missed: ink.missed, moves: ink.moves, tasks: watch.longTasks.map(({ duration }) => duration) })")
    return found


async def main():
    parser = annotator.options(__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of painting, over all brushes")
    parser.add_argument("--rate", type=float, default=125, help="moves a second")
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    runs = [await run(given, 1 + number) for number in range(given.runs)]
    report = annotator.Report(f"{given.image}: ink, {given.rate:g} moves a second, picture {given.view}", given.json)
    of = lambda run, name: [value for one in run.values() for value in one[name]]
    for name, title, goal in (("events", "behind the event", 17), ("inputs", "behind the input", 17)):
        for part in ("p50", "p99", "max"):
            report.add_median(f"{title} {part}", [float(annotator.spread(of(run, name))[part]) for run in runs], goal if part == "p99" else None)
    for width in WIDTHS:
        values = [value for run in runs for value in run[width]["inputs"]]
        if values:
            report.add(f"  brush of {width}: behind the input p99", float(annotator.percentile(values, 0.99)), None, count=len(values))
    report.add("moves without ink after a second", float(sum(one["missed"] for run in runs for one in run.values())), 0, "moves", moves=sum(one["moves"] for run in runs for one in run.values()))
    tasks = [value for run in runs for value in of(run, "tasks")]
    report.add("tasks of more than 50 ms while painting", float(len(tasks)), 0, "tasks", longest=max(tasks, default=0))
    report.show()


asyncio.run(main())
