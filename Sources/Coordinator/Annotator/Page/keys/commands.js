import { addClass } from "../panels/classes.js";
import { MODES, nextUncertain } from "../panels/result.js";
import { setLive, updateOnce } from "../live/pill.js";
import { listen } from "./keyboard.js";
import { keymap } from "./keymap.js";

const PAN_CSS = 80;

/** What the keys of the canvas do. @param {any} app */
export function installCommands(app) {
  const { canvas, painter, workspace, viewer, cross, live, zoom, undo, redo, help } = app;
  const next = (/** @type {any[]} */ all, /** @type {any} */ now) => all[(all.indexOf(now) + 1) % all.length];
  /** @type {Record<string, () => any>} */
  const acts = {
    smaller: () => painter.stepWidth(-1),
    larger: () => painter.stepWidth(1),
    undo, redo, help,
    cancel: () => { painter.cancel(); cross.lift(); },
    newClass: () => addClass(app),
    penDown: () => cross.pen(),
    overlay: () => workspace.setOverlay({ isVisible: !workspace.overlay.isVisible }),
    uncertainty: () => workspace.setOverlay({ isVisible: true, kind: workspace.overlay.kind === "uncertainty" ? "labels" : "uncertainty" }),
    outline: () => workspace.setOverlay({ mode: next(MODES.map(([mode]) => mode), workspace.overlay.mode) }),
    next: () => nextUncertain(app),
    zoomIn: () => zoom(1.5),
    zoomOut: () => zoom(1 / 1.5),
    fit: () => viewer.fit(),
    live: () => setLive(!(live.state?.isLive ?? true)),
    update: () => painter.finish() || updateOnce(),
  };
  listen(canvas, {
    act: (id) => { if (acts[id]) acts[id](); else painter.choose(id); },
    hold: (id, isDown) => {
      if (id === "holdRaw") workspace.setRaw(isDown);
      else painter.hold(isDown ? { holdPan: "pan", holdErase: "eraser" }[/** @type {"holdPan"} */ (id)] ?? null : null);
    },
    arrow: (dx, dy, event) => {
      if (event.ctrlKey || event.metaKey) viewer.panBy(-dx * PAN_CSS, -dy * PAN_CSS);
      else cross.move(dx, dy, event.shiftKey);
    },
    digit: (number) => painter.chooseClass(number),
  });
  const label = () => {
    const [pen, keys] = ["penDown", "help"].map((id) => keymap.keyOf(id));
    // A reader leaves out a mark.
    canvas.setAttribute("aria-label", `Image. Arrows move a cross${pen ? `, ${pen} paints` : ""}${keys ? `, ${keys === "?" ? "question mark" : keys} lists the keys` : ""}.`);
  };
  keymap.on("change", label);
  label();
  // Shift and the wheel: the brush's width; the viewer has the wheel otherwise.
  canvas.addEventListener("wheel", (/** @type {WheelEvent} */ event) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    painter.stepWidth((event.deltaY || event.deltaX) < 0 ? 1 : -1);
  }, { capture: true, passive: false });
}
