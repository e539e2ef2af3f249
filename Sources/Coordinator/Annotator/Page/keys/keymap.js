import { Emitter } from "../ui/emitter.js";
import { preferences } from "../ui/preferences.js";

/**
 * @typedef {{id: string, name: string, keys: string[], group: string, isHeld?: boolean}} Action `keys` as `Ctrl+Shift+Z`, `B`, `[`
 * @type {Action[]}
 */
export const ACTIONS = [
  { id: "brush", name: "Brush", keys: ["B"], group: "Tools" },
  { id: "eraser", name: "Eraser", keys: ["E"], group: "Tools" },
  { id: "line", name: "Line", keys: ["V"], group: "Tools" },
  { id: "polygon", name: "Polygon", keys: ["P"], group: "Tools" },
  { id: "rectangle", name: "Rectangle", keys: ["R"], group: "Tools" },
  { id: "fill", name: "Fill an outline", keys: ["F"], group: "Tools" },
  { id: "remove", name: "Remove whole strokes", keys: ["X"], group: "Tools" },
  { id: "aside", name: "Set strokes aside", keys: ["K"], group: "Tools" },
  { id: "pan", name: "Move the image", keys: ["H"], group: "Tools" },
  { id: "holdPan", name: "Hold: move the image", keys: ["Space"], group: "Tools", isHeld: true },
  { id: "holdErase", name: "Hold: erase", keys: ["Alt"], group: "Tools", isHeld: true },
  { id: "holdRaw", name: "Hold: see the image alone", keys: ["I"], group: "Tools", isHeld: true },
  { id: "smaller", name: "Narrower brush", keys: ["[", ","], group: "Painting" },
  { id: "larger", name: "Wider brush", keys: ["]", "."], group: "Painting" },
  { id: "undo", name: "Undo", keys: ["Ctrl+Z"], group: "Painting" },
  { id: "redo", name: "Redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], group: "Painting" },
  { id: "cancel", name: "Drop the stroke", keys: ["Escape"], group: "Painting" },
  { id: "newClass", name: "New class", keys: ["A"], group: "Painting" },
  { id: "penDown", name: "Pen down or up at the cross", keys: ["D"], group: "Painting" },
  { id: "overlay", name: "Show or hide the result", keys: ["S"], group: "Seeing" },
  { id: "uncertainty", name: "Show uncertainty", keys: ["U"], group: "Seeing" },
  { id: "outline", name: "Solid, outline, hatch", keys: ["O"], group: "Seeing" },
  { id: "next", name: "Next uncertain place", keys: ["N"], group: "Seeing" },
  { id: "zoomIn", name: "Zoom in", keys: ["+", "="], group: "Seeing" },
  { id: "zoomOut", name: "Zoom out", keys: ["-"], group: "Seeing" },
  { id: "fit", name: "Whole image", keys: ["0"], group: "Seeing" },
  { id: "live", name: "Live on or off", keys: ["L"], group: "Model" },
  { id: "update", name: "Update once; end a polygon", keys: ["Enter"], group: "Model" },
  { id: "help", name: "Keys and help", keys: ["?"], group: "Model" },
];

/** Moves of the cross and of the view, which are not remapped. */
export const FIXED = [
  { keys: "1 … 9", name: "Choose the class of this number" },
  { keys: "Arrows", name: "Move the cross" },
  { keys: "Shift + arrows", name: "Move the cross by ten" },
  { keys: "Ctrl + arrows", name: "Move the image" },
  { keys: "Shift + wheel", name: "Width of the brush" },
  { keys: "Tab", name: "Leave the image" },
];

/** The keys of actions, as the person has set them. Event: `change`. */
class Keymap extends Emitter {
  /** @type {Record<string, string[]>} */
  #own = preferences.get("keys", {});

  /** @param {string} id @returns {string[]} */
  keysOf(id) { return this.#own[id] ?? ACTIONS.find((action) => action.id === id)?.keys ?? []; }

  /** @param {string} id @returns {string} the key that hints name; none: "" */
  keyOf(id) { return this.keysOf(id)[0] ?? ""; }

  /** @param {string} text @param {string} id @returns {string} such as `Add a class (A)` */
  titled(text, id) { return `${text} (${this.keyOf(id) || "no key"})`; }

  /** @param {KeyboardEvent} event @returns {Action|undefined} */
  actionOf(event) {
    const chord = chordOf(event);
    return ACTIONS.find(({ id }) => this.keysOf(id).includes(chord));
  }

  /** @param {string} id @param {string} chord @returns {string|null} the name of the action that had the key and has it no more */
  set(id, chord) {
    const former = ACTIONS.find((action) => action.id !== id && this.keysOf(action.id).includes(chord));
    if (former) this.#own[former.id] = this.keysOf(former.id).filter((key) => key !== chord);
    this.#own[id] = [chord];
    preferences.set("keys", this.#own);
    this.emit("change");
    return former?.name ?? null;
  }

  reset() {
    this.#own = {};
    preferences.set("keys", this.#own);
    this.emit("change");
  }
}

export const keymap = new Keymap();

/** @param {KeyboardEvent} event @returns {string} such as `Ctrl+Shift+Z`; Shift is left out where the character shows it (`?`) */
export function chordOf(event) {
  if (event.key === "Alt") return "Alt";
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const isLetter = /^[A-Z]$/.test(key) || key.length > 1;
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey && isLetter ? "Shift+" : ""}${key}`;
}
