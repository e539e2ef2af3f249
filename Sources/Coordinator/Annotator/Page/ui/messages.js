import { byId, fill, h } from "./dom.js";
import { Emitter } from "./emitter.js";
import { clock } from "./format.js";

const SPOKEN_EVERY_MS = 2000;
const KEPT_MAX = 200;

/** The one line that says what happened, read aloud at most every two seconds, and the list of what it said. */
class Messages extends Emitter {
  /** @type {{time: string, text: string, kind: "note"|"error"}[]} */
  log = [];
  #last = 0;
  #timer = 0;
  /** @type {{text: string, kind: "note"|"error"}} */
  #next = { text: "", kind: "note" };
  /** @type {{text: string, kind: "note"|"error"}|null} */
  #following = null;

  /** @param {string} text one sentence */
  note(text) { this.#add(text, "note"); }

  /** @param {unknown} problem an error, or a sentence */
  error(problem) {
    const text = problem instanceof Error ? problem.message : String(problem);
    this.#add(text, "error");
  }

  #add(/** @type {string} */ text, /** @type {"note"|"error"} */ kind) {
    this.log.unshift({ time: new Date().toISOString(), text, kind });
    this.log.length = Math.min(this.log.length, KEPT_MAX);
    this.emit("change");
    // A note that comes within the same two seconds does not hide an error: it follows it.
    if (this.#timer && this.#next.kind === "error" && kind === "note") this.#following = { text, kind };
    else [this.#next, this.#following] = [{ text, kind }, null];
    if (this.#timer) return;
    const wait = Math.max(0, this.#last + SPOKEN_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => this.#show(), wait);
  }

  #show() {
    this.#timer = 0;
    this.#last = performance.now();
    const line = byId("message");
    line.textContent = this.#next.text;
    line.dataset.kind = this.#next.kind;
    if (!this.#following) return;
    [this.#next, this.#following] = [this.#following, null];
    this.#timer = setTimeout(() => this.#show(), SPOKEN_EVERY_MS);
  }

  /** @param {HTMLElement} list shows the log from now on */
  list(list) {
    const show = () => fill(list, ...(this.log.length === 0 ? [h("li.muted", {}, "Nothing yet.")] :
      this.log.slice(0, 50).map(({ time, text, kind }) => h(`li.${kind}`, {}, h("time", {}, clock(time)), " ", text))));
    this.on("change", show);
    show();
  }
}

export const messages = new Messages();
