import { button, checkbox, fill, h, slider } from "../ui/dom.js";
import { debounced } from "../ui/emitter.js";
import { messages } from "../ui/messages.js";
import { section } from "./section.js";

/** What the features take, and what the sliders reach: beyond it, sizes are typed. */
const SIGMA_MIN = 0.01;
const SIGMA_MAX = 128;
const SLIDER_MIN = 0.25;
const SLIDER_MAX = 64;
const inRange = (/** @type {number} */ sigma) => Math.min(SIGMA_MAX, Math.max(SIGMA_MIN, sigma));
const short = (/** @type {number} */ sigma) => Number(sigma.toPrecision(3));
const sigmaText = (/** @type {number} */ exponent) => `σ ${short(2 ** exponent)} px`;

/** What a pixel is described by, and the forest that learns it. A change trains again. @param {any} app */
export function featuresPanel({ project }) {
  const panel = section("features", "Features", { onOpen: () => show() });
  /** @type {any} */
  let waiting = {};
  const send = debounced(() => { const settings = waiting; waiting = {}; project.do("setSettings", { settings }); }, 250);
  const change = (/** @type {string} */ group, /** @type {Record<string, any>} */ members) => { waiting[group] = { ...waiting[group], ...members }; send(); };

  const show = () => {
    const { features = {}, forest = {} } = project.settings;
    const familiesOf = (/** @type {any} */ one) => one.families ?? project.about.presets.find((/** @type {any} */ preset) => preset.name === one.preset)?.families ?? [];
    const families = new Set(familiesOf(features));
    panel.brief.textContent = features.preset ? sentence(features.preset) : `${families.size} of ${project.about.families.length}`;
    if (!panel.isOpen()) return;
    // What was changed a moment ago, and is not sent yet, counts.
    const now = () => ({ sigmaMin: 0.5, sigmaMax: 16, ...features, ...waiting.features });
    const setFamily = (/** @type {string} */ name, /** @type {boolean} */ isOn) => {
      const before = familiesOf(now());
      const chosen = project.about.families.map((/** @type {any} */ one) => one.name).filter((/** @type {string} */ one) => (one === name ? isOn : before.includes(one)));
      if (chosen.length === 0) { messages.note("One family at least is needed."); return show(); }
      change("features", { families: chosen });
    };
    const setSize = (/** @type {string} */ member, /** @type {number} */ sigma) => change("features", { [member]: member === "sigmaMin" ? Math.min(sigma, now().sigmaMax) : Math.max(sigma, now().sigmaMin) });
    const sizeSlider = (/** @type {string} */ label, /** @type {"sigmaMin"|"sigmaMax"} */ member) => slider({ label, min: Math.log2(SLIDER_MIN), max: Math.log2(SLIDER_MAX), step: 0.25, value: Math.log2(now()[member]), text: sigmaText, onInput() {}, onDone: (moved) => setSize(member, 2 ** moved) });
    const sizeNumber = (/** @type {string} */ label, /** @type {"sigmaMin"|"sigmaMax"} */ member) => {
      const field = h("input", { type: "number", min: String(SIGMA_MIN), max: String(SIGMA_MAX), step: "any", value: String(short(now()[member])), className: "compact", "aria-label": label, title: label, "data-key": member, onchange: () => { if (Number(field.value) > 0) setSize(member, inRange(Number(field.value))); else show(); } });
      return field;
    };
    const trees = h("input", { type: "number", min: "1", max: "10000", value: String(forest.trees ?? 100), "data-key": "trees", onchange: () => change("forest", { trees: Number(trees.value) }) });
    const depth = h("input", { type: "number", min: "1", max: "1000", value: forest.maxDepth ? String(forest.maxDepth) : "", placeholder: "no limit", "data-key": "depth", onchange: () => change("forest", { maxDepth: depth.value ? Number(depth.value) : null }) });
    const seed = h("input", { type: "number", min: "0", value: String(forest.seed ?? 0), "data-key": "seed", onchange: () => change("forest", { seed: Number(seed.value) }) });
    fill(panel.body,
      project.about.presets?.length > 0 && h("h3", {}, "Presets"),
      project.about.presets?.length > 0 && h("div.row", {}, ...project.about.presets.map((/** @type {any} */ preset) => button(sentence(preset.name), () => project.do("setSettings", { settings: { features: { preset: preset.preset, sigmaMin: preset.sigmaMin, sigmaMax: preset.sigmaMax } } }), { title: preset.explanation ?? "" }))),
      h("h3", {}, "By hand"),
      ...project.about.families.map((/** @type {any} */ family) => h("div", {}, checkbox(sentence(family.name), families.has(family.name), (isOn) => setFamily(family.name, isOn)), h("p.explain", {}, `${sentence(family.explanation ?? "")}.`))),
      h("h3", {}, "Sizes"), sizeSlider("Finest", "sigmaMin"), sizeSlider("Coarsest", "sigmaMax"),
      h("div.row", {}, h("span.grow", {}, "Any σ, in pixels"), sizeNumber("Finest σ in pixels", "sigmaMin"), sizeNumber("Coarsest σ in pixels", "sigmaMax")),
      h("p.explain", {}, "Blurs by these widths: small ones see fine detail, large ones see surroundings."),
      h("h3", {}, "Forest"),
      h("label.field", {}, h("span", {}, "Trees: more are steadier and slower"), trees),
      h("label.field", {}, h("span", {}, "Greatest depth: less is smoother"), depth),
      h("label.field", {}, h("span", {}, "Seed: the same gives the same model"), seed));
  };
  project.on("about", show);
  project.on("change", ({ kinds }) => { if (kinds.has("setSettings")) show(); });
  return panel;
}

/** @param {string} text @returns {string} with a capital, and words for hyphens */
export const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1).replaceAll("-", " ");
