import { h } from "../ui/dom.js";
import { preferences } from "../ui/preferences.js";

/**
 * A panel that folds. What is in it is made when it is first opened, and `onOpen` is called at each opening.
 *
 * @param {string} id @param {string} title @param {{isOpen?: boolean, onOpen?: () => void}} [options]
 * @returns {{element: HTMLDetailsElement, body: HTMLElement, brief: HTMLElement, isOpen: () => boolean, open: () => void}}
 */
export function section(id, title, { isOpen = false, onOpen } = {}) {
  const body = h("div.body");
  const brief = h("span.brief");
  const element = h("details.section", { id: `panel-${id}` }, h("summary", {}, h("h2", {}, title), brief), body);
  element.open = preferences.get(`panel.${id}`, isOpen);
  element.addEventListener("toggle", () => {
    preferences.set(`panel.${id}`, element.open);
    if (element.open) onOpen?.();
  });
  if (element.open && onOpen) queueMicrotask(onOpen);
  return { element, body, brief, isOpen: () => element.open, open: () => { element.open = true; element.scrollIntoView({ block: "nearest" }); } };
}
