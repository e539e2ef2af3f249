/** @import { Point } from "./simplify.js" */
import { svg } from "../ui/dom.js";

/** Lines over the image for what is not there yet: a polygon's outline, a rectangle, the cross of the keyboard. They are as thin at every zoom. */
export class Draft {
  /** @type {Point[]} */
  #points = [];
  #isClosed = false;
  /** @type {Point|null} */
  #cross = null;
  #isPenDown = false;

  /** @param {HTMLElement} canvas it lies over @param {any} viewer */
  constructor(canvas, viewer) {
    this.viewer = viewer;
    this.halo = svg("path", { class: "draft-halo" });
    this.line = svg("path", { class: "draft-line" });
    this.start = svg("circle", { class: "draft-start", r: 5 });
    this.crossMark = svg("path", { class: "cross", d: "M-14,0H-4M4,0H14M0,-14V-4M0,4V14" });
    this.crossHalo = svg("path", { class: "cross-halo", d: "M-14,0H-4M4,0H14M0,-14V-4M0,4V14" });
    this.layer = svg("svg", { class: "draft", "aria-hidden": "true" }, this.halo, this.line, this.start, this.crossHalo, this.crossMark);
    canvas.append(this.layer);
    this.draw();
  }

  /** @param {Point[]} points in pixels of the image; none: nothing is drawn */
  show(points, isClosed = false) { this.#points = points; this.#isClosed = isClosed; this.draw(); }

  /** @param {Point|null} cross @param {boolean} isPenDown */
  showCross(cross, isPenDown) { this.#cross = cross; this.#isPenDown = isPenDown; this.draw(); }

  /** Draws again where the view is now. */
  draw() {
    // A layer as large as the image costs the browser as much empty as full.
    this.layer.style.display = this.#points.length || this.#cross ? "" : "none";
    const placed = this.#points.map(({ x, y }) => this.viewer.toCss(x, y));
    const path = placed.map(({ x, y }, index) => `${index ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("") + (this.#isClosed ? "Z" : "");
    this.halo.setAttribute("d", path);
    this.line.setAttribute("d", path);
    this.start.toggleAttribute("hidden", placed.length < 3 || this.#isClosed);
    this.start.setAttribute("display", placed.length < 3 || this.#isClosed ? "none" : "inline");
    if (placed.length) { this.start.setAttribute("cx", placed[0].x); this.start.setAttribute("cy", placed[0].y); }
    for (const mark of [this.crossMark, this.crossHalo]) {
      mark.setAttribute("display", this.#cross ? "inline" : "none");
      if (!this.#cross) continue;
      const { x, y } = this.viewer.toCss(this.#cross.x, this.#cross.y);
      mark.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
    this.crossMark.classList.toggle("is-down", this.#isPenDown);
  }
}
