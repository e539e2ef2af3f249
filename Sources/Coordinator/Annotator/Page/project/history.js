/** @import { Operation } from "./operations.js" */

/** Kinds that a person would not expect Undo to take back. */
const KEPT = new Set(["addImage", "relinkImage", "renamePerson", "undo", "redo"]);

/**
 * What a person can undo and redo, derived from the log alone: it has no limit, survives a reload, and is the same in all tabs.
 * A new operation empties what can be redone, as everywhere.
 */
export class History {
  /** @type {Operation[]} */
  done = [];
  /** @type {Operation[]} */
  undone = [];

  /** @param {Operation[]} log in order @param {string} person whose history */
  static of(log, person) {
    const history = new History();
    for (const operation of log) if (operation.person === person) history.add(operation);
    return history;
  }

  /** @param {Operation} operation of this person, newer than all before */
  add(operation) {
    if (operation.kind === "undo") this.#move(this.done, this.undone, operation.operation);
    else if (operation.kind === "redo") this.#move(this.undone, this.done, operation.operation);
    else if (!KEPT.has(operation.kind)) { this.done.push(operation); this.undone = []; }
  }

  #move(/** @type {Operation[]} */ from, /** @type {Operation[]} */ to, /** @type {string} */ id) {
    const index = from.findLastIndex((operation) => operation.id === id);
    if (index >= 0) to.push(...from.splice(index, 1));
  }
}
