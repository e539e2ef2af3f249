/** @import { Painter } from "./painter.js" */
/** @import { Point } from "./simplify.js" */
import { keymap } from "../keys/keymap.js";

const MARGIN_CSS = 24;

/** A pointer of the keyboard: arrows move it, a key presses and lifts the pen. It is hidden when a pointer is used. */
export class Cross {
  /** @type {Point|null} */
  #at = null;
  #isDown = false;

  /** @param {Painter} painter @param {(text: string) => void} say */
  constructor(painter, say) {
    this.painter = painter;
    this.say = say;
    painter.canvas.addEventListener("pointerdown", () => this.hide());
  }

  get isShown() { return this.#at !== null; }

  /** @param {number} dx @param {number} dy −1, 0 or 1 @param {boolean} isFast by ten */
  move(dx, dy, isFast) {
    const { viewer } = this.painter;
    // Pixels of the image where they can be seen, pixels of the screen where they are finer.
    const step = Math.max(1, 1 / viewer.view.scale) * (isFast ? 10 : 1);
    const from = this.#at ?? this.#centre();
    this.#at = this.#inside(this.#at ? { x: from.x + dx * step, y: from.y + dy * step } : from);
    this.#follow();
    if (this.#isDown) this.painter.move([this.#at]);
    else this.painter.hover(this.#at);
    this.#show();
  }

  /** Presses the pen, or lifts it. Tools of clicks take both at once. */
  pen() {
    this.#at ??= this.#centre();
    const { tool } = { tool: this.painter.current };
    const isClick = ["polygon", "line", "rectangle", "fill", "remove", "aside"].includes(tool.id);
    if (tool.id === "pan") return this.say(keymap.keyOf("brush") ? `Choose a tool first, such as ${keymap.keyOf("brush")} for the brush.` : "Choose a tool first.");
    if (isClick) { this.painter.down(this.#at); this.painter.up(); }
    else if (this.#isDown) { this.#isDown = false; this.painter.up(); this.say("Pen up."); }
    else { this.#isDown = true; this.painter.down(this.#at); this.say(`Pen down. Arrows paint, ${keymap.keyOf("penDown")} lifts the pen.`); }
    this.#show();
  }

  /** The pen was lifted by Escape. */
  lift() { this.#isDown = false; this.#show(); }

  hide() {
    if (this.#isDown) { this.#isDown = false; this.painter.up(); }
    this.#at = null;
    this.#show();
  }

  #show() { this.painter.draft.showCross(this.#at, this.#isDown); }

  /** @returns {Point} */
  #centre() {
    const [x, y, width, height] = this.painter.viewer.view.rect;
    return this.#inside({ x: Math.floor(x + width / 2) + 0.5, y: Math.floor(y + height / 2) + 0.5 });
  }

  #inside(/** @type {Point} */ { x, y }) {
    const { width = Infinity, height = Infinity } = this.painter.project.fold.images.get(this.painter.image?.id ?? "") ?? {};
    return { x: Math.min(Math.max(x, 0), width || Infinity), y: Math.min(Math.max(y, 0), height || Infinity) };
  }

  /** Moves the image so that the cross stays in sight. */
  #follow() {
    if (!this.#at) return;
    const { viewer, canvas } = this.painter;
    const { x, y } = viewer.toCss(this.#at.x, this.#at.y);
    const beyond = (/** @type {number} */ at, /** @type {number} */ length) => (at < MARGIN_CSS ? MARGIN_CSS - at : at > length - MARGIN_CSS ? length - MARGIN_CSS - at : 0);
    const [dx, dy] = [beyond(x, canvas.clientWidth), beyond(y, canvas.clientHeight)];
    if (dx || dy) viewer.panBy(dx, dy);
  }
}
