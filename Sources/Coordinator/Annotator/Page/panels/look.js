import { api } from "../api/api.js";
import { button, checkbox, fill, h, select, slider } from "../ui/dom.js";
import { short } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { isColour } from "../workspace.js";
import { drawHistogram } from "./histogram.js";
import { section } from "./section.js";

/** Contrast, channels and planes: all in the browser, without a request. @param {any} app */
export function lookPanel({ workspace }) {
  const panel = section("look", "Image view", { onOpen: () => { load(); show(); } });
  let chosen = 0;
  /** @type {any} */
  let histogram = null;
  let loaded = "";
  const canvas = h("canvas.histogram", { width: 292, height: 64, role: "img", "aria-label": "Histogram" });

  const load = async () => {
    const { info, plane } = workspace;
    const key = JSON.stringify([info?.id, plane]);
    if (!info || info.isReady === false || !panel.isOpen() || key === loaded) return;
    loaded = key;
    try { histogram = await api.get(`images/${info.id}/histogram`, plane); } catch (error) { histogram = null; loaded = ""; messages.error(error); }
    draw();
    fitRanges();
  };
  /** The sliders of the range that is shown. @type {{low: any, high: any}|null} */
  let ranges = null;
  /** How far the range can reach: over all values of the channel, once its histogram is there. */
  const reach = () => {
    const { info, display } = workspace;
    const channel = display.channels[chosen];
    const stats = histogram?.channels?.[chosen];
    const isByte = info.sampleType === "uint8";
    const bottom = Math.min(channel.low, isByte ? 0 : stats?.min ?? channel.low);
    const top = Math.max(channel.high, isByte ? 255 : stats?.max ?? channel.high);
    return { bottom, top, step: /int/.test(info.sampleType) ? 1 : (top - bottom) / 500 || "any" };
  };
  /** The histogram came after the sliders: they reach farther, and stay where they are. */
  const fitRanges = () => {
    if (!ranges || !workspace.info) return;
    const channel = workspace.display.channels[chosen];
    const { bottom, top, step } = reach();
    for (const [row, value] of [[ranges.low, channel.low], [ranges.high, channel.high]]) {
      Object.assign(row.querySelector("input"), { min: String(bottom), max: String(top), step: String(step) });
      row.set(value);
    }
  };
  const draw = () => {
    const channel = workspace.display.channels[chosen];
    drawHistogram(canvas, histogram?.channels ?? [], chosen, channel);
    if (histogram?.channels[chosen]) canvas.setAttribute("aria-label", `Histogram of ${workspace.channelName(chosen)}: ${short(histogram.channels[chosen].min)} to ${short(histogram.channels[chosen].max)}`);
  };

  const show = () => {
    const { info, display } = workspace;
    panel.brief.textContent = info ? `${info.channels} × ${info.sampleType}` : "";
    if (!panel.isOpen()) return;
    if (!info) return fill(panel.body, h("p.muted", {}, "Open an image first."));
    chosen = Math.min(chosen, info.channels - 1);
    const channel = display.channels[chosen];
    const isWhole = /int/.test(info.sampleType);
    const { bottom, top, step } = reach();
    const low = slider({ label: "Black at", min: bottom, max: top, step, value: channel.low, text: short, onInput: (value) => set({ low: Math.min(value, channelNow().high - (isWhole ? 1 : 1e-6)) }) });
    const high = slider({ label: "White at", min: bottom, max: top, step, value: channel.high, text: short, onInput: (value) => set({ high: Math.max(value, channelNow().low + (isWhole ? 1 : 1e-6)) }) });
    ranges = { low, high };
    const gamma = slider({ label: "Gamma", min: -2, max: 2, step: 0.05, value: Math.log2(channel.gamma), text: (value) => (2 ** value).toFixed(2), onInput: (value) => set({ gamma: 2 ** value }) });
    fill(panel.body, ...planes(info), ...(info.channels > 1 ? [channels(info)] : []),
      info.channels > 1 && h("h3", {}, workspace.channelName(chosen)), canvas, low, high, gamma,
      h("div.row", {}, button("Auto", () => { workspace.auto(); show(); }, { title: "Contrast from the histogram" }), button("Reset", reset)),
      h("h3", {}, "Whole picture"),
      slider({ label: "Brightness", min: -1, max: 1, step: 0.01, value: display.brightness, text: (value) => value.toFixed(2), onInput: (value) => workspace.setDisplay({ brightness: value }) }),
      slider({ label: "Contrast", min: -2, max: 2, step: 0.05, value: Math.log2(display.contrast), text: (value) => (2 ** value).toFixed(2), onInput: (value) => workspace.setDisplay({ contrast: 2 ** value }) }),
      select("Between pixels", [["auto", "Smooth when small"], ["smooth", "Always smooth"], ["nearest", "Show pixels"]], display.interpolation, (value) => workspace.setDisplay({ interpolation: value })));
    draw();
  };
  const channelNow = () => workspace.display.channels[chosen];
  const set = (/** @type {any} */ change) => {
    // Red, green and blue of a photograph move together.
    if (isColour(workspace.info)) workspace.setDisplay({ channels: workspace.display.channels.map((/** @type {any} */ one) => ({ ...one, ...change })) });
    else workspace.setChannel(chosen, change);
    draw();
  };
  const reset = () => {
    workspace.setDisplay({ brightness: 0, contrast: 1, interpolation: "auto", channels: workspace.display.channels.map((/** @type {any} */ one) => ({ ...one, gamma: 1, ...(workspace.info.sampleType === "uint8" ? { low: 0, high: 255 } : {}) })) });
    if (workspace.info.sampleType !== "uint8") workspace.auto();
    show();
  };

  const planes = (/** @type {any} */ info) => [["z", "Depth", info.depth], ["t", "Time", info.times]].filter(([, , length]) => length > 1).map(([axis, name, length]) => (
    slider({ label: name, min: 1, max: length, step: 1, value: workspace.plane[axis] + 1, text: (value) => `${value} of ${length}`, onInput: (value) => workspace.setPlane({ [axis]: value - 1 }) })));

  const channels = (/** @type {any} */ info) => h("div", { role: "group", "aria-label": "Channels" }, ...Array.from({ length: info.channels }, (_, index) => {
    const channel = workspace.display.channels[index];
    const name = workspace.channelName(index);
    const colour = h("input", { type: "color", value: channel.colour.toLowerCase(), "aria-label": `Colour of ${name}`, onchange: () => workspace.setChannel(index, { colour: colour.value.toUpperCase() }) });
    const grow = h("span.grow", {}, checkbox(name, channel.isVisible, (isOn) => workspace.setChannel(index, { isVisible: isOn }), `visible-${index}`));
    return h("div.row", {}, grow, colour, h("button.small", { type: "button", "aria-pressed": String(index === chosen), "aria-label": `Adjust ${name}`, "data-key": `adjust-${index}`, onclick: () => { chosen = index; show(); } }, "Adjust"));
  }));

  workspace.on("image", () => { loaded = ""; histogram = null; load(); show(); });
  workspace.on("plane", load);
  show();
  return panel;
}
