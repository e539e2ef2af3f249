import { api } from "../api/api.js";
import { button, fill, h, select } from "../ui/dom.js";
import { counted } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { section } from "./section.js";

/** Formats of annotations: the option, the name, the ending. */
const FORMATS = [["coppice", "Coppice JSON", "json"], ["qupath", "QuPath GeoJSON", "geojson"], ["plotly", "Plotly shapes", "json"], ["imagej", "ImageJ ROI zip", "zip"], ["ilastik", "ilastik project", "ilp"], ["labkit", "Labkit labeling", "labeling"], ["napari", "napari shapes CSV", "csv"], ["coco", "COCO", "json"], ["labels", "Label image", "png"]];

/** Strokes, classes and the project, in and out. @param {any} app */
export function exchangePanel({ workspace, live, project }) {
  const panel = section("exchange", "Import and export", { onOpen: () => show() });
  let format = "coppice";
  const chooser = h("input", { type: "file", className: "visually-hidden", tabIndex: -1, "aria-label": "Import annotations", onchange: () => { if (chooser.files[0]) take(chooser.files[0]); chooser.value = ""; } });
  const folder = h("input", { type: "text", "aria-label": "Folder to export to", placeholder: "/data/export", "data-key": "folder" });
  const backup = h("input", { type: "text", "aria-label": "File or folder to back up to", placeholder: "/data/backup/", "data-key": "backup" });

  const take = async (/** @type {File} */ file) => {
    if (!workspace.info) return messages.note("Open the image that the file belongs to first.");
    try {
      const { added, classes, notes = [] } = await api.send("POST", `images/${workspace.info.id}/annotations`, file, { name: file.name, ...workspace.plane });
      const newClasses = Array.isArray(classes) ? classes.length : classes;
      messages.note(`${file.name}: ${counted(added, "shape")} added${newClasses ? `, ${counted(newClasses, "class", "classes")}` : ""}. Undo takes them back.`);
      for (const note of notes) messages.note(typeof note === "string" ? note : note.message ?? note.text);
    } catch (error) { messages.error(error); }
  };
  const post = async (/** @type {string} */ path, /** @type {any} */ json, said = "") => { try { const answer = await api.post(path, json); messages.note(said || answer.message); } catch (error) { messages.error(error); } };

  const show = () => {
    if (!panel.isOpen()) return;
    const { info } = workspace;
    const [option, , ending] = FORMATS.find(([one]) => one === format) ?? FORMATS[0];
    const base = (info?.name ?? "image").replace(/\.[^.]+$/, "");
    const model = live.state?.model;
    fill(panel.body, h("h3", {}, "Import strokes"), h("p.explain", {}, "QuPath, ImageJ, ilastik, Labkit, napari, plotly, dash-canvas, COCO, label images, Coppice."),
      h("div.row", {}, button("Choose a file…", () => chooser.click(), { disabled: !info }), chooser),
      h("h3", {}, "Export strokes of this image"), select("Format", FORMATS.map(([one, name]) => /** @type {[string, string]} */ ([one, name])), format, (value) => { format = value; show(); }),
      info ? h("div.row", {}, h("a.download", { href: api.address(`images/${info.id}/annotations`, { format: option, ...workspace.plane }), download: `${base}-strokes.${ending}`, "data-key": "download" }, "Download the strokes")) : h("p.muted", {}, "Open an image first."),
      info && hasSetAside(info.id) && h("p.explain", {}, "What is set aside is left out of this file."),
      h("h3", {}, "Model"), model ? h("a.download", { href: api.address(`models/${model.revision}`), download: "model.json" }, `Download model ${model.revision}`) : h("p.muted", {}, "No model yet."),
      h("h3", {}, "Project"), h("p.explain", {}, "A folder that the command line trains from, to the same bytes."),
      h("div.row", {}, h("span.grow", {}, folder), button("Export", () => folder.value.trim() && post("export", { folder: folder.value.trim() }, `The project is in ${folder.value.trim()}.`), { "aria-label": "Export the project" })),
      h("div.row", {}, h("span.grow", {}, backup), button("Back up", () => backup.value.trim() && post("backup", { path: backup.value.trim() }), { title: "A name that ends in / is a folder, which has uploaded images, too" })));
  };
  const hasSetAside = (/** @type {string} */ image) => project.fold.images.get(image)?.isSetAside || project.fold.shapesOf(image).some(({ isSetAside }) => isSetAside);
  workspace.on("image plane", show);
  project.on("change", ({ kinds }) => { if (kinds.has("setAside") || kinds.has("all")) show(); });
  let revision = 0;
  live.on("state", () => { const now = live.state?.model?.revision ?? 0; if (now !== revision) { revision = now; show(); } });
  project.on("about", show);
  return panel;
}
