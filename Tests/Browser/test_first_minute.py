"""A person who has read nothing: three actions, by the names that the page itself shows, and the result is there."""
import re

import pytest
from playwright.sync_api import expect

from canvases import shows
from conftest import Annotator


@pytest.mark.sample
def test_a_result_is_seen_after_three_actions_by_visible_names(start_server, open_context, watch):
    server = start_server()
    watch.url = server.url
    context = open_context()
    watch.follow(context)
    page = context.new_page()
    page.goto(server.url)

    # Everything below is found by what these words say.
    advice = page.get_by_text("Paint a few strokes")
    advice.wait_for()
    first, second = re.fullmatch(r"Paint a few strokes of (.+), then of (.+)\.", advice.inner_text()).groups()
    image = page.get_by_role("application", name="Image")
    expect(page.get_by_role("button", name=first, pressed=True)).to_be_visible()
    annotator = Annotator(page, server.url).wait_until_open()
    plain = annotator.picture_at_rest()
    width = image.bounding_box()["width"]

    annotator.stroke(0.2 * width, 200, 0.4 * width, 230)  # 1: paint
    page.get_by_text(f"Now choose {second} and paint a few strokes of it.").wait_for()
    page.get_by_role("button", name=second).first.click()  # 2: choose
    annotator.stroke(0.75 * width, 200, 0.9 * width, 230)  # 3: paint

    colours = [one["colour"] for one in annotator.classes()]
    page.get_by_text(re.compile(r"^Model \d+")).wait_for()

    def halves(pixels):
        middle = pixels.shape[1] // 2
        return [shows(pixels, plain, colour)[:, part].mean() for colour, part in zip(colours, (slice(0, middle), slice(middle, None)))]

    # Each class is seen in its own half.
    annotator.until(lambda: halves(annotator.picture()), lambda shares: min(shares) > 0.5, "expected each class in its half")
    expect(advice).to_be_hidden()
    assert not watch.unexpected()
