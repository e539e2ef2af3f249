"""Goal 5: every view answers within a second, whatever its zoom, and says truly what is exact and what a preview.

usage: random_views.py COPPICE IMAGE [--views 500] [--tiles 20] [--seed 1] [--json FILE]

Strokes are painted, the forest comes to rest, and then the view jumps: any zoom from the whole image to twice its size, any place. Answered is a view
when every pixel of the image in it is covered by the newest forest. Then tiles are compared with the command line: the project is exported,
`coppice train` makes its model, which must be the page's, and `coppice segment --within` the tiles that were marked exact: they must have the
same bytes. Every fifth view is near one to one, so that there are exact tiles.
"""
import asyncio
import json
import math
import pathlib
import random
import subprocess

import numpy
import tifffile

import annotator


async def main():
    parser = annotator.options(__doc__)
    parser.add_argument("--views", type=int, default=500)
    parser.add_argument("--tiles", type=int, default=20, help="of those marked exact, how many are compared with the command line")
    parser.add_argument("--strokes", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    async with annotator.scene(given) as scene:
        server, info, tab = scene.server, scene.info, scene.tab
        rect = await tab.show(max(0, info["width"] // 2 - 640), max(0, info["height"] // 2 - 360))
        painter = annotator.Painter(server, rect)
        server.send(*painter.paths(given.strokes, 8))
        if not await tab.rest(180):
            raise SystemExit("the forest did not come to rest within three minutes")
        model = await tab.page.evaluate("watch.states.at(-1).model")
        await tab.page.evaluate("watch.keepsTiles = true")
        smallest = min(annotator.view_size(given)[0] / info["width"], annotator.view_size(given)[1] / info["height"])
        times, shares, late, wrong, exact = {"full resolution": [], "preview": []}, {"exact": 0, "live": 0, "preview": 0}, [], 0, {}
        for index in range(given.views):
            scale = min(2.0, smallest) * (2 / min(2.0, smallest)) ** dice.random()
            if index % 5 == 0:
                scale = dice.uniform(0.7, 2)
            width, height = (one / scale for one in annotator.view_size(given))
            x, y = (dice.uniform(-0.2 * one, size - 0.8 * one) if size > one else (size - one) / 2 for one, size in ((width, info["width"]), (height, info["height"])))
            await tab.page.evaluate("() => { watch.forget(); watch.kept.clear(); }")
            begin = await tab.page.evaluate("([rect, scale]) => { const now = performance.now(); watch.viewer.showRect(rect); watch.viewer.zoomTo(scale); return now; }", [[x, y, width, height], scale])
            # Two frames: the shares are those of the last one drawn.
            await tab.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            end = await tab.page.evaluate("""watch.until(() => { const cover = watch.cover(); return cover.isAnswered && cover.exact + cover.live + cover.preview > 0 ? { at: performance.now(), ...cover } : null; }, 20)""")
            if end is None:
                late.append({"view": index, "scale": scale, "at": [x, y]})
                continue
            kept = await tab.page.evaluate("[...watch.kept.values()].filter(({ kind }) => kind === 'labels').map(({ bytes, ...tile }) => tile)")
            level = await tab.page.evaluate("watch.viewer.view.level")
            is_preview = end["preview"] > 0
            times["preview" if is_preview else "full resolution"].append(end["at"] - begin)
            for name in shares:
                shares[name] += end[name]
            # Of the full resolution all tiles are exact now; of a smaller picture those are that were made from exact ones.
            for tile in kept:
                is_marked, is_new = tile["exactness"] == "exact", tile["revision"] >= model["revision"]
                wrong += is_marked != is_new if tile["level"] == 0 else is_marked and not is_new
            candidates = [(tile["column"], tile["row"]) for tile in kept if tile["exactness"] == "exact" and tile["level"] == 0]
            for place in dice.sample(candidates, min(2, len(candidates))):
                if place not in exact and len(exact) < given.tiles:
                    exact[place] = await tab.page.evaluate("(key) => { const { bytes, width, height } = watch.kept.get(key); return { width, height, bytes: [...bytes] }; }", f"labels/0/{place[0]}/{place[1]}")
        compared = compare(given, server, model, exact)
    report = annotator.Report(f"{given.image}: {given.views} random views, picture {given.view}, seed {given.seed}", given.json)
    for name, values in times.items():
        if values:
            for part in ("p50", "p95", "max"):
                report.add(f"{name}: answered {part}", float(annotator.spread(values)[part]), 1000 if part != "p50" else None, count=len(values))
    report.add("views of more than a second", float(sum(value > 1000 for values in times.values() for value in values) + len(late)), 0, "views", late=late[:10])
    report.add("views without an answer in 20 s", float(len(late)), 0, "views")
    total = sum(shares.values()) or 1
    for name, value in shares.items():
        report.add(f"share of {name}", 100 * value / total, None, "%")
    report.add("tiles with a wrong mark", float(wrong), 0, "tiles")
    if exact:
        report.add("exact tiles unlike the command line's", float(compared["unlike"]), 0, "tiles", compared=len(exact), modelIsSame=compared["modelIsSame"])
        report.add("models unlike the command line's", float(not compared["modelIsSame"]), 0, "models")
    report.show()


def compare(given, server, model, exact):
    """The same by the command line."""
    if not exact:
        return None
    folder = pathlib.Path(server.folder.name)
    server.call("POST", "/api/v1/export", {"folder": str(folder / "export")})
    own = server.call("GET", f"/api/v1/models/{model['revision']}")
    own = own if isinstance(own, bytes) else json.dumps(own).encode()
    script = folder / "export/train.sh"
    command = script.read_text().replace("exec coppice", f"exec {pathlib.Path(given.program).resolve()}")
    script.write_text(command)
    subprocess.run(["sh", script, "--quiet", "--local", "2"], check=True, stdout=subprocess.DEVNULL)
    made = (folder / "export/model.json").read_bytes()
    is_same = json.loads(made) == json.loads(own)
    # The image and the places of the tiles, as one file of rectangles.
    areas = [{"type": "rectangle", "class": 1, "x": 256 * column, "y": 256 * row, "width": tile["width"], "height": tile["height"]}
             for (column, row), tile in exact.items()]
    document = {"format": "coppice-annotations", "version": 1, "classes": [{"number": 1}], "annotations": areas}
    within, labels = folder / "within.annotations.json", folder / "labels.tif"
    within.write_text(json.dumps(document))
    subprocess.run([given.program, "segment", server.image, "--model", folder / "export/model.json", "--output", labels, "--within", within, "--quiet", "--local", "2"], check=True)
    unlike = 0
    with tifffile.TiffFile(labels) as file:
        page = file.pages[0]
        for (column, row), tile in exact.items():
            wanted = numpy.array(tile["bytes"], numpy.uint8).reshape(tile["height"], tile["width"])
            unlike += not numpy.array_equal(part(page, 256 * column, 256 * row, tile["width"], tile["height"]), wanted)
    return {"modelIsSame": is_same, "unlike": unlike}


def part(page, x, y, width, height):
    """Pixels of a tiled page, without reading the others."""
    result = numpy.zeros((height, width), page.dtype)
    side_y, side_x = page.tilelength, page.tilewidth
    across = math.ceil(page.imagewidth / side_x)
    for row in range(y // side_y, (y + height - 1) // side_y + 1):
        for column in range(x // side_x, (x + width - 1) // side_x + 1):
            index = row * across + column
            if page.databytecounts[index] == 0:
                continue
            page.parent.filehandle.seek(page.dataoffsets[index])
            data = page.parent.filehandle.read(page.databytecounts[index])
            pixels = numpy.squeeze(page.decode(data, index)[0])
            top, left = max(y, row * side_y), max(x, column * side_x)
            bottom, right = min(y + height, row * side_y + pixels.shape[0]), min(x + width, column * side_x + pixels.shape[1])
            result[top - y:bottom - y, left - x:right - x] = pixels[top - row * side_y:bottom - row * side_y, left - column * side_x:right - column * side_x]
    return result


asyncio.run(main())
