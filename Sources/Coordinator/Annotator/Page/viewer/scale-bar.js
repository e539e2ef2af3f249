/** A bar of a round length: micrometres where the image says how large its pixels are, else pixels. */
export class ScaleBar {
  constructor(parent) {
    this.element = document.createElement("div");
    this.element.className = "viewer-scale-bar";
    this.element.setAttribute("role", "img");
    Object.assign(this.element.style, {
      position: "absolute", left: "12px", bottom: "12px", boxSizing: "border-box", padding: "0 4px", font: "12px/16px system-ui, sans-serif", textAlign: "center", whiteSpace: "nowrap",
      color: "#fff", background: "rgba(0,0,0,0.65)", border: "solid #fff", borderWidth: "0 2px 2px", pointerEvents: "none", willChange: "transform",
    });
    parent.append(this.element);
  }

  /** @param {number} scale CSS pixels per image pixel @param {number|undefined} microns per image pixel */
  update(scale, microns) {
    const perUnit = scale / (microns || 1), longest = 160 / perUnit, power = 10 ** Math.floor(Math.log10(longest));
    const length = [5, 2, 1].find((step) => step * power <= longest) * power;
    const text = !microns ? `${number(length)} px` : length >= 1000 ? `${number(length / 1000)} mm` : length < 1 ? `${number(length * 1000)} nm` : `${number(length)} µm`;
    if (this.element.textContent !== text) {
      this.element.textContent = text;
      this.element.setAttribute("aria-label", `Scale bar: ${text}`);
    }
    this.element.style.width = `${length * perUnit}px`;
  }
}

const number = (value) => String(Number(value.toPrecision(3)));
