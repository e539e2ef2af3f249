import { api } from "../api/api.js";
import { fill, h } from "../ui/dom.js";
import { counted } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { section } from "./section.js";

const EVERY_MS = 3000;
/** A trouble that is over sooner is not said, such as workers that still start. The server looks every two seconds. */
const LASTING_MS = 2500;

/** Who computes. @param {any} app */
export function workersPanel({ stream }) {
  const panel = section("workers", "Workers", { onOpen: () => load() });
  let timer = 0;
  /** The message that holds now, and the one that was said last. */
  let current = "", said = "";
  let saying = 0;
  const say = () => {
    if (current) messages.error(current);
    else messages.note("Workers are back.");
    said = current;
  };
  const load = async () => {
    clearTimeout(timer);
    if (!panel.isOpen() || document.hidden) return;
    try {
      const { workers = [], jobs } = await api.get("workers");
      fill(panel.body, workers.length === 0 ? h("p.muted", {}, "No worker is there.") : h("ul.plain", {}, ...workers.map((/** @type {any} */ one) => h("li.card", {}, h("div.row", {}, h("span.title.grow", {}, one.url), h("span.muted", {}, one.health)),
        h("span.detail", {}, [counted(one.slots ?? 0, "slot"), one.busy !== undefined && `${one.busy} busy`, one.jobsDone !== undefined && `${counted(one.jobsDone, "job")} done`].filter(Boolean).join(" · ")), one.lastTrouble && h("span.detail", {}, one.lastTrouble)))),
        jobs && h("p.explain", {}, Object.entries(jobs).map(([key, value]) => `${value} ${key}`).join(", ")));
    } catch (error) { fill(panel.body, h("p.error", {}, /** @type {Error} */ (error).message)); }
    timer = setTimeout(load, EVERY_MS);
  };
  document.addEventListener("visibilitychange", load);
  stream.on("workers", ({ usable, busy, message }) => {
    panel.brief.textContent = usable > 0 ? `${busy} of ${usable} busy` : "none";
    if ((message ?? "") === current) return;
    current = message ?? "";
    clearTimeout(saying);
    if (current === said) return;
    if (current) saying = setTimeout(say, LASTING_MS);
    else say();
  });
  return panel;
}
