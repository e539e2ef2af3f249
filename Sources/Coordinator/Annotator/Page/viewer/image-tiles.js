import { Pyramid, tileName } from "./pyramid.js";
import { drawTile } from "./draw-tile.js";

/** Samples and colours of the tiles that a view may need, in bytes: a finer level would need more. */
export const imageBytesMax = 88 << 20;
/** Those of all tiles that are kept, unless a view needs more. */
export const imageBytesKept = 40 << 20;

/**
 * The tiles of one plane of one image: fetches what a view wants, keeps the latest seen within a limit, and draws a view from the best that is there:
 * its own level, else coarser levels with finer ones above. The coarsest level is never dropped, so that nothing is blank once it came.
 */
export class ImageTiles {
  /** @type {Map<string, {bitmap: ImageBitmap|null, version: number, bytes: number, edges: number[], isMissing?: boolean}>} least recently seen first */
  #tiles = new Map();
  #bytes = 0;
  #isDisposed = false;

  /**
   * @param {object} info as `GET images/{id}` gives it
   * @param {{z: number, t: number}} plane
   * @param {import("./painter.js").Painter} painter
   * @param {string} group of the painter, for this plane alone
   * @param {(status: number) => void} onRefused the server has no tile: 404, or 410 when the image changed
   */
  constructor(info, plane, painter, group, onRefused) {
    Object.assign(this, { info, plane, painter, group, onRefused });
    this.pyramid = new Pyramid(info);
    const bits = Number(/\d+/.exec(info.sampleType ?? "")?.[0] ?? (/float|single/i.test(info.sampleType) ? 32 : 8));
    this.bytesPerTile = 65536 * (info.channels * Math.min(32, bits) / 8 + 4);
  }

  /** The level to show: a coarser one if the samples of the view would not fit. */
  levelFor(view) {
    let level = this.pyramid.levelFor(view.deviceScale);
    const count = () => this.pyramid.tilesIn(level, view.rect).length;
    while (level < this.pyramid.coarsest && count() * this.bytesPerTile > 0.8 * imageBytesMax) level++;
    return level;
  }

  /** Asks for what a view lacks: the coarsest level, a coarse stand-in, the view from its centre outwards, then a ring around it. */
  update(view, level, queue) {
    const { pyramid } = this, seen = pyramid.tilesIn(level, view.rect), wishes = [], pinned = new Set();
    const want = (tile) => {
      const name = tileName(tile);
      pinned.add(name);
      if (this.#isKnown(name)) this.#touch(name); else wishes.push(tile);
    };
    pyramid.tilesIn(pyramid.coarsest, [0, 0, pyramid.width, pyramid.height]).forEach(want);
    if (level + 2 < pyramid.coarsest && seen.some((tile) => !this.#isKnown(tileName(tile)))) pyramid.tilesIn(level + 2, view.rect).forEach(want);
    seen.forEach(want);
    this.painter.repaint(this.group, seen.map(tileName).filter((name) => this.#isStale(name)).map((name) => this.#key(name)));
    if (this.#bytes < 0.8 * imageBytesKept) pyramid.tilesIn(level, view.rect, 1).forEach((tile) => pinned.has(tileName(tile)) || this.#isKnown(tileName(tile)) || wishes.push(tile));
    queue.set(wishes.map((tile) => this.#wish(tile)));
    this.#evict(pinned);
  }

  #wish(tile) {
    const { info, plane } = this, name = tileName(tile);
    const query = new URLSearchParams({ z: plane.z, t: plane.t, k: info.contentKey ?? "" });
    return {
      url: `/api/v1/images/${info.id}/tiles/${name}?${query}`,
      done: (buffer) => this.#receive(name, tile, buffer),
      failed: (status) => {
        this.#tiles.set(name, { bitmap: null, version: 0, bytes: 0, edges: this.pyramid.edges(tile), isMissing: true });
        this.onRefused(status);
      },
    };
  }

  #receive(name, tile, buffer) {
    if (this.#isDisposed) return;
    const entry = { bitmap: null, version: 0, bytes: buffer.byteLength + 4 * 65536, edges: this.pyramid.edges(tile) };
    this.#bytes += entry.bytes;
    this.#tiles.set(name, entry);
    this.painter.add(this.group, this.#key(name), { buffer }, [buffer], (painted) => {
      if (!painted) { entry.isMissing = true; return; }
      entry.bitmap?.close();
      entry.bitmap = painted.bitmap;
      entry.version = painted.version;
    });
  }

  #key(name) { return `${this.group}/${name}`; }
  #isKnown(name) { return this.#tiles.has(name); }
  #isStale(name) {
    const tile = this.#tiles.get(name);
    return Boolean(tile?.bitmap) && tile.version < this.painter.version(this.group);
  }

  #touch(name) {
    const tile = this.#tiles.get(name);
    this.#tiles.delete(name);
    this.#tiles.set(name, tile);
  }

  #evict(pinned) {
    const dropped = [];
    for (const [name, tile] of this.#tiles) {
      if (this.#bytes <= imageBytesKept) break;
      if (pinned.has(name)) continue;
      this.#tiles.delete(name);
      this.#bytes -= tile.bytes;
      tile.bitmap?.close();
      dropped.push(this.#key(name));
    }
    this.painter.drop(dropped);
  }

  /** Tiles of a view's level that have colours, and how many have none yet. */
  #ready(view, level) {
    const tiles = this.pyramid.tilesIn(level, view.rect), ready = [], missing = [];
    for (const tile of tiles) {
      const entry = this.#tiles.get(tileName(tile));
      if (entry?.bitmap) ready.push(entry);
      else if (!entry?.isMissing) missing.push(tile);
    }
    return { ready, missing };
  }

  isComplete(view, level) { return this.#ready(view, level).missing.length === 0; }

  /** Whether every place of the image has at least a coarse stand-in. */
  get isCovered() { return this.isComplete({ rect: [0, 0, this.pyramid.width, this.pyramid.height] }, this.pyramid.coarsest); }

  draw(context, view, level) {
    const { ready, missing } = this.#ready(view, level);
    const draw = (entry) => drawTile(context, entry.bitmap, view.toDevice(entry.edges), view);
    if (missing.length) {
      context.save();
      context.beginPath();
      for (const tile of missing) context.rect(...view.toDevice(this.pyramid.edges(tile)));
      context.clip();
      for (let other = this.pyramid.coarsest; other > level; other--) this.#ready(view, other).ready.forEach(draw);
      for (let other = level - 1; other >= Math.max(0, level - 2); other--) this.#ready(view, other).ready.forEach(draw);
      context.restore();
    }
    ready.forEach(draw);
  }

  /** Samples at a place, of the finest of the view's tiles that is there. */
  async values(x, y, level) {
    const { pyramid } = this;
    for (let other = level; other <= pyramid.coarsest; other++) {
      const px = Math.floor(x / pyramid.factorX(other)), py = Math.floor(y / pyramid.factorY(other)), name = `${other}/${px >> 8}/${py >> 8}`;
      if (!this.#tiles.get(name)?.bitmap) continue;
      const values = await this.painter.value(this.#key(name), px & 255, py & 255);
      if (values) return { values, level: other };
    }
    return null;
  }

  get bytes() { return this.#bytes; }

  dispose() {
    this.#isDisposed = true;
    for (const tile of this.#tiles.values()) tile.bitmap?.close();
    this.painter.drop([...this.#tiles.keys()].map((name) => this.#key(name)));
    this.#tiles.clear();
  }
}
