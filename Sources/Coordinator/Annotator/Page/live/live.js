import { Emitter } from "../ui/emitter.js";

const SETTLE_MS = 300;
const COUNT_EVERY_MS = 80;

/**
 * The live result: tells the server what is on the screen, and gives the viewer the tiles that come.
 *
 * Events: `state`, `coverage`, `connection`.
 */
export class Live extends Emitter {
  /** The last `state` frame. @type {any} */
  state = null;
  isOpen = false;
  /** Shares of the view, 0…1. @type {{exact: number, live: number, preview: number}|null} */
  coverage = null;
  /** Where the pen was last. @type {[number, number]|null} */
  #focus = null;
  #revision = 0;
  /** The last view of which every tile came. @type {{key: string, revision: number}|null} */
  #complete = null;
  #sentKey = "";
  /** The last view that was sent. @type {any} */
  #sent = null;
  /** Of the last view that was sent. */
  #serial = 0;
  #frame = 0;
  #again = 0;

  /** @param {{stream: import("../stream/stream.js").Stream, workspace: import("../workspace.js").Workspace, viewer: any, painter: import("../painting/painter.js").Painter}} parts */
  constructor({ stream, workspace, viewer, painter }) {
    super();
    this.stream = stream;
    this.workspace = workspace;
    this.viewer = viewer;
    stream.on("state", (state) => { this.state = state; if (state.model) this.#begin(state.model.revision); this.emit("state"); });
    stream.on("connection", ({ isOpen }) => { this.isOpen = isOpen; this.#complete = null; this.emit("connection"); this.emit("state"); });
    stream.on("tile", (tile) => this.#tile(tile));
    stream.on("view", (view) => this.#viewDone(view));
    workspace.on("image plane overlay", () => { this.#complete = null; this.#count(); this.sendView(); });
    // Nobody sees a hidden tab: others come first.
    document.addEventListener("visibilitychange", () => { if (document.hidden) stream.setView(null); else this.sendView(); });
    painter.on("down", ({ x, y }) => { this.#focus = [Math.round(x), Math.round(y)]; this.sendView(); });
    painter.on("drawing", (drawing) => this.#sendDrawing(drawing));
  }

  /** Tells of a stroke while it is drawn: the server begins with what its training will need. */
  #sendDrawing(/** @type {any} */ { points, width }) {
    if (!this.#sent || document.hidden || !this.state?.isLive) return;
    const rounded = points.map(({ x, y }) => [Math.round(10 * x) / 10, Math.round(10 * y) / 10]);
    this.stream.setView({ ...this.#sent, drawing: { points: rounded, width } });
  }

  /** Tells what is on the screen; the stream waits until the view rests for a moment. */
  sendView() {
    const view = this.viewOf(this.viewer);
    if (!view || document.hidden) return;
    const key = this.#key(view);
    if (key !== this.#sentKey) this.#count();
    this.#sentKey = key;
    const known = this.#complete?.key === key ? this.#complete.revision : undefined;
    this.#serial += 1;
    this.#sent = { ...view, serial: this.#serial, ...(this.#focus ? { focus: this.#focus } : {}) };
    this.stream.setView({ ...this.#sent, ...(known === undefined ? {} : { known }) });
  }

  /** @param {any} viewer @returns {any} the view of the contract, or null without an image */
  viewOf(viewer) {
    const { info, plane, overlay } = this.workspace;
    if (!info || !viewer.view || info.isReady === false) return null;
    const [x, y, width, height] = viewer.view.rect;
    const [left, top] = [Math.max(0, Math.floor(x)), Math.max(0, Math.floor(y))];
    const [right, bottom] = [Math.min(info.width, Math.ceil(x + width)), Math.min(info.height, Math.ceil(y + height))];
    if (right <= left || bottom <= top) return null;
    return { image: info.id, z: plane.z, t: plane.t, rect: [left, top, right - left, bottom - top], level: viewer.view.level ?? 0, kinds: [overlay.kind] };
  }

  #key(/** @type {any} */ { image, z, t, rect, level, kinds }) { return JSON.stringify([image, z, t, rect, level, kinds]); }

  #begin(/** @type {number} */ revision) {
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#complete = null;
    this.viewer.overlay.beginRevision(revision);
  }

  #tile(/** @type {any} */ tile) {
    if (tile.tab !== this.stream.tab || tile.image !== this.workspace.info?.id) return;
    if (tile.revision > this.#revision) this.#begin(tile.revision);
    this.viewer.overlay.setTile(tile);
    this.#count();
  }

  #viewDone(/** @type {any} */ { tab, serial, revision, isComplete }) {
    // What is said of a view before this one says nothing of this one.
    if (tab !== this.stream.tab || serial !== this.#serial) return;
    if (isComplete) {
      this.viewer.completeOverlay();
      this.#settle(revision, this.#sentKey);
    }
    this.#count();
    this.emit("complete", revision);
  }

  /** All tiles are there: older ones can go when these are painted, unless the view has moved by then. */
  #settle(/** @type {number} */ revision, /** @type {string} */ key) {
    setTimeout(() => {
      if (this.#sentKey !== key || this.#revision !== revision) return;
      this.#complete = { key, revision };
      this.viewer.overlay.dropOlderThan?.(revision);
    }, SETTLE_MS);
  }

  /** Counts what is covered: once a frame, not once a tile, and again until it rests, since tiles are seen only when they are painted. */
  #count(triesLeft = 6) {
    clearTimeout(this.#again);
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const former = JSON.stringify(this.coverage);
      this.coverage = this.viewer.overlay.coverage?.() ?? null;
      const isSame = JSON.stringify(this.coverage) === former;
      if (!isSame) this.emit("coverage");
      if (triesLeft > 0) this.#again = setTimeout(() => this.#count(isSame ? triesLeft - 1 : triesLeft), COUNT_EVERY_MS);
    });
  }
}
