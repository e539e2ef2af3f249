import { keymap } from "../keys/keymap.js";
import { button, fill, h, icon } from "../ui/dom.js";
import { count } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { freeColour, freeNumber, PALETTE, PALETTE_NAMES, textOn } from "../project/classes.js";
import { focusCanvas } from "../ui/toolbar.js";
import { section } from "./section.js";

/** @param {{number: number, colour: string}} record @param {boolean} [isMini] @returns {HTMLElement} its colour with its number */
export function swatch({ number, colour }, isMini = false) {
  const element = h(`span.swatch${isMini ? ".mini" : ""}`, {}, String(number));
  element.style.background = colour;
  element.style.color = textOn(colour);
  return element;
}

/** Classes: choose, add, rename, recolour, order, hide, delete. @param {any} app */
export function classesPanel(app) {
  const { project, visibility, painter, report } = app;
  const panel = section("classes", "Classes", { isOpen: true });
  const list = h("ul.plain", { "aria-label": "Classes" });
  const add = button("Add a class", () => addClass(app));
  const showKeys = () => { add.title = keymap.titled("Add a class", "newClass"); };
  panel.body.append(list, h("div.row", {}, add));
  let edited = 0;

  const row = (/** @type {any} */ record, /** @type {number} */ index, /** @type {any[]} */ all) => {
    const { number, name } = record;
    const isHidden = visibility.isHidden(number);
    const isChosen = number === painter.classNumber;
    const choose = h("button.choose", { type: "button", "aria-pressed": String(isChosen), "data-key": `class-${number}`, title: number < 10 ? `Paint ${name} (${number})` : `Paint ${name}`, onclick: (/** @type {MouseEvent} */ event) => { painter.chooseClass(number); if (event.detail > 0) focusCanvas(); }, ondblclick: () => { edited = number; show(); } },
      swatch(record), h("span.name", {}, name), h("span.count", { title: "Labelled pixels", "data-number": String(number) }));
    const eye = h("button.bare", { type: "button", "aria-label": `${isHidden ? "Show" : "Hide"} ${name}`, title: isHidden ? "Show in this browser" : "Hide in this browser", "data-key": `eye-${number}`, onclick: () => visibility.setHidden(number, !isHidden) }, icon(isHidden ? "eye-off" : "eye"));
    const more = h("button.bare", { type: "button", "aria-label": `Edit ${name}`, title: "Name, colour, order", "aria-expanded": String(edited === number), "data-key": `more-${number}`, onclick: () => { edited = edited === number ? 0 : number; show(); } }, icon(edited === number ? "up" : "down"));
    return h(`li.class-row${isChosen ? ".is-chosen" : ""}${isHidden ? ".is-hidden" : ""}`, {}, choose, eye, more, edited === number && editor(record, index, all));
  };

  const editor = (/** @type {any} */ { number, name, colour }, /** @type {number} */ index, /** @type {any[]} */ all) => {
    const field = h("input", { type: "text", value: name, maxLength: 100, "aria-label": `Name of class ${number}`, "data-key": `name-${number}`, onchange: () => rename(field), onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") { rename(field); edited = 0; show(); } } });
    // Enter renames, and so does the change that the browser tells when the field goes away: once is enough.
    const rename = (/** @type {any} */ input) => {
      const text = input.value.trim();
      if (text && text !== project.classes.find((/** @type {any} */ one) => one.number === number)?.name) project.do("changeClass", { number, name: text });
    };
    const paint = (/** @type {string} */ chosen) => { if (chosen.toUpperCase() !== colour.toUpperCase()) project.do("changeClass", { number, colour: chosen.toUpperCase() }); };
    const palette = PALETTE.map((one, at) => {
      const chip = h("button", { type: "button", "aria-label": PALETTE_NAMES[at], title: PALETTE_NAMES[at], "aria-pressed": String(one === colour.toUpperCase()), "data-key": `chip-${number}-${at}`, onclick: () => paint(one) });
      chip.style.background = one;
      return chip;
    });
    const free = h("input", { type: "color", value: colour.toLowerCase(), "aria-label": "Other colour", title: "Other colour", onchange: () => paint(free.value) });
    const shift = (/** @type {number} */ by) => {
      const numbers = all.map((one) => one.number);
      numbers.splice(index + by, 0, ...numbers.splice(index, 1));
      project.do("orderClasses", { numbers });
    };
    return h("div.edit", {}, field, h("div.palette", {}, ...palette, free),
      h("div.row", {},
        h("button.bare", { type: "button", "aria-label": `Move ${name} up`, title: "Move up", disabled: index === 0, "data-key": `up-${number}`, onclick: () => shift(-1) }, icon("up")),
        h("button.bare", { type: "button", "aria-label": `Move ${name} down`, title: "Move down", disabled: index === all.length - 1, "data-key": `down-${number}`, onclick: () => shift(1) }, icon("down")),
        h("span.grow"),
        button("Delete", () => { edited = 0; project.do("deleteClass", { number }); messages.note(`${name} is deleted with its strokes. Undo brings them back; other numbers stay.`); }, { "aria-label": `Delete ${name}` })));
  };

  const show = () => {
    const classes = project.classes;
    panel.brief.textContent = classes.find((/** @type {any} */ one) => one.number === painter.classNumber)?.name ?? "";
    fill(list, ...classes.map(row));
    showCounts();
  };
  // Comes while somebody edits a class: what is open stays.
  const showCounts = () => {
    for (const one of list.querySelectorAll(".count")) {
      const pixels = report.labelled?.[one.dataset.number];
      one.textContent = pixels ? count(pixels) : "";
    }
  };
  project.on("change", ({ kinds }) => { if (["all", "addClass", "changeClass", "orderClasses", "deleteClass"].some((kind) => kinds.has(kind))) show(); });
  visibility.on("change", show);
  painter.on("class", show);
  report.on("labelled", showCounts);
  keymap.on("change", showKeys);
  showKeys();
  show();
  return panel;
}

/** Adds a class with the next free number and colour, and chooses it. @param {any} app */
export function addClass({ project, painter }) {
  const number = freeNumber(project);
  if (number === null) return messages.error("There can be 255 classes.");
  project.do("addClass", { number, name: `Class ${number}`, colour: freeColour(project, number) });
  painter.chooseClass(number);
}
