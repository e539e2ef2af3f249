"""All that goes out of the page and comes in again: each file is saved by the browser under the right name, read again, and says the same.

COPPICE is the program (.build/release/coppice without it). The image is made up.
"""
import csv
import json
import re
import uuid

import numpy
import pytest
from playwright.sync_api import expect

from served import coppice
from walk import COLOURS, NUMBERS, image_of, made_up, walking

# The page's name of a format, the name of its file, its type, what `annotations info` calls it.
FORMATS = [
    ("Coppice JSON", "scene.annotations.json", "application/json", "Coppice"),
    ("QuPath GeoJSON", "scene.geojson", "application/geo+json", "QuPath"),
    ("Plotly shapes", "scene.json", "application/json", "plotly"),
    ("ImageJ ROI zip", "scene.zip", "application/zip", "ImageJ"),
    ("ilastik project", "scene.ilp", "application/octet-stream", "ilastik"),
    ("Labkit labeling", "scene.labeling", "application/octet-stream", "Labkit"),
    ("napari shapes CSV", "scene.csv", "text/csv; charset=utf-8", "napari"),
    ("COCO", "scene.coco.json", "application/json", "COCO"),
    ("Label image", "scene-labels.png", "image/png", "label image"),
]


@pytest.fixture(scope="module")
def walk(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exchange")
    made_up(folder / "scene.png")
    made_up(folder / "other.png", seed=17)
    with walking(browser, folder, folder / "scene.png") as walk:
        # What an eraser took away is in no file, in whatever way a format says so.
        walk.tool("Eraser")
        walk.freehand([(0.20, 0.30), (0.40, 0.30)])
        walk.wait_for_shapes(8)
        walk.tool("Brush")
        walk.wait_until_exact(since=walk.get("project")["sequence"])
        yield walk


@pytest.mark.parametrize(("name", "file", "kind", "called"), FORMATS, ids=[one[0] for one in FORMATS])
def test_strokes_go_out_in_a_format_and_come_back(walk, name, file, kind, called):
    path = walk.export_strokes(name)
    assert path.name == file
    address = walk.panel("exchange").get_by_role("link", name="Download the strokes").get_attribute("href")
    assert called in coppice("annotations", "info", path)
    # The command line reads what the server trains from.
    labels = path.with_name(f"{file}.png")
    coppice("annotations", "convert", path, labels, "--image", walk.path)
    trained = walk.labels()
    assert (image_of(labels) == trained).all()
    # So does the page, on another image, with the classes that are there.
    walk.send("addImage", image=(other := str(uuid.uuid4())), path=str(walk.served.folder / "other.png"))
    walk.page.get_by_role("combobox", name="Image", exact=True).select_option(value=other)
    expect(walk.page).to_have_title(re.compile("^other.png"))
    walk.import_strokes(file, path.read_bytes())
    shapes = walk.until(lambda: walk.get(f"images/{other}/shapes?z=0&t=0")["shapes"])
    assert {shape["class"] for shape in shapes} <= {0, 1, 2, 3, 4, 5}
    assert (walk.labels(other) == trained).all()
    assert [one["colour"] for one in walk.get("project")["classes"]] == COLOURS
    walk.key("Control+z")
    walk.until(lambda: not walk.get(f"images/{other}/shapes?z=0&t=0")["shapes"])
    walk.send("removeImage", image=other)
    expect(walk.page).to_have_title(re.compile("^scene.png"))
    assert walk.page.request.get(walk.url + address).headers["content-type"] == kind


def test_what_is_no_file_of_annotations_is_refused_in_words(walk):
    before = walk.labels()
    walk.expected.append("422")
    walk.import_strokes("notes.txt", b"dear diary")
    expect(walk.page.locator("#message")).to_have_text(re.compile("notes.txt"))
    assert (walk.labels() == before).all()


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "NumPy", "OME-Zarr"])
def test_every_map_is_what_the_command_line_writes(walk, file_format):
    ending = {"PNG": "png", "TIFF": "tif", "NumPy": "npy", "OME-Zarr": "zarr"}[file_format]
    model = walk.save_model()
    run, files = walk.run("This image", ["Labels", "Probabilities", "Uncertainty", "Overlay"], file_format)
    out = walk.served.folder / f"maps-{ending}"
    out.mkdir(exist_ok=True)
    options = []
    for name, option in (("labels", "output"), ("probabilities", "probabilities"), ("uncertainty", "uncertainty"), ("overlay", "overlay")):
        kind = next(file["name"] for file in run["files"] if file["name"].startswith(f"scene-{name}")).rsplit(".", 1)[1]
        options += [f"--{option}", out / f"scene-{name}.{kind}"]
    coppice("segment", walk.path, "--model", model, *options, "--quiet")
    made = sorted(path.name for path in out.iterdir())
    assert [file["name"] for file in run["files"]] == made and len(made) >= 4
    for name in made:
        if (out / name).is_dir():
            # A folder is not downloaded: the page says where it lies.
            expect(walk.panel("runs").get_by_text(f"{name}: a folder in {run['directory']}")).to_be_visible()
            assert file_format == "OME-Zarr"
        else:
            assert files[name].read_bytes() == (out / name).read_bytes(), name
    types = {"png": "image/png", "tif": "image/tiff"}
    for name in files:
        answer = walk.page.request.get(f"{walk.url}/api/v1/runs/{run['id']}/files/{name}")
        assert answer.headers["content-type"] == types.get(name.rsplit(".")[-1], "application/octet-stream")


def test_areas_and_objects_say_what_the_labels_say(walk):
    model = walk.save_model()
    run, files = walk.run("This image", ["Labels"], "TIFF", ["Table (CSV)", "GeoJSON for QuPath", "COCO", "A number for each (TIFF)"], areas=True, of_largest=True)
    assert sorted(files) == ["areas.csv", "scene-labels-instances.tif", "scene-labels-objects.coco.json", "scene-labels-objects.csv", "scene-labels-objects.geojson", "scene-labels.tif"]
    labels = image_of(files["scene-labels.tif"])
    areas = list(csv.DictReader(files["areas.csv"].read_text().splitlines()))
    counts = {number: int((labels == number).sum()) for number in range(1, 6)}
    assert {int(row["label"]): int(row["pixels"]) for row in areas} == counts
    rows = list(csv.DictReader(files["scene-labels-objects.csv"].read_text().splitlines()))
    found = {number: sum(int(float(row["area"])) for row in rows if int(row["class"]) == number) for number in range(1, 6)}
    assert found == counts
    features = json.loads(files["scene-labels-objects.geojson"].read_text())
    features = features["features"] if isinstance(features, dict) else features
    annotations = json.loads(files["scene-labels-objects.coco.json"].read_text())["annotations"]
    instances = image_of(files["scene-labels-instances.tif"])
    assert len(features) == len(annotations) == len(rows) == int(instances.max()) == len(numpy.unique(instances[instances > 0]))
    assert sum(int(one["area"]) for one in annotations) == sum(counts.values())
    for name in ("scene-labels-objects.geojson", "scene-labels-objects.coco.json"):
        assert f"shapes    {len(rows)}" in coppice("annotations", "info", files[name])
    # The same as the command's.
    again = walk.served.folder / "again.csv"
    coppice("objects", files["scene-labels.tif"], "--image", walk.path, "--model", model, "--classes", "1,2,3,4,5", "--output", again, "--quiet")
    assert again.read_text() == files["scene-labels-objects.csv"].read_text()
    _, files = walk.run("This image", ["Labels"], "TIFF", ["Table (CSV)"])
    classes = {int(row["class"]) for row in csv.DictReader(files["scene-labels-objects.csv"].read_text().splitlines())}
    assert classes == set(counts) - {max(counts, key=counts.get)}, "the largest class is the background"


def test_a_cleaned_run_is_what_the_commands_write(walk):
    model, revision = walk.save_model(), walk.model()["revision"]
    run, files = walk.run("This image", ["Labels"], "PNG", ["Table (CSV)"], numbers=dict(zip(NUMBERS, ["1.5", "40", "30", "200"])), splits=True)
    card = walk.panel("runs").get_by_role("listitem").filter(has=walk.page.get_by_text("done")).first
    expect(card).to_contain_text(re.compile(rf"Model {revision}, .*smoothed by σ 1[.]5 px · regions below 40 px dissolved · holes below 30 px filled"))
    labels, plain, objects = (walk.served.folder / name for name in ("cleaned.png", "plain.png", "cleaned.csv"))
    coppice("segment", walk.path, "--model", model, "--smooth", "1.5", "--min-region", "40", "--fill-holes", "30", "--output", labels, "--quiet")
    coppice("segment", walk.path, "--model", model, "--output", plain, "--quiet")
    assert files["scene-labels.png"].read_bytes() == labels.read_bytes() != plain.read_bytes()
    coppice("objects", labels, "--image", walk.path, "--model", model, "--min-area", "200", "--split", "--output", objects, "--quiet")
    assert files["scene-labels-objects.csv"].read_text() == objects.read_text()


def test_a_run_that_failed_goes_on_once_what_was_wrong_is_mended(walk):
    day = walk.served.folder / "day"
    day.mkdir()
    (day / "whole.png").write_bytes(walk.path.read_bytes())
    (day / "broken.png").write_bytes(b"no image")
    panel = walk.panel("runs")
    known = {run["id"] for run in walk.get("runs")["runs"]}
    panel.get_by_label("What to segment").select_option(label="A folder on the server")
    panel.get_by_label("Folder", exact=True).fill(str(day))
    panel.get_by_label("File format").select_option(label="TIFF")
    panel.get_by_role("button", name="Segment", exact=True).click()
    run = walk.until(lambda: next((run for run in walk.get("runs")["runs"] if run["id"] not in known and run["state"] not in ("waiting", "running")), None))
    assert run["state"] == "failed" and "broken.png" in run["message"], run
    (day / "broken.png").write_bytes(walk.path.read_bytes())
    panel.get_by_role("button", name="Go on", exact=True).click()
    run = walk.until(lambda: (now := walk.get(f"runs/{run['id']}")) and now["state"] == "done" and now)
    expect(panel.get_by_role("button", name="Go on", exact=True)).to_have_count(0)
    assert {"broken-labels.tif", "whole-labels.tif"} <= {file["name"] for file in run["files"]}
    panel.get_by_label("What to segment").select_option(label="This image")


def test_earlier_models_are_downloaded_too(walk):
    revision = walk.model()["revision"]
    path = walk.save(walk.panel("models").get_by_role("link", name=f"Download Model {revision}", exact=True), f"model-{revision}.json")
    assert path.read_bytes() == walk.save_model().read_bytes()


def test_a_backup_is_the_whole_project(walk):
    place = walk.served.folder / "backup.coppice"
    panel = walk.panel("exchange")
    panel.get_by_label("File or folder to back up to").fill(str(place))
    panel.get_by_role("button", name="Back up").click()
    walk.until(place.exists)
    expect(walk.page.locator("#message")).to_have_text(re.compile("backup"))
    assert place.read_bytes()[:15] == b"SQLite format 3"
