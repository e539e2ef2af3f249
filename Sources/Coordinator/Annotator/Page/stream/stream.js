import { Emitter } from "../ui/emitter.js";
import { uuid } from "../ui/uuid.js";
import { Hub } from "./hub.js";

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
  setView(view, id = this.tab) { this.#post({ type: "view", id, view }); }

  retry() { this.#post({ type: "retry" }); }

  #startShared() {
    const worker = new SharedWorker(new URL("../stream-worker.js", import.meta.url), { type: "module", name: "coppice" });
    worker.onerror = () => this.#startAlone();
    worker.port.onmessage = ({ data }) => this.#receive(data);
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
