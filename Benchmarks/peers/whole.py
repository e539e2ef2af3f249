"""An image and its scribbles to labels of all pixels, by scikit-image's features and scikit-learn's forest."""
import numpy as np

from . import features, forests


def prepare(chosen):
    from PIL import Image
    pixels = features.read_image(chosen.data / "img1024.png")
    scribbles = np.asarray(Image.open(chosen.data / "scribbles1024.png"))
    truth = np.asarray(Image.open(chosen.data / "truth1024.png"))

    def work():
        stack = features.scikit_image(pixels, chosen.threads)
        model = forests.forest(chosen).fit(stack[scribbles > 0], scribbles[scribbles > 0])
        return model.predict(stack.reshape(-1, stack.shape[-1])).reshape(scribbles.shape)

    return work, lambda labels: dict(pixels=labels.size, trees=chosen.trees, accuracy=float((labels == truth).mean()))
