"""Serves the viewer's modules, a page that holds nothing but a viewer, and tiles of made-up images, with the headers of `coppice serve`.

Images: `uniform` (32,768², every sample 128), `big` (32,768², colours), `deep` (4,096×3,001, six channels of 16 bits), `many` (4,096×3,001, 16 channels of 16 bits),
`small` (700×500, float), `plane` (as `uniform`, sample 60 + 20 z). Levels halve, rounded up, down to at most 256 a side.
"""
import http.server
import json
import os
import pathlib
import threading
import time
import urllib.parse

import numpy

PAGE = pathlib.Path(os.environ.get("COPPICE_PAGE") or pathlib.Path(__file__).parents[2] / "Sources/Coordinator/Annotator/Page")
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'")
IMAGES = {
    "uniform": (32_768, 32_768, 1, "uint8"), "big": (32_768, 32_768, 3, "uint8"), "deep": (4_096, 3_001, 6, "uint16"), "many": (4_096, 3_001, 16, "uint16"),
    "small": (700, 500, 1, "float32"), "plane": (32_768, 32_768, 1, "uint8"),
}
HTML = b"""<!doctype html><html lang="en"><title>Viewer</title><link rel="icon" href="/test.css"><link rel="stylesheet" href="/test.css"><div id="view"></div>
<script type="module" src="/test.js"></script></html>"""
CSS = b"html, body { margin: 0; height: 100% } #view { width: 100%; height: 100%; background: #fff }"
SCRIPT = b"""import { Viewer } from "/page/viewer/viewer.js";
const ratio = Number(new URLSearchParams(location.search).get("ratio")) || undefined;
window.views = []; window.hovers = [];
window.viewer = new Viewer(document.getElementById("view"), { devicePixelRatio: ratio, onViewChange: (view) => views.push(view), onHover: (at) => hovers.push(at) });
window.show = async (name, plane) => {
  window.info = await (await fetch(`/api/v1/images/${name}`)).json();
  viewer.setImage(info, plane);
};
/** The colours ([red, green, blue, alpha] each) of a part of the image's canvas, in device pixels. */
window.coloursIn = (left = 0, top = 0, right = Infinity, bottom = Infinity, name = "viewer-image") => {
  const canvas = document.querySelector(`.${name}`), width = Math.min(right, canvas.width) - left, height = Math.min(bottom, canvas.height) - top;
  const colours = new Set(new Uint32Array(canvas.getContext("2d").getImageData(left, top, width, height).data.buffer));
  return [...colours].map((colour) => [colour & 255, colour >> 8 & 255, colour >> 16 & 255, colour >>> 24]);
};
/** Gives the overlay all tiles of a level that are in view; `classAt(column, row)` or a number fills them. */
window.giveOverlay = (level, revision, classAt, exactness = "exact") => {
  const [x, y, width, height] = viewer.view.rect, { levels } = info, factor = info.width / levels[level].width, side = 256 * factor;
  for (let row = Math.max(0, Math.floor(y / side)); row * side < Math.min(info.height, y + height); row++) {
    for (let column = Math.max(0, Math.floor(x / side)); column * side < Math.min(info.width, x + width); column++) {
      const w = Math.min(256, levels[level].width - 256 * column), h = Math.min(256, levels[level].height - 256 * row), bytes = new Uint8Array(w * h);
      if (typeof classAt === "number") bytes.fill(classAt);
      else for (let i = 0; i < bytes.length; i++) bytes[i] = classAt((256 * column + i % w + 0.5) * factor, (256 * row + Math.floor(i / w) + 0.5) * factor);
      viewer.overlay.setTile({ level, column, row, kind: "labels", revision, exactness, width: w, height: h, bytes });
    }
  }
};
"""


def describe(name):
    width, height, channels, kind = IMAGES[name]
    levels = [{"width": width, "height": height}]
    while max(levels[-1].values()) > 256:
        levels.append({key: (value + 1) // 2 for key, value in levels[-1].items()})
    ranges = [[0, 255]] if kind == "uint8" else [[0, 60_000]] if kind == "uint16" else [[-1, 1]]
    return {"id": name, "name": name, "width": width, "height": height, "channels": channels, "sampleType": kind, "depth": 4, "times": 1, "levels": levels,
            "contentKey": "1", "isReady": True, "progress": 1, "histogramRange": ranges * channels, "micronsPerPixel": 0.25}


def samples(name, level, column, row, z=0):
    """[channel][row][column] of one tile, or None outside."""
    width0, height0, channels, kind = IMAGES[name]
    size = describe(name)["levels"][level]
    width, height = min(256, size["width"] - 256 * column), min(256, size["height"] - 256 * row)
    if width <= 0 or height <= 0:
        return None
    if name in ("uniform", "plane"):
        return numpy.full((1, height, width), 128 if name == "uniform" else 60 + 20 * z, "u1")
    x = ((numpy.arange(width) + 256 * column + 0.5) * (width0 / size["width"]))[None, :]
    y = ((numpy.arange(height) + 256 * row + 0.5) * (height0 / size["height"]))[:, None]
    if name == "big":
        rings = 0.5 + 0.5 * numpy.sin(numpy.hypot(x - 16_384, y - 16_384) / 300)
        cells = 0.5 + 0.5 * numpy.sin(x / 40) * numpy.sin(y / 40)
        planes = [200 * rings + 40, 160 * cells + 40 + 0 * rings, 255 * (x / width0) + 0 * y]
        return numpy.stack(planes).clip(0, 255).astype("u1")
    if name == "small":
        return (numpy.sin(x / 30) * numpy.cos(y / 30))[None].astype("<f4")
    planes = [30_000 * (1 + numpy.sin(x / (50 + 20 * c) + c) * numpy.sin(y / (60 + 15 * c))) for c in range(channels)]
    return numpy.stack(planes).astype("<u2")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        address = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        parts = address.path.strip("/").split("/")
        if parts == [""]:
            self.answer(HTML, "text/html; charset=utf-8")
        elif parts == ["test.js"]:
            self.answer(SCRIPT, "text/javascript")
        elif parts == ["test.css"]:
            self.answer(CSS, "text/css")
        elif parts[0] == "page":
            self.answer(PAGE.joinpath(*parts[1:]).read_bytes(), "text/javascript")
        elif parts[:3] == ["api", "v1", "images"] and len(parts) == 4:
            self.answer(json.dumps(describe(parts[3])).encode(), "application/json")
        elif parts[:3] == ["api", "v1", "images"] and parts[4] == "tiles":
            self.tile(parts[3], *map(int, parts[5:8]), int(query.get("z", 0)))
        else:
            self.send_error(404)

    def tile(self, name, level, column, row, z):
        time.sleep(self.server.delay)
        with self.server.lock:
            self.server.tiles.append((name, level, column, row))
        array = samples(name, level, column, row, z)
        if array is None:
            self.send_error(404)
            return
        channels, height, width = array.shape
        header = numpy.array([width, height], "<u2").tobytes() + bytes([channels, array.itemsize, array.dtype.kind == "f", 0])
        self.answer(header + array.tobytes(), "application/octet-stream", "private, max-age=31536000, immutable")

    def answer(self, body, kind, cache="no-store"):
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", cache), ("Content-Security-Policy", POLICY),
                            ("X-Content-Type-Options", "nosniff")):
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the viewer aborted it

    def log_message(self, *_):
        pass


class ViewerServer(http.server.ThreadingHTTPServer):
    """`delay`: seconds before each tile. `tiles`: those asked for so far."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.delay, self.tiles, self.lock = 0, [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"


if __name__ == "__main__":
    server = ViewerServer(8765)
    print(server.address)
    threading.Event().wait()
