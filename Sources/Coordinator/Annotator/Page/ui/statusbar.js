import { api } from "../api/api.js";
import { byId } from "./dom.js";
import { debounced } from "./emitter.js";
import { percent, short } from "./format.js";

const BAR_MAX_CSS = 90;

/** Hint of the tool, the pixel under the cursor, and the scale. @param {any} app */
export function showStatusbar({ painter, workspace, viewer }) {
  const hint = () => { byId("hint").textContent = painter.current.hint; };
  painter.on("tool", hint);
  hint();

  /** @type {{x: number, y: number}|null} */
  let at = null;
  let values = "";
  const cursor = byId("cursor");
  const show = () => { cursor.textContent = at ? `x ${at.x}, y ${at.y}${values ? `: ${values}` : ""}` : ""; };
  const ask = debounced(async () => {
    const asked = at;
    if (!asked || !workspace.info) return;
    try {
      const answer = await api.get(`images/${workspace.info.id}/values`, { ...asked, ...workspace.plane });
      if (at !== asked) return;
      values = answer.values.map((/** @type {number} */ value) => short(value)).join(" ");
      show();
    } catch { /* The position is worth showing without values. */ }
  }, 90);
  workspace.on("hover", (/** @type {any} */ place) => {
    const { info } = workspace;
    const next = place && info && place.x >= 0 && place.y >= 0 && place.x < info.width && place.y < info.height ? { x: Math.floor(place.x), y: Math.floor(place.y) } : null;
    if (next && at && next.x === at.x && next.y === at.y) return;
    at = next;
    // The viewer has the samples of what it shows; only where it does not is the server asked.
    values = (place?.values ?? []).map((/** @type {number} */ value) => short(value)).join(" ");
    show();
    if (at && !place.values && !painter.isPainting) ask();
  });

  const scale = () => {
    const { info } = workspace;
    if (!info || !viewer.view) return;
    const { bar, text } = scaleBar(viewer.view.scale, info.micronsPerPixel);
    byId("scale-bar").style.width = `${bar}px`;
    byId("scale-text").textContent = `${text} · ${viewer.view.scale >= 0.01 ? percent(viewer.view.scale) : `1 : ${Math.round(1 / viewer.view.scale)}`}`;
  };
  workspace.on("view image", scale);
}

/** @param {number} scale CSS pixels per pixel of the image @param {number} [micronsPerPixel] @returns {{bar: number, text: string}} a round length, its bar in CSS pixels */
export function scaleBar(scale, micronsPerPixel) {
  const unit = micronsPerPixel || 1;
  const longest = (BAR_MAX_CSS / scale) * unit;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = [5, 2, 1].map((digit) => digit * power).find((one) => one <= longest) ?? power;
  const bar = Math.max(2, Math.round((length / unit) * scale));
  if (!micronsPerPixel) return { bar, text: `${Number(length.toPrecision(2)).toLocaleString("en-GB")} px` };
  const text = length >= 1000 ? `${length / 1000} mm` : length < 1 ? `${Number((length * 1000).toPrecision(2))} nm` : `${Number(length.toPrecision(2))} µm`;
  return { bar, text };
}
