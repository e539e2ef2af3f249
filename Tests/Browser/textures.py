"""The image that the tests paint on, and what is true of it."""
import numpy
from PIL import Image

WIDTH, HEIGHT = 1280, 960


def texture(truth):
    """A grey image of smooth dark, striped and spotted regions, by the class 1, 2, 3 of each pixel; the same at every call."""
    dice = numpy.random.default_rng(16)
    height, width = truth.shape
    y, x = numpy.mgrid[:height, :width]
    planes = [70 + 0 * x, 140 + 60 * numpy.sin((x + y) / 3), numpy.where((x // 6 + y // 6) % 2, 230, 110)]
    grey = numpy.choose(truth - 1, planes) + dice.normal(0, 8, truth.shape)
    return grey.clip(0, 255).astype("u1")


def truth():
    """Class 1 on the left, class 2 on the right, class 3 in a disk in the middle."""
    y, x = numpy.mgrid[:HEIGHT, :WIDTH]
    classes = numpy.where(x < WIDTH / 2, 1, 2)
    return numpy.where(numpy.hypot(x - WIDTH / 2, y - HEIGHT / 2) < 180, 3, classes)


def write(path):
    Image.fromarray(texture(truth())).save(path)
