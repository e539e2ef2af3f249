import { keymap } from "./keymap.js";

/**
 * Keys of the canvas: they work only while it has focus, so that letters typed elsewhere stay letters.
 *
 * @param {HTMLElement} canvas
 * @param {{act: (id: string) => boolean|void, hold: (id: string, isDown: boolean) => void, arrow: (dx: number, dy: number, event: KeyboardEvent) => void, digit: (number: number) => void}} listener
 *   `act` answers false for a key that it leaves to the browser
 */
export function listen(canvas, listener) {
  /** @type {Map<string, string>} held actions by the key's code */
  const held = new Map();
  const release = (/** @type {string} */ code) => {
    const id = held.get(code);
    if (id) { held.delete(code); listener.hold(id, false); }
  };
  const handle = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== canvas || event.isComposing) return false;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (arrow && !event.altKey) { listener.arrow(arrow[0], arrow[1], event); return true; }
    if (/^[1-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) { listener.digit(Number(event.key)); return true; }
    const action = keymap.actionOf(event);
    if (!action) return false;
    if (!action.isHeld) return listener.act(action.id) !== false;
    if (!event.repeat && !held.has(event.code)) { held.set(event.code, action.id); listener.hold(action.id, true); }
    return true;
  };
  canvas.addEventListener("keydown", (event) => {
    if (!handle(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  // Undo is asked for by instinct, wherever the focus is; a field of text has an undo of its own.
  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || target === canvas || !(event.ctrlKey || event.metaKey) || target.matches?.("input:not([type=range], [type=checkbox]), textarea")) return;
    const action = keymap.actionOf(event);
    if (action?.id !== "undo" && action?.id !== "redo") return;
    event.preventDefault();
    listener.act(action.id);
  });
  addEventListener("keyup", (event) => {
    if (held.has(event.code)) event.preventDefault();
    release(event.code);
  });
  // A key that is released while another window has focus is never heard of.
  const releaseAll = () => [...held.keys()].forEach(release);
  addEventListener("blur", releaseAll);
  canvas.addEventListener("blur", releaseAll);
}
