import { api } from "../api/api.js";
import { button, fill, h } from "../ui/dom.js";
import { bytes as byteText, counted } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { uuid } from "../ui/uuid.js";
import { section } from "./section.js";

/** The project's images: open, add, find again, set aside, remove. @param {any} app */
export function imagesPanel({ project, workspace }) {
  const panel = section("images", "Images", { onOpen: () => show() });
  const list = h("ul.plain");
  const path = h("input", { type: "text", "aria-label": "Path of an image on the server", placeholder: "/data/cells.tif", "data-key": "path", onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") addPath(path.value); } });
  const browser = h("div", {});
  const chooser = h("input", { type: "file", multiple: true, className: "visually-hidden", tabIndex: -1, "aria-label": "Upload images", onchange: () => { upload([...chooser.files]); chooser.value = ""; } });
  const drop = h("div.drop", {
    ondragover: (/** @type {DragEvent} */ event) => { event.preventDefault(); drop.classList.add("is-over"); }, ondragleave: () => drop.classList.remove("is-over"),
    ondrop: (/** @type {DragEvent} */ event) => { event.preventDefault(); drop.classList.remove("is-over"); upload([...(event.dataTransfer?.files ?? [])]); },
  }, "Drop images here, or ", button("choose files", () => chooser.click(), { className: "small" }), chooser);
  panel.body.append(list, h("h3", {}, "Add images"), drop, h("div.row", {}, h("span.grow", {}, path), button("Add", () => addPath(path.value), { "aria-label": "Add the path" })), h("div.row", {}, button("Browse the server…", () => browse(""))), browser);

  const add = (/** @type {string} */ place, /** @type {string} */ name) => {
    const image = uuid();
    project.do("addImage", { image, path: place, ...(name ? { name } : {}) });
    return image;
  };
  const addPath = (/** @type {string} */ text) => { if (text.trim()) { add(text.trim(), ""); path.value = ""; messages.note("The image is being added."); } };
  const upload = async (/** @type {File[]} */ files) => {
    for (const file of files) {
      messages.note(`Uploading ${file.name} (${byteText(file.size)})…`);
      try {
        const answer = await api.send("PUT", "uploads", file, { name: file.name });
        add(answer.path, file.name);
        messages.note(`${file.name} is added.`);
      } catch (error) { messages.error(error); }
    }
  };
  const browse = async (/** @type {string} */ folder, /** @type {((path: string) => void)|null} */ pick = null) => {
    try {
      const found = await api.get("folders", folder ? { path: folder } : {});
      const entry = (/** @type {string} */ text, /** @type {() => void} */ act) => h("button", { type: "button", onclick: act }, text);
      fill(browser, h("p.explain", {}, found.path || "Folders that the server may read"), h("div.browser", { role: "group", "aria-label": "Files on the server" },
        found.parent !== undefined && found.parent !== null && entry("← Up", () => browse(found.parent, pick)),
        ...found.folders.map((/** @type {string} */ one) => entry(`${found.path ? one.split("/").at(-1) : one} ›`, () => browse(one, pick))),
        ...found.images.map((/** @type {any} */ image) => entry(image.size === undefined ? image.name : `${image.name} (${byteText(image.size)})`, () => { if (pick) pick(image.path); else { add(image.path, image.name); messages.note(`${image.name} is being added.`); } })),
        found.folders.length + found.images.length === 0 && h("p.muted", {}, "Nothing here."), found.isCut && h("p.muted", {}, "There is more than is listed.")), button("Close", () => browser.replaceChildren()));
    } catch (error) { messages.error(error); }
  };

  /** What waits for a yes: a file of other content in the place of an image. @type {{image: string, place: string, text: string}|null} */
  let asked = null;
  /** Images that were just told where they are. @type {Set<string>} */
  const relinked = new Set();
  const relink = (/** @type {any} */ image, /** @type {string} */ place) => {
    asked = null;
    relinked.add(image.id);
    project.do("relinkImage", { image: image.id, path: place });
    browser.replaceChildren();
    messages.note(`${image.name} is now ${place}.`);
    show();
  };
  /** The same content takes its place at once, other content after a question, another size never. */
  const tryRelink = async (/** @type {any} */ image, /** @type {string} */ place) => {
    try {
      const { isSame, problem } = await api.get(`images/${image.id}/match`, { path: place });
      if (problem) return messages.error(problem);
      if (isSame) return relink(image, place);
      asked = { image: image.id, place, text: `${place} is not the file that ${image.name} was: strokes may lie beside what they meant. Use it?` };
      show();
      list.querySelector(`[data-key="yes-${image.id}"]`)?.focus();
    } catch (error) { messages.error(error); }
  };
  const mending = (/** @type {any} */ image) => asked?.image === image.id
    ? h("div", { role: "group", "aria-label": `Use another file for ${image.name}` }, h("p.error", {}, asked?.text ?? ""), h("div.row", {},
      button("Use it", () => { if (asked) relink(image, asked.place); }, { "data-key": `yes-${image.id}`, "aria-label": `Use it for ${image.name}` }),
      button("Keep it as it is", () => { asked = null; show(); }, { "data-key": `no-${image.id}` })))
    : h("div.row", {},
      image.foundPath && button("Use the moved file", () => tryRelink(image, image.foundPath), { title: image.foundPath, "data-key": `moved-${image.id}`, "aria-label": `Use the moved file for ${image.name}` }),
      image.problemKind === "changed" && button("Use the changed file…", () => tryRelink(image, image.path), { "data-key": `changed-${image.id}`, "aria-label": `Use the changed file for ${image.name}` }),
      button("Find it…", () => browse("", (place) => tryRelink(image, place)), { "data-key": `find-${image.id}`, "aria-label": `Find ${image.name}` }));
  const show = () => {
    const images = project.images;
    panel.brief.textContent = String(images.length);
    if (!panel.isOpen()) return;
    fill(list, ...images.map((/** @type {any} */ image) => {
      const strokes = project.fold.shapesOf(image.id).length;
      const size = image.width ? `${image.width.toLocaleString("en-GB")} × ${image.height.toLocaleString("en-GB")}` : "";
      const isOpen = workspace.info?.id === image.id;
      return h(`li.card${isOpen ? ".is-open" : ""}`, {}, h("span.title", {}, image.name), h("span.detail", {}, [size, counted(strokes, "stroke"), image.isSetAside && "set aside"].filter(Boolean).join(" · ")),
        image.problem && h("span.error", {}, image.problem), image.problem && mending(image),
        h("div.row", {},
          button("Open", () => workspace.open(image.id), { "aria-label": `Open ${image.name}`, "data-key": `open-${image.id}`, disabled: isOpen }),
          button(image.isSetAside ? "Train on it" : "Set aside", () => project.do("setAside", { image: image.id, isSetAside: !image.isSetAside }), { title: "Its strokes check the model and never train it", "data-key": `aside-${image.id}`, "aria-label": `${image.isSetAside ? "Train on it" : "Set aside"}: ${image.name}` }),
          button("Remove", () => { project.do("removeImage", { image: image.id }); messages.note(`${image.name} is out of the project; the file stays. Undo brings it back.`); }, { "aria-label": `Remove ${image.name}`, "data-key": `remove-${image.id}` })));
    }));
  };
  project.on("about", () => {
    for (const { id, problem } of project.images) if (relinked.has(id) && !problem) {
      relinked.delete(id);
      // What is on the screen is of the file before.
      if (workspace.info?.id === id) workspace.open(id);
    }
    show();
  });
  project.on("change", ({ kinds }) => { if (["all", "addImage", "removeImage", "relinkImage", "setAside"].some((kind) => kinds.has(kind))) show(); });
  workspace.on("image", show);
  show();
  return panel;
}
