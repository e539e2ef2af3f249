"""The walk of the app that Coppice began with, in a real browser against a real `coppice serve`; each step is checked by values.

COPPICE is the program (.build/release/coppice without it). COPPICE_ORIGINAL_IMAGE is the original's `segmentation_img.jpg`: without it the walk on that image is
skipped; the one on a made-up image never is. Docs/Original.md has the table of what the original does, and which of these tests shows that ours does it, too.
"""
import json
import os
import pathlib
import re
import subprocess

import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect

from served import COPPICE, coppice
from walk import COLOURS, STROKES, WIDTHS, distance_to, image_of, made_up, walking

ORIGINAL = os.environ.get("COPPICE_ORIGINAL_IMAGE", "")


@pytest.fixture(scope="module", params=["made-up", "original"])
def walk(request, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    if request.param == "original":
        if not ORIGINAL:
            pytest.skip("COPPICE_ORIGINAL_IMAGE is not set: the walk on the original's own image")
        image = folder / "segmentation_img.jpg"
        image.write_bytes(open(ORIGINAL, "rb").read())
    else:
        image = folder / "scene.png"
        made_up(image)
    with walking(browser, folder, image) as walk:
        yield walk


# Painting.


def test_five_classes_have_the_originals_colours(walk):
    assert [one["colour"] for one in walk.get("project")["classes"]] == COLOURS
    assert [one["number"] for one in walk.get("project")["classes"]] == [1, 2, 3, 4, 5]


def test_freehand_strokes_lie_where_the_pointer_was_in_each_of_the_originals_widths(walk):
    shapes = walk.shapes()
    assert [(shape["class"], shape["shape"]["width"]) for shape in shapes] == [(number, width) for number, width, _ in STROKES]
    assert sorted(shape["shape"]["width"] for shape in shapes) == WIDTHS
    for shape, places in zip(shapes, walk.ways):
        path = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", shape["shape"]["path"])]
        assert max(distance_to(path, place) for place in places) <= 1
        assert len(path) < len(places)


def test_pixels_of_the_strokes_are_counted_by_class(walk):
    labels = walk.labels()
    counts = {str(number): int((labels == number).sum()) for number in range(1, 6)}
    assert min(counts.values()) > 0
    assert walk.get("report")["labelled"] == counts
    model = walk.model()
    assert model["samples"] == model["labelledPixels"] == sum(counts.values()), "all of them are learned from"


def test_the_eraser_takes_away_pixels_and_undo_brings_them_back(walk):
    before, model = walk.labels(), walk.model()["revision"]
    walk.tool("Eraser")
    places = walk.freehand([(0.20, 0.30), (0.40, 0.30)])
    walk.wait_for_shapes(8)
    erased = walk.labels()
    y = places[0][1]
    rows = slice(y - 8, y + 8)
    assert before[rows, places[0][0]:places[-1][0]].any() and not erased[rows, places[0][0] + 8:places[-1][0] - 8].any()
    assert (erased == before)[:y - 20].all() and (erased == before)[y + 20:].all()
    walk.tool("Brush")
    walk.key("Control+z")
    walk.wait_for_shapes(7)
    assert (walk.labels() == before).all()
    walk.wait_until_exact(model)


def test_a_whole_stroke_is_removed_by_a_click_and_undo_brings_it_back(walk):
    before, shapes, model = walk.labels(), walk.shapes(), walk.model()["revision"]
    middle = walk.ways[4][12]
    assert before[middle[1], middle[0]] == 3
    walk.tool("Remove")
    walk.page.mouse.click(*walk.on_screen(middle))
    assert [shape["id"] for shape in walk.wait_for_shapes(6)] == [shape["id"] for shape in shapes if shape["id"] != shapes[4]["id"]]
    assert not (walk.labels() == 3).any()
    walk.tool("Brush")
    walk.key("Control+z")
    walk.wait_for_shapes(7)
    assert (walk.labels() == before).all()
    walk.wait_until_exact(model)


# Seeing.


def test_the_result_is_shown_hidden_and_as_opaque_as_one_likes(walk):
    panel, box = walk.panel("result"), walk.page.get_by_role("checkbox", name="Show the result")
    opacity = panel.get_by_role("slider", name="Opacity")
    opacity.fill("1")
    colours = walk.canvas_pixels().astype(int)
    assert {tuple(colour) for colour in colours.reshape(-1, 3)} <= {tuple(colour) for colour in walk.colours(numpy.arange(1, 6)).astype(int)}
    box.uncheck()
    image = walk.canvas_pixels().astype(int)
    assert abs(image - walk.pixels).max() <= (0 if walk.path.suffix == ".png" else 2)
    box.check()
    for share in (0.25, 0.5, 0.75):
        opacity.fill(str(share))
        off = walk.canvas_pixels() - (image * (1 - share) + colours * share)
        assert abs(off).max() <= 2, share
    opacity.fill("0.5")


def test_the_exact_overlay_is_what_the_command_line_computes(walk):
    model = walk.save_model()
    labels = walk.served.folder / "exact-labels.png"
    coppice("segment", walk.path, "--model", model, "--output", labels, "--quiet")
    opacity = walk.panel("result").get_by_role("slider", name="Opacity")
    opacity.fill("1")
    shown = walk.canvas_pixels()
    opacity.fill("0.5")
    wrong = (shown != walk.colours(image_of(labels))).any(axis=2)
    assert wrong.sum() == 0


# Features.


def test_families_and_sigmas_change_the_model_and_the_picture(walk):
    opacity = walk.panel("result").get_by_role("slider", name="Opacity")
    opacity.fill("1")
    before = walk.canvas_pixels()
    # What the original begins with.
    revision = walk.wait_until_exact(walk.set_features(["Intensity", "Edges"], 0.5, 16))
    usual = walk.page.request.get(f"{walk.url}/api/v1/models/{revision}").json()["features"]
    assert (usual["families"], usual["sigmas"]) == (["intensity", "edges"], [0.5, 1, 2, 4, 8, 16])
    revision = walk.wait_until_exact(walk.set_features(["Intensity"], 1, 4))
    changed = walk.page.request.get(f"{walk.url}/api/v1/models/{revision}").json()["features"]
    assert (changed["families"], changed["sigmas"]) == (["intensity"], [1, 2, 4])
    assert (walk.canvas_pixels() != before).any()
    # The last family stays.
    walk.panel("features").get_by_label("Intensity", exact=True).click()
    expect(walk.page.locator("#message")).to_have_text("One family at least is needed.")
    assert walk.panel("features").get_by_label("Intensity", exact=True).is_checked()
    walk.wait_until_exact(walk.set_features(["Intensity", "Edges", "Texture"], 0.5, 16))
    assert (walk.canvas_pixels() == before).all(), "the same settings give the same picture"
    opacity.fill("0.5")


def test_sigmas_reach_as_far_as_the_originals(walk):
    panel = walk.panel("features")
    before = walk.model()["revision"]
    for label, value in (("Finest σ in pixels", "0.01"), ("Coarsest σ in pixels", "20")):
        field = panel.get_by_label(label)
        field.fill(value)
        field.press("Enter")
        walk.until(lambda: float(value) in walk.get("project")["settings"]["features"].values())
    revision = walk.wait_until_exact(before)
    sigmas = walk.page.request.get(f"{walk.url}/api/v1/models/{revision}").json()["features"]["sigmas"]
    assert sigmas[0] == pytest.approx(0.01) and sigmas[-1] == pytest.approx(20) and len(sigmas) == 11
    walk.wait_until_exact(walk.set_features(["Intensity", "Edges", "Texture"], 0.5, 16))


# Downloads.


def test_the_downloaded_classifier_is_the_model_that_the_command_line_reads(walk):
    model = walk.save_model()
    assert model.read_bytes() == walk.page.request.get(f"{walk.url}/api/v1/models/{walk.model()['revision']}").body()
    text = coppice("inspect", model)
    assert all(f"Class {number}" in text for number in range(1, 6)), text


def test_the_segmented_picture_is_blended_as_the_originals(walk):
    model = walk.save_model()
    run, files = walk.run("This image", ["Labels", "Overlay"], "PNG")
    stem = walk.path.stem
    assert sorted(files) == [f"{stem}-labels.png", f"{stem}-overlay.png"]
    again = walk.served.folder / "again"
    again.mkdir(exist_ok=True)
    coppice("segment", walk.path, "--model", model, "--output", again / "labels.png", "--overlay", again / "overlay.png", "--quiet")
    assert files[f"{stem}-labels.png"].read_bytes() == (again / "labels.png").read_bytes()
    assert files[f"{stem}-overlay.png"].read_bytes() == (again / "overlay.png").read_bytes()
    labels, overlay = image_of(again / "labels.png"), image_of(again / "overlay.png").astype(int)
    blended = numpy.floor((walk.pixels.astype(int) * 127 + walk.colours(labels).astype(int) * 128) / 255 + 0.5)
    assert abs(overlay - blended).max() <= (0 if walk.path.suffix == ".png" else 1)


def test_strokes_in_the_originals_json_give_the_same_labels(walk):
    path = walk.export_strokes("Plotly shapes")
    shapes = json.loads(path.read_bytes())["shapes"]
    assert [(shape["line"]["color"], shape["line"]["width"]) for shape in shapes] == [(COLOURS[number - 1], width) for number, width, _ in STROKES]
    for shape in shapes:
        assert shape["type"] == "path" and re.fullmatch(r"M-?[\d.]+,-?[\d.]+(L-?[\d.]+,-?[\d.]+)+", shape["path"])
        assert (shape["editable"], shape["xref"], shape["yref"], shape["layer"], shape["opacity"], shape["line"]["dash"]) == (True, "x", "y", "above", 1, "solid")
    text = coppice("annotations", "info", path)
    assert "plotly shapes" in text and re.search(r"^shapes +7: 7 strokes$", text, re.MULTILINE), text
    for number, colour in enumerate(COLOURS, 1):
        count = sum(one[0] == number for one in STROKES)
        assert re.search(rf"^class {number} +{colour} +Class {number} +{count} shapes?$", text, re.MULTILINE), text
    labels = walk.served.folder / "plotly-labels.png"
    coppice("annotations", "convert", path, labels, "--image", walk.path)
    assert (image_of(labels) == walk.labels()).all()
    assert (image_of(walk.export_strokes("Label image")) == walk.labels()).all()


def figure(shapes):
    """Shapes as the original's figure has them."""
    drawn = [{"editable": True, "xref": "x", "yref": "y", "layer": "above", "opacity": 1, "line": {"color": colour, "width": width, "dash": "solid"},
              "fillcolor": "rgba(0,0,0,0)", "fillrule": "evenodd", "type": "path", "path": path} for colour, width, path in shapes]
    return {"data": [], "layout": {"shapes": drawn, "dragmode": "drawopenpath"}}


def unpainted(labels):
    """A place with nothing painted 50 pixels to its right, and 12 above and below."""
    y = next(y for y in range(12, labels.shape[0] - 12) if not labels[y - 12:y + 12, :60].any())
    return 10, y


def test_the_originals_shapes_are_taken_in_by_its_rule(walk):
    before, model = walk.labels(), walk.model()["revision"]
    x, y = unpainted(before)
    shapes = figure([(COLOURS[2], 8, f"M{x},{y}L{x + 10},{y}"), (COLOURS[4], 2, f"M{x + 20}.143,{y - 4}.500L{x + 30}.143,{y - 4}.500"), (COLOURS[0], 4, f"M{x + 40},{y}L{x + 40},{y}")])
    walk.import_strokes("annotations.json", json.dumps(shapes).encode())
    walk.wait_for_shapes(10)
    # Butt caps, and every pixel that is touched; a later one on top; a line without length is nothing.
    expected = before.copy()
    expected[y - 4:y + 4, x:x + 10] = 3
    expected[y - 5:y - 2, x + 20:x + 31] = 5
    assert (walk.labels() == expected).all()
    assert [one["colour"] for one in walk.get("project")["classes"]] == COLOURS, "colours tell the classes"
    walk.key("Control+z")
    walk.wait_for_shapes(7)
    assert (walk.labels() == before).all()
    walk.wait_until_exact(model)


def test_shapes_that_end_the_original_are_taken_in(walk):
    before, model = walk.labels(), walk.model()["revision"]
    x, y = unpainted(before)
    line = {"color": COLOURS[1], "width": 4, "dash": "solid"}
    corners = {"rect": (x, y - 5, x + 10, y + 5), "line": (x + 14, y, x + 24, y), "circle": (x + 30, y - 5, x + 40, y + 5)}
    shapes = [{"type": kind, "xref": "x", "yref": "y", "line": line, **dict(zip(("x0", "y0", "x1", "y1"), places))} for kind, places in corners.items()]
    beside = {"type": "rect", "xref": "paper", "yref": "paper", "line": line, "x0": 0, "y0": 0, "x1": 1, "y1": 1}
    walk.import_strokes("rectangles.json", json.dumps({walk.path.name: {"shapes": [*shapes, beside]}}).encode())
    walk.wait_for_shapes(10)
    found = walk.labels()
    assert (found[y - 5:y + 5, x:x + 10] == 2).all() and (found[y - 2:y + 2, x + 14:x + 24] == 2).all() and found[y, x + 35] == 2
    rows, columns = numpy.nonzero(found != before)
    assert set(found[rows, columns]) == {2} and len(rows) == pytest.approx(100 + 40 + 78, abs=8)
    walk.key("Control+z")
    walk.wait_for_shapes(7)
    walk.wait_until_exact(model)


def test_names_and_colours_of_classes_reach_the_model(walk):
    model = walk.model()["revision"]
    walk.page.get_by_role("button", name="Edit Class 2").click()
    field = walk.page.get_by_label("Name of class 2")
    field.fill("Dermis")
    field.press("Enter")
    revision = walk.wait_until_exact(model)
    assert "Dermis" in walk.page.request.get(f"{walk.url}/api/v1/models/{revision}").text()
    walk.key("Control+z")
    walk.wait_until_exact(revision)
    assert "Dermis" not in walk.save_model().read_text()


# New images, and the command line.


def test_new_images_are_segmented_as_by_the_command_line(walk):
    later = walk.served.folder / "later"
    later.mkdir(exist_ok=True)
    names = [f"time-{number}.png" for number in (1, 2)]
    for name, pixels in zip(names, (walk.pixels[:, ::-1], numpy.roll(walk.pixels, 40, axis=0))):
        Image.fromarray(pixels).save(later / name)
    model = walk.save_model()
    walk.panel("images")
    walk.page.get_by_label("Upload images").set_input_files([later / name for name in names])
    walk.until(lambda: len(walk.get("project")["images"]) == 3)
    images = walk.get("project")["images"]
    run, files = walk.run("All images of the project", ["Labels", "Overlay"], "PNG")
    assert walk.save_model().read_bytes() == model.read_bytes(), "images without strokes change no model"
    out = walk.served.folder / "series"
    out.mkdir(exist_ok=True)
    coppice("segment", walk.path, *(later / name for name in names), "--model", model, "--output", out / "{name}-labels.png", "--overlay", out / "{name}-overlay.png", "--quiet")
    assert sorted(files) == sorted(path.name for path in out.iterdir()) and len(files) == 6
    for name, path in files.items():
        assert path.read_bytes() == (out / name).read_bytes(), name
    jobs = re.findall(r"(\d+) of (\d+) jobs", coppice("status", run["directory"]))
    assert len(jobs) >= 3 and all(done == total for done, total in jobs)
    for image in images[1:]:
        walk.page.get_by_role("button", name=f"Remove {image['name']}").click()
    walk.until(lambda: len(walk.get("project")["images"]) == 1)


def test_the_exported_project_trains_to_the_same_model(walk):
    model = walk.save_model()
    folder = walk.served.folder / f"export-{walk.model()['revision']}"
    panel = walk.panel("exchange")
    panel.get_by_label("Folder to export to").fill(str(folder))
    panel.get_by_role("button", name="Export the project").click()
    walk.until((folder / "train.sh").exists)
    environment = {**os.environ, "PATH": f"{COPPICE.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", folder / "train.sh", "--local", "1", "--quiet"], env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert (folder / "model.json").read_bytes() == model.read_bytes()


# The table.


def test_every_test_that_the_table_names_is_there():
    here = pathlib.Path(__file__).parent
    tests = set(re.findall(r"^def test_(\w+)", "".join(path.read_text() for path in here.glob("test_*.py")), re.MULTILINE))
    table = (here.parents[1] / "Docs/Original.md").read_text()
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+){3,})`", table))
    assert len(named) >= 15 and named <= tests, named - tests
