import { button, fill, h } from "../ui/dom.js";
import { count, percent, short } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { sampleWords } from "../live/words.js";
import { swatch } from "./classes.js";
import { section } from "./section.js";

const IMPORTANCES_SHOWN = 12;

/** How good the model is: stroke by stroke first, since pixels of one stroke are too alike to judge by. @param {any} app */
export function reportPanel({ report, live, project }) {
  const panel = section("report", "Accuracy", { onOpen: () => show() });
  const show = () => {
    const { latest, isEstimating } = report;
    const estimate = latest?.estimate;
    panel.brief.textContent = estimate?.accuracy === undefined ? "" : percent(estimate.accuracy);
    if (!panel.isOpen()) return;
    if (!latest && !live.state?.model) return fill(panel.body, h("p.muted", {}, "There is no model yet. Paint two classes."));
    fill(panel.body,
      h("p.big", {}, estimate?.accuracy === undefined ? "–" : percent(estimate.accuracy)),
      h("p.explain", {}, "Stroke by stroke: each stroke is left out once, and found by a model that never saw it."),
      h("div.row", {}, button(isEstimating ? "Estimating…" : "Estimate", () => report.estimate().catch((/** @type {any} */ error) => messages.error(error)), { disabled: isEstimating })),
      estimate?.meanIntersectionOverUnion !== undefined && h("p", {}, `Mean overlap (IoU): ${percent(estimate.meanIntersectionOverUnion)}`),
      estimate?.confusion && confusion(estimate.confusion, project),
      ...setAside(latest, project),
      latest?.outOfBag?.accuracy !== undefined && h("p.explain", {}, `Out of bag, pixel by pixel: ${percent(latest.outOfBag.accuracy)}. It is always high, since neighbours are alike.`),
      h("p.explain", {}, sampleWords(live.state?.model)),
      latest?.importances?.length > 0 && h("h3", {}, "What helps most"),
      latest?.importances?.length > 0 && importances(latest.importances));
  };
  report.on("change", show);
  project.on("change", ({ kinds }) => { if (kinds.has("changeClass")) show(); });
  return panel;
}

/** The model on what it never learns from; how to set something aside, where nothing is. */
function setAside(/** @type {any} */ latest, /** @type {any} */ project) {
  const head = h("h3", {}, "On what is set aside");
  const score = latest?.setAside;
  if (score?.accuracy === undefined) {
    return [head, h("p.explain", {}, "Nothing is set aside. Set strokes aside with the tool of that name, or whole images in their list: they never train a model, and check it here.")];
  }
  const isOld = score.revision !== undefined && latest.model?.revision !== undefined && score.revision !== latest.model.revision;
  const words = [`${percent(score.accuracy)} of ${count(score.pixels ?? 0)} pixels`];
  if (score.meanIntersectionOverUnion !== undefined) words.push(`mean overlap (IoU) ${percent(score.meanIntersectionOverUnion)}`);
  if (score.share < 1) words.push(`from ${percent(score.share)} of the tiles`);
  if (isOld) words.push(`by model ${score.revision}`);
  return [head, h("p", {}, `${words.join(", ")}.`), score.confusion && confusion(score.confusion, project, "Confusion of classes on what is set aside")];
}

function confusion(/** @type {any} */ { classes, counts }, /** @type {any} */ project, title = "Confusion of classes") {
  const head = (/** @type {number} */ number) => { const record = project.fold.classes.get(number); return record ? swatch(record, true) : String(number); };
  const name = (/** @type {number} */ number) => project.fold.classes.get(number)?.name ?? `Class ${number}`;
  const overlap = (/** @type {number} */ index) => {
    const hit = counts[index][index];
    const all = counts[index].reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0) + counts.reduce((/** @type {number} */ sum, /** @type {number[]} */ row) => sum + row[index], 0) - hit;
    return all > 0 ? hit / all : NaN;
  };
  return h("div.scroll", { tabIndex: 0, role: "region", "aria-label": title }, h("table", {},
    h("caption.visually-hidden", {}, "Rows are what was painted, columns what was found"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Painted"), ...classes.map((/** @type {number} */ number) => h("th", { scope: "col", title: `Found as ${name(number)}` }, head(number), h("span.visually-hidden", {}, name(number)))), h("th", { scope: "col" }, "IoU"))),
    h("tbody", {}, ...classes.map((/** @type {number} */ number, /** @type {number} */ row) => h("tr", {}, h("th", { scope: "row" }, name(number)), ...counts[row].map((/** @type {number} */ value, /** @type {number} */ column) => h(`td${row === column ? ".is-diagonal" : ""}`, {}, count(value))), h("td", {}, percent(overlap(row))))))));
}

function importances(/** @type {any[]} */ all) {
  const sorted = [...all].sort((a, b) => b.value - a.value).slice(0, IMPORTANCES_SHOWN);
  const largest = sorted[0]?.value || 1;
  return h("ol.plain", {}, ...sorted.map(({ name, value }) => {
    const fillBar = h("i");
    fillBar.style.width = `${(100 * value) / largest}%`;
    return h("li.bar", {}, fillBar, h("span", { title: name }, name), h("span", {}, short(value, 2)));
  }));
}
