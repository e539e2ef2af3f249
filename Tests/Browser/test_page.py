"""The annotator's page as people use it: by names that can be seen, by keys, by several tabs, without a network."""
import pathlib
import re
import uuid

from playwright.sync_api import expect

from canvases import shows
from conftest import Annotator

PAGE = pathlib.Path(__file__).parents[2] / "Sources/Coordinator/Annotator/Page"


def points(path):
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", path)]


# The first minute.


def test_one_class_alone_gives_no_result_and_says_why(annotator):
    annotator.stroke(200, 150, 320, 160)
    annotator.wait_for_shapes(1)
    annotator.page.locator("#guide", has_text="Now choose Class 2").wait_for()


# Strokes.


def test_a_stroke_is_a_simplified_path_of_the_brushs_width(annotator):
    annotator.page.get_by_role("button", name="Brush of 16 pixels").click()
    annotator.stroke(200, 200, 400, 200, steps=20)
    [stroke] = annotator.wait_for_shapes(1)
    assert stroke["class"] == 1
    assert stroke["shape"]["type"] == "stroke" and stroke["shape"]["width"] == 16
    assert len(points(stroke["shape"]["path"])) == 2, "a straight line needs two points"
    annotator.page.get_by_role("button", name="Brush of 8 pixels").click()


def test_what_is_trained_is_shown_at_high_zoom_after_a_stroke_and_after_hiding(annotator):
    """A mask is of whole pixels of the image; the edges of a stroke as drawn are not."""
    page = annotator.page
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    mask = lambda: annotator.picture("viewer-shapes")[..., 3]
    is_mask = lambda alpha: (alpha == 255).any() and ((alpha == 0) | (alpha == 255)).all()
    annotator.stroke(200, 200, 330, 290)
    annotator.wait_for_shapes(1)
    annotator.until(mask, is_mask, "expected the mask of what is trained")
    annotator.canvas.focus()
    page.keyboard.down("i")
    annotator.until(mask, lambda alpha: not alpha.any(), "expected the image alone")
    page.keyboard.up("i")
    annotator.until(mask, is_mask, "expected the mask again")


def test_a_click_of_the_brush_paints_a_disk(annotator):
    annotator.click(250, 250)
    [disk] = annotator.wait_for_shapes(1)
    assert disk["shape"]["type"] == "ellipse" and disk["shape"]["width"] == disk["shape"]["height"] == 8


def test_undo_and_redo_survive_a_reload(annotator):
    annotator.stroke(200, 200, 300, 200)
    annotator.stroke(200, 260, 300, 260)
    before = [shape["id"] for shape in annotator.wait_for_shapes(2)]
    annotator.open()
    annotator.key("Control+z")
    assert [shape["id"] for shape in annotator.wait_for_shapes(1)] == before[:1]
    annotator.open()
    annotator.key("Control+z")
    annotator.wait_for_shapes(0)
    annotator.key("Control+Shift+Z", "Control+y")
    assert [shape["id"] for shape in annotator.wait_for_shapes(2)] == before


def test_undo_takes_only_ones_own(annotator, open_context):
    annotator.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    other = Annotator(open_context().new_page(), annotator.url).open()
    other.stroke(200, 260, 300, 260)
    mine, theirs = annotator.wait_for_shapes(2)
    annotator.key("Control+z")
    assert [shape["id"] for shape in annotator.wait_for_shapes(1)] == [theirs["id"]]


def test_who_comes_and_is_renamed_is_shown_to_the_others(annotator, open_context):
    people = annotator.panel("people")
    other = Annotator(open_context().new_page(), annotator.url).open()
    name = f"Ada {uuid.uuid4().hex[:6]}"
    other.panel("people").get_by_role("textbox", name="Your name").fill(name)
    other.page.keyboard.press("Enter")
    expect(people.get_by_role("listitem").filter(has_text=name)).to_be_visible()


def test_escape_drops_a_stroke(annotator):
    mouse = annotator.page.mouse
    mouse.move(*annotator.at(200, 200))
    mouse.down()
    mouse.move(*annotator.at(300, 220))
    annotator.page.keyboard.press("Escape")
    mouse.up()
    annotator.stroke(200, 300, 300, 300)
    assert len(annotator.wait_for_shapes(1)) == 1


def test_every_tool_makes_its_shape(annotator):
    annotator.tool("Line")
    annotator.click(150, 150)
    annotator.click(250, 170)
    assert annotator.wait_for_shapes(1)[-1]["shape"]["type"] == "stroke"
    annotator.tool("Polygon")
    for place in ((300, 150), (380, 150), (340, 220)):
        annotator.click(*place)
    annotator.key("Enter")
    polygon = annotator.wait_for_shapes(2)[-1]["shape"]
    assert polygon["type"] == "area" and len(polygon["polygons"][0][0]) == 3
    annotator.tool("Rectangle")
    annotator.stroke(420, 150, 480, 200)
    assert annotator.wait_for_shapes(3)[-1]["shape"]["type"] == "rectangle"
    annotator.click(500, 150)
    annotator.click(540, 190)
    assert annotator.wait_for_shapes(4)[-1]["shape"]["type"] == "rectangle"
    annotator.tool("Brush")
    mouse = annotator.page.mouse
    mouse.move(*annotator.at(200, 300))
    mouse.down()
    for place in ((300, 300), (300, 380), (200, 380), (200, 305)):
        mouse.move(*annotator.at(*place), steps=4)
    mouse.up()
    annotator.wait_for_shapes(5)
    annotator.tool("Fill")
    annotator.click(250, 340)
    assert annotator.wait_for_shapes(6)[-1]["shape"]["type"] == "area"
    annotator.tool("Eraser")
    annotator.stroke(250, 330, 280, 330)
    eraser = annotator.wait_for_shapes(7)[-1]
    assert eraser["class"] == 0 and eraser["shape"]["width"] == 24
    annotator.tool("Remove")
    annotator.click(450, 175)
    kinds = [shape["shape"]["type"] for shape in annotator.wait_for_shapes(6)]
    assert kinds.count("rectangle") == 1


def test_a_stroke_is_set_aside_by_a_click(annotator):
    annotator.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    annotator.tool("Set aside")
    annotator.click(250, 200)
    annotator.until(annotator.shapes, lambda shapes: shapes[0].get("isSetAside"), "expected a stroke that is set aside")
    annotator.click(250, 200)
    annotator.until(annotator.shapes, lambda shapes: not shapes[0].get("isSetAside"), "expected a stroke that trains")


def test_an_export_says_that_it_leaves_out_what_is_set_aside(annotator):
    annotator.stroke(200, 200, 300, 200)
    [stroke] = annotator.wait_for_shapes(1)
    panel, said = annotator.panel("exchange"), "What is set aside is left out of this file."
    expect(panel.get_by_role("link", name="Download the strokes")).to_be_visible()
    expect(panel.get_by_text(said)).to_have_count(0)
    annotator.send("setAside", shapes=[stroke["id"]], isSetAside=True)
    expect(panel.get_by_text(said)).to_be_visible()
    annotator.send("setAside", shapes=[stroke["id"]], isSetAside=False)
    expect(panel.get_by_text(said)).to_have_count(0)


def test_the_score_of_what_is_set_aside_is_in_the_report(annotator):
    annotator.panel("report")
    page = annotator.page
    for row in (200, 240):
        annotator.stroke(200, row, 300, row)
    annotator.choose_class("Class 2")
    for row in (350, 390):
        annotator.stroke(200, row, 300, row)
    annotator.wait_for_shapes(4)
    annotator.wait_for_model()
    expect(page.locator("#panel-report")).to_contain_text("Nothing is set aside.")
    annotator.tool("Set aside")
    annotator.click(250, 240)
    annotator.click(250, 390)
    table = page.get_by_role("region", name="Confusion of classes on what is set aside")
    expect(table).to_be_visible(timeout=30_000)
    expect(table.get_by_role("row")).to_have_count(3)
    expect(page.locator("#panel-report")).to_contain_text(re.compile(r"% of [\d,]+ pixels"))


def test_held_keys_change_the_tool_only_while_they_are_held(annotator):
    page = annotator.page
    annotator.canvas.focus()
    page.keyboard.down("Alt")
    annotator.stroke(200, 200, 260, 200)
    page.keyboard.up("Alt")
    annotator.stroke(200, 240, 260, 240)
    assert [shape["class"] for shape in annotator.wait_for_shapes(2)] == [0, 1]
    page.keyboard.down("Space")
    annotator.stroke(300, 300, 340, 300)
    page.keyboard.up("Space")
    # The next stroke comes after what the last one would have made.
    annotator.stroke(200, 280, 260, 280)
    assert [shape["class"] for shape in annotator.wait_for_shapes(3)] == [0, 1, 1]


def test_a_key_that_is_released_within_a_stroke_is_released(annotator):
    page = annotator.page
    annotator.canvas.focus()
    page.keyboard.down("Alt")
    page.mouse.move(*annotator.at(200, 200))
    page.mouse.down()
    page.mouse.move(*annotator.at(230, 200))
    page.keyboard.up("Alt")
    page.mouse.move(*annotator.at(260, 200))
    page.mouse.up()
    assert annotator.tool_name == "Brush"
    annotator.stroke(200, 240, 260, 240)
    assert [shape["class"] for shape in annotator.wait_for_shapes(2)] == [0, 1]


def test_the_brush_has_any_width_from_1_to_2048(annotator):
    field = annotator.page.get_by_label("Width of the brush in pixels of the image")
    for entered, kept in (("2048", "2048"), ("5000", "2048"), ("0", "1"), ("8", "8")):
        field.fill(entered)
        field.press("Enter")
        assert field.input_value() == kept
    annotator.key("]", "]")
    assert int(field.input_value()) > 8
    annotator.key("[", ",")
    field.fill("8")
    field.press("Enter")


# The keyboard.


def test_letters_in_a_field_are_letters(annotator):
    annotator.panel("people")
    field = annotator.page.get_by_label("Your name")
    field.click()
    field.press_sequentially("Pepe 12")
    assert annotator.tool_name == "Brush"
    field.fill("")


def test_changed_keys_are_kept_after_a_reload(annotator):
    page = annotator.page
    annotator.key("?")
    panel = page.locator("#panel-help")
    panel.get_by_role("button", name="Change the key of Rectangle").click()
    page.keyboard.press("q")
    panel.get_by_role("button", name="Change the key of Rectangle: now Q").wait_for()
    # A key that another action has changes hands.
    panel.get_by_role("button", name="Change the key of Line").click()
    page.keyboard.press("b")
    panel.get_by_role("button", name="Change the key of Brush: now none").wait_for()
    annotator.open()
    for key, tool in (("q", "Rectangle"), ("b", "Line"), ("r", "Line"), ("v", "Line")):
        annotator.key(key)
        assert annotator.tool_name == tool
    annotator.panel("help").get_by_role("button", name="Keys as they were").click()
    for key, tool in (("b", "Brush"), ("q", "Brush"), ("v", "Line"), ("r", "Rectangle")):
        annotator.key(key)
        assert annotator.tool_name == tool


# Classes.


def test_classes_are_added_renamed_recoloured_ordered_hidden_and_deleted(annotator):
    page = annotator.page
    page.get_by_role("button", name="Add a class").click()
    added = annotator.wait_for_classes(lambda classes: len(classes) == 3, "expected a third class")[-1]
    page.get_by_role("button", name=f"Edit {added['name']}").click()
    field = page.get_by_label(f"Name of class {added['number']}")
    field.fill("Nuclei")
    field.press("Enter")
    page.get_by_role("button", name="Edit Nuclei").click()
    page.get_by_role("button", name="Vermilion").click()
    page.get_by_role("button", name="Move Nuclei up").click()
    page.get_by_role("button", name="Hide Nuclei").click()
    classes = annotator.wait_for_classes(lambda classes: any(one["isHidden"] for one in classes), "expected a hidden class")
    assert [one["number"] for one in classes] == [1, added["number"], 2]
    assert classes[1]["name"] == "Nuclei" and classes[1]["colour"].upper() == "#D55E00"
    page.get_by_role("button", name="Show Nuclei").click()
    annotator.wait_for_classes(lambda classes: not any(one["isHidden"] for one in classes), "expected no hidden class")
    page.get_by_role("button", name="Delete Nuclei").click()
    annotator.wait_for_classes(lambda classes: [one["number"] for one in classes] == [1, 2], "expected classes 1 and 2")
    page.get_by_role("button", name="Add a class").click()
    classes = annotator.wait_for_classes(lambda classes: len(classes) == 3, "expected a third class")
    assert classes[-1]["number"] > added["number"], "a number is never given twice"


def test_a_name_is_given_once_and_one_undo_takes_it_back(annotator):
    page = annotator.page
    before = annotator.get("project")["sequence"]
    page.get_by_role("button", name="Edit Class 2").click()
    field = page.get_by_label("Name of class 2")
    field.fill("Rest")
    field.press("Enter")
    annotator.wait_for_classes(lambda classes: classes[1]["name"] == "Rest", "expected a class named Rest")
    annotator.key("Control+z")
    annotator.wait_for_classes(lambda classes: classes[1]["name"] == "Class 2", "expected a class named Class 2")
    kinds = [one["kind"] for one in annotator.get(f"operations?after={before}")["operations"]]
    assert kinds == ["changeClass", "undo"]


def test_a_name_that_is_typed_stays_when_others_change_classes(annotator):
    page = annotator.page
    page.get_by_role("button", name="Edit Class 1").click()
    field = page.get_by_label("Name of class 1")
    field.fill("Nuc")
    field.press("Home")
    annotator.send("changeClass", number=2, name="Rest")
    expect(page.get_by_role("button", name="Edit Rest")).to_be_visible()
    page.keyboard.type("All ")
    expect(field).to_have_value("All Nuc")
    expect(field).to_be_focused()


def test_a_deleted_class_comes_back_with_its_strokes(annotator):
    annotator.key("2")
    annotator.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    annotator.page.get_by_role("button", name="Edit Class 2").click()
    annotator.page.get_by_role("button", name="Delete Class 2").click()
    annotator.wait_for_classes(lambda classes: [one["number"] for one in classes] == [1], "expected class 1 alone")
    annotator.key("Control+z")
    annotator.wait_for_classes(lambda classes: [one["number"] for one in classes] == [1, 2], "expected classes 1 and 2")
    assert annotator.wait_for_shapes(1)[0]["class"] == 2


def test_a_hidden_class_leaves_the_result_without_a_request(annotator, watch):
    page = annotator.page
    annotator.paint_two_classes()
    first, second = [one["colour"] for one in annotator.classes()]
    plain = annotator.without_result()
    shown = annotator.until(annotator.picture, lambda pixels: shows(pixels, plain, second).any(), "expected the colour of class 2")
    tiles = [request.url for request in watch.requests if "/tiles/" in request.url]
    page.get_by_role("button", name="Hide Class 2").click()
    hidden = annotator.until(annotator.picture, lambda pixels: not shows(pixels, plain, second).any(), "expected no colour of class 2")
    assert (shows(hidden, plain, first) == shows(shown, plain, first)).all(), "class 1 stays"
    page.get_by_role("button", name="Show Class 2").click()
    annotator.until(annotator.picture, lambda pixels: (pixels == shown).all(), "expected the whole result again")
    assert [request.url for request in watch.requests if "/tiles/" in request.url] == tiles


# Earlier models.


def test_an_earlier_model_is_compared_without_requests_for_opacity_and_restored(annotator):
    page = annotator.page
    annotator.paint_two_classes()
    first = int(re.search(r"\d+", page.locator("#live p").inner_text())[0])
    annotator.stroke(200, 320, 320, 340)
    annotator.wait_for_shapes(3)
    expect(page.locator("#live p")).to_have_text(re.compile(rf"^Model (?!{first},)\d+, up to date"))
    annotator.wait_for_exact()
    opacity = annotator.panel("result").get_by_role("slider", name="Opacity")
    opacity.fill("1")
    panel = annotator.panel("models")
    panel.get_by_role("button", name=f"Compare with Model {first}", exact=True).click()
    colour = [int(annotator.classes()[1]["colour"][at:at + 2], 16) for at in (1, 3, 5)]
    has_result = lambda pixels: (pixels[..., :3] == colour).all(axis=2).any()
    annotator.until(lambda: annotator.picture("holder .viewer-image"), has_result, "expected the result of the earlier model")
    annotator.picture_at_rest()
    requests = []
    page.on("request", lambda request: requests.append(request.url) if "/tiles/" in request.url else None)
    for share in ("0.9", "0.7", "0.5"):
        opacity.fill(share)
    annotator.until(lambda: annotator.picture("holder .viewer-image"), lambda pixels: not has_result(pixels), "expected the image below the result")
    opacity.fill("1")
    annotator.until(lambda: annotator.picture("holder .viewer-image"), has_result, "expected the same result again")
    opacity.fill("0.5")
    assert requests == []
    page.get_by_role("button", name="Close the comparison").click()
    expect(page.locator("#compare")).to_be_hidden()
    panel.get_by_role("button", name=f"Restore Model {first}", exact=True).click()
    expect(page.locator("#live p")).to_have_text(re.compile("one stroke newer"))


# Nothing is lost, and tabs share.


def test_a_changed_image_is_used_only_after_a_yes(annotator):
    page = annotator.page
    annotator.expected.append("422")
    sent = []

    def changed(route):
        answer = route.fetch()
        document = answer.json()
        document["images"][0].update(problem="the file has changed since it was added", problemKind="changed")
        route.fulfill(response=answer, json=document)

    def refuse(route):
        sent.extend(route.request.post_data_json["operations"])
        route.fulfill(status=422, json={"code": "bad_operation", "message": "operations[0]: not in this test", "retryable": False})

    image = annotator.get("project")["images"][0]
    page.route("**/api/v1/project", changed)
    page.route(re.compile("/match"), lambda route: route.fulfill(json={"isSame": False}))
    page.route(re.compile("/api/v1/operations\\?project"), refuse)
    annotator.open()
    card = annotator.panel("images").get_by_role("listitem").filter(has_text=image["name"])
    expect(card).to_contain_text("the file has changed since it was added")
    use = card.get_by_role("button", name=f"Use the changed file for {image['name']}")
    use.click()
    expect(card).to_contain_text("strokes may lie beside what they meant")
    card.get_by_role("button", name="Keep it as it is").click()
    expect(use).to_be_visible()
    assert sent == []
    use.click()
    yes = card.get_by_role("button", name=f"Use it for {image['name']}")
    expect(yes).to_be_focused()
    yes.click()
    expect(use).to_be_visible()
    expect(page.locator("#message")).to_contain_text("not in this test")
    assert [(one["kind"], one["image"], one["path"]) for one in sent] == [("relinkImage", image["id"], image["path"])]
    page.unroute_all()


def test_strokes_of_a_tab_without_network_arrive_later(annotator):
    page = annotator.page
    annotator.expected.append("Failed to load resource")
    tries = []
    page.route(re.compile("/api/v1/operations"), lambda route: (tries.append(route), route.abort()))
    annotator.stroke(200, 200, 300, 200)
    annotator.stroke(200, 240, 300, 240)
    annotator.until(lambda: len(tries), lambda count: count > 1, "expected a second try")
    assert annotator.shapes() == []
    page.unroute_all()
    annotator.open()
    shapes = annotator.wait_for_shapes(2)
    heights = [points(shape["shape"]["path"])[0][1] for shape in shapes]
    assert heights == sorted(heights), "in the order in which they were painted"


def test_strokes_wait_while_another_project_is_served(annotator):
    page = annotator.page
    annotator.expected.append("409")
    project = annotator.get("project")["id"]
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=409, json={"code": "other_project", "message": "another project is served here now", "retryable": False})

    page.route(re.compile("/api/v1/operations"), refuse)
    with page.expect_navigation(timeout=5000):
        annotator.stroke(200, 200, 300, 200)
    assert asked[0].endswith(f"?project={project}"), "every request says whose the strokes are"
    page.unroute_all()
    annotator.open()
    annotator.wait_for_shapes(1)


def test_without_shared_workers_a_tab_has_its_own_stream(context, annotator):
    page = context.new_page()
    page.add_init_script("delete window.SharedWorker")
    alone = Annotator(page, annotator.url).open()
    alone.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    annotator.stroke(200, 260, 300, 260)
    annotator.wait_for_shapes(2)
    page.bring_to_front()
    alone.tool("Remove")
    alone.click(250, 260)
    annotator.wait_for_shapes(1)


def test_eight_tabs_share_one_stream(annotator, context):
    tabs = [annotator] + [Annotator(context.new_page(), annotator.url).open() for _ in range(7)]
    for index, tab in enumerate(tabs):
        tab.page.bring_to_front()
        tab.stroke(150 + 20 * index, 200, 150 + 20 * index, 300)
    annotator.wait_for_shapes(8)
    for left, tab in zip(range(7, -1, -1), tabs):
        tab.page.bring_to_front()
        # All tabs are one person: each undoes the last stroke of all, once it has heard of it.
        tab.key("Control+z")
        annotator.wait_for_shapes(left)


# Honest.


def test_every_module_is_loaded_at_once():
    """A module that is found only in another one costs a round trip more."""
    found, queue = set(), ["main.js"]
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.add(name)
        text = (PAGE / name).read_text()
        for path in re.findall(r'^import[^"\n]*"(\.[^"]+)"', text, re.MULTILINE):
            queue.append(str((PAGE / name).parent.joinpath(path).resolve().relative_to(PAGE.resolve())))
    listed = set(re.findall(r'modulepreload" href="/page/([^"]+)"', (PAGE / "index.html").read_text()))
    assert listed == found - {"main.js"}


def test_a_refused_change_is_taken_back_and_said(annotator):
    annotator.expected.append("422")
    page = annotator.page
    page.get_by_role("button", name="Edit Class 2").click()
    field = page.get_by_label("Name of class 2")
    field.fill("Class 1")
    field.press("Enter")
    expect(page.locator("#message")).to_have_text(re.compile("Not taken"))
    assert [one["name"] for one in annotator.get("project")["classes"]] == ["Class 1", "Class 2"]
    expect(page.get_by_role("list", name="Classes").get_by_text("Class 2")).to_be_visible()


def test_a_stroke_of_a_hidden_class_is_kept_and_said(annotator):
    page = annotator.page
    page.get_by_role("button", name="Hide Class 1").click()
    annotator.stroke(200, 200, 300, 200)
    expect(page.locator("#message")).to_have_text(re.compile("Class 1 is hidden"))
    assert annotator.wait_for_shapes(1)[0]["class"] == 1
    page.get_by_role("button", name="Show Class 1").click()
    annotator.wait_for_classes(lambda classes: not any(one["isHidden"] for one in classes), "expected no hidden class")


def test_hidden_strokes_come_back_when_one_paints(annotator):
    box = annotator.page.get_by_label("Show the strokes")
    box.uncheck()
    annotator.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    expect(box).to_be_checked()
