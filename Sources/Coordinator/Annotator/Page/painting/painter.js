/** @import { Point } from "./simplify.js" */
/** @import { PlacedShape, Plane, Shape } from "../project/operations.js" */
/** @import { Tool } from "./tools.js" */
import { Emitter } from "../ui/emitter.js";
import { messages } from "../ui/messages.js";
import { preferences } from "../ui/preferences.js";
import { Draft } from "./draft.js";
import { simplified } from "./simplify.js";
import { makeTools } from "./tools.js";

export const WIDTH_MIN = 1;
export const WIDTH_MAX = 2048;
/** The button of a pen's other end, as Pointer Events number it. */
const ERASER_END = 5;
/** How often a stroke that is being drawn is told of, and how many of its last points. */
const TELL_EVERY_MS = 120;
const TOLD_MAX = 1000;

/**
 * What a person paints with, and what becomes of it.
 *
 * Events: `tool`, `class`, `width`, `down`, `drawing`, `up`, `raw`: strokes are hidden, or shown again.
 */
export class Painter extends Emitter {
  /** @type {Tool[]} */
  tools = makeTools();
  /** @type {Tool} */
  tool = this.tools[0];
  /** While a key is held. @type {Tool|null} */
  #held = null;
  /** The tool that has the pointer now. @type {Tool|null} */
  #active = null;
  #toldAt = 0;
  classNumber = 1;
  /** @type {{id: string, plane: Plane}|null} */
  image = null;
  #isRaw = false;

  /** @param {{project: import("../project/project.js").Project, viewer: any, canvas: HTMLElement}} parts */
  constructor({ project, viewer, canvas }) {
    super();
    this.project = project;
    this.viewer = viewer;
    this.canvas = canvas;
    this.draft = new Draft(canvas, viewer);
    project.on("change", () => { this.#keepClass(); this.showShapes(); });
    this.#install();
  }

  /** @param {string} id */
  choose(id) {
    const tool = this.tools.find((one) => one.id === id);
    if (!tool) return;
    this.cancel();
    this.tool = tool;
    this.#install();
    this.emit("tool");
  }

  /** A key is held or released. @param {string|null} id of the tool meanwhile */
  hold(id) {
    this.#held = id === null ? null : this.tools.find((one) => one.id === id) ?? null;
    // A stroke ends with the tool that began it.
    if (this.#active) return;
    this.#install();
    this.emit("tool");
  }

  /** The tool in effect. */
  get current() { return this.#held ?? this.tool; }
  get isPainting() { return this.#active !== null; }

  /** @param {number} number of a class */
  chooseClass(number) {
    if (!this.project.classes.some((one) => one.number === number)) return messages.note(`There is no class ${number}.`);
    this.classNumber = number;
    if (this.tool.isEraser || ["pan", "remove", "aside"].includes(this.tool.id)) this.choose("brush");
    this.emit("class");
  }

  /** @param {boolean} isEraser @returns {number} in pixels of the image */
  width(isEraser) { return preferences.get(isEraser ? "eraserWidth" : "brushWidth", isEraser ? 24 : 8); }

  /** @param {number} width @param {boolean} [isEraser] */
  setWidth(width, isEraser = this.current.isEraser ?? false) {
    preferences.set(isEraser ? "eraserWidth" : "brushWidth", Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, Math.round(width))));
    this.#install();
    this.emit("width");
  }

  /** Wider or narrower by a fifth, at least by a pixel. @param {number} direction 1 or −1 */
  stepWidth(direction) {
    const width = this.width(this.current.isEraser ?? false);
    this.setWidth(direction > 0 ? Math.max(width + 1, width * 1.2) : Math.min(width - 1, width / 1.2));
  }

  /** @param {boolean} isEraser */
  colour(isEraser) { return isEraser ? "#FFFFFF" : this.project.fold.classes.get(this.classNumber)?.colour ?? "#808080"; }

  /** @returns {boolean} whether there is a class to paint with; says so if not */
  needClass() {
    if (this.project.classes.some(({ number }) => number === this.classNumber)) return true;
    messages.note("Add a class first, then paint.");
    return false;
  }

  /** @returns {PlacedShape[]} that can be seen */
  shapes() {
    if (!this.image) return [];
    return this.project.shapesOn(this.image.id, this.image.plane).filter(({ class: number }) => !this.project.fold.classes.get(number)?.isHidden);
  }

  /** @param {Set<string>} [without] ids that are about to go */
  showShapes(without) {
    const shapes = this.#isRaw ? [] : this.shapes();
    this.viewer.ink.setShapes(shapes.filter(({ id }) => !without?.has(id)).map(({ id, class: number, shape, isSetAside }) => (
      { id, shape, colour: shownColour(this.project.fold.classes.get(number)?.colour ?? "#FFFFFF", isSetAside), isEraser: number === 0 })));
  }

  /** Whether strokes are hidden. */
  get isRaw() { return this.#isRaw; }

  /** @param {boolean} isRaw whether strokes are hidden */
  setRaw(isRaw) {
    if (isRaw === this.#isRaw) return;
    this.#isRaw = isRaw;
    this.showShapes();
    this.emit("raw");
  }

  /** @param {Shape} shape @param {number} [number] of its class; 0 erases */
  addShape(shape, number = this.classNumber) {
    if (!this.image) return;
    const record = this.project.fold.classes.get(number);
    if (record?.isHidden) this.say(`${record.name} is hidden, and so is this stroke. It trains all the same.`);
    this.project.do("addShape", { image: this.image.id, class: number, shape, plane: this.image.plane });
  }

  /** @param {string[]} shapes ids */
  erase(shapes) { this.project.do("eraseShape", { shapes }); }

  /** @param {string} id of a shape @param {boolean} isSetAside */
  setAside(id, isSetAside) {
    this.project.do("setAside", { shapes: [id], isSetAside });
    this.say(isSetAside ? "The stroke is set aside." : "The stroke trains again.");
  }

  /** @param {string} text */
  say(text) { messages.note(text); }

  // The pointer, in pixels of the image.

  /** @param {Point} point @param {boolean} [isEraserEnd] whether a pen touches with its other end */
  down(point, isEraserEnd = false) {
    const tool = isEraserEnd ? /** @type {Tool} */ (this.tools.find(({ isEraser }) => isEraser)) : this.current;
    if (!this.image || tool.id === "pan") return;
    this.#active = tool;
    this.#toldAt = performance.now();
    tool.down(point, this);
    this.emit("down", point);
  }

  move(/** @type {Point[]} */ points) { if (points.length) this.#active?.move(points, this); }

  /** Tells of a stroke while it is drawn, now and then. @param {Point[]} points all of it so far */
  tellDrawing(points) {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.emit("drawing", { points: simplified(points.slice(-TOLD_MAX)), width: this.width(false) });
  }

  up() {
    const tool = this.#active;
    this.#active = null;
    tool?.up(this);
    if (tool) this.emit("up");
    this.#install();
    // A key may have been pressed or released meanwhile.
    this.emit("tool");
  }

  hover(/** @type {Point} */ point) { if (!this.#active) this.current.hover?.(point, this); }

  /** Escape: what is being drawn is dropped. @returns {boolean} always, so that the key goes no further */
  cancel() {
    (this.#active ?? this.current).cancel(this);
    if (!this.#active) return true;
    this.#active = null;
    this.emit("up");
    this.#install();
    this.emit("tool");
    return true;
  }

  /** Enter: ends a polygon. @returns {boolean} whether there was something to end */
  finish() { return this.current.finish?.(this) ?? false; }

  /** Another class where the chosen one is gone. */
  #keepClass() {
    const classes = this.project.classes;
    if (classes.length === 0 || classes.some(({ number }) => number === this.classNumber)) return;
    this.classNumber = classes[0].number;
    this.emit("class");
  }

  #install() {
    const tool = this.current;
    this.canvas.dataset.tool = tool.id;
    if (this.#active) return;
    if (tool.id === "pan") return this.viewer.addPointerTool(null);
    this.viewer.addPointerTool({
      onDown: (/** @type {any} */ event) => { this.canvas.focus({ preventScroll: true }); this.down(pointOf(event), event.button === ERASER_END); },
      onMove: (/** @type {any} */ event, /** @type {any[]} */ coalesced) => this.move((coalesced?.length ? coalesced : [event]).map(pointOf)),
      onUp: () => this.up(),
      // A second finger came: the first did not paint. The system took the pointer: what was drawn is kept.
      onCancel: (/** @type {any} */ _event, /** @type {any} */ { isGesture = false } = {}) => { if (isGesture) this.cancel(); else this.up(); },
      cursor: { radius: tool.hasWidth ? this.width(tool.isEraser ?? false) / 2 : 0, colour: this.colour(tool.isEraser ?? false) },
    });
  }
}

/** What is set aside is paler. @returns {string} */
function shownColour(/** @type {string} */ colour, /** @type {boolean} */ isSetAside) {
  if (!isSetAside) return colour;
  const paler = [1, 3, 5].map((at) => Math.round((parseInt(colour.slice(at, at + 2), 16) + 2 * 235) / 3).toString(16).padStart(2, "0"));
  return `#${paler.join("")}`;
}

/** @returns {Point} */
const pointOf = (/** @type {any} */ { x, y }) => ({ x, y });
