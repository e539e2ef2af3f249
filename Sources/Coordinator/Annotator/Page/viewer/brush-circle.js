/** The circle of the brush under the pointer, in its true size: a white line in a black one, seen on every ground. */
export class BrushCircle {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.element = document.createElement("div");
    this.element.className = "viewer-brush";
    this.element.setAttribute("aria-hidden", "true");
    Object.assign(this.element.style, {
      position: "absolute", left: "0", top: "0", boxSizing: "border-box", borderRadius: "50%", border: "1px solid #fff", outline: "1px solid #000",
      pointerEvents: "none", visibility: "hidden",
    });
    parent.append(this.element);
  }

  /** @param {number} radius in CSS pixels */
  show(x, y, radius) {
    const side = Math.max(2 * radius, 2);
    Object.assign(this.element.style, { visibility: "", width: `${side}px`, height: `${side}px`, transform: `translate(${x - side / 2}px, ${y - side / 2}px)` });
  }

  hide() { this.element.style.visibility = "hidden"; }
}
