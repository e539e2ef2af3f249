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


def test_one_class_alone_gives_no_result_and_says_why(open_context, start_server):
    # A server of its own: where there is a model, there is nothing to say.
    url = start_server().url
    annotator = Annotator(open_context().new_page(), url)
    annotator.page.goto(url + "/")
    annotator.reset()
    annotator.open().stroke(200, 150, 320, 160)
    annotator.wait_for_shapes(1)
    annotator.page.locator("#guide", has_text="Now choose Class 2").wait_for()


def test_an_image_that_is_being_prepared_says_how_far_it_is_and_keeps_its_tiles(annotator):
    page = annotator.page
    answers = []

    def unready(route):
        answer = route.fetch()
        answers.append(answer)
        route.fulfill(response=answer, json={**answer.json(), "isReady": False, "progress": 0.25 if len(answers) < 3 else 0.5})

    page.route(re.compile(r"/api/v1/images/[^/?]+$"), unready)
    annotator.open()
    annotator.picture_at_rest()
    tiles = []
    page.on("request", lambda request: tiles.append(request.url) if "/tiles/" in request.url else None)
    before = len(answers)
    annotator.until(lambda: len(answers), lambda count: count > max(before, 3) + 2, "expected that the page asks again")
    expect(page.locator("#guide")).to_have_text(re.compile("^Preparing .+: 50 %[.]$"))
    expect(page.locator("#live p")).to_have_text("Preparing the image: 50 %")
    assert tiles == [], "an answer that says nothing new lets tiles be"
    page.unroute_all(behavior="ignoreErrors")
    for place in ("#guide", "#live p"):
        expect(page.locator(place)).not_to_have_text(re.compile("Preparing"))


def test_progress_of_an_image_comes_over_the_stream(annotator):
    page = annotator.page
    answers = []

    def unready(route):
        answers.append(route.fetch())
        route.fulfill(response=answers[-1], json={**answers[-1].json(), "isReady": False, "progress": 0.1})

    page.route(re.compile(r"/api/v1/images/[^/?]+$"), unready)
    told = page.evaluate("""async (id) => {
        const { Workspace } = await import("/page/workspace.js"), { Emitter } = await import("/page/ui/emitter.js");
        const stream = new Emitter(), painter = Object.assign(new Emitter(), { cancel() {}, showShapes() {}, setRaw() {} });
        const project = Object.assign(new Emitter(), { fold: { classes: new Map() }, about: { name: "" } });
        let shown = 0;
        const viewer = { overlay: { setClasses() {} }, setImage() { shown += 1; } };
        const workspace = new Workspace({ stream, project, painter, viewer, visibility: new Emitter() }), shares = [];
        workspace.on("progress", () => shares.push(workspace.info.progress));
        await workspace.open(id);
        stream.emit("progress", { image: "another", progress: 0.9 });
        for (const progress of [0.5, 0.3, 0.75]) stream.emit("progress", { image: id, progress });
        workspace.close();
        return [shares, shown];
    }""", annotator.image)
    assert told == [[0.5, 0.5, 0.75], 1]
    page.unroute_all(behavior="ignoreErrors")


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


def test_what_is_trained_of_a_hidden_class_is_left_out_without_a_request(annotator, watch):
    page = annotator.page
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    annotator.stroke(200, 200, 330, 290)
    annotator.key("2")
    annotator.stroke(200, 330, 330, 400)
    annotator.wait_for_shapes(2)
    colours = [[int(one["colour"][at:at + 2], 16) for at in (1, 3, 5)] for one in annotator.classes()]

    def masked():
        """Which classes are seen; None while edges are those of strokes as drawn."""
        pixels = annotator.picture("viewer-shapes")
        is_mask = ((pixels[..., 3] == 0) | (pixels[..., 3] == 255)).all()
        return [bool((pixels == [*colour, 255]).all(axis=2).any()) for colour in colours] if is_mask else None

    annotator.until(masked, lambda seen: seen == [True, True], "expected masks of both classes")
    asked = [request.url for request in watch.requests if "/labels/" in request.url]
    page.get_by_role("button", name="Hide Class 1").click()
    annotator.until(masked, lambda seen: seen == [False, True], "expected the mask of class 2 alone")
    page.get_by_role("button", name="Show Class 1").click()
    annotator.until(masked, lambda seen: seen == [True, True], "expected masks of both classes again")
    assert [request.url for request in watch.requests if "/labels/" in request.url] == asked


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


def test_hints_and_titles_name_the_keys_as_they_are_set(annotator):
    page, panel = annotator.page, annotator.panel("help")

    def set_key(name, key):
        panel.get_by_role("button", name=f"Change the key of {name}: now").click()
        page.keyboard.press(key)
        expect(panel.get_by_role("button", name=f"Change the key of {name}: now {key.upper()}")).to_be_visible()

    for name, key in (("Hold: move the image", "g"), ("Hold: see the image alone", "q"), ("Remove whole strokes", "j"), ("New class", "w"), ("Show or hide the result", "y"),
                      ("Next uncertain place", "t"), ("Live on or off", "m"), ("Pen down or up at the cross", "z"), ("Keys and help", "c")):
        set_key(name, key)
    for name, title in (("Remove", "Remove (J)"), ("Add a class", "Add a class (W)"), ("Hide the result", "Hide the result (Y)"), ("Live", "Train after each stroke (M)"),
                        ("Next uncertain place", "Where a stroke helps most (T)"), ("Help", "Keys and help (C)")):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("title", title)
    expect(annotator.panel("result")).to_contain_text("Hold Q to see the image alone.")
    expect(annotator.canvas).to_have_attribute("aria-label", "Image. Arrows move a cross, Z paints, C lists the keys.")
    expect(panel.locator("summary .brief")).to_have_text("C")
    hint = page.locator("#hint")
    expect(hint).to_have_text("Drag to paint. Hold G to move the image, Alt to erase.")
    annotator.tool("Eraser")
    expect(hint).to_have_text("Drag to erase. J removes whole strokes.")
    # A tool without a key is not named by one.
    set_key("Line", "j")
    expect(hint).to_have_text("Drag to erase.")
    panel.get_by_role("button", name="Keys as they were").click()
    expect(hint).to_have_text("Drag to erase. X removes whole strokes.")


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
    classes = annotator.wait_for_classes(lambda classes: [one["number"] for one in classes] == [1, added["number"], 2], "expected class 2 last")
    assert classes[1]["name"] == "Nuclei" and classes[1]["colour"].upper() == "#D55E00"
    page.get_by_role("button", name="Hide Nuclei").click()
    page.get_by_role("button", name="Show Nuclei").click()
    expect(page.get_by_role("button", name="Hide Nuclei")).to_be_visible()
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


def test_a_class_is_hidden_in_this_browser_alone(annotator, open_context):
    page = annotator.page
    other = Annotator(open_context().new_page(), annotator.url).open()
    annotator.key("2")
    annotator.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    before = annotator.get("project")["sequence"]
    page.get_by_role("button", name="Hide Class 2").click()
    annotator.open()
    show = page.get_by_role("button", name="Show Class 2")
    expect(show).to_be_visible()
    assert annotator.get("project")["sequence"] == before, "it is no operation"
    expect(other.page.get_by_role("button", name="Hide Class 2")).to_be_visible()
    annotator.key("Control+z")
    annotator.wait_for_shapes(0)
    expect(show).to_be_visible()


def test_a_class_that_an_operation_has_hidden_begins_hidden(annotator):
    page = annotator.page
    annotator.send("changeClass", number=2, isHidden=True)
    page.get_by_role("button", name="Show Class 2").click()
    annotator.open()
    expect(page.get_by_role("button", name="Hide Class 2")).to_be_visible()
    assert annotator.classes()[1]["isHidden"], "for others it begins hidden as before"


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


# Uncertain places.


def test_uncertain_places_go_on_until_labels_change(annotator):
    """Several forests come of the same labels: another one is no reason to show the same place again."""
    page = annotator.page
    page.route(re.compile("/api/v1/uncertain"), lambda route: route.fulfill(json={"x": 10, "y": 10, "uncertainty": 0.9}))
    asked = []
    page.on("request", lambda request: asked.append(int(re.search(r"after=(\d+)", request.url)[1])) if "/uncertain" in request.url else None)
    page.evaluate("""async () => {
        const { nextUncertain } = await import("/page/panels/result.js");
        const viewer = { view: { scale: 1, rect: [0, 0, 20, 20] }, zoomTo() {}, panBy() {} }, workspace = { info: { id: "one" }, plane: { z: 0, t: 0 } };
        for (const [revision, labelSequence] of [[1, 5], [2, 5], [3, 5], [4, 6], [5, 6]]) await nextUncertain({ workspace, viewer, live: { state: { model: { revision, labelSequence } } } });
    }""")
    assert asked == [0, 1, 2, 0, 1]


# Workers.


def test_who_computes_is_listed(annotator):
    panel = annotator.panel("workers")
    workers = annotator.get("workers")["workers"]
    rows = panel.get_by_role("listitem")
    expect(rows).to_have_count(len(workers))
    for worker in workers:
        row = rows.filter(has_text=worker["url"]).first
        expect(row).to_contain_text(re.compile(rf"{worker['slots']} slots? · [\d,]+ jobs? done"))
    expect(panel.locator("summary")).to_contain_text(re.compile(r"\d+ of \d+ busy"))


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


def test_hidden_strokes_come_back_when_one_paints(annotator):
    box = annotator.page.get_by_label("Show the strokes")
    box.uncheck()
    annotator.stroke(200, 200, 300, 200)
    annotator.wait_for_shapes(1)
    expect(box).to_be_checked()
