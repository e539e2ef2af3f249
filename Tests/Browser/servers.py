"""Starts `coppice serve` with local workers on a free port, and makes the image that the tests paint on."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy
from PIL import Image

WIDTH, HEIGHT = 1280, 960
SECONDS_MAX = 60


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


class Server:
    """One `coppice serve` on an image in a folder of its own, until `stop`. Without an image it makes one."""

    def __init__(self, programs, image=None, options=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="coppice-browser-"))
        self.log = self.folder / "serve.log"
        if image:
            name = self.folder / pathlib.Path(image).name
            shutil.copy(image, name)
        else:
            name = self.folder / "textures.png"
            Image.fromarray(texture(truth())).save(name)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([pathlib.Path(programs).resolve() / "coppice", "serve", name, "--port", os.environ.get("COPPICE_SERVE_PORT", "0"), *options],
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        # One line, the address, as soon as it listens; nothing where it ended.
        self.url = self.process.stdout.readline().strip().rstrip("/")
        if not self.url:
            self.process.wait(SECONDS_MAX)
            raise RuntimeError(f"coppice serve ended: {self.log.read_text()}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(SECONDS_MAX)
        finally:
            self.process.kill()
            self.process.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)
