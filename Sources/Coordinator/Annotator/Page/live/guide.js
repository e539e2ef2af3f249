import { keymap } from "../keys/keymap.js";
import { byId } from "../ui/dom.js";
import { percent } from "../ui/format.js";

/**
 * What to do next, said over the image until the first result is there.
 *
 * @param {{project: import("../project/project.js").Project, workspace: import("../workspace.js").Workspace, live: import("./live.js").Live}} parts
 */
export function showGuide({ project, workspace, live }) {
  const guide = byId("guide");
  const show = () => { guide.textContent = advice({ project, workspace, live }); guide.hidden = guide.textContent === ""; };
  project.on("change", show);
  workspace.on("image progress", show);
  live.on("state coverage", show);
  project.on("loading", show);
  keymap.on("change", show);
  show();
}

/** @returns {string} one sentence, or none when there is a result */
export function advice(/** @type {any} */ { project, workspace, live }) {
  const info = workspace.info;
  if (!info) return "";
  if (info.isReady === false) return `Preparing ${info.name}: ${percent(info.progress ?? 0)}.`;
  if (project.loaded < 1) return `Loading strokes: ${Math.round(project.loaded * 100)} %.`;
  const classes = project.classes;
  if (classes.length === 0) return "Add two classes, then paint a few strokes of each.";
  if (classes.length === 1) return "Add a second class: a model needs two to tell apart.";
  if (live.state?.model) return "";
  const painted = new Set([...project.fold.shapes.values()].flatMap((/** @type {any} */ shapes) => [...shapes.values()].map((shape) => shape.class)));
  const unpainted = classes.filter((/** @type {any} */ { number }) => !painted.has(number));
  const paintedCount = classes.length - unpainted.length;
  if (paintedCount === 0) return `Paint a few strokes of ${classes[0].name}, then of ${classes[1].name}.`;
  if (paintedCount === 1) return `Now choose ${unpainted[0].name} and paint a few strokes of it.`;
  if (live.state && !live.state.isLive) return keymap.keyOf("update") ? `Press ${keymap.keyOf("update")} to see the result, or turn Live on.` : "Turn Live on to see the result.";
  return "The result appears in a moment.";
}
