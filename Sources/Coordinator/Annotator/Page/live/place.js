/**
 * Shows a place of the image in the middle of a view.
 *
 * @param {any} viewer @param {number} x @param {number} y in pixels of the image @param {number} scale CSS pixels per pixel of the image
 */
export function centre(viewer, x, y, scale) {
  if (viewer.view.scale !== scale) viewer.zoomTo(scale);
  const [left, top, width, height] = viewer.view.rect;
  const [dx, dy] = [left + width / 2 - x, top + height / 2 - y].map((offset) => offset * viewer.view.scale);
  if (Math.abs(dx) >= 0.5 || Math.abs(dy) >= 0.5) viewer.panBy(dx, dy);
}
