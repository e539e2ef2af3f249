"""Strokes against CairoSVG, which the original application draws them with: python strokes_against_cairosvg.py COPPICE [PATHS] [SEED]

Random paths of every command, 1 to 64 pixels wide, also outside of the image, as plotly shapes. Fails unless `coppice annotations convert`
labels exactly the pixels that CairoSVG gives any opacity, and unless `coppice evaluate`, which reads annotations in other windows, agrees
with every one of them. (Tests/CoreTests/Annotations has the windows of 64 and 257 pixels.)
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import cairosvg
import numpy as np
from PIL import Image

COLOUR = "#E69F00"
# Numbers after each command.
COMMANDS = {"M": "xy", "L": "xy", "H": "x", "V": "y", "C": "xyxyxy", "S": "xyxy", "Q": "xyxy", "T": "xy", "Z": ""}


def random_path(generator, width, height):
    """A path around (and beyond) the image; a third on whole or half pixels, where borders meet."""
    grid = generator.choice([0, 0, 1, 0.5])
    reach = generator.choice([40, 300, 1000])
    middle = {"x": generator.uniform(-100, width + 100), "y": generator.uniform(-100, height + 100)}

    def number(axis):
        value = generator.uniform(middle[axis] - reach, middle[axis] + reach)
        return f"{round(value / grid) * grid if grid else value:.3f}"

    parts = [f"M{number('x')},{number('y')}"]
    for _ in range(generator.randint(1, 12)):
        command = generator.choice([*COMMANDS, "A", "L", "L"])
        if command == "A":
            radii = f"{generator.uniform(1, reach):.3f} {generator.uniform(1, reach):.3f} {generator.choice([0, 0, 30, 75])}"
            flags = f"{generator.randint(0, 1)} {generator.randint(0, 1)}"
            parts.append(f"A{radii} {flags} {number('x')},{number('y')}")
        elif command != "Z" or parts[-1][0] not in "MZ":
            parts.append(command + " ".join(number(axis) for axis in COMMANDS[command]))
    return "".join(parts)


def drawn_by_cairosvg(path, stroke_width, width, height):
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<path d="{path}" stroke="{COLOUR}" stroke-width="{stroke_width}" fill="none"/></svg>'
    )
    surface = cairosvg.surface.PNGSurface(cairosvg.parser.Tree(bytestring=svg.encode()), None, 1)
    pixels = np.frombuffer(surface.cairo.get_data(), np.uint8).reshape(height, -1, 4)
    return pixels[:, :width, 3] > 0


def main(coppice, count=1000, seed=1):
    generator = random.Random(seed)
    bad, labelled = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        shapes, image, truth = (pathlib.Path(folder) / name for name in ("a.json", "labels.png", "truth.png"))
        for index in range(count):
            width, height = generator.choice([(300, 280), (700, 150), (130, 700)])
            path = random_path(generator, width, height)
            stroke_width = generator.choice([1, 2, 3, 8, 16, 64, round(generator.uniform(1, 64), 3)])
            line = {"color": COLOUR, "width": stroke_width, "dash": "solid"}
            shapes.write_text(json.dumps({"shapes": [{"type": "path", "xref": "x", "yref": "y", "line": line, "path": path}]}))
            convert = [coppice, "annotations", "convert", shapes, image, "--size", f"{width}x{height}"]
            subprocess.run(convert, check=True, capture_output=True)
            found = np.array(Image.open(image)) > 0
            expected = drawn_by_cairosvg(path, stroke_width, width, height)
            labelled += int(expected.sum())
            differing = int((found != expected).sum())
            if index % 10 == 0 and expected.any():
                Image.fromarray(expected.astype(np.uint8)).save(truth)
                evaluate = [coppice, "evaluate", truth, shapes, "--json"]
                figures = json.loads(subprocess.run(evaluate, check=True, capture_output=True).stdout)
                if (figures["pixels"], figures["accuracy"]) != (int(expected.sum()), 1):
                    differing = max(differing, 1)
            if differing:
                bad += 1
                print(f"path {index} of seed {seed}: {differing} pixels differ, width {stroke_width}, {width}×{height}: {path}")
    print(f"strokes: {count} paths, {labelled} labelled pixels, {bad} paths differ from CairoSVG {cairosvg.__version__}")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
