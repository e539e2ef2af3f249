import { fill, h } from "../ui/dom.js";

/** What is said of an image's file beside its name. @type {Record<string, string>} */
const PROBLEMS = { moved: " (moved)", changed: " (changed)", missing: " (not found)", unreadable: " (cannot be read)" };

/** The project's name and the choice of the image. @param {any} app @returns {HTMLElement} */
export function headPanel({ project, workspace }) {
  const name = h("div.project");
  const choice = h("select", { "aria-label": "Image", onchange: () => workspace.open(choice.value) });
  const element = h("div.head", {}, name, choice);
  const show = () => {
    name.textContent = project.about.name || "Coppice";
    document.title = `${workspace.info ? `${workspace.info.name} – ` : ""}Coppice`;
    const images = project.images;
    fill(choice, ...(images.length === 0 ? [h("option", { value: "" }, "No image yet")] : images.map((/** @type {any} */ image) => h("option", { value: image.id }, `${image.name}${image.problem ? PROBLEMS[image.problemKind] ?? "" : ""}`))));
    choice.value = workspace.info?.id ?? "";
    choice.disabled = images.length === 0;
  };
  project.on("about", show);
  project.on("change", ({ kinds }) => { if (kinds.has("all") || kinds.has("addImage") || kinds.has("removeImage")) show(); });
  workspace.on("image", show);
  show();
  return element;
}
