import { overlaps, tileSide } from "./pyramid.js";
import { drawTile } from "./draw-tile.js";

const overlayBytesMax = 24 << 20;
const ranks = { preview: 0, live: 1, exact: 2 };

/**
 * What the forest says, above the image: tiles of bytes that come when they are ready. A place keeps its older tile until the newer one is painted, and all that
 * are ready appear in one frame. The layer is put together opaque and laid over the image once, so that half-transparent tiles show no grid.
 */
export class OverlayLayer {
  #set = { id: 0, pyramid: null, tiles: new Map(), revision: 0 };
  #next = null;
  #sets = 0;
  #pending = 0;
  #drop = null;
  #classes = [];
  #opacity = 0.5;
  #mode = "fill";
  #kind = "labels";
  #isVisible = true;
  #bytes = 0;
  #timer = 0;
  #isOld = false;
  #shares = { exact: 0, live: 0, preview: 0, older: 0, none: 1 };
  /** Whether tiles are to be drawn as soon as they are painted: the first of a model, and the last of a view. Others may wait for more. */
  isUrgent = true;
  /** Edges of tiles that were painted since they were drawn. */
  #fresh = [];

  /**
   * @param {import("./painter.js").Painter} painter
   * @param {() => void} invalidate asks for a frame
   */
  constructor(painter, invalidate) {
    this.painter = painter;
    this.invalidate = invalidate;
    this.canvas = document.createElement("canvas");
    this.partCanvas = document.createElement("canvas");
    this.#restyle();
  }

  get opacity() { return this.#opacity; }
  set opacity(value) { this.#opacity = value; this.invalidate(); }
  get mode() { return this.#mode; }
  set mode(value) { this.#mode = value; this.#restyle(); }
  get isVisible() { return this.#isVisible; }
  set isVisible(value) { this.#isVisible = value; this.invalidate(); }
  get kind() { return this.#kind; }
  /** Tiles of the former kind stay where none of the new kind are, until `dropOlderThan`. */
  set kind(value) { this.#kind = value; this.invalidate(); }

  /** @param {{number: number, colour: string, isHidden?: boolean}[]} classes */
  setClasses(classes) {
    this.#classes = classes.map(({ number, colour, isHidden }) => ({ number, colour, isHidden }));
    this.#restyle();
  }

  #restyle() {
    this.painter.setStyle("overlay", { classes: this.#classes, mode: this.#mode });
    this.painter.setStyle("masks", { classes: this.#classes, mode: "fill" });
    this.invalidate();
  }

  /** Tiles from now on belong to another plane; those shown stay until `swap`. */
  start(pyramid) {
    if (this.#next) this.#discard(this.#next);
    this.#next = { id: ++this.#sets, pyramid, tiles: new Map(), revision: 0 };
  }

  swap() {
    if (!this.#next) return;
    this.#discard(this.#set);
    this.#set = this.#next;
    this.#next = null;
    this.invalidate();
  }

  /** A newer model: tiles of older ones stay till newer ones replace them, and get a veil after 1.5 seconds. */
  beginRevision(revision) {
    const set = this.#next ?? this.#set;
    if (revision <= set.revision) return;
    set.revision = revision;
    this.isUrgent = true;
    this.#isOld = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.#isOld = true; this.invalidate(); }, 1500);
  }

  /** The view is complete in this revision: older tiles go, once all that came before this call are painted. */
  dropOlderThan(revision) { this.#drop = { revision, set: this.#next ?? this.#set }; this.invalidate(); }

  /**
   * @param {{level: number, column: number, row: number, kind: string, revision: number, exactness: "exact"|"live"|"preview", width: number, height: number,
   *   bytes: Uint8Array, tileFactor?: number|number[], classes?: number[]}} tile `tileFactor`: image pixels per pixel of the tile, if it is of no level of the image
   */
  setTile({ level, column, row, kind, revision, exactness, width, height, bytes, tileFactor, classes }) {
    const set = this.#next ?? this.#set, key = `overlay${set.id}/${kind}/${tileFactor ?? ""}/${level}/${column}/${row}`;
    let tile = set.tiles.get(key);
    if (!tile) {
      const [fx, fy] = tileFactor === undefined ? [set.pyramid.factorX(level), set.pyramid.factorY(level)] : [tileFactor].flat().concat(tileFactor);
      const left = column * tileSide, top = row * tileSide;
      tile = { kind, factor: fx, edges: [left * fx, top * fy, (left + width) * fx, (top + height) * fy], shown: null, newest: null, bytes: 0, waiting: new Map() };
      set.tiles.set(key, tile);
    }
    const { newest } = tile, rank = ranks[exactness] ?? 0;
    if (newest && (revision < newest.revision || (revision === newest.revision && rank < newest.rank))) return;
    this.#bytes += bytes.length + 4 * width * height - tile.bytes;
    tile.bytes = bytes.length + 4 * width * height;
    const own = bytes.slice();
    const serial = this.painter.add("overlay", key, { kind, width, height, bytes: own, classes }, [own.buffer], (painted) => this.#show(tile, painted));
    tile.newest = { revision, rank, exactness };
    tile.waiting.set(serial, tile.newest);
    this.#pending++;
    set.revision = Math.max(set.revision, revision);
  }

  #show(tile, { serial, version, bitmap }) {
    const meta = tile.waiting.get(serial) ?? tile.shown?.meta;
    for (const older of [...tile.waiting.keys()]) if (older <= serial && tile.waiting.delete(older)) this.#pending--; // those between were never painted
    tile.shown?.bitmap.close();
    tile.shown = { meta, serial, version, bitmap };
    this.#fresh.push(tile.edges);
  }

  #discard(set) {
    for (const [key, tile] of set.tiles) this.#remove(set, key, tile);
  }

  #remove(set, key, tile) {
    tile.shown?.bitmap.close();
    this.#pending -= tile.waiting.size;
    this.#bytes -= tile.bytes;
    set.tiles.delete(key);
    this.painter.drop([key]);
  }

  /**
   * Paints what is seen in another style again, and lets go of what is no longer wanted.
   * @returns {number[][]|null} edges of the places that look otherwise since the last draw; null: all may
   */
  update(view) {
    const { tiles } = this.#set, bounds = view.bounds, version = this.painter.version("overlay");
    if (this.#fresh.length) this.isUrgent = false;
    let fresh = this.#fresh.filter((edges) => overlaps(edges, bounds));
    this.#fresh = [];
    if (this.#drop?.set === this.#set && this.#pending === 0) {
      for (const [key, tile] of tiles) if (tile.newest.revision < this.#drop.revision || (tile.kind !== this.#kind && overlaps(tile.edges, bounds))) this.#remove(this.#set, key, tile);
      this.#drop = null;
      fresh = null;
    }
    const stale = [];
    for (const [key, tile] of [...tiles]) {
      if (!overlaps(tile.edges, bounds)) continue;
      tiles.delete(key);
      tiles.set(key, tile);
      if (tile.shown && tile.shown.version < version) stale.push(key);
    }
    this.painter.repaint("overlay", stale);
    for (const [key, tile] of tiles) {
      if (this.#bytes <= overlayBytesMax) break;
      if (!overlaps(tile.edges, bounds) && !tile.waiting.size) this.#remove(this.#set, key, tile);
    }
    return fresh;
  }

  /** Tiles in the order of drawing: the wanted kind, the newest revision, the most exact, the finest last. */
  #inOrder(view) {
    const bounds = view.bounds, isLast = (tile) => (tile.kind === this.#kind ? 1 : 0);
    return [...this.#set.tiles.values()].filter((tile) => tile.shown && overlaps(tile.edges, bounds)).sort((a, b) =>
      isLast(a) - isLast(b) || a.shown.meta.revision - b.shown.meta.revision || a.shown.meta.rank - b.shown.meta.rank || b.factor - a.factor);
  }

  /**
   * @param {CanvasRenderingContext2D} target lies over the image already drawn there, clipped to the part
   * @param {{edges: number[], place: number[]}} [part] of the view, in image pixels and in device pixels; all of it, if none is given
   */
  draw(target, view, part) {
    const tiles = this.#inOrder(view);
    this.#measure(tiles, view);
    if (!this.#isVisible || !tiles.length || this.#opacity <= 0) return;
    // A canvas that is drawn from is copied whole: that of a part is no larger than the part.
    const canvas = part ? this.partCanvas : this.canvas, [x, y, width, height] = part?.place ?? [0, 0, view.widthDevice, view.heightDevice];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.translate(-x, -y);
    this.#drawTiles(context, view, part ? tiles.filter(({ edges }) => overlaps(edges, part.edges)) : tiles);
    target.globalAlpha = this.#opacity;
    target.drawImage(canvas, x, y);
    target.globalAlpha = 1;
  }

  #drawTiles(context, view, tiles) {
    const { revision } = this.#set;
    for (const { kind, edges, shown } of tiles) {
      const place = view.toDevice(edges);
      context.imageSmoothingEnabled = kind !== "labels";
      context.clearRect(...place);
      context.globalAlpha = this.#isOld && shown.meta.revision < revision ? 0.5 : 1;
      drawTile(context, shown.bitmap, place, view);
      context.globalAlpha = 1;
      if (shown.meta.exactness === "preview") this.#hatch(context, place, view);
    }
  }

  /** Thin gaps, fixed to the image: "not yet exact". */
  #hatch(context, [x, y, width, height], view) {
    this.pattern ??= hatchPattern(context);
    context.save();
    context.globalCompositeOperation = "destination-out";
    this.pattern.setTransform(new DOMMatrix([1, 0, 0, 1, -(view.originX % 12), -(view.originY % 12)]));
    context.fillStyle = this.pattern;
    const left = Math.max(x, 0), top = Math.max(y, 0);
    context.fillRect(left, top, Math.min(x + width, view.widthDevice) - left, Math.min(y + height, view.heightDevice) - top);
    context.restore();
  }

  /** Shares by a grid of places, each as its topmost tile says. */
  #measure(tiles, view) {
    const columns = 40, rows = 24, codes = new Uint8Array(columns * rows), { pyramid, revision } = this.#set;
    const stepX = view.widthDevice / columns, stepY = view.heightDevice / rows;
    const mark = ([x, y, width, height], code) => {
      const right = Math.min(columns, Math.round((x + width) / stepX)), bottom = Math.min(rows, Math.round((y + height) / stepY));
      for (let row = Math.max(0, Math.round(y / stepY)); row < bottom; row++) for (let column = Math.max(0, Math.round(x / stepX)); column < right; column++) codes[row * columns + column] = code;
    };
    const names = ["", "none", "older", "preview", "live", "exact"];
    if (pyramid) mark(view.toDevice([0, 0, pyramid.width, pyramid.height]), 1);
    for (const { edges, shown, kind } of tiles) {
      if (kind === this.#kind) mark(view.toDevice(edges), shown.meta.revision < revision ? 2 : names.indexOf(shown.meta.exactness));
    }
    const counts = names.map(() => 0);
    for (const code of codes) counts[code]++;
    const all = Math.max(1, codes.length - counts[0]);
    this.#shares = Object.fromEntries(names.slice(1).map((name, index) => [name, counts[index + 1] / all]));
  }

  /** Shares (0…1) of the image in view as it was last drawn: exact, live, preview, older (of an older model), none. */
  coverage() { return { ...this.#shares }; }

  get bytes() { return this.#bytes; }
}

function hatchPattern(context) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 12, height: 12 }), lines = canvas.getContext("2d");
  lines.strokeStyle = "rgba(0,0,0,0.75)";
  lines.lineWidth = 2;
  for (const shift of [-12, 0, 12]) {
    lines.moveTo(shift - 2, 14);
    lines.lineTo(shift + 14, -2);
  }
  lines.stroke();
  return context.createPattern(canvas, "repeat");
}
