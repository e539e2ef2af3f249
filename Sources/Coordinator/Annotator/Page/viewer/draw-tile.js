/** Beyond this size on the screen only the visible part of a tile is drawn: the canvas works in 32-bit floats. */
const sideMax = 16384;

/**
 * Draws a bitmap into a rectangle of whole device pixels.
 * @param {CanvasRenderingContext2D} context
 * @param {ImageBitmap} bitmap
 * @param {number[]} place x, y, width, height in device pixels
 * @param {import("./view-transform.js").ViewTransform} view
 */
export function drawTile(context, bitmap, [x, y, width, height], view) {
  if (width <= 0 || height <= 0) return;
  if (Math.max(width, height) <= sideMax) { context.drawImage(bitmap, x, y, width, height); return; }
  const left = Math.max(x, -8), top = Math.max(y, -8), right = Math.min(x + width, view.widthDevice + 8), bottom = Math.min(y + height, view.heightDevice + 8);
  if (right <= left || bottom <= top) return;
  const fx = bitmap.width / width, fy = bitmap.height / height;
  context.drawImage(bitmap, (left - x) * fx, (top - y) * fy, (right - left) * fx, (bottom - top) * fy, left, top, right - left, bottom - top);
}
