import { Emitter } from "./emitter.js";

/** What this browser remembers of how a person likes to work. Never anything of the project itself. */
class Preferences extends Emitter {
  /** @param {string} key @param {any} fallback */
  get(key, fallback) {
    try {
      const text = localStorage.getItem(`coppice.${key}`);
      return text === null ? fallback : JSON.parse(text);
    } catch { return fallback; }
  }

  /** @param {string} key @param {any} value */
  set(key, value) {
    // A full or forbidden storage costs the memory of a preference, nothing else.
    try { localStorage.setItem(`coppice.${key}`, JSON.stringify(value)); } catch { /* as said */ }
    this.emit(key, value);
  }
}

export const preferences = new Preferences();
