/** @import { Point } from "./simplify.js" */
/** @import { Painter } from "./painter.js" */
import { simplified } from "./simplify.js";
import { areaOf, outlineRound, pointsOf, rectangleOf, strokeOf, topmost } from "./shapes.js";
import { uuid } from "../ui/uuid.js";

/**
 * A tool hears of the pointer in pixels of the image, whether it is a mouse, a pen, a finger or the keyboard's cross.
 *
 * @typedef {{id: string, name: string, icon: string, hint: string, hasWidth?: boolean, isEraser?: boolean,
 *   down: (point: Point, painter: Painter) => void, move: (points: Point[], painter: Painter) => void, up: (painter: Painter) => void,
 *   hover?: (point: Point, painter: Painter) => void, finish?: (painter: Painter) => boolean, cancel: (painter: Painter) => void}} Tool
 */

const CLOSE_PIXELS_CSS = 10;

/** Brush and eraser: ink with the pointer, one operation when it is lifted. @returns {Tool} */
function brush(/** @type {boolean} */ isEraser) {
  /** @type {Point[]} */
  let points = [];
  let ink = "";
  return {
    id: isEraser ? "eraser" : "brush",
    name: isEraser ? "Eraser" : "Brush",
    icon: isEraser ? "eraser" : "brush",
    hint: isEraser ? "Drag to erase. X removes whole strokes." : "Drag to paint. Hold Space to move the image, Alt to erase.",
    hasWidth: true,
    isEraser,
    down(point, painter) {
      if (!isEraser && !painter.needClass()) return;
      ink = uuid();
      points = [point];
      painter.viewer.ink.begin(ink, { colour: painter.colour(isEraser), width: painter.width(isEraser), isEraser });
      painter.viewer.ink.extend(points);
    },
    move(more, painter) {
      if (!ink) return;
      points.push(...more);
      painter.viewer.ink.extend(more);
      if (!isEraser) painter.tellDrawing(points);
    },
    up(painter) {
      if (!ink) return;
      const drawn = ink;
      ink = "";
      painter.viewer.ink.end();
      painter.addShape(strokeOf(simplified(points), painter.width(isEraser)), isEraser ? 0 : undefined);
      painter.viewer.ink.remove(drawn);
    },
    cancel(painter) {
      if (!ink) return;
      painter.viewer.ink.end();
      painter.viewer.ink.remove(ink);
      ink = "";
    },
  };
}

/**
 * Line and polygon: a click sets a point, so that nothing needs dragging; a drag sets both ends of its piece.
 *
 * @returns {Tool}
 */
function clicks(/** @type {boolean} */ isArea) {
  /** @type {Point[]} */
  let points = [];
  /** @type {Point|null} */
  let pressed = null;
  const isNear = (/** @type {Point} */ a, /** @type {Point} */ b, /** @type {Painter} */ painter) => Math.hypot(a.x - b.x, a.y - b.y) * painter.viewer.view.scale <= CLOSE_PIXELS_CSS;
  const show = (/** @type {Painter} */ painter, /** @type {Point[]} */ ...more) => painter.draft.show([...points, ...more.flat()], false);
  const tool = /** @type {Tool} */ ({
    id: isArea ? "polygon" : "line",
    name: isArea ? "Polygon" : "Line",
    icon: isArea ? "polygon" : "line",
    hint: isArea ? "Click to set corners. Enter, or a click on the first corner, ends it; Escape drops it." : "Click where it starts and where it ends, or drag.",
    hasWidth: !isArea,
    down(point, painter) {
      if (!painter.needClass()) return;
      pressed = point;
      const last = points.at(-1);
      if (isArea && points.length > 2 && isNear(point, points[0], painter)) return void tool.finish?.(painter);
      if (isArea && points.length > 2 && last && isNear(point, last, painter)) return void tool.finish?.(painter);
      points.push(point);
      show(painter);
    },
    move(more, painter) { if (pressed && points.length > 0) show(painter, more.slice(-1)); pressed && (pressed = more.at(-1) ?? pressed); },
    up(painter) {
      const end = pressed;
      pressed = null;
      if (!end || points.length === 0) return;
      const last = /** @type {Point} */ (points.at(-1));
      if (!isNear(end, last, painter)) points.push(end);
      if (!isArea && points.length > 1) tool.finish?.(painter);
      else show(painter);
    },
    hover(point, painter) { if (points.length > 0 && !pressed) show(painter, [point]); },
    finish(painter) {
      if (points.length === 0) return false;
      if (isArea ? points.length > 2 : points.length > 1) painter.addShape(isArea ? areaOf(points) : strokeOf(points, painter.width(false)));
      tool.cancel(painter);
      return true;
    },
    cancel(painter) { points = []; pressed = null; painter.draft.show([]); },
  });
  return tool;
}

/** Two corners, by dragging or by two clicks. @returns {Tool} */
function rectangle() {
  /** @type {Point|null} */
  let first = null;
  /** @type {Point|null} */
  let second = null;
  let isDragged = false;
  const show = (/** @type {Painter} */ painter) => {
    if (!first || !second) return painter.draft.show([]);
    painter.draft.show([first, { x: second.x, y: first.y }, second, { x: first.x, y: second.y }], true);
  };
  const tool = /** @type {Tool} */ ({
    id: "rectangle", name: "Rectangle", icon: "rectangle", hint: "Drag from corner to corner, or click both.",
    down(point, painter) {
      if (!painter.needClass()) return;
      if (first) { second = point; return void tool.finish?.(painter); }
      first = second = point;
      isDragged = false;
    },
    move(more, painter) { if (first) { second = more.at(-1) ?? second; isDragged = true; show(painter); } },
    up(painter) { if (first && second && isDragged && (first.x !== second.x || first.y !== second.y)) tool.finish?.(painter); },
    hover(point, painter) { if (first) { second = point; show(painter); } },
    finish(painter) {
      if (!first || !second) return false;
      if (first.x !== second.x && first.y !== second.y) painter.addShape(rectangleOf(first, second));
      tool.cancel(painter);
      return true;
    },
    cancel(painter) { first = second = null; painter.draft.show([]); },
  });
  return tool;
}

/** Fills the newest outline round the place. @returns {Tool} */
const fill = () => ({
  id: "fill", name: "Fill", icon: "fill", hint: "Click inside an outline that you painted.",
  down(point, painter) {
    const outline = outlineRound(painter.shapes(), point);
    if (!outline) return painter.say("No outline goes round this place. Paint one first, then click inside it.");
    painter.addShape(areaOf(simplified(pointsOf(outline.shape))), outline.class);
  },
  move() {}, up() {}, cancel() {},
});

/** Takes whole strokes away, as many as the pointer meets. @returns {Tool} */
function remover() {
  /** @type {Set<string>} */
  const met = new Set();
  const meet = (/** @type {Point[]} */ points, /** @type {Painter} */ painter) => {
    const shapes = painter.shapes().filter(({ id }) => !met.has(id));
    for (const point of points) {
      const hit = topmost(shapes, point, 4 / painter.viewer.view.scale);
      if (hit) met.add(hit.id);
    }
    painter.showShapes(met);
  };
  return {
    id: "remove", name: "Remove", icon: "remove", hint: "Click a stroke to remove all of it, or drag over several.",
    down(point, painter) { met.clear(); meet([point], painter); },
    move(points, painter) { meet(points.slice(-1), painter); },
    up(painter) { if (met.size) painter.erase([...met]); met.clear(); },
    cancel(painter) { met.clear(); painter.showShapes(); },
  };
}

/** Sets strokes aside: they check the model and never train it. @returns {Tool} */
const asideSetter = () => ({
  id: "aside", name: "Set aside", icon: "aside", hint: "Click a stroke to set it aside: it checks the model and never trains it. Click again to train on it.",
  down(point, painter) {
    const hit = topmost(painter.shapes(), point, 4 / painter.viewer.view.scale);
    if (!hit) return painter.say("There is no stroke here.");
    painter.setAside(hit.id, !hit.isSetAside);
  },
  move() {}, up() {}, cancel() {},
});

/** Tools in the order of the tool bar. @returns {Tool[]} */
export const makeTools = () => [brush(false), brush(true), clicks(false), clicks(true), rectangle(), fill(), remover(), asideSetter(),
  { id: "pan", name: "Move", icon: "pan", hint: "Drag to move the image; the wheel zooms.", down() {}, move() {}, up() {}, cancel() {} }];
