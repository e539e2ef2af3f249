"""What the image's canvases show, read back as bytes."""
import base64

import numpy

READ = """async (name) => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const canvas = document.querySelector(`.${name}`);
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const parts = [];
    for (let index = 0; index < data.length; index += 32768) parts.push(String.fromCharCode(...data.subarray(index, index + 32768)));
    return [btoa(parts.join("")), width, height];
}"""


class Canvases:
    """Needs `page`, the set of `tiles` that it waits for, and `until`."""

    def picture(self, name="viewer-image"):
        """[row][column][RGBA] of the first canvas of this class."""
        text, width, height = self.page.evaluate(READ, name)
        return numpy.frombuffer(base64.b64decode(text), "u1").reshape(height, width, 4)

    def picture_at_rest(self):
        """The same, once every tile is there and painted."""
        former = [None]

        def is_same(pixels):
            same = not self.tiles and former[0] is not None and numpy.array_equal(former[0], pixels)
            former[0] = pixels
            return same

        return self.until(self.picture, is_same, "expected a picture that rests")

    def without_result(self):
        """The image alone, as the canvas shows it when the result is hidden."""
        button = self.page.get_by_role("button", name="Hide the result")
        button.click()
        plain = self.picture_at_rest()
        self.page.get_by_role("button", name="Show the result").click()
        return plain


def shows(shown, plain, colour, opacity=0.5):
    """[row][column]: whether a pixel has a class's colour, `#RRGGBB`, over the image."""
    rgb = numpy.array([int(colour[at:at + 2], 16) for at in (1, 3, 5)])
    expected = (1 - opacity) * plain[..., :3] + opacity * rgb
    return (abs(shown[..., :3] - expected) <= 2).all(axis=2) & (plain[..., 3] == 255)
