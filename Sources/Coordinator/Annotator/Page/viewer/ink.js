import { overlaps, tileSide } from "./pyramid.js";
import { drawTile } from "./draw-tile.js";
import { useImagePixels } from "./compile-shape.js";
import { ShapeCache } from "./shape-cache.js";

/** From this many device pixels an image pixel on, masks are shown in place of vectors: exactly the pixels that are trained. */
const maskScale = 4;
const masksMax = 64;

/**
 * What people paint: ink under the pointer, drawn piece by piece; committed shapes as vectors; and the mask of what is trained at high zoom. Line ends and joins
 * are those of the rasteriser (butt caps, miter joins of limit 4); a line without length marks nothing.
 */
export class InkLayer {
  #inks = new Map();
  #open = null;
  #cache = new ShapeCache(() => this.invalidate());
  #masks = new Map();
  #view = null;
  #isDirty = true;

  /** @param {import("./painter.js").Painter} painter for masks; @param {() => void} invalidate asks for a frame */
  constructor(painter, invalidate) {
    this.painter = painter;
    this.invalidate = () => { this.#isDirty = true; invalidate(); };
    this.requestFrame = invalidate;
    this.shapesCanvas = document.createElement("canvas");
    this.canvas = document.createElement("canvas");
    this.shapes = this.shapesCanvas.getContext("2d");
    this.live = this.canvas.getContext("2d", { desynchronized: true });
    this.opacity = 0.8;
  }

  /** Of all ink and shapes, 0…1; they are opaque among themselves. */
  set opacity(value) { this.canvas.style.opacity = this.shapesCanvas.style.opacity = String(value); }
  set isVisible(value) { this.canvas.style.visibility = this.shapesCanvas.style.visibility = value ? "" : "hidden"; }

  /** @param {{colour: string, width: number, isEraser?: boolean}} style width in image pixels */
  begin(id, { colour, width, isEraser = false }) {
    this.#open = { colour, width, isEraser, points: [], drawn: 0, isRemoved: false };
    this.#inks.set(id, this.#open);
  }

  /** @param {({x: number, y: number}|number[])[]} points in image pixels */
  extend(points) {
    if (!this.#open) return;
    for (const point of points) this.#open.points.push(Array.isArray(point) ? point : [point.x, point.y]);
    this.requestFrame();
  }

  /** The stroke is finished; it stays until `remove`. */
  end() { this.#open = null; }

  /** Drops a stroke: at once, or, if shapes were just set, when they are drawn. */
  remove(id) {
    const ink = this.#inks.get(id);
    if (!ink) return;
    if (ink === this.#open) this.#open = null;
    ink.isRemoved = true;
    this.invalidate();
  }

  /** @param {{id: string, shape: object, colour: string|null, isEraser?: boolean}[]} shapes all that are committed, in drawing order */
  setShapes(shapes) {
    this.#cache.set(shapes);
    this.invalidate();
  }

  /** The trained pixels of a tile of level 0, class numbers; it is dropped as soon as a shape in it changes. */
  showMask({ column, row, width, height, bytes }) {
    const key = `masks/${column}/${row}`, left = column * tileSide, top = row * tileSide, own = bytes.slice();
    const mask = this.#masks.get(key) ?? { edges: [left, top, left + width, top + height], bitmap: null, version: 0 };
    this.#masks.delete(key);
    this.#masks.set(key, mask);
    this.painter.add("masks", key, { kind: "labels", width, height, bytes: own }, [own.buffer], ({ bitmap, version }) => {
      mask.bitmap?.close();
      Object.assign(mask, { bitmap, version });
      this.invalidate();
    });
    if (this.#masks.size > masksMax) this.#removeMask(this.#masks.keys().next().value);
  }

  /** Whether all shapes are drawn: masks of places where some changed are dropped then. */
  get hasAllShapes() { return this.#cache.hasAll || this.#cache.isEmpty; }

  close() { this.#cache.close(); }

  clearMasks() { for (const key of [...this.#masks.keys()]) this.#removeMask(key); this.invalidate(); }

  #removeMask(key) {
    this.#masks.get(key)?.bitmap?.close();
    this.#masks.delete(key);
    this.painter.drop([key]);
  }

  resize(width, height) {
    for (const canvas of [this.canvas, this.shapesCanvas]) Object.assign(canvas, { width, height });
    this.#isDirty = true;
  }

  /** Draws what changed. A canvas without anything is taken from the screen: it costs as much as a full one there. */
  draw(view) {
    this.#draw(view);
    this.canvas.style.display = this.#inks.size ? "block" : "none";
    this.shapesCanvas.style.display = this.#cache.isEmpty && !this.#masks.size ? "none" : "block";
  }

  #draw(view) {
    if (!this.#isDirty && this.#view?.equals(view)) {
      for (const ink of this.#inks.values()) this.#drawInk(ink, view);
      return;
    }
    const changed = this.#cache.take();
    if (changed?.length) for (const [key, { edges }] of this.#masks) if (changed.some((box) => overlaps(box, edges))) this.#removeMask(key);
    this.#cache.request(view);
    if (this.#cache.hasAll) for (const [id, ink] of this.#inks) if (ink.isRemoved) this.#inks.delete(id);
    for (const context of [this.shapes, this.live]) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalCompositeOperation = "source-over";
      context.clearRect(0, 0, view.widthDevice, view.heightDevice);
    }
    this.#cache.draw(this.shapes, view);
    if (view.deviceScale >= maskScale) this.#drawMasks(view);
    for (const ink of this.#inks.values()) {
      ink.drawn = 0;
      this.#drawInk(ink, view);
    }
    this.#view = view.copy();
    this.#isDirty = false;
  }

  #drawMasks(view) {
    const bounds = view.bounds, stale = [];
    this.shapes.imageSmoothingEnabled = false;
    for (const [key, { bitmap, edges, version }] of this.#masks) {
      if (!bitmap || !overlaps(edges, bounds)) continue;
      if (version < this.painter.version("masks")) stale.push(key);
      const place = view.toDevice(edges);
      this.shapes.clearRect(...place);
      drawTile(this.shapes, bitmap, place, view);
    }
    this.painter.repaint("masks", stale);
  }

  /** Draws the part of a stroke that came since: with the segment before it, so that the join between them is there. An eraser takes from the shapes. */
  #drawInk(ink, view) {
    const { points } = ink;
    if (points.length < 2 || ink.drawn === points.length) return;
    const context = ink.isEraser ? this.shapes : this.live;
    useImagePixels(context, view);
    context.globalCompositeOperation = ink.isEraser ? "destination-out" : "source-over";
    Object.assign(context, { strokeStyle: ink.isEraser ? "#000" : ink.colour, lineWidth: Math.max(ink.width, 1 / view.deviceScale), lineCap: "butt", lineJoin: "miter", miterLimit: 4 });
    context.beginPath();
    for (let index = Math.max(0, ink.drawn - 2); index < points.length; index++) context.lineTo(...points[index]);
    context.stroke();
    ink.drawn = points.length;
  }
}
