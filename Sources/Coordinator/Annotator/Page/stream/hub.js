import { Connection } from "./connection.js";
import { uuid } from "../ui/uuid.js";

/** While a view moves, the server hears of it at most this often. */
const VIEW_DEBOUNCE_MS = 40;
/** The last frame of these is kept for tabs that come later. */
const KEPT = new Set(["hello", "state", "workers", "persons", "report"]);

/**
 * Shares one stream among the tabs of a browser: a browser opens six connections to a host at most, over all its tabs.
 *
 * The hub hands on operations from the first tab's beginning on, and keeps none: each tab asks for those before (`Project`). It knows the view
 * of every tab, which it tells the server after each connection. It runs in a SharedWorker, or in the tab itself where there is none.
 */
export class Hub {
  /** @type {Set<Member>} */
  #members = new Set();
  /** @type {Map<string, {member: Member, view: any, timer: number, isSent: boolean, last: Promise<any>}>} by the view's id */
  #views = new Map();
  /** @type {Map<string, any>} by type */
  #kept = new Map();
  /** @type {any} */
  #state = { isOpen: false, problem: "", status: 0, waitMs: 0 };
  #project = "";
  #client = uuid();
  #connection = new Connection(this.#client, { onFrame: (json, bytes) => this.#frame(json, bytes), onState: (state) => this.#connectionState(state) });
  #isStarted = false;

  /** @typedef {{post: (message: any, transfer?: Transferable[]) => void}} Member */

  /** @param {Member} member a tab @param {number} sequence of the last operation that it knows of */
  join(member, sequence) {
    this.#members.add(member);
    if (!this.#isStarted) { this.#isStarted = true; this.#connection.since = sequence; this.#connection.start(); }
    member.post({ type: "connection", state: this.#state });
    for (const frame of this.#kept.values()) member.post({ type: "frame", json: frame, bytes: null });
  }

  /** @param {Member} member */
  leave(member) {
    this.#members.delete(member);
    for (const [id, entry] of this.#views) if (entry.member === member) this.setView(member, id, null);
  }

  retry() { this.#connection.retry(); }

  /** @param {Member} member @param {string} id of the view @param {any} view null: it is closed */
  setView(member, id, view) {
    const entry = this.#views.get(id) ?? { member, view: null, timer: 0, isSent: false, last: Promise.resolve() };
    clearTimeout(entry.timer);
    if (view === null) {
      this.#views.delete(id);
      if (entry.isSent) this.#put(id, null);
      return;
    }
    entry.view = view;
    this.#views.set(id, entry);
    entry.timer = setTimeout(() => this.#send(id), VIEW_DEBOUNCE_MS);
  }

  #send(/** @type {string} */ id) {
    const entry = this.#views.get(id);
    if (!entry || !this.#state.isOpen) return;
    entry.isSent = true;
    this.#put(id, entry.view);
  }

  async #put(/** @type {string} */ id, /** @type {any} */ view) {
    try {
      const response = await fetch(`/api/v1/stream/${this.#client}/views/${id}`, {
        method: view ? "PUT" : "DELETE", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: view ? JSON.stringify(view) : "{}", keepalive: true,
      });
      if (!response.ok && view) {
        const body = await response.json().catch(() => null);
        // The stream has ended just now: the view is sent again after the next greeting.
        if (body?.code === "no_stream") return;
        this.#views.get(id)?.member.post({ type: "trouble", message: body?.message ?? "The server did not take the view." });
      }
    } catch { /* The stream says that the server is gone, and the view is sent again when it is back. */ }
  }

  #connectionState(/** @type {any} */ state) {
    this.#state = state;
    for (const member of this.#members) member.post({ type: "connection", state });
    if (state.isOpen) for (const id of this.#views.keys()) {
      const entry = this.#views.get(id);
      // A server that was started again knows no tiles of before.
      if (entry) { delete entry.view.known; this.#send(id); }
    }
  }

  #frame(/** @type {any} */ json, /** @type {Uint8Array<ArrayBuffer>} */ bytes) {
    if (KEPT.has(json.type)) this.#kept.set(json.type, json);
    if (json.type === "hello") return this.#hello(json);
    // Who comes later is greeted with what is known now.
    if (json.type === "operation") this.#kept.set("hello", { ...this.#kept.get("hello"), sequence: json.operation.sequence });
    if (json.tab) return this.#toView(json, bytes);
    for (const member of this.#members) member.post({ type: "frame", json, bytes: null });
  }

  /** Tiles are unpacked beside each other, and handed over in the order in which they came: a view is complete after its last tile. */
  #toView(/** @type {any} */ json, /** @type {Uint8Array<ArrayBuffer>} */ bytes) {
    const entry = this.#views.get(json.tab);
    if (!entry) return;
    const unpacked = json.encoding === "deflate" ? inflated(bytes) : bytes;
    entry.last = Promise.all([unpacked, entry.last]).then(([whole]) => entry.member.post({ type: "frame", json, bytes: whole }, [whole.buffer])).catch(() => {});
  }

  #hello(/** @type {any} */ json) {
    const isOther = (this.#project !== "" && json.project !== undefined && json.project !== this.#project) || json.sequence < this.#connection.since;
    this.#project = json.project ?? this.#project;
    for (const member of this.#members) member.post({ type: "frame", json, bytes: null });
    if (!isOther) return;
    for (const member of this.#members) member.post({ type: "other" });
    this.#connection.restart(json.sequence);
  }
}

/** @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function inflated(/** @type {Uint8Array<ArrayBuffer>} */ bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
}
