"""A page in a real browser, watched: an error in the console, a request to another host or a breach of the policy fails the test."""
import json
import os
import re
import uuid

import pytest
from playwright.sync_api import expect, sync_playwright

URL = os.environ.get("COPPICE_SERVE_URL", "").rstrip("/")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]


class Annotator:
    """One tab, by what a person sees, and the project behind it, by its API."""

    def __init__(self, page, url=URL):
        self.page = page
        self.url = url
        self.expected = []

    def open(self):
        self.page.goto(self.url + "/")
        self.page.locator("#tools button").first.wait_for()
        expect(self.page.locator("#panels select").first).to_have_value(re.compile("."))
        self.page.wait_for_timeout(300)
        return self

    # The project.

    def get(self, path):
        return self.page.request.get(f"{self.url}/api/v1/{path}").json()

    def send(self, kind, **fields):
        operation = {"id": str(uuid.uuid4()), "kind": kind, **fields}
        answer = self.page.request.post(f"{self.url}/api/v1/operations", data=json.dumps({"operations": [operation]}), headers={"Content-Type": "application/json"})
        assert answer.ok, answer.text()
        return operation["id"]

    @property
    def image(self):
        return self.get("project")["images"][0]["id"]

    def shapes(self):
        return self.get(f"images/{self.image}/shapes?z=0&t=0")["shapes"]

    def wait_for_shapes(self, count):
        for _ in range(60):
            shapes = self.shapes()
            if len(shapes) == count:
                return shapes
            self.page.wait_for_timeout(50)
        raise AssertionError(f"expected {count} shapes, found {[shape['shape'] for shape in shapes]}")

    def reset(self):
        """No strokes, classes 1 and 2 alone, live."""
        shapes = [shape["id"] for shape in self.shapes()]
        if shapes:
            self.send("eraseShape", shapes=shapes)
        for one in self.get("project")["classes"]:
            if one["number"] > 2:
                self.send("deleteClass", number=one["number"])
        self.page.request.put(f"{self.url}/api/v1/live", data=json.dumps({"isLive": True}), headers={"Content-Type": "application/json"})

    # The page.

    @property
    def canvas(self):
        return self.page.locator("#canvas")

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
        self.page.locator("#tools").get_by_role("button", name=name, exact=True).click()

    def key(self, *keys):
        for key in keys:
            self.canvas.press(key)

    def choose_class(self, name):
        self.page.get_by_role("list", name="Classes").get_by_role("button", name=name, exact=False).first.click()

    def panel(self, name):
        panel = self.page.locator(f"#panel-{name}")
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        return panel

    def wait_for_model(self):
        expect(self.page.locator("#live p")).to_have_text(re.compile(r"^Model \d+"), timeout=15_000)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


def watched(page, problems, url=URL):
    page.on("console", lambda message: problems.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("request", lambda request: problems.append(f"foreign request: {request.url}") if not request.url.startswith((url, "blob:", "data:")) else None)


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture
def annotator(context):
    if not URL:
        pytest.skip("COPPICE_SERVE_URL is not set")
    problems = []
    context.on("page", lambda page: watched(page, problems))
    annotator = Annotator(context.new_page())
    annotator.page.goto(URL + "/")
    annotator.reset()
    yield annotator.open()
    unexpected = [problem for problem in problems if not any(text in problem for text in annotator.expected)]
    assert not unexpected, unexpected
