import { api } from "../api/api.js";
import { button, checkbox, fill, h, select } from "../ui/dom.js";
import { bytes as byteText, clock, count, counted } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { section } from "./section.js";

const MAPS = [["labels", "Labels"], ["probabilities", "Probabilities"], ["uncertainty", "Uncertainty"], ["overlay", "Overlay"]];
const OBJECTS = [["csv", "Table (CSV)"], ["geojson", "GeoJSON for QuPath"], ["coco", "COCO"], ["instances", "A number for each (TIFF)"]];
// The member of the order, its name, its step, and the most that it may be; empty for none.
const CLEANING = [["smooth", "Smooth probabilities, σ in pixels", "any", 16], ["minRegion", "Dissolve regions below, in pixels", 1, 1_000_000], ["fillHoles", "Fill holes below, in pixels", 1, 1_000_000]];
const WORDS = /** @type {Record<string, string>} */ ({ running: "running", waiting: "waiting", done: "done", failed: "failed", cancelled: "cancelled" });

/** Segments whole images as kept runs. @param {any} app */
export function runsPanel({ workspace, stream, project }) {
  const panel = section("runs", "Whole images", { onOpen: () => load() });
  /** @type {any[]} */
  let runs = [];
  const wanted = { scope: "this", folder: "", labels: true, probabilities: false, uncertainty: false, overlay: true, format: "tif", objects: /** @type {string[]} */ ([]), ofLargest: false, areas: true,
    smooth: "", minRegion: "", fillHoles: "", areaMin: "", splits: false, fillsHoles: false };
  const list = h("ul.plain");
  const form = h("div.body-rows");

  const load = async () => {
    if (!panel.isOpen()) return;
    // What is being typed stays.
    if (form.childElementCount === 0) showForm();
    try { const answer = await api.get("runs"); runs = Array.isArray(answer) ? answer : answer.runs ?? []; } catch (error) { messages.error(error); }
    show();
  };
  const start = async () => {
    if (wanted.scope === "this" && !workspace.info) return messages.note("Open an image first.");
    const images = wanted.scope === "this" ? [workspace.info.id] : wanted.scope === "all" ? "all" : { folder: wanted.folder };
    const maps = Object.fromEntries(MAPS.map(([key]) => [key, /** @type {any} */ (wanted)[key]]));
    const classes = wanted.ofLargest ? project.classes.map((/** @type {any} */ one) => one.number) : undefined;
    const objects = wanted.objects.length > 0 ? { formats: wanted.objects, classes, areaMin: given(wanted.areaMin), splits: wanted.splits, fillsHoles: wanted.fillsHoles } : undefined;
    const cleaning = { smooth: given(wanted.smooth), minRegion: given(wanted.minRegion), fillHoles: given(wanted.fillHoles) };
    try {
      await api.post("runs", { kind: "segment", images, maps, format: wanted.format, objects, areas: wanted.areas, ...cleaning });
      messages.note("The run has begun. You can go on painting.");
      load();
    } catch (error) { messages.error(error); }
  };
  const again = async (/** @type {any} */ run) => {
    try {
      await api.post(`runs/${run.id}/again`);
      messages.note("The run goes on with what is missing.");
      load();
    } catch (error) { messages.error(error); }
  };
  const numberField = (/** @type {string} */ member, /** @type {string} */ label, /** @type {string|number} */ step, /** @type {number} */ max) => {
    const input = h("input", { type: "number", min: "0", max: String(max), step: String(step), placeholder: "none", className: "compact", value: /** @type {any} */ (wanted)[member], "data-key": member, oninput: () => { /** @type {any} */ (wanted)[member] = input.value; } });
    return h("label.row", {}, h("span.grow", {}, label), input);
  };
  const showForm = () => fill(form,
    select("What to segment", [["this", "This image"], ["all", "All images of the project"], ["folder", "A folder on the server"]], wanted.scope, (value) => { wanted.scope = value; showForm(); }),
    wanted.scope === "folder" && h("label.field", {}, h("span", {}, "Folder"), h("input", { type: "text", value: wanted.folder, "data-key": "folder", oninput: (/** @type {any} */ event) => { wanted.folder = event.target.value; } })),
    h("div", { role: "group", "aria-label": "What to write" }, ...MAPS.map(([key, name]) => checkbox(name, /** @type {any} */ (wanted)[key], (isOn) => { /** @type {any} */ (wanted)[key] = isOn; })),
      checkbox("Areas of the classes (CSV)", wanted.areas, (isOn) => { wanted.areas = isOn; })),
    h("div", { role: "group", "aria-label": "Cleaning the result" }, h("h3", {}, "Cleaning the result"),
      ...CLEANING.map(([member, label, step, max]) => numberField(String(member), String(label), step, Number(max)))),
    h("div", { role: "group", "aria-label": "Objects" }, h("h3", {}, "Objects: connected pixels of a class"),
      ...OBJECTS.map(([key, name]) => checkbox(name, wanted.objects.includes(key), (isOn) => { wanted.objects = OBJECTS.map(([one]) => one).filter((one) => (one === key ? isOn : wanted.objects.includes(one))); })),
      checkbox("Of the largest class, the background, too", wanted.ofLargest, (isOn) => { wanted.ofLargest = isOn; }),
      numberField("areaMin", "Smallest object, in pixels", 1, 1_000_000_000),
      checkbox("Split objects at their necks", wanted.splits, (isOn) => { wanted.splits = isOn; }),
      checkbox("Fill holes of objects", wanted.fillsHoles, (isOn) => { wanted.fillsHoles = isOn; })),
    select("File format", [["tif", "TIFF"], ["png", "PNG"], ["zarr", "OME-Zarr"], ["npy", "NumPy"]], wanted.format, (value) => { wanted.format = value; }),
    h("div.row", {}, button("Segment", start, { className: "primary" })));

  const show = () => {
    const running = runs.filter(({ state }) => state === "running" || state === "waiting").length;
    panel.brief.textContent = running ? `${running} running` : "";
    fill(list, ...runs.map((run) => {
      const share = run.total ? run.done / run.total : 0;
      const isGoing = run.state === "running" || run.state === "waiting";
      const bar = isGoing && h("progress", { max: 1, value: share, "aria-label": "Progress of the run" });
      return h("li.card", {}, h("div.row", {}, h("span.title.grow", {}, run.images?.length === 1 ? run.images[0].name : counted(run.images?.length ?? 0, "image")), h("span.muted", {}, `${WORDS[run.state] ?? run.state}${run.time ? `, ${clock(run.time)}` : ""}`)),
        h("span.detail", {}, [modelWords(run), ...cleaningWords(run)].join(" · ")),
        bar, run.total > 0 && isGoing && h("span.detail", {}, `${run.phase ?? "segmenting"}: ${count(run.done)} of ${count(run.total)}`),
        isGoing && run.directory && h("span.detail", {}, "On the server: ", h("code", {}, `coppice status ${run.directory}`)), run.message && h(`span.detail${run.state === "failed" ? ".error" : ""}`, {}, run.message),
        isGoing && h("div.row", {}, button("Cancel", () => api.delete(`runs/${run.id}`).then(load, (error) => messages.error(error)), { "data-key": `cancel-${run.id}` })),
        (run.state === "failed" || run.state === "cancelled") && h("div.row", {}, button("Go on", () => again(run), { "data-key": `again-${run.id}`, title: "Does what is missing, with the same model" })),
        run.files?.length > 0 && h("ul.plain", {}, ...run.files.map((/** @type {any} */ file) => fileRow(run, file))));
    }));
  };
  const fileRow = (/** @type {any} */ run, /** @type {any} */ { name, size, isFolder }) => h("li", {}, isFolder ? h("span.detail", {}, `${name}: a folder in ${run.directory}`) :
    h("a.download", { href: api.address(`runs/${run.id}/files/${encodeURIComponent(name)}`), download: name }, `${name} (${byteText(size)})`));
  stream.on("run", (change) => {
    const known = runs.find(({ id }) => id === change.id);
    if (!known || (change.state !== known.state)) load();
    if (known) { Object.assign(known, change); show(); }
    if (change.state === "failed") messages.error(change.message ?? "A run failed.");
    if (change.state === "done") messages.note("A run is done.");
  });
  fill(panel.body, form, list);
  return panel;
}

/** @param {string} typed @returns {number|undefined} nothing for an empty field, and for 0, which stands for none */
const given = (typed) => Number(typed) || undefined;

/** @param {any} run @returns {string} the model that it is done with, and when that was trained */
function modelWords({ revision, modelTime }) {
  const time = modelTime ? `, ${clock(modelTime)}` : "";
  return revision === undefined ? `A model trained for the run${time}` : `Model ${revision}${time}`;
}

/** @param {any} run @returns {string[]} what is done with what the forest says */
const cleaningWords = ({ smooth, minRegion, fillHoles }) => /** @type {string[]} */ ([smooth && `smoothed by σ ${smooth} px`, minRegion && `regions below ${count(minRegion)} px dissolved`, fillHoles && `holes below ${count(fillHoles)} px filled`].filter(Boolean));
