"""Two viewers beside each other: python experiment.py leaflet LEAFLET_FOLDER | ours

Seams at fractional zooms, blank pixels at refreshes and zooms, and what a pen does, each counted on screenshots of 1280×720. The picture is uniform and so is
the half-transparent overlay: every pixel of another colour than that of both together is a fault. LEAFLET_FOLDER holds leaflet-src.esm.js of Leaflet 1.9.4
(in the wheel django-js-lib-leaflet: js_lib_leaflet/static/js_lib_leaflet).
"""
import functools
import http.server
import io
import pathlib
import random
import sys
import threading

import numpy
from PIL import Image
from playwright.sync_api import sync_playwright

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[2] / "Sources/Coordinator/Annotator/Page"
SIDE = 32_768


class Server(http.server.SimpleHTTPRequestHandler):
    """The experiment's page, its modules, and tiles of a uniform picture."""

    folders = {"experiment": HERE, "page": PAGE}

    def do_GET(self):
        _, first, *rest = self.path.split("?")[0].split("/")
        if first == "":
            module = "leaflet.js" if "leaflet" in self.folders else "ours.js"
            self.answer(f'<!doctype html><link rel=icon href="data:,"><style>body{{margin:0}}#view{{width:1280px;height:720px;background:#fff}}'
                        f'.leaflet-pane,.leaflet-tile,.leaflet-tile-container{{position:absolute;left:0;top:0}}.leaflet-tile{{visibility:hidden}}.leaflet-tile-loaded{{visibility:inherit}}.leaflet-zoom-animated{{transform-origin:0 0}}'
                        f'.leaflet-container{{overflow:hidden}}.leaflet-control-container{{display:none}}</style><div id=view></div><script type=module src=/experiment/{module}></script>'.encode(), "text/html")
        elif first == "api":
            level, column, row = map(int, rest[-3:])
            side = SIDE >> level
            width, height = min(256, side - 256 * column), min(256, side - 256 * row)
            header = numpy.array([width, height], "<u2").tobytes() + bytes([1, 1, 0, 0])
            self.answer(header + b"\x80" * (width * height), "application/octet-stream")
        elif first in self.folders:
            self.answer((self.folders[first] / "/".join(rest)).read_bytes(), "text/javascript")
        else:
            self.send_error(404)

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def faults(page):
    """Pixels of another colour than grey under half-transparent orange, and those that are white: nothing was drawn."""
    pixels = numpy.asarray(Image.open(io.BytesIO(page.locator("#view").screenshot())).convert("RGB")).astype(int)
    right = (abs(pixels - [0xB3, 0x90, 0x40]).max(axis=2) <= 1).sum()
    return int(pixels[..., 0].size - right), int((pixels == 255).all(axis=2).sum())


def open_page(browser, port, latency):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.on("pageerror", lambda error: print("page:", error))
    page.goto(f"http://127.0.0.1:{port}/?latency={latency}")
    page.wait_for_function("window.experiment")
    page.wait_for_timeout(1000)
    return page


def show(page, scale, x=SIDE / 2, y=SIDE / 2, wait=400):
    page.evaluate("([scale, x, y]) => experiment.show(scale, x, y)", [scale, x, y])
    page.wait_for_timeout(wait)


def main(kind, *folder):
    if kind == "leaflet":
        Server.folders = {**Server.folders, "leaflet": pathlib.Path(folder[0])}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    dice = random.Random(1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = open_page(browser, port, 0)
        seams, views = [], 50
        for _ in range(views):
            scale = 2 ** dice.uniform(-4, 4.9)
            show(page, scale, dice.uniform(0.4, 0.6) * SIDE, dice.uniform(0.4, 0.6) * SIDE)
            wrong, _ = faults(page)
            seams.append(wrong)
        print(f"seams: {sum(wrong > 0 for wrong in seams)} of {views} fractional zooms, median {sorted(seams)[views // 2]} pixels, most {max(seams)}")
        page.close()

        page = open_page(browser, port, 300)
        for name in ("refreshByRedraw", "refreshInPlace"):
            if not page.evaluate(f"Boolean(experiment.{name})"):
                continue
            show(page, 1, wait=1500)
            page.evaluate(f"experiment.{name}()")
            wrong, _ = faults(page)
            print(f"{name}: {wrong} of 921600 pixels lost the overlay or the picture (tiles come after 300 ms)")
        blanks = []
        for scale in (0.9, 0.45, 0.2, 0.8, 3, 0.05, 1):
            page.evaluate("(scale) => experiment.zoom(scale)", scale)
            page.wait_for_timeout(400)
            blanks.append(faults(page)[1])
            page.wait_for_timeout(1500)
        print(f"zoom: blank pixels 0.4 s after each of 7 zooms, tiles 0.3 s after they are asked for: {blanks}")
        page.close()

        page = open_page(browser, port, 0)
        show(page, 1, wait=1000)
        for is_painting in (False, True):
            page.evaluate("(is) => experiment.usePen(is)", is_painting)
            before = page.evaluate("experiment.centre()")
            cdp = page.context.new_cdp_session(page)
            for kind_, x in (("mousePressed", 400), *(("mouseMoved", 400 + 10 * step) for step in range(30)), ("mouseReleased", 700)):
                cdp.send("Input.dispatchMouseEvent", {"type": kind_, "x": x, "y": 300, "button": "left", "buttons": 1, "pointerType": "pen", "clickCount": 1})
            page.wait_for_timeout(300)
            after = page.evaluate("experiment.centre()")
            print(f"pen, painting {'on' if is_painting else 'off'}: {page.evaluate('experiment.pensMoves()')} moves, picture moved by {abs(after[0] - before[0]):.0f} pixels")
        browser.close()


main(*sys.argv[1:])
