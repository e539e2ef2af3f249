import { api } from "../api/api.js";
import { keymap } from "../keys/keymap.js";
import { byId } from "./dom.js";
import { debounced } from "./emitter.js";
import { percent, short } from "./format.js";

/** Hint of the tool, the pixel under the cursor, and the scale. @param {any} app */
export function showStatusbar({ painter, workspace, viewer }) {
  const hint = () => { byId("hint").textContent = painter.current.hint; };
  painter.on("tool", hint);
  keymap.on("change", hint);
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
    const { scale: now } = viewer.view ?? {};
    byId("scale").textContent = workspace.info && now ? (now >= 0.01 ? percent(now) : `1 : ${Math.round(1 / now)}`) : "";
  };
  workspace.on("view image", scale);
}
