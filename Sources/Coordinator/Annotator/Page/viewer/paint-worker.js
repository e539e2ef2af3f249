/**
 * Keeps the raw bytes of tiles and paints them, away from the page's thread. Messages in:
 * - `style {group, style, version}`: how tiles of a group are painted from now on; nothing is painted yet.
 * - `add {group, key, serial, tile}`: keeps a tile (the server's bytes as `tile.buffer`, or an overlay's tile) and paints it soon, unless a newer one of its key
 *   comes before.
 * - `repaint {group, keys}`, `drop {keys}`, `value {key, x, y, request}`.
 *
 * Messages out: `painted {group, isRepaint, tiles: [{key, serial, version, bitmap}]}`, `value {request, values}`.
 */
import { readSamples, paintSamples, SampleTables } from "./paint-samples.js";
import { paintOverlay } from "./paint-overlay.js";

const tiles = new Map(), styles = new Map();
let timer = 0;

const handlers = {
  style({ group, style, version }) {
    const tables = styles.get(group)?.tables ?? new SampleTables();
    if (style.channels) tables.set(style);
    styles.set(group, { style, version, tables });
    clearTimeout(timer);
    timer = setTimeout(() => { for (const tile of tiles.values()) delete tile.rest; }, 2000);
  },

  add({ group, key, serial, tile }) {
    let read;
    try { read = tile.buffer ? readSamples(tile.buffer) : tile; } catch (error) { return postMessage({ type: "failed", key, message: String(error) }); }
    tiles.set(key, { ...read, serial });
    if (!waiting.size) channel.port2.postMessage(null);
    waiting.set(key, group);
  },

  repaint({ group, keys }) { return paint(group, keys, true); },
  drop({ keys }) { for (const key of keys) tiles.delete(key); },

  value({ key, x, y, request }) {
    const tile = tiles.get(key), isInside = tile?.planes && x >= 0 && y >= 0 && x < tile.width && y < tile.height;
    postMessage({ type: "value", request, values: isInside ? tile.planes.map((plane) => plane[y * tile.width + x]) : null });
  },
};

/** Tiles to paint, a few in one go, so that newer ones of the same keys may come in between. */
const waiting = new Map(), channel = new MessageChannel(), tilesMax = 8;

channel.port1.onmessage = () => {
  const groups = new Map();
  for (const [key, group] of [...waiting].slice(0, tilesMax)) {
    waiting.delete(key);
    if (!tiles.has(key)) continue;
    if (!groups.has(group)) groups.set(group, new Set());
    groups.get(group).add(key);
    const hasOutlines = styles.get(group).style.mode === "outline" && tiles.get(key).kind === "labels";
    if (hasOutlines) for (const [dx, dy] of neighbours) if (tiles.has(beside(key, dx, dy))) groups.get(group).add(beside(key, dx, dy));
  }
  for (const [group, keys] of groups) paint(group, [...keys], false);
  if (waiting.size) channel.port2.postMessage(null);
};

const neighbours = [[-1, 0], [1, 0], [0, -1], [0, 1]];

/** A key ends with "level/column/row". */
function beside(key, dx, dy) {
  const parts = key.split("/");
  parts.push(Number(parts.pop()) + dy);
  parts.splice(-2, 1, Number(parts.at(-2)) + dx);
  return parts.join("/");
}

/** One canvas for all bitmaps; a bitmap takes its pixels away. */
const canvas = new OffscreenCanvas(256, 256), context = canvas.getContext("2d", { willReadFrequently: true });

let last = null;
/** One buffer for all tiles of a size: a new one for each would be garbage of a quarter of a megabyte. */
function pixelsOf(width, height) {
  if (last?.width !== width || last.height !== height) last = new ImageData(width, height);
  const pixels = new Uint32Array(last.data.buffer);
  pixels.fill(0);
  return [last, pixels];
}

function paint(group, keys, isRepaint) {
  const { style, version, tables } = styles.get(group);
  const painted = keys.filter((key) => tiles.has(key)).map((key) => {
    const tile = tiles.get(key), [image, pixels] = pixelsOf(tile.width, tile.height);
    if (tile.planes) paintSamples(tile, tables, pixels);
    else paintOverlay(tile, style, pixels, (dx, dy) => tiles.get(beside(key, dx, dy)));
    if (canvas.width !== tile.width || canvas.height !== tile.height) Object.assign(canvas, { width: tile.width, height: tile.height });
    context.putImageData(image, 0, 0);
    return { key, serial: tile.serial, version, bitmap: canvas.transferToImageBitmap() };
  });
  postMessage({ type: "painted", group, isRepaint, tiles: painted }, painted.map(({ bitmap }) => bitmap));
}

onmessage = ({ data }) => handlers[data.type](data);
