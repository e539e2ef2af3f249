import { button, fill, h } from "../ui/dom.js";
import { messages } from "../ui/messages.js";
import { ACTIONS, chordOf, FIXED, keymap } from "../keys/keymap.js";
import { section } from "./section.js";

/** The keys, which can be changed, and what was said. @param {any} app */
export function helpPanel({ project }) {
  const panel = section("help", "Keys and help", { onOpen: () => show() });
  let changed = "";
  const log = h("ul.plain.log", { tabIndex: 0, "aria-label": "Messages" });
  messages.list(log);
  const keyButton = (/** @type {any} */ action) => h("button", {
    type: "button", "data-key": `key-${action.id}`, "aria-label": `Change the key of ${action.name}: now ${keymap.keysOf(action.id).join(" or ") || "none"}`,
    onclick: (/** @type {any} */ event) => { changed = action.id; event.currentTarget.textContent = "Press a key"; messages.note(`Press the new key for ${action.name}, or Escape.`); },
    onblur: () => { if (changed === action.id) { changed = ""; queueMicrotask(show); } },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (changed !== action.id || ["Shift", "Control", "Meta", "Tab"].includes(event.key)) return;
      event.preventDefault();
      changed = "";
      if (event.key === "Escape" && action.id !== "cancel") return show();
      const former = keymap.set(action.id, chordOf(event));
      if (former) messages.note(`${former} has no such key any more.`);
    },
  }, keymap.keysOf(action.id).join(" ") || "none");
  const show = () => {
    panel.brief.textContent = keymap.keyOf("help");
    if (!panel.isOpen()) return;
    const groups = [...new Set(ACTIONS.map(({ group }) => group))];
    fill(panel.body, h("p", {}, "Paint a few strokes of each class. Where the result is wrong, paint there. Little strokes at edges help most."),
      h("p.explain", {}, "Keys work while the image has focus. Click one to change it."),
      ...groups.flatMap((group) => [h("h3", {}, group), h("dl.keys", {}, ...ACTIONS.filter((one) => one.group === group).flatMap((action) => [h("dt", {}, action.name), h("dd", {}, keyButton(action))]))]),
      h("h3", {}, "Always"), h("dl.keys", {}, ...FIXED.flatMap(({ keys, name }) => [h("dt", {}, name), h("dd", {}, h("kbd", {}, keys))])),
      h("div.row", {}, button("Keys as they were", () => keymap.reset())), h("h3", {}, "Messages"), log,
      h("p.explain", {}, `Coppice ${project.about.version ?? ""}. The API is described in `, h("a", { href: "/openapi.json" }, "openapi.json"), "."));
  };
  keymap.on("change", show);
  show();
  return panel;
}
