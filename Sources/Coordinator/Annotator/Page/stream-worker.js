import { Hub } from "./stream/hub.js";
import { uuid } from "./ui/uuid.js";

/** The SharedWorker of all tabs of a browser: it owns the one stream. */
const hub = new Hub();

// This worker holds the lock while it lives: the process of the tab that began it may end, and the other tabs must know.
const life = new Promise((/** @type {(name: string) => void} */ resolve) => {
  const name = `coppice-hub-${uuid()}`;
  navigator.locks?.request(name, () => { resolve(name); return new Promise(() => {}); });
});

self.addEventListener("connect", (/** @type {any} */ event) => {
  const port = /** @type {MessagePort} */ (event.ports[0]);
  const member = { post: (/** @type {any} */ message, /** @type {Transferable[]} */ transfer = []) => port.postMessage(message, transfer) };
  port.onmessage = ({ data }) => {
    if (data.type === "join") {
      hub.join(member, data.sequence);
      life.then((lock) => member.post({ type: "life", lock }));
      // The tab holds this lock while it lives; it is free when the tab is closed or has crashed.
      navigator.locks?.request(`coppice-tab-${data.tab}`, () => hub.leave(member));
    } else if (data.type === "view") hub.setView(member, data.id, data.view);
    else if (data.type === "leave") hub.leave(member);
    else if (data.type === "retry") hub.retry();
  };
  port.start();
});
