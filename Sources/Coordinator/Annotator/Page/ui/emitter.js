/** Tells listeners by name. One that throws does not keep the others from hearing. */
export class Emitter {
  /** @type {Map<string, Set<(detail: any) => void>>} */
  #listeners = new Map();

  /** @param {string} names one or several, with spaces between @param {(detail: any) => void} listener @returns {() => void} ends it */
  on(names, listener) {
    const all = names.split(" ");
    for (const name of all) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name)?.add(listener);
    }
    return () => all.forEach((name) => this.#listeners.get(name)?.delete(listener));
  }

  /** @param {string} name @param {any} [detail] */
  emit(name, detail) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try { listener(detail); } catch (error) { reportError(error); }
    }
  }
}

/** Calls `work` once, `milliseconds` after the last call. @param {() => void} work @param {number} milliseconds */
export function debounced(work, milliseconds) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(work, milliseconds); };
}
