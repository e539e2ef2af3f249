"""Somebody who paints with every tool at random, and what must come of a log of operations."""
import math

from served import new_id

PALETTE = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2"]


def rounded(*values):
    return [round(value, 2) for value in values]


class Hand:
    """Draws shapes on an image of some size, as the tools of the page make them."""

    TOOLS = ["brush", "brush", "brush", "dot", "line", "curve", "polygon", "rectangle", "ellipse", "points", "raster"]

    def __init__(self, draw, width, height):
        self.draw, self.width, self.height = draw, width, height

    def place(self):
        # A little outside, too: strokes may leave the image.
        return rounded(self.draw.uniform(-3, self.width + 3), self.draw.uniform(-3, self.height + 3))

    def near(self, place, reach):
        return rounded(*(value + self.draw.uniform(-reach, reach) for value in place))

    def shape(self, tool=None):
        tool = tool or self.draw.choice(self.TOOLS)
        return getattr(self, tool)()

    def brush(self):
        points = [self.place()]
        for _ in range(self.draw.randrange(1, 12)):
            points.append(self.near(points[-1], 30))
        path = "".join(f"{'L' if index else 'M'}{x},{y}" for index, (x, y) in enumerate(points))
        return {"type": "stroke", "path": path, "width": self.draw.choice([1, 2, 3, 5, 8, 13, 24])}

    def dot(self):
        (x, y), width = self.place(), self.draw.choice([1, 3, 9, 20])
        return {"type": "ellipse", "x": round(x - width / 2, 2), "y": round(y - width / 2, 2), "width": width, "height": width}

    def line(self):
        (x, y), (to_x, to_y) = self.place(), self.place()
        return {"type": "stroke", "path": f"M{x},{y}L{to_x},{to_y}", "width": self.draw.choice([1, 2, 4])}

    def curve(self):
        start = self.place()
        numbers = [start] + [self.near(start, 60) for _ in range(6)]
        words = [",".join(map(str, point)) for point in numbers]
        path = f"M{words[0]}Q{words[1]} {words[2]}C{words[3]} {words[4]} {words[5]}" + ("Z" if self.draw.random() < 0.3 else "")
        return {"type": "stroke", "path": path, "width": self.draw.choice([1.5, 4, 7.25])}

    def polygon(self):
        middle, reach = self.place(), self.draw.uniform(4, 30)
        ring = []
        for corner in range(self.draw.randrange(3, 8)):
            angle = 2 * math.pi * corner / 7
            ring.append(rounded(middle[0] + reach * math.cos(angle), middle[1] + reach * math.sin(angle)))
        rings = [ring]
        if self.draw.random() < 0.3:
            rings.append([rounded(*((a + b) / 2 for a, b in zip(point, middle))) for point in ring])
        return {"type": "area", "polygons": [rings]}

    def rectangle(self):
        (x, y), width, height = self.place(), self.draw.uniform(1, 40), self.draw.uniform(1, 40)
        return {"type": "rectangle", "x": x, "y": y, "width": round(width, 2), "height": round(height, 2)}

    def ellipse(self):
        return {**self.rectangle(), "type": "ellipse"}

    def points(self):
        return {"type": "points", "points": [self.place() for _ in range(self.draw.randrange(1, 6))]}

    def raster(self):
        x, y = (int(value) for value in self.place())
        rows, runs = self.draw.randrange(1, 6), []
        for row in range(rows):
            runs += [row, 0, 3, row, 5, 9]
        return {"type": "raster", "x": x, "y": y, "width": 10, "height": rows, "runs": runs}


class Painter:
    """One person's edits at random: mostly shapes, and all that takes them back."""

    def __init__(self, draw, images, classes, keeps_classes=True):
        self.draw, self.images, self.classes = draw, images, classes
        self.shapes, self.undoable, self.undone = [], [], []
        self.keeps_classes = keeps_classes

    def operation(self):
        """The next edit. It may name earlier ones of this painter, which must be sent before it."""
        chance = self.draw.random()
        if chance < 0.07 and self.undoable:
            return self._move(self.undoable, self.undone, "undo")
        if chance < 0.10 and self.undone:
            return self._move(self.undone, self.undoable, "redo")
        if chance < 0.14 and len(self.shapes) > 4:
            return self._new("eraseShape", shapes=[self.draw.choice(self.shapes)])
        if chance < 0.18 and len(self.shapes) > 4:
            image = self.draw.choice(self.images)
            added = [{"id": new_id(), "class": self.draw.choice(self.classes), "shape": self.hand(image).shape()}]
            operation = self._new("replaceShapes", image=image["id"], plane=self.plane(image), remove=[self.draw.choice(self.shapes)], add=added)
            self.shapes += [one["id"] for one in added]
            return operation
        if chance < 0.21 and len(self.shapes) > 4:
            return self._new("setAside", shapes=[self.draw.choice(self.shapes)], isSetAside=self.draw.random() < 0.5)
        return self.stroke(0 if chance < 0.29 else None)

    def stroke(self, number=None, tool=None, image=None):
        """A shape of a class at random; class 0 erases."""
        image = image or self.draw.choice(self.images)
        number = self.draw.choice(self.classes) if number is None else number
        operation = self._new("addShape", image=image["id"], plane=self.plane(image), shape=self.hand(image).shape(tool), **{"class": number})
        self.shapes.append(operation["id"])
        return operation

    def hand(self, image):
        return Hand(self.draw, image["width"], image["height"])

    def plane(self, image):
        return {"z": self.draw.randrange(image.get("depth") or 1), "t": self.draw.randrange(image.get("times") or 1)}

    def _new(self, kind, **fields):
        operation = {"id": new_id(), "kind": kind, **fields}
        self.undoable.append(operation["id"])
        self.undone = []
        return operation

    def _move(self, source, target, kind):
        target.append(source.pop())
        return {"id": new_id(), "kind": kind, "operation": target[-1]}


def folded(log):
    """Ids of the shapes that a log leaves, in drawing order.

    An operation is void if the last undo or redo that names it is an undo; all others count.
    """
    is_void = {}
    for one in log:
        if one["kind"] in ("undo", "redo"):
            is_void[one["operation"]] = one["kind"] == "undo"
    order, erased = [], set()
    for one in log:
        if is_void.get(one["id"]):
            continue
        if one["kind"] == "addShape":
            order.append(one["id"])
        elif one["kind"] == "eraseShape":
            erased |= set(one["shapes"])
        elif one["kind"] == "replaceShapes":
            order += [shape["id"] for shape in one["add"]]
            erased |= set(one["remove"])
    return [shape for shape in order if shape not in erased]
