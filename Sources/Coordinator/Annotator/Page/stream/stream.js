import { Emitter } from "../ui/emitter.js";
import { uuid } from "../ui/uuid.js";
import { Hub } from "./hub.js";

/** The stream beats every ten seconds, and says so when it is lost: after so long without a word the shared worker is gone. */
const SILENCE_MAX_MS = 40_000;

/**
 * A tab's end of the stream.
 *
 * Events: the types of frames (`state`, `tile` with `bytes`, …), `connection` {isOpen, …}, `other`: another project
 * answers at this address.
 */
export class Stream extends Emitter {
  tab = uuid();
  isOpen = false;
  #sequence = 0;
  /** @type {(message: any) => void} */
  #post = () => {};
  /** What this tab shows, by the view's id: another shared worker must be told. @type {Map<string, any>} */
  #views = new Map();
  #silence = 0;
  /** Counts the shared workers that were joined. */
  #joined = 0;

  /** @param {number} sequence of the last operation that the tab knows of */
  async start(sequence) {
    this.#sequence = sequence;
    await this.#holdLock();
    if (typeof SharedWorker === "undefined") this.#startAlone();
    else this.#startShared();
    addEventListener("pagehide", () => this.#post({ type: "leave" }));
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    addEventListener("online", () => this.retry());
  }

  /** @param {any} view null closes it @param {string} [id] of a second view of this tab */
  setView(view, id = this.tab) {
    if (view) this.#views.set(id, view);
    else this.#views.delete(id);
    this.#post({ type: "view", id, view });
  }

  retry() { this.#post({ type: "retry" }); }

  /** Joins the shared worker; another one each time that the former has ended, as it does with the process of the tab that began it. */
  #startShared() {
    const number = ++this.#joined;
    const again = () => {
      if (number !== this.#joined) return;
      this.#post({ type: "leave" });
      this.#startShared();
      for (const [id, view] of this.#views) this.setView(view, id);
    };
    const worker = new SharedWorker(new URL("../stream-worker.js", import.meta.url), { type: "module", name: "coppice" });
    worker.onerror = () => { if (number === this.#joined) { this.#joined += 1; this.#startAlone(); } };
    worker.port.onmessage = ({ data }) => {
      if (number !== this.#joined) return;
      clearTimeout(this.#silence);
      this.#silence = setTimeout(again, SILENCE_MAX_MS);
      if (data.type === "life") navigator.locks?.request(data.lock, { mode: "shared" }, again);
      else this.#receive(data);
    };
    this.#post = (message) => worker.port.postMessage(message);
    this.#post({ type: "join", tab: this.tab, sequence: this.#sequence });
  }

  #startAlone() {
    const hub = new Hub();
    const member = { post: (/** @type {any} */ message) => queueMicrotask(() => this.#receive(message)) };
    this.#post = (message) => {
      if (message.type === "view") hub.setView(member, message.id, message.view);
      else if (message.type === "leave") hub.leave(member);
      else if (message.type === "retry") hub.retry();
    };
    hub.join(member, this.#sequence);
  }

  /** Holds a lock until the tab ends, however it ends. */
  #holdLock() {
    if (!navigator.locks) return Promise.resolve();
    return new Promise((/** @type {(value: void) => void} */ resolve) => {
      navigator.locks.request(`coppice-tab-${this.tab}`, () => { resolve(); return new Promise(() => {}); });
    });
  }

  #receive(/** @type {any} */ message) {
    if (message.type === "frame") this.emit(message.json.type, message.bytes ? { ...message.json, bytes: message.bytes } : message.json);
    else if (message.type === "connection") { this.isOpen = message.state.isOpen; this.emit("connection", message.state); }
    else this.emit(message.type, message);
  }
}
