import { api } from "../api/api.js";
import { keymap } from "../keys/keymap.js";
import { button, checkbox, fill, h, slider } from "../ui/dom.js";
import { messages } from "../ui/messages.js";
import { centre } from "../live/place.js";
import { section } from "./section.js";

export const KINDS = [["labels", "Classes"], ["probabilities", "Probability"], ["uncertainty", "Uncertainty"]];
export const MODES = [["fill", "Solid"], ["outline", "Outline"], ["hatch", "Hatch"]];

/** How the result is laid over the image. @param {any} app */
export function resultPanel(app) {
  const { workspace } = app;
  const panel = section("result", "Result", { isOpen: true });
  const group = (/** @type {string} */ name, /** @type {string[][]} */ options, /** @type {string} */ key) => h("div.segmented", { role: "group", "aria-label": name },
    ...options.map(([value, text]) => h("button", { type: "button", "data-key": `${key}-${value}`, "aria-pressed": String(workspace.overlay[key] === value), onclick: () => workspace.setOverlay({ [key]: value, isVisible: true }) }, text)));
  const opacity = slider({ label: "Opacity", min: 0, max: 1, step: 0.01, value: workspace.overlay.opacity, text: (value) => `${Math.round(value * 100)} %`, onInput: (value) => workspace.setOverlay({ opacity: value }) });
  const choices = h("div.body-rows");
  const show = () => {
    const { isVisible, kind, opacity: share } = workspace.overlay;
    panel.brief.textContent = isVisible ? KINDS.find(([value]) => value === kind)?.[1] ?? "" : "hidden";
    opacity.set(share);
    fill(choices, checkbox("Show the result", isVisible, (isOn) => workspace.setOverlay({ isVisible: isOn })), checkbox("Show the strokes", workspace.overlay.areStrokesShown ?? true, (isOn) => workspace.setOverlay({ areStrokesShown: isOn })), group("What is shown", KINDS, "kind"), group("How classes are drawn", MODES, "mode"));
  };
  const next = button("Next uncertain place", () => nextUncertain(app));
  const explanation = h("p.explain");
  const showKeys = () => {
    next.title = keymap.titled("Where a stroke helps most", "next");
    const alone = keymap.keyOf("holdRaw");
    explanation.textContent = `Hatch tells classes apart without colour.${alone ? ` Hold ${alone} to see the image alone.` : ""}`;
  };
  fill(panel.body, choices, opacity, h("div.row", {}, next), explanation);
  keymap.on("change", showKeys);
  showKeys();
  workspace.on("overlay", show);
  show();
  return panel;
}

let visited = 0;
let visitedIn = "";

/** Goes where a stroke would help most, unlike the places shown before. @param {any} app */
export async function nextUncertain({ workspace, viewer, live }) {
  const { info, plane } = workspace;
  if (!info) return;
  // Several forests come of the same labels, the first trees, all, the exact one: none of them is a reason to show the same place again.
  const key = JSON.stringify([info.id, plane, live.state?.model?.labelSequence]);
  if (key !== visitedIn) { visited = 0; visitedIn = key; }
  /** @type {any} */
  let place = null;
  try {
    place = await api.get("uncertain", { image: info.id, ...plane, after: visited });
  } catch (error) {
    return messages.error(error);
  }
  if (place) {
    visited += 1;
    // Near enough to paint: no pixel is smaller than half one of the screen.
    centre(viewer, place.x, place.y, Math.max(viewer.view.scale, 0.5));
    messages.note(`Uncertain here (${Math.round(place.uncertainty * 100)} %): paint what it is.`);
  } else {
    messages.note(visited > 0 ? "No more uncertain places are known. Starting again." : "No uncertain place is known yet.");
    visited = 0;
  }
}
