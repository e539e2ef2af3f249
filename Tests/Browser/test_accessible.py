"""Accessible: axe, names, sizes, reflow, contrast modes, motion, and classes without colour."""
import re

import numpy
import pytest
from axe_playwright_python.sync_playwright import Axe

from canvases import shows
from conftest import Annotator

PANELS = ("classes", "brush", "result", "look", "report", "features", "models", "images", "runs", "exchange", "people", "workers", "help")

# 200 % zoom makes a CSS pixel of two device pixels, and a window of half as many.
VIEWS = {
    "1280×720, light": {"color_scheme": "light"},
    "1280×720, dark": {"color_scheme": "dark"},
    "200 %": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2, "color_scheme": "light"},
    "200 %, dark": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2, "color_scheme": "dark"},
    "tablet": {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True},
    "tablet, upright, dark": {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
    "320 wide": {"viewport": {"width": 320, "height": 640}},
    "forced colours": {"forced_colors": "active"},
    "forced colours, dark": {"forced_colors": "active", "color_scheme": "dark"},
    "reduced motion": {"reduced_motion": "reduce"},
}
SAMPLED = ("1280×720, light", "200 %, dark")


@pytest.fixture
def open_view(open_context, url, watch):
    """Opens the page with a result, and all panels open, in one of the views."""
    def open_in(view):
        context = open_context(**VIEWS[view])
        watch.follow(context)
        annotator = Annotator(context.new_page(), url)
        annotator.page.goto(url + "/")
        annotator.reset()
        annotator.send("addShape", image=annotator.image, **{"class": 1}, shape={"type": "stroke", "path": "M100,100L300,130", "width": 8}, plane={"z": 0, "t": 0})
        annotator.send("addShape", image=annotator.image, **{"class": 2}, shape={"type": "stroke", "path": "M1000,100L1200,130", "width": 8}, plane={"z": 0, "t": 0})
        annotator.open()
        annotator.wait_for_exact()
        return annotator

    yield open_in
    assert not watch.unexpected()


def open_panels(annotator):
    for panel in PANELS:
        annotator.panel(panel)
    annotator.page.get_by_role("button", name="Edit Class 1").click()
    annotator.page.get_by_text(re.compile(r"^\d+ slots?")).first.wait_for()


@pytest.mark.parametrize("view", [pytest.param(view, marks=pytest.mark.sample) if view in SAMPLED else view for view in VIEWS])
def test_axe_finds_nothing(open_view, view):
    annotator = open_view(view)
    page = annotator.page
    results = [Axe().run(page)]
    open_panels(annotator)
    page.get_by_role("button", name="Estimate").click()
    page.get_by_role("region", name="Confusion of classes").wait_for()
    results.append(Axe().run(page))
    assert [result.generate_report() for result in results if result.violations_count] == []


def test_axe_finds_nothing_where_a_token_is_asked_for(start_server, open_context, tmp_path):
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123456789abcdef\n")
    server = start_server("--token-file", str(token))
    for scheme in ("light", "dark"):
        page = open_context(color_scheme=scheme).new_page()
        page.goto(server.url)
        page.get_by_label("Access token").wait_for()
        result = Axe().run(page)
        assert not result.violations_count, result.generate_report()
        page.get_by_label("Access token").fill("wrong")
        page.get_by_role("button", name="Open").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("Access token").fill(token.read_text().strip())
        page.get_by_role("button", name="Open").click()
        Annotator(page, server.url).wait_until_open()


CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "radio", "slider", "spinbutton", "combobox", "listbox", "application", "DisclosureTriangle", "ColorWell", "img", "region", "group",
            "toolbar", "progressbar"}


@pytest.mark.sample
def test_every_control_has_a_name(open_view):
    annotator = open_view("1280×720, light")
    open_panels(annotator)
    client = annotator.page.context.new_cdp_session(annotator.page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    value = lambda node, key: str(node.get(key, {}).get("value") or "")
    controls = [node for node in nodes if not node.get("ignored") and value(node, "role") in CONTROLS]
    names = [(value(node, "role"), value(node, "name").strip()) for node in controls]
    assert len(names) > 100, "the tree was read"
    # What groups without a name is no control.
    assert [(role, name) for role, name in names if not name and role != "group"] == []
    buttons = [name for role, name in names if role == "button"]
    doubled = {name for name in buttons if buttons.count(name) > 1}
    assert doubled == set(), "two buttons of one name cannot be told apart"


def test_targets_are_large_enough(open_view):
    annotator = open_view("1280×720, light")
    open_panels(annotator)
    small = annotator.page.evaluate("""() => [...document.querySelectorAll("button, select, input, summary")]
        .filter((one) => one.offsetParent && !one.matches(".visually-hidden"))
        .map((one) => [one.closest("label.check") ?? one, one.textContent || one.ariaLabel || one.type])
        .filter(([one]) => { const { width, height } = one.getBoundingClientRect(); return width < 23.9 || height < 23.9; })
        .map(([one, name]) => `${name}: ${one.offsetWidth} × ${one.offsetHeight}`)""")
    assert small == []


@pytest.mark.parametrize("view", ["200 %", "320 wide"])
def test_nothing_scrolls_sideways(open_view, view):
    annotator = open_view(view)
    open_panels(annotator)
    page = annotator.page
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_reduced_motion_moves_nothing(open_view):
    annotator = open_view("reduced motion")
    page = annotator.page
    scales = annotator.page.locator("#scale")
    before = scales.inner_text()
    page.mouse.move(*annotator.at(300, 300))
    page.evaluate("""() => {
        window.seen = new Set();
        new MutationObserver(() => seen.add(document.querySelector("#scale").textContent)).observe(document.querySelector("#scale"), { childList: true, characterData: true, subtree: true });
    }""")
    page.mouse.wheel(0, -240)
    annotator.until(scales.inner_text, lambda text: text != before, "expected another scale")
    annotator.picture()
    assert page.evaluate("seen.size") == 1, "the zoom is there at once"
    assert page.evaluate("document.getAnimations().length") == 0


def test_forced_colours_show_what_is_chosen(open_view):
    annotator = open_view("forced colours")
    page = annotator.page
    ground = "(one) => getComputedStyle(one).backgroundColor"
    tools = page.get_by_role("toolbar", name="Tools")
    chosen, other = [tools.get_by_role("button", name=name, exact=True).evaluate(ground) for name in ("Brush", "Eraser")]
    assert chosen != other
    swatch = page.get_by_role("list", name="Classes").locator(".swatch").first
    colour = annotator.classes()[0]["colour"]
    assert swatch.evaluate(ground) == "rgb({}, {}, {})".format(*[int(colour[at:at + 2], 16) for at in (1, 3, 5)]), "colours of classes are data"


@pytest.mark.sample
def test_classes_are_told_apart_without_colour(open_view):
    annotator = open_view("1280×720, light")
    page = annotator.page
    plain = annotator.without_result()
    # Both classes in one colour, as on a grey print.
    original = [one["colour"] for one in annotator.classes()]
    for number in (1, 2):
        annotator.send("changeClass", number=number, colour="#808080")
    page.get_by_role("button", name="Hatch").click()
    page.get_by_label("Opacity").fill("1")
    page.get_by_label("Show the strokes").uncheck()

    def lines():
        """Of each half the pixels of lines: these are the class's colour, those between are paler."""
        pixels = annotator.picture()
        found = shows(pixels, plain, "#808080", 1)
        middle = found.shape[1] // 2
        return [part[100:-100, 100:-100] for part in (found[:, :middle], found[:, middle:])]

    try:
        left, right = annotator.until(lines, lambda parts: all(0.05 < part.mean() < 0.6 for part in parts), "expected lines")
        # The image is smaller than the screen shows it, so that whole patterns are compared by their spectra.
        spectra = [abs(numpy.fft.rfft2(part - part.mean())) for part in (left, right)]
        peaks = [numpy.unravel_index(spectrum[:spectrum.shape[0] // 2].argmax(), spectrum.shape) for spectrum in spectra]
        assert peaks[0] != peaks[1] or numpy.corrcoef(spectra[0].ravel(), spectra[1].ravel())[0, 1] < 0.5
        numbers = page.get_by_role("list", name="Classes").locator(".swatch").all_inner_texts()
        assert len(set(numbers)) == len(numbers), "swatches say numbers"
    finally:
        for number, colour in zip((1, 2), original):
            annotator.send("changeClass", number=number, colour=colour)


def test_strokes_lie_under_the_pointer_at_twice_the_size(open_view):
    annotator = open_view("200 %")
    box = annotator.canvas.bounding_box()
    # The image's middle is the view's.
    annotator.stroke(box["width"] / 2, box["height"] / 2, box["width"] / 2 + 40, box["height"] / 2)
    path = annotator.wait_for_shapes(3)[-1]["shape"]["path"]
    (x, y), (to_x, to_y) = [map(float, pair.split(",")) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", path)]
    info = annotator.get(f"images/{annotator.image}")
    scale = 0.98 * min(box["width"] / info["width"], box["height"] / info["height"])
    assert abs(x - info["width"] / 2) < 2 / scale and abs(y - info["height"] / 2) < 2 / scale
    assert abs(to_x - x - 40 / scale) < 2 / scale and abs(to_y - y) < 2 / scale
    assert annotator.picture().shape[1] == round(2 * box["width"]), "each pixel of the screen is painted"
