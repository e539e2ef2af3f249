import { api } from "../api/api.js";
import { debounced, Emitter } from "../ui/emitter.js";

/** How good the model is, asked after each model that is complete. Events: `change`; `labelled`: pixels of the classes. */
export class Report extends Emitter {
  /** @type {any} */
  latest = null;
  isEstimating = false;

  /** @param {{stream: import("../stream/stream.js").Stream, live: import("./live.js").Live}} parts */
  constructor({ stream, live }) {
    super();
    stream.on("report", (report) => { this.isEstimating = false; this.#take(report); });
    let revision = 0;
    const ask = debounced(() => { if (live.state?.model) this.load(); }, 400);
    live.on("state", () => {
      const model = live.state?.model;
      if (!model || (model.revision === revision && this.latest)) return;
      revision = model.revision;
      ask();
    });
  }

  /** Labelled pixels by class number. @returns {Record<string, number>} */
  get labelled() { return this.latest?.labelled ?? {}; }

  async load() {
    // Before there is a model the answer is empty.
    try { const report = await api.get("report"); if (report) this.#take(report); } catch { /* The next model asks again. */ }
  }

  /** Estimates the accuracy stroke by stroke; the answer comes over the stream. */
  async estimate() {
    this.isEstimating = true;
    this.emit("change");
    try { await api.post("report"); } catch (error) { this.isEstimating = false; this.emit("change"); throw error; }
  }

  #take(/** @type {any} */ report) {
    // A report without a score says that nothing is set aside any more.
    this.latest = { ...this.latest, setAside: undefined, ...report };
    this.emit("change");
    this.emit("labelled");
  }
}
