import { fill, h } from "../ui/dom.js";
import { counted } from "../ui/format.js";
import { section } from "./section.js";

/** In whose name the command line adds images: nobody who paints. */
const COMMAND_LINE = "00000000-0000-4000-8000-000000000000";

/** Who paints, by name. @param {any} app */
export function peoplePanel({ project }) {
  const panel = section("people", "People");
  const name = h("input", { type: "text", maxLength: 100, "aria-label": "Your name", autocomplete: "name", onchange: () => { if (name.value.trim() && name.value.trim() !== project.about.person.name) project.do("renamePerson", { name: name.value.trim() }); } });
  const list = h("ul.plain");
  panel.body.append(h("label.field", {}, h("span", {}, "Your name"), name), list, h("p.explain", {}, "Everyone paints in one project. Undo takes back only what is yours."));
  const show = () => {
    const { person } = project.about;
    const persons = project.about.persons.filter((/** @type {any} */ one) => one.id !== COMMAND_LINE);
    if (document.activeElement !== name) name.value = person.name ?? "";
    panel.brief.textContent = counted(Math.max(1, persons.length), "person", "people");
    fill(list, ...persons.filter((/** @type {any} */ one) => one.id !== person.id).map((/** @type {any} */ one) => h("li", {}, one.name || "Somebody")));
  };
  project.on("about", show);
  show();
  return panel;
}
