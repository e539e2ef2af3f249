import { overlaps } from "./pyramid.js";
import { compileShape, drawShape, useImagePixels } from "./compile-shape.js";

/**
 * All committed shapes as one picture of a view. It is drawn anew in slices, so that thousands of shapes hold up no frame; until that is done, the former picture
 * is shown moved and scaled. A shape that is added at the end is drawn onto the picture at once.
 */
export class ShapeCache {
  /** @type {import("./compile-shape.js").CompiledShape[]} */
  #shapes = [];
  #version = 0;
  #front = { canvas: document.createElement("canvas"), view: null, version: -1, index: 0 };
  #back = { canvas: document.createElement("canvas"), view: null, version: -1, index: 0 };

  /**
   * @param {{id: string, shape: object, colour: string|null, isEraser?: boolean}[]} shapes in drawing order; the shape of an id never changes
   * @returns {number[][]} boxes of what was added, removed or recoloured
   */
  set(shapes) {
    const former = new Map(this.#shapes.map((one) => [one.id, one])), changed = [];
    let isLonger = shapes.length >= this.#shapes.length;
    const next = shapes.map((shape, index) => {
      const known = former.get(shape.id), colour = shape.isEraser ? null : shape.colour ?? null;
      former.delete(shape.id);
      isLonger &&= index >= this.#shapes.length || (this.#shapes[index] === known && known.colour === colour);
      if (known?.colour === colour) return known;
      const compiled = known ? { ...known, colour } : compileShape(shape);
      changed.push(compiled.box);
      return compiled;
    });
    for (const { box } of former.values()) changed.push(box);
    if (!changed.length && isLonger) return changed;
    const added = next.slice(this.#shapes.length), front = this.#front, isCurrent = front.version === this.#version && front.view;
    this.#shapes = next;
    this.#version++;
    if (isLonger && isCurrent) {
      this.#drawSome(front, 0, added);
      front.version = this.#version;
    }
    return changed;
  }

  /** Draws on for at most so many milliseconds. Returns whether the picture is that of the view and of all shapes. */
  step(view, milliseconds) {
    if (this.#isOf(this.#front, view)) return true;
    const back = this.#back;
    if (back.version !== this.#version || !back.view) {
      Object.assign(back, { view: view.copy(), version: this.#version, index: 0 });
      Object.assign(back.canvas, { width: view.widthDevice, height: view.heightDevice });
    }
    back.index = this.#drawSome(back, back.index, this.#shapes, performance.now() + milliseconds);
    if (back.index < this.#shapes.length) return false;
    [this.#front, this.#back] = [back, this.#front];
    this.#back.view = null;
    return this.#isOf(back, view);
  }

  #isOf({ view, version }, other) { return version === this.#version && Boolean(view?.equals(other)); }

  #drawSome({ canvas, view }, from, shapes, end = Infinity) {
    const context = canvas.getContext("2d"), bounds = view.bounds;
    useImagePixels(context, view);
    let index = from;
    for (; index < shapes.length; index++) {
      if (!overlaps(shapes[index].box, bounds)) continue;
      drawShape(context, shapes[index], view.deviceScale);
      if ((index & 7) === 7 && performance.now() > end) { index++; break; }
    }
    return index;
  }

  /** Draws the picture, moved and scaled if it is of another view. */
  draw(context, view) {
    const { canvas, view: own } = this.#front;
    if (!own) return;
    const factor = view.deviceScale / own.deviceScale;
    context.drawImage(canvas, own.originX * factor - view.originX, own.originY * factor - view.originY, canvas.width * factor, canvas.height * factor);
  }

  /** Whether all shapes, including the newest, are in the picture that is shown. */
  get hasAll() { return this.#front.version === this.#version; }
}
