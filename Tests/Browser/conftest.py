"""A page of a real server in a real browser, watched: an error or a warning in the console, a request to another host or a breach of the policy fails the test.

`--programs FOLDER` has `coppice` and `coppice-worker`: a server is started. `COPPICE_SERVE_URL` names one that runs instead; the tests erase what is painted there.
"""
import contextlib
import json
import os
import re
import shutil
import time
import uuid

import pytest
from playwright.sync_api import expect, sync_playwright

import textures
from canvases import Canvases

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Long enough for a machine that has other work.
WAIT_MS = 60_000
LOOK_EVERY_MS = 25
expect.set_options(timeout=WAIT_MS)


def pytest_addoption(parser):
    parser.addoption("--programs", metavar="FOLDER", help="folder of coppice and coppice-worker; without it, COPPICE names the first")
    parser.addoption("--image", metavar="FILE", help="an image of at least 640 × 480 pixels, in the place of the made one")
    parser.addoption("--page", metavar="FOLDER", help="the page's files are taken from here, not from the program; not those of shared workers")


def pytest_configure(config):
    if programs := config.getoption("--programs"):
        os.environ["COPPICE"] = os.path.abspath(os.path.join(programs, "coppice"))
    config.addinivalue_line("markers", "sample: belongs to the short selection")


class Annotator(Canvases):
    """One tab, by what a person sees, and the project behind it, by its API."""

    wait_ms = WAIT_MS

    def __init__(self, page, url):
        self.page = page
        self.url = url
        self.expected = []
        self.tiles = set()
        # Those of a page that is left never end.
        page.on("framenavigated", lambda frame: self.tiles.clear())
        page.on("request", lambda request: self.tiles.add(request) if "/tiles/" in request.url else None)
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: self.tiles.discard(request))

    def open(self):
        """Loads the page, until it shows the image and hears from the server."""
        self.page.goto(self.url + "/")
        return self.wait_until_open()

    def wait_until_open(self):
        self.page.locator("#tools button").first.wait_for()
        expect(self.page.get_by_role("combobox", name="Image", exact=True)).to_have_value(re.compile("."))
        expect(self.page.locator("#live p")).not_to_have_text(re.compile("connect", re.IGNORECASE))
        self.wait("() => [...document.querySelectorAll('.viewer-image')].some((canvas) => canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3])")
        return self

    def wait(self, condition, argument=None):
        """Until a function of the page answers truth; Playwright's own wait evaluates text there, which the page's policy forbids."""
        return self.until(lambda: self.page.evaluate(condition, argument), bool, f"waited in vain for {condition}")

    # The project.

    def get(self, path):
        return self.page.request.get(f"{self.url}/api/v1/{path}").json()

    def send(self, kind, **fields):
        operation = {"id": str(uuid.uuid4()), "kind": kind, **fields}
        answer = self.page.request.post(f"{self.url}/api/v1/operations", data=json.dumps({"operations": [operation]}), headers={"Content-Type": "application/json"})
        assert answer.ok, answer.text()
        return operation["id"]

    def put(self, path, **fields):
        answer = self.page.request.put(f"{self.url}/api/v1/{path}", data=json.dumps(fields), headers={"Content-Type": "application/json"})
        assert answer.ok, answer.text()

    @property
    def image(self):
        return self.get("project")["images"][0]["id"]

    def shapes(self):
        return self.get(f"images/{self.image}/shapes?z=0&t=0")["shapes"]

    def classes(self):
        return self.get("project")["classes"]

    def until(self, look, is_wanted=bool, what="waited in vain"):
        """Looks until what it finds is wanted, while the page goes on."""
        end = time.monotonic() + self.wait_ms / 1000
        while True:
            found = look()
            if is_wanted(found):
                return found
            if time.monotonic() > end:
                break
            self.page.wait_for_timeout(LOOK_EVERY_MS)
        raise AssertionError(f"{what}, found {found}")

    def wait_for_shapes(self, count):
        return self.until(self.shapes, lambda shapes: len(shapes) == count, f"expected {count} shapes")

    def wait_for_classes(self, is_wanted, what):
        return self.until(self.classes, is_wanted, what)

    def reset(self):
        """No strokes, classes 1 and 2 alone under their first names, live."""
        shapes = [shape["id"] for shape in self.shapes()]
        if shapes:
            self.send("eraseShape", shapes=shapes)
        for one in self.classes():
            if one["number"] > 2:
                self.send("deleteClass", number=one["number"])
            elif one["name"] != f"Class {one['number']}":
                self.send("changeClass", number=one["number"], name=f"Class {one['number']}")
            if one["number"] <= 2 and one["isHidden"]:
                self.send("changeClass", number=one["number"], isHidden=False)
        self.put("live", isLive=True)

    # The page.

    @property
    def canvas(self):
        return self.page.get_by_role("application", name="Image")

    def at(self, x, y):
        box = self.canvas.bounding_box()
        return box["x"] + x, box["y"] + y

    def stroke(self, x, y, to_x, to_y, steps=8):
        mouse = self.page.mouse
        mouse.move(*self.at(x, y))
        mouse.down()
        for step in range(1, steps + 1):
            mouse.move(*self.at(x + (to_x - x) * step / steps, y + (to_y - y) * step / steps))
        mouse.up()

    def click(self, x, y):
        self.page.mouse.click(*self.at(x, y))

    def tool(self, name):
        self.page.get_by_role("toolbar", name="Tools").get_by_role("button", name=name, exact=True).click()

    @property
    def tool_name(self):
        return self.page.get_by_role("toolbar", name="Tools").get_by_role("button", pressed=True).first.inner_text()

    def key(self, *keys):
        for key in keys:
            self.canvas.press(key)

    def choose_class(self, name):
        self.page.get_by_role("list", name="Classes").get_by_role("button", name=name, exact=False).first.click()

    def panel(self, name):
        """Opens a panel by its identifier."""
        panel = self.page.locator(f"#panel-{name}")
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        return panel

    def wait_for_model(self):
        expect(self.page.locator("#live p")).to_have_text(re.compile(r"^Model \d+"))

    def wait_for_exact(self):
        expect(self.page.locator("#live .share")).to_have_text("exact")

    def paint_two_classes(self):
        """A stroke of each class in its own texture, until the result is exact."""
        self.stroke(170, 120, 290, 150)
        self.key("2")
        width = self.canvas.bounding_box()["width"]
        self.stroke(width - 290, 120, width - 170, 150)
        self.key("1")
        self.wait_for_shapes(2)
        self.wait_for_exact()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def start_server(pytestconfig, tmp_path_factory):
    """Starts servers, each with a project of its own; they end with the tests."""
    from served import COPPICE, Served
    servers = []

    def start(*options):
        if not COPPICE.exists():
            pytest.skip(f"{COPPICE} is not there: build it, or name its folder in --programs")
        folder = tmp_path_factory.mktemp("served")
        if image := pytestconfig.getoption("--image"):
            path = shutil.copy(image, folder)
        else:
            textures.write(path := folder / "textures.png")
        servers.append(Served(folder, path, options=options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def url(start_server):
    """The address of the server that most tests share."""
    return os.environ.get("COPPICE_SERVE_URL", "").rstrip("/") or start_server().url


class Watch:
    """What goes wrong in the pages of a context."""

    def __init__(self, url):
        self.url = url
        self.problems = []
        self.requests = []

    def follow(self, context):
        # Breaches of the policy reach the console as errors. Reading canvases back is our own doing.
        context.on("console", lambda message: self.problems.append(f"console: {message.type}: {message.text}") if message.type in ("error", "warning", "assert") and "getImageData" not in message.text else None)
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))
        context.on("request", self.take)

    def take(self, request):
        self.requests.append(request)
        if not request.url.startswith((self.url + "/", "blob:", "data:")):
            self.problems.append(f"foreign request: {request.url}")

    def unexpected(self, expected=()):
        return [problem for problem in self.problems if not any(text in problem for text in expected)]


@pytest.fixture
def open_context(browser, pytestconfig):
    """Makes contexts of the browser, each a person of its own."""
    folder = pytestconfig.getoption("--page")
    with contextlib.ExitStack() as stack:
        def make(**options):
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
            stack.callback(context.close)
            if folder:
                context.route("**/page/**", lambda route: route.fulfill(path=os.path.join(folder, route.request.url.split("/page/")[1])))
                context.route(re.compile(r"^[a-z]+://[^/]+/$"), lambda route: route.fulfill(response=route.fetch(), path=os.path.join(folder, "index.html")))
            return context

        yield make


@pytest.fixture
def watch(url):
    return Watch(url)


@pytest.fixture
def context(open_context, watch):
    context = open_context()
    watch.follow(context)
    return context


@pytest.fixture
def annotator(context, url, watch):
    annotator = Annotator(context.new_page(), url)
    annotator.page.goto(url + "/")
    annotator.reset()
    yield annotator.open()
    assert not watch.unexpected(annotator.expected)
