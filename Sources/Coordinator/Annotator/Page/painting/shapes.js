/** @import { Shape, PlacedShape } from "../project/operations.js" */
/** @import { Point } from "./simplify.js" */

/** Hundredths of a pixel are finer than any pointer. */
const rounded = (/** @type {number} */ value) => Math.round(value * 100) / 100;

/** @param {Point[]} points @param {boolean} [isClosed] @returns {string} a path of SVG */
export const pathOf = (points, isClosed = false) => points.map(({ x, y }, index) => `${index ? "L" : "M"}${rounded(x)},${rounded(y)}`).join("") + (isClosed ? "Z" : "");

/**
 * What a brush painted: a stroke; or a disk where the pointer did not move, since a line without length has no pixels.
 *
 * @param {Point[]} points @param {number} width @returns {Shape}
 */
export function strokeOf(points, width) {
  const { x, y } = points[0];
  if (points.every((point) => rounded(point.x) === rounded(x) && rounded(point.y) === rounded(y))) {
    return { type: "ellipse", x: rounded(x - width / 2), y: rounded(y - width / 2), width, height: width };
  }
  return { type: "stroke", path: pathOf(points), width };
}

/** @param {Point[]} points @returns {Shape} their polygon, filled */
export const areaOf = (points) => ({ type: "area", polygons: [[points.map(({ x, y }) => [rounded(x), rounded(y)])]] });

/** @param {Point} a @param {Point} b opposite corners @returns {Shape} */
export function rectangleOf(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)].map(rounded);
  return { type: "rectangle", x, y, width: rounded(Math.abs(a.x - b.x)), height: rounded(Math.abs(a.y - b.y)) };
}

/** @param {Shape} shape a stroke @returns {Point[]} the ends of its pieces; curves by eight pieces each */
export function pointsOf(shape) {
  /** @type {Point[]} */
  const points = [];
  for (const [, command, text] of (shape.path ?? "").matchAll(/([MLQCZ])([^MLQCZ]*)/g)) {
    const numbers = (text.match(/-?\d*\.?\d+(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    const size = { M: 2, L: 2, Q: 4, C: 6, Z: 0 }[/** @type {"M"} */ (command)];
    for (let at = 0; size > 0 && at + size <= numbers.length; at += size) {
      const from = points.at(-1) ?? { x: 0, y: 0 };
      const controls = [from, ...pairs(numbers.slice(at, at + size))];
      if (size === 2) points.push(controls[1]);
      else for (let step = 1; step <= 8; step += 1) points.push(bezier(controls, step / 8));
    }
  }
  return points;
}

const pairs = (/** @type {number[]} */ numbers) => numbers.flatMap((x, index) => (index % 2 ? [] : [{ x, y: numbers[index + 1] }]));

/** De Casteljau's. */
function bezier(/** @type {Point[]} */ controls, /** @type {number} */ t) {
  let row = controls;
  while (row.length > 1) row = row.slice(1).map((point, index) => ({ x: row[index].x + t * (point.x - row[index].x), y: row[index].y + t * (point.y - row[index].y) }));
  return row[0];
}

const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** @param {Shape} shape @param {Point} point @param {number} reach how far beside it still counts, in pixels of the image @returns {boolean} */
export function isHit(shape, { x, y }, reach) {
  if (shape.type === "stroke") {
    context.lineWidth = Math.max(shape.width ?? 1, 2 * reach);
    return context.isPointInStroke(new Path2D(shape.path), x, y);
  }
  if (shape.type === "area") return context.isPointInPath(areaPath(shape), x, y, "evenodd");
  if (shape.type === "points") return (shape.points ?? []).some(([px, py]) => Math.hypot(px - x, py - y) <= Math.max(1, reach));
  const [left, top, width, height] = [shape.x ?? 0, shape.y ?? 0, shape.width ?? 0, shape.height ?? 0];
  if (shape.type === "raster") return isInRuns(shape.runs ?? [], Math.floor(y - top), Math.floor(x - left));
  if (shape.type === "ellipse") {
    const [rx, ry] = [Math.max(width / 2, reach), Math.max(height / 2, reach)];
    return ((x - left - width / 2) / rx) ** 2 + ((y - top - height / 2) / ry) ** 2 <= 1;
  }
  return x >= left - reach && y >= top - reach && x <= left + width + reach && y <= top + height + reach;
}

function isInRuns(/** @type {number[]} */ runs, /** @type {number} */ row, /** @type {number} */ column) {
  for (let at = 0; at < runs.length; at += 3) if (runs[at] === row && column >= runs[at + 1] && column < runs[at + 2]) return true;
  return false;
}

function areaPath(/** @type {Shape} */ shape) {
  const path = new Path2D();
  for (const ring of (shape.polygons ?? []).flat()) {
    ring.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  return path;
}

/** @param {PlacedShape[]} shapes in drawing order @param {Point} point @param {number} reach @returns {PlacedShape|undefined} the topmost that is no eraser */
export const topmost = (shapes, point, reach) => shapes.findLast((placed) => placed.class !== 0 && isHit(placed.shape, point, reach));

/** @param {PlacedShape[]} shapes @param {Point} point @returns {PlacedShape|undefined} the newest stroke whose outline, closed, goes round the point */
export const outlineRound = (shapes, point) => shapes.findLast(({ class: number, shape }) => number !== 0 && shape.type === "stroke" && pointsOf(shape).length > 2 && isHit(areaOf(pointsOf(shape)), point, 0));
