/**
 * The page's end of a paint worker. Bitmaps that arrive wait until `take`, which the frame calls, so that all that are ready appear together.
 */
export class Painter {
  #worker = new Worker(new URL("./paint-worker.js", import.meta.url), { type: "module" });
  #targets = new Map();
  #arrived = [];
  #versions = new Map();
  #repainting = new Set();
  #requests = new Map();
  #serial = 0;

  /** @param {() => void} onArrived bitmaps wait: a frame is wanted */
  constructor(onArrived) {
    this.#worker.onmessage = ({ data }) => {
      if (data.type === "painted") {
        this.#arrived.push(...data.tiles);
        if (data.isRepaint) {
          this.#repainting.delete(data.group);
          const keys = data.tiles.map(({ key }) => key);
          if (data.tiles[0]?.version < this.version(data.group)) this.repaint(data.group, keys); // while a slider is dragged
        }
        onArrived();
      } else if (data.type === "value") {
        this.#requests.get(data.request)?.(data.values);
        this.#requests.delete(data.request);
      } else if (data.type === "failed") this.#targets.get(data.key)?.(null);
    };
  }

  /** How tiles of a group are painted from now on. */
  setStyle(group, style) {
    const version = this.version(group) + 1;
    this.#versions.set(group, version);
    this.#worker.postMessage({ type: "style", group, style, version });
  }

  version(group) { return this.#versions.get(group) ?? 0; }

  /**
   * Keeps a tile in the worker and paints it.
   * @param {(painted: {serial: number, version: number, bitmap: ImageBitmap}|null) => void} target called within `take`, now and after each repaint; with null if the tile cannot be read
   * @returns {number} the serial that its bitmaps carry
   */
  add(group, key, tile, transfer, target) {
    const serial = ++this.#serial;
    this.#targets.set(key, target);
    this.#worker.postMessage({ type: "add", group, key, serial, tile }, transfer);
    return serial;
  }

  /** Paints tiles again in the group's newest style, unless that goes on already: whoever still sees old ones at the next frame asks again. */
  repaint(group, keys) {
    if (!keys.length || this.#repainting.has(group)) return;
    this.#repainting.add(group);
    this.#worker.postMessage({ type: "repaint", group, keys });
  }

  drop(keys) {
    for (const key of keys) this.#targets.delete(key);
    if (keys.length) this.#worker.postMessage({ type: "drop", keys });
  }

  /** Samples of one pixel of a tile: a number a channel, or null. */
  value(key, x, y) {
    return new Promise((resolve) => {
      const request = ++this.#serial;
      this.#requests.set(request, resolve);
      this.#worker.postMessage({ type: "value", key, x, y, request });
    });
  }

  /** Hands all bitmaps that arrived to their targets. Returns whether there were any. */
  take() {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const painted of arrived) {
      const target = this.#targets.get(painted.key);
      if (target) target(painted);
      else painted.bitmap.close();
    }
    return arrived.length > 0;
  }

  close() { this.#worker.terminate(); }
}
