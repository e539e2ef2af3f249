import { keymap } from "../keys/keymap.js";
import { byId, h, icon } from "./dom.js";

/** After a click the keys of the image work at once; after a key the focus stays where it is. */
export const focusCanvas = () => byId("canvas").focus({ preventScroll: true });

/** The bar of tools, each with its name below its picture. @param {HTMLElement} bar @param {any} app */
export function showToolbar(bar, { painter, project, undo, redo, help, togglePanels }) {
  const tools = painter.tools.map((/** @type {any} */ tool) => h("button", { type: "button", "data-tool": tool.id, onclick: () => painter.choose(tool.id) }, icon(tool.icon), h("span", {}, tool.name)));
  const undoButton = h("button", { type: "button", onclick: undo }, icon("undo"), h("span", {}, "Undo"));
  const redoButton = h("button", { type: "button", onclick: redo }, icon("redo"), h("span", {}, "Redo"));
  const helpButton = h("button", { type: "button", onclick: help }, icon("help"), h("span", {}, "Help"));
  const panelsButton = h("button.toggle", { type: "button", "aria-pressed": "true", "aria-controls": "panels", title: "Show or hide the panels", onclick: () => panelsButton.setAttribute("aria-pressed", String(togglePanels())) }, icon("panel"), h("span", {}, "Panels"));
  bar.addEventListener("click", (/** @type {MouseEvent} */ event) => { if (event.detail > 0 && !helpButton.contains(/** @type {Node} */ (event.target))) focusCanvas(); });
  bar.append(...tools, h("hr"), undoButton, redoButton, h("span.room"), helpButton, panelsButton);
  const showTool = () => { for (const tool of tools) tool.setAttribute("aria-pressed", String(tool.dataset.tool === painter.current.id)); };
  const showHistory = () => { undoButton.disabled = !project.canUndo; redoButton.disabled = !project.canRedo; };
  const showKeys = () => {
    for (const tool of tools) tool.title = keymap.titled(painter.tools.find((/** @type {any} */ one) => one.id === tool.dataset.tool).name, tool.dataset.tool);
    undoButton.title = keymap.titled("Undo", "undo");
    redoButton.title = keymap.titled("Redo", "redo");
    helpButton.title = keymap.titled("Keys and help", "help");
  };
  painter.on("tool", showTool);
  project.on("history", showHistory);
  keymap.on("change", showKeys);
  showTool();
  showHistory();
  showKeys();
}

/** Zoom by buttons, for those who have no wheel. @param {HTMLElement} place @param {any} viewer @returns {{zoom: (factor: number) => void}} */
export function showZoom(place, viewer) {
  const zoom = (/** @type {number} */ factor) => viewer.zoomTo(viewer.view.scale * factor);
  const control = (/** @type {string} */ picture, /** @type {string} */ name, /** @type {() => void} */ act) => h("button", { type: "button", "aria-label": name, title: name, onclick: act }, icon(picture));
  place.addEventListener("click", (/** @type {MouseEvent} */ event) => { if (event.detail > 0) focusCanvas(); });
  place.append(control("plus", "Zoom in", () => zoom(1.5)), control("minus", "Zoom out", () => zoom(1 / 1.5)), control("fit", "Whole image", () => viewer.fit()));
  return { zoom };
}
