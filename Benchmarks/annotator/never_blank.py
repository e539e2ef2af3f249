"""Goal 4: what was covered stays covered, in every frame.

usage: never_blank.py COPPICE IMAGE [--refreshes 100] [--pans 100] [--zooms 50] [--json FILE]

Reads back, after each frame that the page draws, the picture's canvas and the overlay that was laid over it. A pixel of the image's canvas is covered when it is opaque;
one of the overlay when it is not transparent. What the frame before covered must be covered now, wherever the view has moved to. Refreshes
are strokes, each of which makes two forests or more; pans and zooms come while tiles are on their way. Zooms end at scales that are no powers of two; once a
view is complete, a pixel inside the image that is not opaque is a seam.
"""
import asyncio
import random

import annotator

HOOK = """() => {
  const { viewer } = watch, { overlay, context, canvas } = viewer;
  const layer = overlay.canvas.getContext("2d");
  const blank = window.blank = { frames: 0, image: 0, overlay: 0, worst: 0, moved: 0 };
 let former = null;
 // Parts of the view are not drawn through the layer: here it follows them.
 const drawImage = context.drawImage;
 context.drawImage = function (picture, ...place) {
   drawImage.call(this, picture, ...place);
   if (picture !== overlay.partCanvas) return;
   layer.setTransform(1, 0, 0, 1, 0, 0);
   layer.clearRect(...place, picture.width, picture.height);
   CanvasRenderingContext2D.prototype.drawImage.call(layer, picture, ...place);
 };
  // The view as drawn: rectangle in image pixels and device pixels per image pixel.
  const alphaOf = (context, width, height) => {
    const bytes = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer), covered = new Uint8Array(width * height);
    for (let i = 0; i < covered.length; i++) covered[i] = bytes[i] >>> 24;
    return covered;
  };
  window.look = () => {
    const { width, height } = canvas, [x, y] = viewer.view.rect, scale = viewer.view.scale * devicePixelRatio;
    const image = alphaOf(context, width, height);
    const over = watch.isLaid ? alphaOf(layer, width, height) : new Uint8Array(width * height);
    return { width, height, x, y, scale, image, over };
  };
  const compare = (now) => {
    blank.frames++;
    const before = former;
    former = now;
    if (!before || before.width !== now.width || before.height !== now.height) return;
    // Where a pixel of now was: old = a · new + b.
    const a = before.scale / now.scale, bx = (now.x - before.x) * before.scale, by = (now.y - before.y) * before.scale, isMoved = a !== 1 || bx || by;
    if (isMoved) blank.moved++;
    const { width, height } = now;
    let image = 0, overlay = 0;
    // Beside an edge, rounding decides; so all pixels around the old place must have been covered when the view has moved.
    const reach = isMoved ? 2 : 0;
    const all = (mask, column, row, least) => {
      if (column < reach || row < reach || column >= width - reach || row >= height - reach) return false;
      if (mask[row * width + column] < least) return false;
      return !reach || (mask[(row - reach) * width + column - reach] >= least && mask[(row - reach) * width + column + reach] >= least
        && mask[(row + reach) * width + column - reach] >= least && mask[(row + reach) * width + column + reach] >= least);
    };
    for (let row = 0, i = 0; row < height; row++) {
      const oldRow = isMoved ? Math.floor(a * (row + 0.5) + by) : row;
      for (let column = 0; column < width; column++, i++) {
        if (now.image[i] === 255 && now.over[i] > 0) continue;
        const oldColumn = isMoved ? Math.floor(a * (column + 0.5) + bx) : column;
        if (now.image[i] < 255 && all(before.image, oldColumn, oldRow, 255)) image++;
        if (now.over[i] === 0 && all(before.over, oldColumn, oldRow, 1)) overlay++;
      }
    }
    blank.image += image;
    blank.overlay += overlay;
    blank.worst = Math.max(blank.worst, image, overlay);
    if ((image || overlay) && (blank.cases ??= []).length < 20) blank.cases.push({ image, overlay, scale: now.scale, before: before.scale, level: viewer.view.level, phase: blank.phase });
  };
  // The page has drawn when it has drawn the overlay, or the image without one: look at the end of the frame.
  let isAsked = false;
  const drawn = viewer.context.clearRect;
  viewer.context.clearRect = function (...place) {
    CanvasRenderingContext2D.prototype.clearRect.apply(this, place);
    watch.isLaid = false;
    if (isAsked) return;
    isAsked = true;
    queueMicrotask(() => { isAsked = false; compare(window.look()); });
  };
  /** Pixels inside the image that are not opaque: of the image, and of the overlay where it says that it covers everything. */
  window.seams = () => {
    const now = window.look(), { info } = window;
    const left = Math.max(0, Math.ceil(-now.x * now.scale) + 1), top = Math.max(0, Math.ceil(-now.y * now.scale) + 1);
    const right = Math.min(now.width, Math.floor((info.width - now.x) * now.scale) - 1), bottom = Math.min(now.height, Math.floor((info.height - now.y) * now.scale) - 1);
    let image = 0, over = 0;
    for (let row = top; row < bottom; row++) for (let column = left; column < right; column++) {
      const i = row * now.width + column;
      if (now.image[i] < 255) image++;
      // Lines of the pattern that says "preview" let something of the overlay stand.
      if (now.over[i] === 0) over++;
    }
    return { image, over, pixels: Math.max(0, right - left) * Math.max(0, bottom - top) };
  };
}"""


async def main():
    parser = annotator.options(__doc__)
    parser.add_argument("--refreshes", type=int, default=100)
    parser.add_argument("--pans", type=int, default=100)
    parser.add_argument("--zooms", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    async with annotator.scene(given) as scene:
        server, info, tab = scene.server, scene.info, scene.tab
        middle = [max(0, info["width"] // 2 - 640), max(0, info["height"] // 2 - 360)]
        rect = await tab.show(*middle)
        painter = annotator.Painter(server, rect)
        for one in range(1, 6):
            await tab.choose_class(one)
            await tab.paint(painter.stroke(one)[1])
        await tab.rest(120)
        await tab.page.evaluate("(info) => { window.info = info; }", {"width": info["width"], "height": info["height"]})
        await tab.page.evaluate(HOOK)
        found = {}

        async def phase(name, steps):
            await tab.page.evaluate("(name) => { Object.assign(blank, { frames: 0, image: 0, overlay: 0, worst: 0, moved: 0, cases: [], phase: name }); }", name)
            await steps()
            found[name] = await tab.page.evaluate("blank")

        async def refreshes():
            for index in range(given.refreshes):
                number, points = painter.stroke(1 + index % 5)
                await tab.choose_class(number)
                await tab.page.evaluate("watch.forget()")
                await tab.paint(points)
                # Every third is overtaken by the next; the others are seen whole.
                if index % 3:
                    await tab.until("watch.stroke(watch.up)", 60)
                else:
                    await asyncio.sleep(dice.uniform(0.02, 0.3))
            await tab.rest()

        async def pans():
            for index in range(given.pans):
                dx, dy = dice.uniform(-500, 500), dice.uniform(-300, 300)
                for _ in range(5):
                    await tab.page.evaluate("([dx, dy]) => new Promise((done) => { watch.viewer.panBy(dx / 5, dy / 5); requestAnimationFrame(done); })", [dx, dy])
                await asyncio.sleep(dice.choice([0, 0.05, 0.3]))

        seams = {"image": 0, "over": 0, "pixels": 0, "views": 0}

        async def zooms():
            for index in range(given.zooms):
                scale = 2 ** dice.uniform(-6, 3) if info["width"] > 4096 else 2 ** dice.uniform(-1, 3)
                await tab.page.evaluate("([scale, x, y]) => watch.viewer.zoomTo(scale, x, y)", [scale, dice.uniform(0, tab.box["width"]), dice.uniform(0, tab.box["height"])])
                await tab.until("watch.viewer.isComplete || null")
                await tab.until("watch.cover().isAnswered || null", 10)
                one = await tab.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(() => done({ ...seams(), cover: watch.cover() }))))")
                for name in ("image", "pixels"):
                    seams[name] += one[name]
                if one["cover"]["isAnswered"]:
                    seams["over"] += one["over"]
                    seams["views"] += 1

        await phase("refreshes", refreshes)
        await phase("pans", pans)
        await tab.show(*middle)
        await phase("zooms", zooms)
    report = annotator.Report(f"{given.image}: never blank, picture {given.view}, seed {given.seed}", given.json)
    for name, one in found.items():
        report.add(f"{name}: pixels of the image uncovered", float(one["image"]), 0, "pixels", frames=one["frames"], moved=one["moved"])
        report.add(f"{name}: pixels of the overlay uncovered", float(one["overlay"]), 0, "pixels", frames=one["frames"], cases=one["cases"])
        report.add(f"{name}: frames that were read back", float(one["frames"]), None, "frames")
    report.add("seams in the image", float(seams["image"]), 0, "pixels", of=seams["pixels"], views=given.zooms)
    report.add("seams in the overlay", float(seams["over"]), 0, "pixels", views=seams["views"])
    report.show()


asyncio.run(main())
