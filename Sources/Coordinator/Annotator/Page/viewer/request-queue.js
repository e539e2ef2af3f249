/**
 * Plain GETs, few at once, in the order of the newest list of wishes. A running request that is in no list any more is aborted, as it left the view by a margin.
 * What fails for now is tried again: when the server says so (503), else after 1, 2, 4 … 30 seconds.
 * @typedef {{url: string, done: (buffer: ArrayBuffer) => void, failed: (status: number) => void}} Wish
 */
export class RequestQueue {
  #running = new Map();
  #waits = new Map();
  /** @type {Wish[]} */
  #wishes = [];

  constructor(requestsMax = 4) { this.requestsMax = requestsMax; }

  /** @param {Wish[]} wishes all that is wanted now, the most urgent first */
  set(wishes) {
    this.#wishes = wishes;
    const wanted = new Set(wishes.map(({ url }) => url));
    for (const [url, controller] of this.#running) if (!wanted.has(url)) controller.abort();
    this.#start();
  }

  #start() {
    const now = performance.now();
    for (const wish of this.#wishes) {
      if (this.#running.size >= this.requestsMax) return;
      if (this.#running.has(wish.url) || (this.#waits.get(wish.url)?.until ?? 0) > now) continue;
      const controller = new AbortController();
      this.#running.set(wish.url, controller);
      this.#run(wish, controller);
    }
  }

  async #run(wish, controller) {
    let status = 0, secondsToWait = null;
    try {
      const response = await fetch(wish.url, { signal: controller.signal });
      status = response.status;
      if (response.ok) {
        const buffer = await response.arrayBuffer();
        this.#end(wish);
        this.#waits.delete(wish.url);
        wish.done(buffer);
      } else if (status === 503) secondsToWait = Number(response.headers.get("Retry-After")) || 1;
      else if (status < 500) { this.#end(wish); wish.failed(status); }
    } catch { status = 0; }
    if (this.#running.get(wish.url) === controller) {
      this.#running.delete(wish.url);
      if (!controller.signal.aborted) this.#wait(wish.url, secondsToWait);
    }
    this.#start();
  }

  #end(wish) {
    this.#running.delete(wish.url);
    this.#wishes = this.#wishes.filter(({ url }) => url !== wish.url);
  }

  #wait(url, seconds) {
    const tries = (this.#waits.get(url)?.tries ?? 0) + 1, wait = 1000 * (seconds ?? Math.min(30, 2 ** (tries - 1)));
    this.#waits.set(url, { tries, until: performance.now() + wait });
    setTimeout(() => this.#start(), wait + 1);
  }
}
