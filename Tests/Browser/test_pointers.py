"""Pen, fingers and palm, as the browser's own input events: a pen draws, fingers move the image, a palm does nothing."""
import re

import pytest

from conftest import Annotator


class Glass:
    """Input events of a tablet. Places are in CSS pixels of the image's canvas."""

    def __init__(self, annotator):
        self.annotator = annotator
        self.client = annotator.page.context.new_cdp_session(annotator.page)

    def pen(self, kind, x, y, isDown=True):
        left, top = self.annotator.at(x, y)
        self.client.send("Input.dispatchMouseEvent", {"type": kind, "x": left, "y": top, "button": "left" if isDown else "none", "buttons": int(isDown), "clickCount": int(kind != "mouseMoved"),
                                                      "pointerType": "pen", "force": 0.5 if isDown else 0, "tiltX": 20})

    def pen_stroke(self, *places):
        self.pen("mouseMoved", *places[0], isDown=False)
        self.pen("mousePressed", *places[0])
        for place in places[1:]:
            self.pen("mouseMoved", *place)
        self.pen("mouseReleased", *places[-1])

    def touch(self, kind, *fingers, radius=8):
        points = [{"x": left, "y": top, "id": index, "radiusX": radius, "radiusY": radius} for index, (left, top) in enumerate(self.annotator.at(*finger) for finger in fingers)]
        self.client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, *paths, radius=8, steps=8):
        """Fingers come down one after the other, then move together, each from a place to a place."""
        for count in range(1, len(paths) + 1):
            self.touch("touchStart", *[start for start, _ in paths[:count]], radius=radius)
        for step in range(1, steps + 1):
            self.touch("touchMove", *[tuple(a + (b - a) * step / steps for a, b in zip(*path)) for path in paths], radius=radius)
        self.touch("touchEnd")

    @property
    def scale(self):
        return self.annotator.page.locator("#scale").inner_text()


@pytest.fixture
def tablet(open_context, url, watch):
    context = open_context(viewport={"width": 1024, "height": 768}, has_touch=True)
    watch.follow(context)
    annotator = Annotator(context.new_page(), url)
    annotator.page.goto(url + "/")
    annotator.reset()
    annotator.open()
    # Nothing glides on: a picture that rests can be compared.
    annotator.page.emulate_media(reduced_motion="reduce")
    yield Glass(annotator)
    assert not watch.unexpected()


def test_one_finger_paints_until_a_pen_was_seen(tablet):
    annotator = tablet.annotator
    tablet.drag(((100, 100), (200, 120)))
    assert annotator.wait_for_shapes(1)[0]["shape"]["type"] == "stroke"
    before = annotator.picture()
    tablet.pen_stroke((100, 200), (150, 210), (200, 220))
    annotator.wait_for_shapes(2)
    assert (annotator.picture() == before).all(), "a pen does not move the image"
    tablet.drag(((300, 300), (380, 340)))
    annotator.until(annotator.picture, lambda pixels: (pixels != before).any(), "expected an image that moved")
    tablet.pen_stroke((100, 300), (200, 300))
    assert len(annotator.wait_for_shapes(3)) == 3, "the finger painted nothing"


def test_two_fingers_zoom_and_move_and_paint_nothing(tablet):
    annotator = tablet.annotator
    before = tablet.scale
    tablet.drag(((300, 300), (200, 300)), ((400, 300), (500, 300)))
    annotator.until(lambda: tablet.scale, lambda text: text != before, "expected another scale")
    zoomed = int(re.match(r"\d+", tablet.scale)[0]) / int(re.match(r"\d+", before)[0])
    assert 2.8 < zoomed < 3.2, "100 pixels apart, then 300"
    view, pixels = tablet.scale, annotator.picture()
    tablet.drag(((300, 300), (340, 360)), ((400, 300), (440, 360)))
    annotator.until(annotator.picture, lambda now: (now != pixels).any(), "expected an image that moved")
    assert tablet.scale == view, "fingers that keep their distance do not zoom"
    tablet.drag(((100, 100), (200, 120)))
    assert len(annotator.wait_for_shapes(1)) == 1, "two fingers painted nothing"


def test_a_palm_beside_the_pen_does_nothing(tablet):
    annotator = tablet.annotator
    before = tablet.scale
    tablet.pen("mouseMoved", 100, 100, isDown=False)
    tablet.pen("mousePressed", 100, 100)
    tablet.pen("mouseMoved", 150, 110)
    tablet.touch("touchStart", (400, 400), radius=50)
    tablet.touch("touchMove", (420, 430), radius=50)
    tablet.pen("mouseMoved", 200, 120)
    tablet.touch("touchEnd")
    tablet.pen("mouseReleased", 200, 120)
    stroke = annotator.wait_for_shapes(1)[0]["shape"]
    assert stroke["type"] == "stroke"
    ends = [tuple(map(float, pair.split(","))) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", stroke["path"])]
    assert ends[-1][0] > ends[0][0] and ends[-1][1] - ends[0][1] < 60, "the palm is not in the stroke"
    pixels = annotator.picture()
    tablet.drag(((400, 400), (440, 430)), radius=50)
    tablet.pen_stroke((100, 300), (200, 300))
    annotator.wait_for_shapes(2)
    assert (annotator.picture() == pixels).all() and tablet.scale == before, "a palm alone moves nothing, once a pen was seen"


def test_a_hand_that_lies_down_before_the_first_pen_paints_nothing(tablet):
    annotator = tablet.annotator
    tablet.touch("touchStart", (400, 400), radius=50)
    tablet.touch("touchMove", (410, 420), radius=50)
    # Without hovering before: not all pens do.
    tablet.pen("mousePressed", 100, 100)
    tablet.pen("mouseMoved", 200, 120)
    tablet.pen("mouseReleased", 200, 120)
    tablet.touch("touchEnd")
    [stroke] = annotator.wait_for_shapes(1)
    ends = [tuple(map(float, pair.split(","))) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", stroke["shape"]["path"])]
    assert ends[-1][0] > ends[0][0] and ends[-1][1] - ends[0][1] < 60, "the stroke is the pen's"
    tablet.pen_stroke((100, 300), (200, 300))
    annotator.wait_for_shapes(2)


def test_the_pen_shows_its_width_before_it_touches(tablet):
    annotator = tablet.annotator
    circle = annotator.page.locator(".viewer-brush")
    tablet.pen("mouseMoved", 200, 200, isDown=False)
    annotator.until(circle.is_visible, bool, "expected the brush's circle")


def test_the_other_end_of_the_pen_erases(tablet):
    """The protocol of the browser knows no such button: the events are the page's own."""
    annotator = tablet.annotator
    annotator.canvas.evaluate("""(canvas) => {
      const { left, top } = canvas.getBoundingClientRect();
      const send = (type, x, button) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 77, pointerType: "pen", isPrimary: true, bubbles: true, cancelable: true,
        clientX: left + x, clientY: top + 200, button, buttons: type === "pointerup" ? 0 : 32, pressure: type === "pointerup" ? 0 : 0.5 }));
      send("pointerdown", 200, 5);
      for (const x of [220, 240, 260]) send("pointermove", x, -1);
      send("pointerup", 260, 5);
    }""")
    assert [shape["class"] for shape in annotator.wait_for_shapes(1)] == [0]
    tablet.pen_stroke((200, 300), (260, 300))
    assert [shape["class"] for shape in annotator.wait_for_shapes(2)] == [0, 1]


def test_a_second_finger_cancels_the_stroke_of_the_first(tablet):
    annotator = tablet.annotator
    tablet.touch("touchStart", (200, 200))
    tablet.touch("touchMove", (206, 200))
    tablet.touch("touchStart", (206, 200), (400, 200))
    tablet.touch("touchMove", (150, 200), (450, 200))
    tablet.touch("touchEnd")
    tablet.drag(((100, 400), (200, 400)))
    assert len(annotator.wait_for_shapes(1)) == 1


def test_finger_targets_are_large(tablet):
    """44 CSS pixels, where a finger points."""
    small = tablet.annotator.page.evaluate("""() => [...document.querySelectorAll("#tools button, #zoom button, .section > summary, .class-row .choose")]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.9).map((one) => one.textContent || one.ariaLabel)""")
    assert small == []
