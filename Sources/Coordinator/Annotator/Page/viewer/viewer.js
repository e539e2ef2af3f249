/**
 * The viewer of one image: image, overlay, ink. The seam to the rest of the page:
 *
 *     const viewer = new Viewer(element, { onViewChange(view), onHover({x, y, values?, level?} | null), onTrouble({status}), devicePixelRatio })
 *     viewer.setImage(info, plane)     the answer of `GET images/{id}`, {z, t}; the former image stays until tiles of this one are there
 *     viewer.view                      {rect: [x, y, width, height] in image pixels, also outside the image, scale, level, widthCss, heightCss}
 *     viewer.zoomTo(scale, cssX?, cssY?, isAnimated?), panBy(dxCss, dyCss), fit(), showRect(rect), toImage(cssX, cssY), toCss(x, y)
 *     viewer.display                   see display.js; assign a whole one, or change it and assign it again: no request is made
 *     viewer.overlay, viewer.ink       see overlay.js and ink.js
 *     viewer.addPointerTool(tool)      {onDown(e), onMove(e, coalesced), onUp(e), onCancel(e, {isGesture}), cursor: {radius}}, or null: pans
 *     viewer.updateCursor()            after the tool's radius changed
 *     viewer.completeOverlay()         all tiles of the result for this view came
 *     viewer.isComplete                whether the view shows all tiles of its level; `coverage()` of the overlay says the same of that
 *     viewer.destroy()
 *
 * A tool's event is {x, y (image pixels), cssX, cssY, pressure, pointerType, button, buttons, time, shiftKey, altKey, ctrlKey, metaKey, original}.
 * `onCancel` with `isGesture`: a second finger came, the stroke was none; without: the system took the pointer, keep what was drawn.
 */
import { ViewTransform } from "./view-transform.js";
import { Painter } from "./painter.js";
import { RequestQueue } from "./request-queue.js";
import { ImageTiles } from "./image-tiles.js";
import { OverlayLayer } from "./overlay.js";
import { InkLayer } from "./ink.js";
import { Pointers } from "./pointers.js";
import { Motion } from "./motion.js";
import { BrushCircle } from "./brush-circle.js";
import { ScaleBar } from "./scale-bar.js";
import { defaultDisplay } from "./display.js";

export const scaleMax = 32, scaleMin = 1 / 32768;

/** How long a new image waits, once something of it is there, for the rest of its view. */
const waitForRestMilliseconds = 150;

/** Between frames that draw nothing but tiles of the result. */
const overlayEveryMilliseconds = 60;

/** From more new tiles on in one frame, all of the view is drawn. */
const partsMax = 12;

export class Viewer {
  #view = new ViewTransform();
  #motion = new Motion();
  #queue = new RequestQueue(4);
  /** @type {ImageTiles|null} */ #shown = null;
  /** @type {ImageTiles|null} */ #next = null;
  #shownView = null;
  #coveredSince = 0;
  #frame = 0;
  #isDirty = true;
  #overlayDrawnAt = 0;
  #overlayTimer = 0;
  #told = "";
  #groups = 0;
  #hover = null;
  #isAsking = false;
  #tool = null;

  /**
   * @param {HTMLElement} element fills its place; gets the canvases
   * @param {{onViewChange?: Function, onHover?: Function, onTrouble?: Function, devicePixelRatio?: number}} options
   */
  constructor(element, options = {}) {
    this.element = element;
    this.options = options;
    const invalidate = () => this.invalidate();
    this.imagePainter = new Painter(invalidate);
    this.overlayPainter = new Painter(() => this.#overlayArrived());
    this.overlay = new OverlayLayer(this.overlayPainter, invalidate);
    this.ink = new InkLayer(this.overlayPainter, () => this.#requestFrame());
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.#build();
    this.circle = new BrushCircle(element);
    this.scaleBar = new ScaleBar(element);
    this.pointers = new Pointers(element, this.#host());
    this.observer = new ResizeObserver(([entry]) => this.#resize(entry));
    try { this.observer.observe(element, { box: "device-pixel-content-box" }); } catch { this.observer.observe(element); }
    this.#resize();
  }

  #build() {
    const { element } = this, { position } = getComputedStyle(element);
    if (position === "static") element.style.position = "relative";
    element.style.overflow = "hidden";
    const names = [[this.canvas, "viewer-image", "Image"], [this.ink.shapesCanvas, "viewer-shapes", "Painted shapes"], [this.ink.canvas, "viewer-ink", "Drawing surface"]];
    for (const [canvas, className, name] of names) {
      canvas.className = className;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", name);
      Object.assign(canvas.style, { position: "absolute", left: "0", top: "0", width: "100%", height: "100%", display: "block", userSelect: "none", pointerEvents: "none" });
      element.append(canvas);
    }
    element.style.cursor = "grab";
  }

  #resize(entry) {
    const { clientWidth, clientHeight } = this.element, size = entry?.devicePixelContentBoxSize?.[0];
    const ratio = this.options.devicePixelRatio ?? devicePixelRatio;
    // Under an emulated ratio the box is told in other pixels: places of the pointer would be off.
    const isExact = size && !this.options.devicePixelRatio && Math.abs(size.inlineSize - clientWidth * ratio) < 2;
    const width = Math.max(1, isExact ? size.inlineSize : Math.round(clientWidth * ratio)), height = Math.max(1, isExact ? size.blockSize : Math.round(clientHeight * ratio));
    const view = this.#view;
    if (view.widthDevice === width && view.heightDevice === height && view.ratio === ratio) return;
    const wasTiny = view.widthDevice <= 1;
    Object.assign(view, { widthDevice: width, heightDevice: height, ratio });
    if (this.#shownView) Object.assign(this.#shownView, { widthDevice: width, heightDevice: height, ratio });
    Object.assign(this.canvas, { width, height });
    this.ink.resize(width, height);
    if (wasTiny && this.#newest) this.fit();
    this.#isDirty = true;
    this.#draw(performance.now()); // at once: a resized canvas is empty
  }

  get #newest() { return this.#next ?? this.#shown; }

  /** Shows another image or plane. The view stays if the image is as large as the former one of the same id, else the whole image is shown. */
  setImage(info, plane = { z: 0, t: 0 }) {
    const former = this.#newest?.info, isSame = former?.id === info.id && former.width === info.width && former.height === info.height;
    const display = isSame && this.#display?.channels.length === info.channels ? this.#display : defaultDisplay(info);
    this.#motion.stop();
    this.#next?.dispose();
    if (this.#shown) this.#shownView ??= isSame ? null : this.#view.copy();
    this.#next = new ImageTiles(info, plane, this.imagePainter, `image${++this.#groups}`, (status) => this.options.onTrouble?.({ status }));
    this.#coveredSince = 0;
    this.overlay.start(this.#next.pyramid);
    this.display = display;
    this.canvas.setAttribute("aria-label", `Image ${info.name ?? ""}`.trim());
    if (!isSame) this.fit();
    this.invalidate();
  }

  #display = null;
  get display() { return this.#display; }
  set display(display) {
    this.#display = display;
    if (this.#newest) this.imagePainter.setStyle(this.#newest.group, structuredClone(display));
    this.invalidate();
  }

  get view() {
    const { rect, scale, widthCss, heightCss } = this.#view;
    return { rect, scale, level: this.#newest?.levelFor(this.#view) ?? 0, widthCss, heightCss };
  }

  get isComplete() { return Boolean(this.#shown) && !this.#next && this.#shown.isComplete(this.#view, this.#shown.levelFor(this.#view)); }

  toImage(cssX, cssY) { return this.#view.toImage(cssX, cssY); }
  toCss(x, y) { return this.#view.toCss(x, y); }

  zoomTo(scale, cssX = this.#view.widthCss / 2, cssY = this.#view.heightCss / 2, isAnimated = false) {
    const target = Math.min(scaleMax, Math.max(scaleMin, scale));
    this.#motion.stop();
    if (isAnimated && !Motion.isUnwanted) this.#motion.zoom(target, cssX, cssY); else this.#view.zoomAround(target, cssX, cssY);
    this.invalidate();
  }

  panBy(dxCss, dyCss) {
    this.#view.panBy(dxCss, dyCss);
    this.invalidate();
  }

  fit() {
    const pyramid = this.#newest?.pyramid;
    if (pyramid) this.showRect([0, 0, pyramid.width, pyramid.height]);
  }

  showRect(rect) {
    this.#motion.stop();
    this.#view.show(rect, scaleMax);
    this.#view.scale = Math.max(this.#view.scale, scaleMin);
    this.invalidate();
  }

  addPointerTool(tool) {
    this.#tool = tool;
    this.updateCursor();
  }

  /** Shows the circle of the tool where the pointer is. */
  updateCursor() {
    const radius = this.#tool?.cursor?.radius, at = this.#hover;
    this.element.style.cursor = !this.#tool ? "grab" : radius * this.#view.scale > 3 ? "none" : "crosshair";
    if (at && radius) this.circle.show(at.x, at.y, radius * this.#view.scale); else this.circle.hide();
  }

  /** What gestures do. They keep the image's middle near: its edge stops at the middle of the view, and a whole image is at least a quarter of the view. */
  #host() {
    const smallest = () => {
      const pyramid = this.#newest?.pyramid, { widthCss, heightCss } = this.#view;
      return pyramid ? Math.min(1, 0.25 * Math.min(widthCss / pyramid.width, heightCss / pyramid.height)) : scaleMin;
    };
    return {
      tool: () => this.#tool,
      event: (event) => this.#toolEvent(event),
      hover: (x, y, event) => { this.#hover = { x, y, isNew: true, pointerType: event.pointerType }; this.updateCursor(); this.#requestFrame(); },
      leave: () => { this.#hover = null; this.circle.hide(); this.options.onHover?.(null); },
      stop: () => this.#motion.stop(),
      pan: (dx, dy) => this.panBy(dx, dy),
      glide: (vx, vy) => { this.#motion.glide(vx, vy); this.invalidate(); },
      zoom: (factor, x, y, isSmooth) => {
        const from = (isSmooth && this.#motion.target) || this.#view.scale;
        this.zoomTo(Math.max(from * factor, Math.min(from, smallest())), x, y, isSmooth);
      },
    };
  }

  #toolEvent(original) {
    const { left, top } = this.element.getBoundingClientRect(), cssX = original.clientX - left, cssY = original.clientY - top;
    const { pressure, pointerType, button, buttons, timeStamp: time, shiftKey, altKey, ctrlKey, metaKey } = original;
    return { ...this.toImage(cssX, cssY), cssX, cssY, pressure, pointerType, button, buttons, time, shiftKey, altKey, ctrlKey, metaKey, original };
  }

  /** Asks for a frame in which image and overlay are drawn again. */
  invalidate() {
    this.#isDirty = true;
    this.#requestFrame();
  }

  /** Tiles of the result come one by one: those that come soon after others wait for more, but for the first of a model and the last of a view. */
  #overlayArrived() {
    const wait = this.overlay.isUrgent ? 0 : this.#overlayDrawnAt + overlayEveryMilliseconds - performance.now();
    if (wait <= 0) this.#requestFrame();
    else this.#overlayTimer ||= setTimeout(() => { this.#overlayTimer = 0; this.#requestFrame(); }, wait);
  }

  /** All tiles of the result came: the last ones are drawn as soon as they are painted. */
  completeOverlay() {
    this.overlay.isUrgent = true;
    if (this.#overlayTimer) this.#requestFrame();
  }

  #requestFrame() { this.#frame ||= requestAnimationFrame((time) => { this.#frame = 0; this.#draw(time); }); }

  #draw(time) {
    this.#motion.step(this.#view, time);
    if (this.#motion.isOn) this.#isDirty = true;
    this.#clamp();
    if (this.imagePainter.take()) this.#isDirty = true;
    const hasOverlay = this.overlayPainter.take();
    if (hasOverlay) this.#overlayDrawnAt = time;
    if (this.#isDirty) {
      this.#isDirty = false;
      this.#newest?.update(this.#view, this.#newest.levelFor(this.#view), this.#queue);
      this.#swap(time);
      this.overlay.update(this.#shownView ?? this.#view);
      this.#drawImage();
    } else if (hasOverlay) this.#drawParts(this.overlay.update(this.#shownView ?? this.#view));
    this.ink.draw(this.#shownView ?? this.#view);
    if (this.#motion.isOn) this.invalidate();
    this.#tell();
  }

  /** The middle of the view stays in the image. */
  #clamp() {
    const pyramid = this.#newest?.pyramid, view = this.#view;
    if (!pyramid) return;
    view.centreX = Math.min(pyramid.width, Math.max(0, view.centreX));
    view.centreY = Math.min(pyramid.height, Math.max(0, view.centreY));
  }

  /** Lets the next image take the place of the shown one: when its view is complete, or, a moment after it is covered coarsely. */
  #swap(time) {
    const next = this.#next;
    if (!next?.isCovered) return;
    if (!this.#coveredSince) {
      this.#coveredSince = time;
      setTimeout(() => this.invalidate(), waitForRestMilliseconds + 5);
    }
    const isWaiting = this.#shown && time - this.#coveredSince < waitForRestMilliseconds;
    if (isWaiting && !next.isComplete(this.#view, next.levelFor(this.#view))) return;
    this.#shown?.dispose();
    this.#shown = next;
    this.#next = this.#shownView = null;
    this.overlay.swap();
    this.ink.clearMasks();
  }

  /** Draws no more than what looks otherwise: a browser without a graphics card copies and blends every pixel that is drawn. */
  #drawParts(edges) {
    if (!edges || !this.#shown || edges.length > partsMax) return this.#drawImage();
    const view = this.#shownView ?? this.#view;
    for (const one of edges) {
      const [x, y, width, height] = view.toDevice(one), left = Math.max(0, x), top = Math.max(0, y);
      const place = [left, top, Math.min(view.widthDevice, x + width) - left, Math.min(view.heightDevice, y + height) - top];
      if (place[2] <= 0 || place[3] <= 0) continue;
      this.context.save();
      this.context.beginPath();
      this.context.rect(...place);
      this.context.clip();
      this.#drawImage({ edges: one, place });
      this.context.restore();
    }
  }

  /** @param {{edges: number[], place: number[]}} [part] of the view, to which the context is clipped */
  #drawImage(part) {
    const { context } = this, view = this.#shownView ?? this.#view, level = this.#shown?.levelFor(view) ?? 0;
    context.clearRect(...(part?.place ?? [0, 0, view.widthDevice, view.heightDevice]));
    if (!this.#shown) return;
    const { interpolation } = this.#display, magnification = this.#shown.pyramid.factorX(level) * view.deviceScale;
    context.imageSmoothingEnabled = interpolation === "smooth" || (interpolation !== "nearest" && magnification < 2);
    context.imageSmoothingQuality = "low";
    this.#shown.draw(context, view, level);
    context.imageSmoothingEnabled = false;
    this.overlay.draw(context, view, part);
  }

  #tell() {
    const view = this.view, text = [...view.rect, view.level, this.#newest?.group].join();
    if (text !== this.#told && this.#newest) {
      this.#told = text;
      this.scaleBar.update(view.scale, this.#newest.info.micronsPerPixel);
      this.updateCursor();
      if (this.#hover) this.#hover.isNew = true;
      this.options.onViewChange?.(view);
    }
    if (this.#hover?.isNew) this.#tellHover();
  }

  async #tellHover() {
    const { onHover } = this.options, at = this.#hover, shown = this.#shown;
    at.isNew = false;
    if (!onHover || !shown) return;
    const { x, y } = this.toImage(at.x, at.y), isInside = x >= 0 && y >= 0 && x < shown.pyramid.width && y < shown.pyramid.height;
    if (!isInside || this.#isAsking) { onHover({ x, y }); return; }
    this.#isAsking = true;
    const found = await shown.values(x, y, shown.levelFor(this.#view));
    this.#isAsking = false;
    if (this.#hover) onHover({ x, y, ...found });
  }

  /** Bytes of samples and colours that are kept. */
  get bytes() { return { image: (this.#shown?.bytes ?? 0) + (this.#next?.bytes ?? 0), overlay: this.overlay.bytes }; }

  destroy() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#overlayTimer);
    this.observer.disconnect();
    this.#queue.set([]);
    this.imagePainter.close();
    this.overlayPainter.close();
    this.ink.close();
    this.element.replaceChildren();
  }
}
