/** @typedef {{x: number, y: number}} Point in pixels of the image */

/** A stroke is off the pointer's way by less than this, in pixels of the image. */
export const TOLERANCE_PIXELS = 0.25;

/**
 * Leaves out points that lie within `tolerance` of the line without them (Douglas and Peucker 1973), without recursion.
 *
 * @param {Point[]} points @param {number} [tolerance] @returns {Point[]} the first and the last point are kept
 */
export function simplified(points, tolerance = TOLERANCE_PIXELS) {
  if (points.length < 3) return points;
  const isKept = new Uint8Array(points.length);
  isKept[0] = isKept[points.length - 1] = 1;
  const ranges = [[0, points.length - 1]];
  while (ranges.length > 0) {
    const [first, last] = /** @type {number[]} */ (ranges.pop());
    let [farthest, distanceMax] = [-1, tolerance];
    for (let index = first + 1; index < last; index += 1) {
      const distance = distanceToSegment(points[index], points[first], points[last]);
      if (distance > distanceMax) [farthest, distanceMax] = [index, distance];
    }
    if (farthest < 0) continue;
    isKept[farthest] = 1;
    ranges.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, index) => isKept[index]);
}

/** @param {Point} point @param {Point} start @param {Point} end */
export function distanceToSegment(point, start, end) {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((point.x - start.x) * dx + (point.y - start.y) * dy) / length));
  return Math.hypot(point.x - start.x - share * dx, point.y - start.y - share * dy);
}
