import { Hub } from "./stream/hub.js";

/** The SharedWorker of all tabs of a browser: it owns the one stream. */
const hub = new Hub();

self.addEventListener("connect", (/** @type {any} */ event) => {
  const port = /** @type {MessagePort} */ (event.ports[0]);
  const member = { post: (/** @type {any} */ message, /** @type {Transferable[]} */ transfer = []) => port.postMessage(message, transfer) };
  port.onmessage = ({ data }) => {
    if (data.type === "join") {
      hub.join(member, data.sequence);
      // The tab holds this lock while it lives; it is free when the tab is closed or has crashed.
      navigator.locks?.request(`coppice-tab-${data.tab}`, () => hub.leave(member));
    } else if (data.type === "view") hub.setView(member, data.id, data.view);
    else if (data.type === "leave") hub.leave(member);
    else if (data.type === "retry") hub.retry();
  };
  port.start();
});
