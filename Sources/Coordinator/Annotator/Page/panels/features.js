import { button, checkbox, fill, h, select, slider } from "../ui/dom.js";
import { debounced } from "../ui/emitter.js";
import { section } from "./section.js";

const SIGMA_MAX = 64;
const SIGMA_MIN = 0.01;
const exponent = (/** @type {number} */ sigma) => Math.log2(Math.max(SIGMA_MIN, sigma));
const sigmaText = (/** @type {number} */ value) => `σ ${Number((2 ** value).toPrecision(3))} px`;

/** What a pixel is described by, and the forest that learns it. A change trains again. @param {any} app */
export function featuresPanel({ project }) {
  const panel = section("features", "Features", { onOpen: () => show() });
  /** @type {any} */
  let waiting = {};
  const send = debounced(() => { const settings = waiting; waiting = {}; project.do("setSettings", { settings }); }, 250);
  const change = (/** @type {string} */ group, /** @type {Record<string, any>} */ members) => { waiting[group] = { ...waiting[group], ...members }; send(); };

  const show = () => {
    const { features = {}, forest = {}, level = 0 } = project.settings;
    const families = new Set(features.families ?? []);
    panel.brief.textContent = `${families.size} of ${project.about.families.length}`;
    if (!panel.isOpen()) return;
    const setFamily = (/** @type {string} */ name, /** @type {boolean} */ isOn) => {
      const chosen = project.about.families.map((/** @type {any} */ one) => one.name).filter((/** @type {string} */ one) => (one === name ? isOn : families.has(one)));
      if (chosen.length === 0) return show();
      change("features", { families: chosen });
    };
    const low = slider({ label: "Finest", min: exponent(0.25), max: exponent(SIGMA_MAX), step: 0.25, value: exponent(features.sigmaMin ?? 0.5), text: sigmaText, onInput() {}, onDone: (value) => change("features", { sigmaMin: 2 ** Math.min(value, exponent(features.sigmaMax ?? 16)) }) });
    const high = slider({ label: "Coarsest", min: exponent(0.25), max: exponent(SIGMA_MAX), step: 0.25, value: exponent(features.sigmaMax ?? 16), text: sigmaText, onInput() {}, onDone: (value) => change("features", { sigmaMax: 2 ** Math.max(value, exponent(features.sigmaMin ?? 0.5)) }) });
    const trees = h("input", { type: "number", min: "1", max: "10000", value: String(forest.trees ?? 100), "data-key": "trees", onchange: () => change("forest", { trees: Number(trees.value) }) });
    const depth = h("input", { type: "number", min: "1", max: "1000", value: forest.maxDepth ? String(forest.maxDepth) : "", placeholder: "no limit", "data-key": "depth", onchange: () => change("forest", { maxDepth: depth.value ? Number(depth.value) : null }) });
    const seed = h("input", { type: "number", min: "0", value: String(forest.seed ?? 0), "data-key": "seed", onchange: () => change("forest", { seed: Number(seed.value) }) });
    fill(panel.body,
      project.about.presets?.length > 0 && h("h3", {}, "Presets"),
      project.about.presets?.length > 0 && h("div.row", {}, ...project.about.presets.map((/** @type {any} */ preset) => button(sentence(preset.name), () => project.do("setSettings", { settings: { features: { families: preset.families, sigmaMin: preset.sigmaMin, sigmaMax: preset.sigmaMax } } }), { title: preset.explanation ?? "" }))),
      h("h3", {}, "By hand"),
      ...project.about.families.map((/** @type {any} */ family) => h("div", {}, checkbox(sentence(family.name), families.has(family.name), (isOn) => setFamily(family.name, isOn)), h("p.explain", {}, `${sentence(family.explanation ?? "")}.`))),
      h("h3", {}, "Sizes"), low, high, h("p.explain", {}, "Blurs by these widths: small ones see fine detail, large ones see surroundings."),
      h("h3", {}, "Forest"),
      h("label.field", {}, h("span", {}, "Trees: more are steadier and slower"), trees),
      h("label.field", {}, h("span", {}, "Greatest depth: less is smoother"), depth),
      h("label.field", {}, h("span", {}, "Seed: the same gives the same model"), seed),
      select("Resolution that is worked on", Array.from({ length: 8 }, (_, index) => /** @type {[string, string]} */ ([String(index), index === 0 ? "Full" : `1 : ${2 ** index}`])), String(level), (value) => project.do("setSettings", { settings: { level: Number(value) } })));
  };
  project.on("about", show);
  project.on("change", ({ kinds }) => { if (kinds.has("setSettings")) show(); });
  return panel;
}

/** @param {string} text @returns {string} with a capital, and words for hyphens */
export const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1).replaceAll("-", " ");
