"""How an image is looked at: the range of contrast, and the histogram behind it."""
import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect

from conftest import Annotator, Watch
from served import COPPICE, Served

WIDTH, HEIGHT = 640, 480


@pytest.fixture
def open_values(open_context, tmp_path):
    """Serves a grey image of values, [row][column], and opens its page with the panel of its view."""
    if not COPPICE.exists():
        pytest.skip(f"{COPPICE} is not there: build it, or name its folder in --programs")
    servers, watches = [], []

    def open(values):
        Image.fromarray(values).save(tmp_path / "grey.png")
        servers.append(Served(tmp_path, tmp_path / "grey.png"))
        watches.append(Watch(servers[-1].url))
        context = open_context()
        watches[-1].follow(context)
        annotator = Annotator(context.new_page(), servers[-1].url).open()
        annotator.panel("look")
        return annotator

    yield open
    for server in servers:
        server.close()
    assert not any(watch.unexpected() for watch in watches)


def test_the_range_of_16_bits_reaches_over_all_values(open_values):
    values = numpy.tile(numpy.linspace(900, 1100, WIDTH).astype("u2"), (HEIGHT, 1))
    # Fewer than the thousandth that automatic contrast leaves out.
    values[0, :100] = 60_000
    panel = open_values(values).page.locator("#panel-look")
    white = panel.get_by_role("slider", name="White at")
    # By itself the picture is bright enough for what there is most of.
    assert 1000 < float(white.input_value()) < 1200
    expect(white).to_have_attribute("max", "60000")
    expect(panel.get_by_role("slider", name="Black at")).to_have_attribute("min", "900")
    white.fill("50000")
    assert white.input_value() == "50000"
    panel.get_by_role("button", name="Auto", exact=True).click()
    assert float(white.input_value()) < 1200


def test_bars_of_the_histogram_stand_at_their_values(open_values):
    values = numpy.full((HEIGHT, WIDTH), 20, "u1")
    values[:, WIDTH // 2:] = 40
    annotator = open_values(values)

    def bars(pixels):
        """Values, of 0 to 255, above which something is drawn in the upper half; the curve of contrast is there from 128 on."""
        height, width = pixels.shape[:2]
        columns = numpy.flatnonzero(pixels[:height // 2, :, 3].any(axis=0)) * 255 / (width - 1)
        return columns[columns < 110]

    found = annotator.until(lambda: bars(annotator.picture("histogram")), len, "expected bars")
    assert {round(value / 20) for value in found} == {1, 2} and (abs(found - 20 * numpy.round(found / 20)) < 3).all(), found
