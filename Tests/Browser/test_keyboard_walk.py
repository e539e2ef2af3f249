"""The whole walk without a pointer: choose, paint, see, undo, redo, erase, widen, add a class, go where it is uncertain, read the help, download."""
import json
import re

import numpy
import pytest
from playwright.sync_api import expect

from canvases import shows
from conftest import Annotator

FOCUSED = """() => {
    const one = document.activeElement;
    return one.getAttribute("aria-label") || one.closest("label")?.querySelector("span")?.textContent || one.textContent.trim();
}"""


class Hands:
    """A keyboard, and what it has the focus on."""

    def __init__(self, annotator):
        self.annotator = annotator
        self.page = annotator.page
        self.press = annotator.page.keyboard.press

    @property
    def focused(self):
        return self.page.evaluate(FOCUSED)

    def go_to(self, name, key="Tab", most=150):
        """Presses Tab until the control of this name has the focus."""
        passed = []
        for _ in range(most):
            if re.search(name, self.focused):
                return self.focused
            passed.append(self.focused)
            self.press(key)
        raise AssertionError(f"expected {name} by {key}, passed {passed}")

    def paint(self, move, count):
        self.press("d")
        for _ in range(count):
            self.press(move)
        self.press("d")


@pytest.mark.sample
def test_the_whole_walk_by_keyboard(start_server, open_context, watch, tmp_path):
    server = start_server()
    watch.url = server.url
    context = open_context(accept_downloads=True)
    watch.follow(context)
    annotator = Annotator(context.new_page(), server.url).open()
    page, hands = annotator.page, Hands(annotator)
    plain = annotator.picture_at_rest()
    colours = [one["colour"] for one in annotator.classes()]

    # To the image: the first stop leads there.
    hands.press("Tab")
    assert hands.focused == "Go to the image"
    hands.press("Enter")
    expect(annotator.canvas).to_be_focused()

    # A stroke of class 1 left of the middle, one of class 2 right of it.
    hands.press("1")
    for _ in range(25):
        hands.press("Shift+ArrowLeft")
    hands.paint("Shift+ArrowUp", 10)
    annotator.wait_for_shapes(1)
    hands.press("2")
    for _ in range(45):
        hands.press("Shift+ArrowRight")
    hands.paint("Shift+ArrowDown", 10)
    strokes = annotator.wait_for_shapes(2)
    assert [stroke["class"] for stroke in strokes] == [1, 2] and {stroke["shape"]["type"] for stroke in strokes} == {"stroke"}

    # The result is seen, and hidden, and seen.
    annotator.wait_for_model()
    annotator.wait_for_exact()
    annotator.until(annotator.picture, lambda pixels: all(shows(pixels, plain, colour).mean() > 0.1 for colour in colours), "expected both colours")
    shown = annotator.picture_at_rest()
    hands.press("s")
    assert numpy.array_equal(annotator.picture(), plain)
    hands.press("s")
    assert numpy.array_equal(annotator.picture(), shown)

    # Undo and redo.
    hands.press("Control+z")
    annotator.wait_for_shapes(1)
    hands.press("Control+Shift+Z")
    assert [stroke["id"] for stroke in annotator.wait_for_shapes(2)] == [stroke["id"] for stroke in strokes]

    # Another tool, by its key and by the tool bar; its width by keys and by the slider.
    hands.press("e")
    assert annotator.tool_name == "Eraser"
    hands.go_to("^Brush$", "Shift+Tab")
    hands.press("Enter")
    assert annotator.tool_name == "Brush"
    hands.go_to("^Image[.]")
    hands.press("]")
    width = page.get_by_label("Width of the brush in pixels of the image")
    expect(width).to_have_value("10")
    hands.go_to("^Brush of 16 pixels$")
    hands.press("Space")
    expect(width).to_have_value("16")
    hands.go_to("^Brush$", "Shift+Tab")
    hands.press("ArrowRight")
    expect(width).to_have_value("17")

    # A class is added, named and painted, though it has no pixel yet.
    hands.go_to("^Image[.]", "Shift+Tab")
    hands.press("a")
    annotator.wait_for_classes(lambda classes: len(classes) == 3, "expected a third class")
    hands.go_to("^Edit Class 3$")
    hands.press("Enter")
    hands.go_to("^Name of class 3$")
    hands.press("Control+a")
    page.keyboard.type("Spots")
    hands.press("Enter")
    annotator.wait_for_classes(lambda classes: classes[2]["name"] == "Spots", "expected a class named Spots")
    hands.go_to("^Image[.]", "Shift+Tab")
    for _ in range(20):
        hands.press("Shift+ArrowLeft")
    hands.paint("Shift+ArrowUp", 8)
    assert annotator.wait_for_shapes(3)[-1]["class"] == 3
    annotator.wait_for_exact()

    # Where it is uncertain, and the whole image again.
    hands.press("n")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Uncertain here \(\d+ %\): paint what it is\.$"))
    hands.press("0")

    # The help lists the keys, and says where it is.
    hands.press("?")
    expect(page.get_by_text("Show or hide the result", exact=True)).to_be_visible()
    assert hands.focused.startswith("Keys and help")

    # The strokes are downloaded.
    hands.go_to("^Import and export", "Shift+Tab")
    hands.press("Enter")
    hands.go_to("^Download the strokes$")
    with page.expect_download() as waiting:
        hands.press("Enter")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert len(json.loads(path.read_text())["annotations"]) == 3

    assert not watch.unexpected()


def test_every_tool_works_at_the_cross(annotator):
    page, hands = annotator.page, Hands(annotator)
    annotator.canvas.focus()

    def corners(key, *places):
        hands.press(key)
        hands.press("d")
        for moves in places:
            for move in moves.split():
                for _ in range(6):
                    hands.press(f"Shift+Arrow{move}")
            hands.press("d")

    hands.press("ArrowRight")
    corners("v", "Right")
    assert annotator.wait_for_shapes(1)[-1]["shape"]["type"] == "stroke"
    corners("r", "Down Right")
    assert annotator.wait_for_shapes(2)[-1]["shape"]["type"] == "rectangle"
    corners("p", "Up", "Left")
    hands.press("Enter")
    assert annotator.wait_for_shapes(3)[-1]["shape"]["type"] == "area"
    hands.press("x")
    hands.press("d")
    annotator.wait_for_shapes(2)


def test_tab_leaves_the_image_and_nothing_traps_it(annotator):
    hands = Hands(annotator)
    for panel in ("look", "report", "features", "models", "images", "runs", "exchange", "people", "workers", "help"):
        annotator.panel(panel)
    annotator.canvas.focus()
    hands.press("Tab")
    hands.go_to("^openapi.json$", most=300)
    hands.go_to("^Image[.]", "Shift+Tab", most=300)
