/** @import { Plane } from "./project/operations.js" */
import { api } from "./api/api.js";
import { Emitter } from "./ui/emitter.js";
import { messages } from "./ui/messages.js";
import { preferences } from "./ui/preferences.js";

/** Colours of channels that state none: red, green and blue first, then others that are bright on black. */
const CHANNEL_COLOURS = ["#FF0000", "#00FF00", "#0000FF", "#FF00FF", "#00FFFF", "#FFFF00", "#FF8000", "#FFFFFF"];
const SHOWN_MAX = 4;
const RETRY_MS = 700;

/**
 * The open image and how it is shown. Nothing of it is a request: contrast, channels and opacity are the browser's.
 *
 * Events: `image`, `plane`, `display`, `overlay`, `view`, `hover` {x, y}|null; `progress`: more of the image is prepared.
 */
export class Workspace extends Emitter {
  /** What the server says of the image. @type {any} */
  info = null;
  /** @type {Plane} */
  plane = { z: 0, t: 0 };
  /** @type {any} */
  display = { channels: [], brightness: 0, contrast: 1, interpolation: "auto" };
  overlay = preferences.get("overlay", { isVisible: true, opacity: 0.5, mode: "fill", kind: "labels" });
  #opening = "";
  #timer = 0;

  /** @param {{stream: import("./stream/stream.js").Stream, project: import("./project/project.js").Project, visibility: import("./project/visibility.js").Visibility, viewer: any, painter: import("./painting/painter.js").Painter}} parts */
  constructor({ stream, project, visibility, viewer, painter }) {
    super();
    this.project = project;
    this.visibility = visibility;
    this.viewer = viewer;
    this.painter = painter;
    this.#applyOverlay();
    // Who paints wants to see it.
    painter.on("down", () => { if (this.overlay.areStrokesShown === false) this.setOverlay({ areStrokesShown: true }); });
    project.on("change", () => this.#classesChanged());
    visibility.on("change", () => this.#classesChanged());
    stream.on("progress", (told) => this.#prepared(told));
    // Meanwhile it may have become ready.
    stream.on("connection", ({ isOpen }) => { if (isOpen) this.#askAgain(); });
  }

  /** @param {string} id */
  async open(id) {
    this.#opening = id;
    let info;
    try {
      info = await api.get(`images/${id}`);
    } catch (error) {
      if (this.#opening === id) messages.error(error);
      return;
    }
    if (this.#opening === id) this.#show(info);
  }

  #show(/** @type {any} */ info) {
    const { id } = info;
    const isOther = this.info?.id !== id;
    this.info = info;
    if (isOther) this.plane = { z: Math.min(this.plane.z, (info.depth ?? 1) - 1), t: Math.min(this.plane.t, (info.times ?? 1) - 1) };
    if (isOther) this.painter.cancel();
    this.display = this.#remembered(info);
    this.viewer.setImage(info, this.plane);
    this.viewer.display = this.display;
    this.painter.image = { id, plane: this.plane };
    this.painter.showShapes();
    this.#applyOverlay();
    preferences.set("image", id);
    this.emit("image");
    this.#askLater();
  }

  #askLater() {
    clearTimeout(this.#timer);
    if (this.info?.isReady === false) this.#timer = setTimeout(() => this.#askAgain(), RETRY_MS);
  }

  /** Asks how far an image is that is being prepared. What is shown of it, and what is asked for, stays as long as only its progress differs. */
  async #askAgain() {
    clearTimeout(this.#timer);
    const former = this.info;
    if (former?.isReady !== false) return;
    let info;
    try {
      info = await api.get(`images/${former.id}`);
    } catch (error) {
      if (this.info === former) messages.error(error);
      return;
    }
    if (this.info !== former) return;
    if (!isSame({ ...info, progress: former.progress }, former)) return this.#show(info);
    this.#setProgress(info.progress);
    this.#askLater();
  }

  /** Other planes are told of under the same name: the share only grows until the next answer, which is of the first plane. */
  #prepared(/** @type {{image: string, progress: number}} */ { image, progress }) {
    if (this.info?.id !== image || this.info.isReady !== false) return;
    if (progress >= 1) this.#askAgain();
    else this.#setProgress(Math.max(progress, this.info.progress ?? 0));
  }

  #setProgress(/** @type {number} */ progress) {
    this.info.progress = progress;
    this.emit("progress");
  }

  /** The open image is gone. */
  close() {
    this.#opening = "";
    this.info = null;
    this.painter.image = null;
    this.painter.showShapes();
    this.emit("image");
  }

  /** @param {Partial<Plane>} change */
  setPlane(change) {
    if (!this.info) return;
    this.plane = { ...this.plane, ...change };
    this.painter.cancel();
    this.viewer.setImage(this.info, this.plane);
    this.viewer.display = this.display;
    this.painter.image = { id: this.info.id, plane: this.plane };
    this.painter.showShapes();
    this.emit("plane");
  }

  /** @param {Record<string, any>} change of the whole picture */
  setDisplay(change) {
    this.display = { ...this.display, ...change };
    this.viewer.display = this.display;
    this.#remember();
    this.emit("display");
  }

  /** @param {number} index @param {Record<string, any>} change of one channel */
  setChannel(index, change) { this.setDisplay({ channels: this.display.channels.map((/** @type {any} */ one, /** @type {number} */ at) => (at === index ? { ...one, ...change } : one)) }); }

  /** Contrast from the histogram, of all channels. */
  auto() { this.setDisplay({ brightness: 0, contrast: 1, channels: this.display.channels.map((/** @type {any} */ one, /** @type {number} */ at) => ({ ...one, ...rangeOf(this.info, at, true), gamma: 1 })) }); }

  /** @param {Record<string, any>} change */
  setOverlay(change) {
    this.overlay = { ...this.overlay, ...change };
    preferences.set("overlay", this.overlay);
    this.#applyOverlay();
    this.emit("overlay");
  }

  /** @param {boolean} isRaw while a key is held */
  setRaw(isRaw) {
    this.viewer.overlay.isVisible = !isRaw && this.overlay.isVisible;
    this.painter.setRaw(isRaw || this.overlay.areStrokesShown === false);
  }

  /** @param {number} index @returns {string} */
  channelName(index) { return this.info?.channelNames?.[index] ?? (isColour(this.info) ? ["Red", "Green", "Blue"][index] : `Channel ${index + 1}`); }

  #applyOverlay() {
    const { overlay } = this.viewer;
    Object.assign(overlay, { opacity: this.overlay.opacity, mode: this.overlay.mode, kind: this.overlay.kind, isVisible: this.overlay.isVisible });
    overlay.setClasses(this.#overlayClasses());
    this.painter.setRaw(this.overlay.areStrokesShown === false);
  }

  #overlayClasses() { return [...this.project.fold.classes.values()].map(({ number, colour, isDeleted }) => ({ number, colour, isHidden: this.visibility.isHidden(number) || isDeleted })); }

  #shown = "";
  #classesChanged() {
    const classes = this.#overlayClasses();
    const text = JSON.stringify(classes);
    if (text !== this.#shown) { this.#shown = text; this.viewer.overlay.setClasses(classes); }
  }

  /** Channels are remembered by name, over all images of the project. */
  #key(/** @type {any} */ info) { return `display.${this.project.about.name}.${info.channels}.${info.sampleType}.${(info.channelNames ?? []).join("|")}`; }

  #remember() { preferences.set(this.#key(this.info), this.display); }

  #remembered(/** @type {any} */ info) {
    const kept = preferences.get(this.#key(info), null);
    if (kept?.channels?.length === info.channels) return kept;
    const channels = Array.from({ length: info.channels }, (_, index) => ({
      isVisible: index < SHOWN_MAX,
      colour: info.channelColours?.[index] ?? (info.channels === 1 ? "#FFFFFF" : CHANNEL_COLOURS[index % CHANNEL_COLOURS.length]),
      ...rangeOf(info, index, false), gamma: 1,
    }));
    return { channels, brightness: 0, contrast: 1, interpolation: "auto" };
  }
}

/** @param {any} info @returns {boolean} whether its channels are red, green and blue */
export const isColour = (info) => info?.channels === 3 && info.sampleType === "uint8" && !info.channelNames;

/** @returns {boolean} whether two values of JSON are the same, whatever the order of members */
function isSame(/** @type {any} */ a, /** @type {any} */ b) {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]));
}

/** Eight bits are shown as they are, unless contrast is asked for; other samples always need a range. */
function rangeOf(/** @type {any} */ info, /** @type {number} */ index, /** @type {boolean} */ isAuto) {
  if (!isAuto && info.sampleType === "uint8") return { low: 0, high: 255 };
  const ranges = info.histogramRange ?? [];
  const [low, high] = Array.isArray(ranges[index]) ? ranges[index] : typeof ranges[0] === "number" ? ranges : [0, info.sampleType === "uint8" ? 255 : 65535];
  return { low, high: high > low ? high : low + 1 };
}
