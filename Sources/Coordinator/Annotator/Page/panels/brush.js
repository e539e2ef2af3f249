import { fill, h, slider } from "../ui/dom.js";
import { WIDTH_MAX, WIDTH_MIN } from "../painting/painter.js";
import { section } from "./section.js";

/** The width of the brush and of the eraser, each its own. @param {any} app */
export function brushPanel({ painter }) {
  const panel = section("brush", "Brush", { isOpen: true });
  const exponentMax = Math.log2(WIDTH_MAX);
  const row = (/** @type {string} */ name, /** @type {boolean} */ isEraser) => {
    const range = slider({ label: name, min: 0, max: exponentMax, step: 0.05, value: Math.log2(painter.width(isEraser)), text: (value) => `${Math.round(2 ** value)} px`, onInput: (value) => painter.setWidth(2 ** value, isEraser) });
    painter.on("width", () => range.set(Math.log2(painter.width(isEraser))));
    return range;
  };
  const number = h("input", { type: "number", min: String(WIDTH_MIN), max: String(WIDTH_MAX), step: "1", className: "compact", "aria-label": "Width of the brush in pixels of the image", title: "Width in pixels of the image", onchange: () => painter.setWidth(Number(number.value) || WIDTH_MIN, false) });
  const steps = [1, 2, 4, 8, 16, 32, 64].map((width) => h("button", { type: "button", "data-width": width, "aria-label": `Brush of ${width} pixels`, onclick: () => painter.setWidth(width, false) }, String(width)));
  const show = () => {
    const width = painter.width(false);
    number.value = String(width);
    panel.brief.textContent = `${painter.current.isEraser ? painter.width(true) : width} px`;
    for (const step of steps) step.setAttribute("aria-pressed", String(Number(step.dataset.width) === width));
  };
  fill(panel.body, row("Brush", false), h("div.row", {}, h("div.segmented", { role: "group", "aria-label": "Widths" }, ...steps), number), row("Eraser", true));
  painter.on("width tool", show);
  show();
  return panel;
}
