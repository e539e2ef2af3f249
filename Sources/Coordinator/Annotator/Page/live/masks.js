import { request } from "../api/api.js";
import { debounced } from "../ui/emitter.js";

/** From this many pixels of the screen for one of the image on, single pixels are seen, and so is how strokes become pixels. */
const SCALE_MIN = 4;
const TILE = 256;
const TILES_MAX = 12;

/**
 * Shows at high zoom which pixels are trained on, as the server rasterised them: what is seen is what is trained.
 *
 * @param {{project: import("../project/project.js").Project, workspace: import("../workspace.js").Workspace, painter: import("../painting/painter.js").Painter, viewer: any}} parts
 */
export function showMasks({ project, workspace, painter, viewer }) {
  let shown = "";
  const update = debounced(async () => {
    const { info, plane } = workspace;
    const view = viewer.view;
    if (!info || !view || view.scale < SCALE_MIN || painter.isRaw) {
      shown = "";
      return;
    }
    const [x, y, width, height] = view.rect;
    const sequence = project.sequence;
    const wanted = [];
    for (let row = Math.max(0, Math.floor(y / TILE)); row * TILE < Math.min(info.height, y + height); row += 1) {
      for (let column = Math.max(0, Math.floor(x / TILE)); column * TILE < Math.min(info.width, x + width); column += 1) wanted.push([column, row]);
    }
    const key = JSON.stringify([info.id, plane, sequence, wanted]);
    if (key === shown || wanted.length > TILES_MAX) return;
    shown = key;
    await Promise.all(wanted.map(async ([column, row]) => {
      const tile = await maskTile(info.id, plane, column, row, sequence);
      if (tile && shown === key) viewer.ink.showMask(tile);
    }));
  }, 120);
  workspace.on("view image plane", update);
  // A stroke is in the server's mask once the log has it.
  project.on("change acknowledged", update);
  // Masks go with the strokes that are hidden.
  painter.on("raw", () => { shown = ""; update(); });
}

async function maskTile(/** @type {string} */ image, /** @type {any} */ { z, t }, /** @type {number} */ column, /** @type {number} */ row, /** @type {number} */ sequence) {
  try {
    const response = await request("GET", `images/${image}/labels/${column}/${row}`, { query: { z, t, s: sequence } });
    const data = new DataView(await response.arrayBuffer());
    const [width, height] = [data.getUint16(0, true), data.getUint16(2, true)];
    return { column, row, width, height, sequence, bytes: new Uint8Array(data.buffer, 8, width * height) };
  } catch {
    // The ink as drawn stays: it differs from the mask by less than a pixel.
    return null;
  }
}
