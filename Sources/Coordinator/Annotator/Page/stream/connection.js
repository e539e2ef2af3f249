import { FrameParser } from "./frames.js";

const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 8000;
/** A heartbeat comes every ten seconds; two and a half of them without a byte, and the connection is dead. */
const SILENCE_MAX_MS = 25_000;

/**
 * The one stream of this browser, for as long as `start` is not stopped.
 *
 * A connection that ends is made again after 0.25 s, 0.5 s, … 8 s (each ± 25 %, so that many browsers do not come back at one instant), with `since`:
 * no operation is missed and none comes twice.
 */
export class Connection {
  client = "";
  since = 0;
  #attempt = 0;
  /** @type {AbortController|null} */
  #abort = null;
  /** @type {(() => void)|null} */
  #wake = null;
  #isStopped = false;

  /** @param {string} client uuid @param {{onFrame: (json: any, bytes: Uint8Array<ArrayBuffer>) => void, onState: (state: ConnectionState) => void}} listener */
  constructor(client, listener) {
    this.client = client;
    this.listener = listener;
  }

  /** Runs until `stop`. */
  async start() {
    while (!this.#isStopped) {
      let problem = "";
      let status = 0;
      try {
        await this.#read();
        problem = "The stream ended.";
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        status = /** @type {any} */ (error).status ?? 0;
      }
      if (this.#isStopped) return;
      this.#attempt += 1;
      const wait = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** (this.#attempt - 1)) * (0.75 + Math.random() / 2);
      this.listener.onState({ isOpen: false, problem, status, waitMs: wait });
      await new Promise((/** @type {(value: void) => void} */ resolve) => { this.#wake = resolve; setTimeout(resolve, wait); });
    }
  }

  /** Tries now instead of later: after a login, or when the network is back. */
  retry() { this.#wake?.(); }

  /** Begins anew behind an operation: another project answers. @param {number} since */
  restart(since) { this.since = since; this.#attempt = 0; this.#abort?.abort(); this.#wake?.(); }

  stop() { this.#isStopped = true; this.#abort?.abort(); this.#wake?.(); }

  async #read() {
    this.#abort = new AbortController();
    const abort = this.#abort;
    const response = await fetch(`/api/v1/stream?client=${this.client}&since=${this.since}`, { signal: abort.signal, cache: "no-store", credentials: "same-origin" });
    if (!response.ok || !response.body) throw Object.assign(new Error(`The stream was refused (${response.status}).`), { status: response.status });
    const parser = new FrameParser();
    const reader = response.body.getReader();
    let silence = 0;
    try {
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE_MAX_MS);
        const { value, done } = await reader.read();
        if (done) return;
        for (const { json, bytes } of parser.push(value)) {
          if (json.type === "hello") { this.#attempt = 0; this.listener.onState({ isOpen: true, problem: "", status: 200, waitMs: 0 }); }
          if (json.type === "operation") this.since = Math.max(this.since, json.operation.sequence);
          this.listener.onFrame(json, bytes);
          if (abort.signal.aborted) return;
        }
      }
    } finally {
      clearTimeout(silence);
      reader.cancel().catch(() => {});
    }
  }
}

/** @typedef {{isOpen: boolean, problem: string, status: number, waitMs: number}} ConnectionState */
