/** @import { Operation } from "./operations.js" */
import { api, ApiError } from "../api/api.js";
import { Emitter } from "../ui/emitter.js";

const SENT_AT_ONCE_MAX = 200;
const WAIT_FIRST_MS = 500;
const WAIT_MAX_MS = 10_000;

/**
 * Operations that the server has not acknowledged, kept in the browser's database until it has: nothing that was painted is lost when the
 * network, the server or the tab goes. A resend is harmless, since operations have ids.
 *
 * Events: `change`; `refused` {operation, message}: the server will never take it, so it is given up; `lost` {message}: the browser keeps nothing;
 * `other`: another project is served here now, whose strokes these are not: they wait until their own is back.
 */
export class Outbox extends Emitter {
  /** In the order of sending. @type {Operation[]} */
  waiting = [];
  #project = "";
  /** @type {Promise<IDBDatabase|null>|null} */
  #database = null;
  #isSending = false;
  /** How many are sent at once: all, or one after the other to find the one that is refused. */
  #batchMax = SENT_AT_ONCE_MAX;
  /** Operations of one millisecond stay in order. */
  #count = 0;
  #attempt = 0;
  #timer = 0;

  /** @param {string} project whose operations @returns {Promise<Operation[]>} what an earlier tab left behind */
  async open(project) {
    this.#project = project;
    this.#database = opened().catch(() => { this.emit("lost", { message: "This browser keeps nothing for later: strokes are safe only while the server answers." }); return null; });
    const database = await this.#database;
    const left = database ? await all(database, project).catch(() => []) : [];
    this.waiting.unshift(...left.filter((old) => !this.waiting.some(({ id }) => id === old.id)));
    return left;
  }

  /** @param {Operation} operation */
  add(operation) {
    this.waiting.push(operation);
    this.#keep(operation);
    this.emit("change");
    this.flush();
  }

  /** @param {string} id of an operation that the server is known to have */
  acknowledge(id) {
    const index = this.waiting.findIndex((operation) => operation.id === id);
    if (index < 0) return;
    this.waiting.splice(index, 1);
    this.#forget(id);
    this.emit("change");
  }

  /** Sends what waits, now. */
  async flush() {
    if (this.#isSending || this.waiting.length === 0) return;
    this.#isSending = true;
    clearTimeout(this.#timer);
    const batch = this.waiting.slice(0, this.#batchMax);
    try {
      const { accepted } = await api.post(`operations?project=${this.#project}`, { operations: batch });
      this.#attempt = 0;
      for (const { id, sequence } of accepted) { this.emit("accepted", { id, sequence }); this.acknowledge(id); }
    } catch (error) {
      this.#failed(error, batch);
    } finally {
      this.#isSending = false;
    }
    if (this.waiting.length === 0) this.#batchMax = SENT_AT_ONCE_MAX;
    else if (this.#attempt === 0) this.flush();
  }

  #failed(/** @type {any} */ error, /** @type {Operation[]} */ batch) {
    if (error instanceof ApiError && error.code === "other_project") { this.#attempt += 1; this.emit("other"); return; }
    const isForGood = error instanceof ApiError && !error.isRetryable && [400, 404, 409, 413, 422].includes(error.status);
    if (isForGood) {
      // The message names the bad one by its place in the request, unless the whole request is what is wrong.
      const [prefix, place] = /^operations\[(\d+)\](?: \(\w+\))?[.:]?\s*/.exec(error.message) ?? ["", batch.length === 1 ? "0" : ""];
      const bad = place === "" ? undefined : batch[Number(place)];
      if (!bad) { this.#batchMax = 1; return; }
      this.acknowledge(bad.id);
      this.emit("refused", { operation: bad, message: `Not taken: ${error.message.slice(prefix.length)}` });
      return;
    }
    if (this.#attempt === 0) this.emit("waiting", { error });
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.flush(), Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** this.#attempt));
  }

  async #keep(/** @type {Operation} */ operation) {
    const database = await this.#database;
    if (!database || !this.waiting.includes(operation)) return;
    database.transaction("outbox", "readwrite", { durability: "strict" }).objectStore("outbox").put({ id: operation.id, project: this.#project, at: Date.now(), order: this.#count++, operation });
  }

  async #forget(/** @type {string} */ id) {
    const database = await this.#database;
    database?.transaction("outbox", "readwrite").objectStore("outbox").delete(id);
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("coppice", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "id" }).createIndex("project", "project");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBDatabase} database @param {string} project @returns {Promise<Operation[]>} */
function all(database, project) {
  return new Promise((resolve, reject) => {
    const request = database.transaction("outbox").objectStore("outbox").index("project").getAll(project);
    request.onsuccess = () => resolve(request.result.sort((a, b) => a.at - b.at || a.order - b.order).map(({ operation }) => operation));
    request.onerror = () => reject(request.error);
  });
}
