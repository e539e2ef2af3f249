"""The 72 feature planes of an RGB image, by scikit-image and by OpenCV."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np

SIGMAS = [0.5, 1, 2, 4, 8, 16]
STRIP_ROWS = 64


def read_image(path):
    from PIL import Image
    return np.asarray(Image.open(path).convert("RGB"))


def prepare(chosen):
    pixels = read_image(chosen.data / "img1024.png")
    if chosen.peer == "scikit-image":
        sizes = lambda stack: dict(pixels=stack[..., 0].size, features=stack.shape[-1])
        return (lambda: scikit_image(pixels, chosen.threads)), sizes
    opencv = OpenCV(pixels, chosen.threads)
    return opencv.compute, lambda planes: dict(
        pixels=planes[0].size, features=len(planes), differenceMax=difference(planes, chosen.data / "features1024.npy"))


def scikit_image(pixels, threads):
    from skimage.feature import multiscale_basic_features
    return multiscale_basic_features(pixels, channel_axis=-1, workers=threads)


def difference(planes, path):
    """How far OpenCV's planes are from scikit-image's, two pixels off the border, where its second derivatives differ."""
    if not path.exists():
        return None
    inner = (slice(2, -2), slice(2, -2))
    stack = np.load(path, mmap_mode="r")
    return max(float(np.abs(plane[inner] - stack[(*inner, index)]).max()) for index, plane in enumerate(planes))


class OpenCV:
    """The same planes by OpenCV's separable filters.

    One task is one channel at one sigma. Derivatives are taken strip by strip while the blurred rows are in the cache, constant
    factors are folded into the kernels, and the planes stay allocated between runs.
    """

    def __init__(self, pixels, threads):
        import cv2
        cv2.setNumThreads(1)  # the tasks are what runs in parallel
        self.cv2, self.threads = cv2, threads
        self.channels = [np.ascontiguousarray(pixels[..., index]) for index in range(pixels.shape[2])]
        self.planes = np.zeros((24 * len(self.channels), *pixels.shape[:2]), np.float32)
        self.sources = [np.empty(pixels.shape[:2], np.float32) for _ in self.channels]
        root = np.sqrt(np.float32(0.5))
        self.step, self.smooth = np.float32([-root, 0, root]), np.float32([0.25, 0.5, 0.25])
        self.identity, self.slope = np.float32([1]), np.float32([-0.5, 0, 0.5])
        self.half_bend = np.float32([1, 0, -2, 0, 1]) / 8  # half of the slope of the slope

    def compute(self):
        # The largest sigmas take longest, so they come first.
        tasks = [(channel, scale) for scale in reversed(range(len(SIGMAS))) for channel in range(len(self.channels))]
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(self.convert, range(len(self.channels))))
            list(pool.map(lambda task: self.scale(*task), tasks))
        return self.planes

    def convert(self, channel):
        np.multiply(self.channels[channel], np.float32(1 / 255), out=self.sources[channel], dtype=np.float32)

    def scale(self, channel, scale):
        cv2, first = self.cv2, 4 * (channel * len(SIGMAS) + scale)
        weights = gaussian(SIGMAS[scale])
        blurred, edges, larger, smaller = self.planes[first:first + 4]
        cv2.sepFilter2D(self.sources[channel], cv2.CV_32F, weights, weights, dst=blurred, borderType=cv2.BORDER_REPLICATE)
        height = len(blurred)
        for top in range(0, height, STRIP_ROWS):
            bottom = min(top + STRIP_ROWS, height)
            above, below = max(top - 2, 0), min(bottom + 2, height)
            strip, kept = blurred[above:below], slice(top - above, bottom - above)

            def filtered(along_x, along_y, border):
                return cv2.sepFilter2D(strip, cv2.CV_32F, along_x, along_y, borderType=border)[kept]

            across = filtered(self.step, self.smooth, cv2.BORDER_REFLECT)
            down = filtered(self.smooth, self.step, cv2.BORDER_REFLECT)
            cv2.magnitude(across, down, edges[top:bottom])
            half_xx = filtered(self.half_bend, self.identity, cv2.BORDER_REPLICATE)
            half_yy = filtered(self.identity, self.half_bend, cv2.BORDER_REPLICATE)
            mixed = filtered(self.slope, self.slope, cv2.BORDER_REPLICATE)
            middle = cv2.add(half_yy, half_xx)
            spread = cv2.magnitude(mixed, cv2.subtract(half_yy, half_xx))
            cv2.add(middle, spread, larger[top:bottom])
            cv2.subtract(middle, spread, smaller[top:bottom])


def gaussian(sigma):
    offsets = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return (weights / weights.sum()).astype(np.float32)
