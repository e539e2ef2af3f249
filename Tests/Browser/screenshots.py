"""Makes the README's pictures of the annotator, from the image of `coppice demo`.

usage: screenshots.py FOLDER-OF-THE-PROGRAMS OUTPUT-FOLDER
"""
import io
import os
import pathlib
import re
import sys
import tempfile

import numpy
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from conftest import ARGUMENTS, CHROMIUM, Annotator

BYTES_MAX = 250_000
SIZE = {"width": 1180, "height": 760}
CLASSES = ((1, "Grains", "#E69F00"), (2, "Stripes", "#56B4E9"), (3, "Blobs", "#CC79A7"))


def places(truth, number, half, count):
    """Points of a class, far from each other, at least `half` pixels from other classes, and not where the page's own boxes lie over the image: x and y."""
    whole = numpy.pad((truth == number).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    side = 2 * half
    sums = whole[side:, side:] - whole[:-side, side:] - whole[side:, :-side] + whole[:-side, :-side]
    rows, columns = numpy.nonzero(sums == side * side)
    candidates = numpy.stack([columns + half, rows + half], axis=1)
    candidates = candidates[((candidates > 0.15 * numpy.array(truth.shape[::-1])) & (candidates < 0.85 * numpy.array(truth.shape[::-1]))).all(axis=1)]
    chosen = [candidates[len(candidates) // 2]]
    while len(chosen) < count:
        distances = numpy.min([numpy.hypot(*(candidates - one).T) for one in chosen], axis=0)
        chosen.append(candidates[distances.argmax()])
    return chosen


def paint(annotator, truth):
    """Four strokes of each class, where the truth has it, with the mouse."""
    box = annotator.canvas.bounding_box()
    height, width = truth.shape
    scale = 0.98 * min(box["width"] / width, box["height"] / height)
    left, top = (box["width"] - width * scale) / 2, (box["height"] - height * scale) / 2
    count = 0
    for number, _, _ in CLASSES:
        annotator.key(str(number))
        for x, y in places(truth, number, 20, 4):
            curve = [(x + 1.6 * step - 16, y + 7 * numpy.sin(step / 2)) for step in range(21)]
            for index, (along, across) in enumerate(curve):
                annotator.page.mouse.move(*annotator.at(left + along * scale, top + across * scale))
                if index == 0:
                    annotator.page.mouse.down()
            annotator.page.mouse.up()
            count += 1
            annotator.wait_for_shapes(count)
    annotator.page.mouse.move(SIZE["width"] / 2, SIZE["height"] - 4)


def palette(picture, colours):
    reduced = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return reduced.getpalette()[:3 * len(reduced.getcolors())]


def keep(annotator, path):
    """The picture in as many colours as the file may have; the panels have their own, so that noise in the image does not dull them."""
    picture = Image.open(io.BytesIO(annotator.page.screenshot())).convert("RGB")
    box = annotator.canvas.bounding_box()
    image = picture.crop([int(box["x"]), int(box["y"]), int(box["x"] + box["width"]), int(box["y"] + box["height"])])
    panels = picture.copy()
    panels.paste(panels.getpixel((2, 2)), [int(box["x"]), int(box["y"]), int(box["x"] + box["width"]), int(box["y"] + box["height"])])
    for colours in (192, 128, 96, 64, 48, 32, 24):
        both = Image.new("P", (1, 1))
        both.putpalette(palette(panels, 64) + palette(image, colours))
        file = io.BytesIO()
        picture.quantize(palette=both, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= BYTES_MAX:
            path.write_bytes(file.getvalue())
            print(f"{path}: {file.tell()} bytes, {colours} colours of the image")
            return
    raise SystemExit(f"{path}: expected at most {BYTES_MAX} bytes, found {file.tell()} with {colours} colours")


def main(programs, output):
    output = pathlib.Path(output)
    os.environ["COPPICE"] = os.path.abspath(os.path.join(programs, "coppice"))
    from served import Served, coppice
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        coppice("demo", folder, "--size", "448")
        truth = numpy.asarray(Image.open(pathlib.Path(folder) / "truth.png"))
        server = Served(folder, pathlib.Path(folder) / "image.png")
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = browser.new_context(viewport=SIZE, color_scheme="light").new_page()
            annotator = Annotator(page, server.url).open()
            for number, name, colour in CLASSES:
                annotator.send("addClass" if number > 2 else "changeClass", number=number, name=name, colour=colour)
            page.get_by_role("button", name="Blobs").first.wait_for()
            paint(annotator, truth)
            annotator.wait_for_exact()
            expect(page.get_by_role("list", name="Classes")).to_contain_text(re.compile(r"Blobs[\d,]+"))
            page.get_by_label("Opacity").fill("0.45")
            page.evaluate("document.activeElement.blur()")
            annotator.picture_at_rest()
            keep(annotator, output / "annotator.png")

            # How good it is, and where it is not.
            page.emulate_media(color_scheme="dark")
            page.set_viewport_size({"width": SIZE["width"] - 120, "height": SIZE["height"] - 120})
            annotator.key("0")
            for panel in ("classes", "brush", "result"):
                page.locator(f"#panel-{panel} summary").click()
            accuracy = annotator.panel("report")
            accuracy.get_by_role("button", name="Estimate").click()
            page.get_by_role("region", name="Confusion of classes").wait_for()
            labels = annotator.picture_at_rest()
            annotator.key("u")
            annotator.until(annotator.picture, lambda pixels: (pixels != labels).mean() > 0.2, "expected another picture")
            annotator.wait_for_exact()
            page.evaluate("document.activeElement.blur()")
            annotator.picture_at_rest()
            keep(annotator, output / "annotator-uncertainty.png")
            browser.close()
        finally:
            server.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
