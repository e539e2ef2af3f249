import { api } from "../api/api.js";
import { button, fill, h } from "../ui/dom.js";
import { section } from "./section.js";

/** Earlier models: restore one, name one, or see one beside the one of now. @param {any} app */
export function modelsPanel({ live, compare, messages }) {
  const panel = section("models", "Models", { onOpen: () => load() });
  /** @type {any[]} */
  let models = [];
  const load = async () => {
    if (!panel.isOpen()) return;
    try { const answer = await api.get("models"); models = Array.isArray(answer) ? answer : answer.models ?? []; } catch (error) { messages.error(error); }
    show();
  };
  const act = async (/** @type {() => Promise<any>} */ work, /** @type {string} */ said) => { try { await work(); messages.note(said); load(); } catch (error) { messages.error(error); } };
  const show = () => {
    panel.brief.textContent = live.state?.model ? `now ${live.state.model.revision}` : "";
    if (!panel.isOpen()) return;
    const ordered = [...models].sort((a, b) => b.revision - a.revision);
    fill(panel.body, h("p.explain", {}, "Every model that was shown at rest is kept for a while; named ones for good."),
      ordered.length === 0 ? h("p.muted", {}, "No model yet.") : h("ul.plain", {}, ...ordered.slice(0, 40).map((model) => {
        const title = model.name || `Model ${model.revision}`;
        const name = h("input", { type: "text", value: model.name ?? "", placeholder: "Name to keep it", "aria-label": `Name of model ${model.revision}`, "data-key": `keep-${model.revision}`, onchange: () => name.value.trim() && act(() => api.post(`models/${model.revision}/keep`, { name: name.value.trim() }), `Model ${model.revision} is kept.`) });
        return h("li.card", {}, h("div.row", {}, h("span.title.grow", {}, title), model.revision === live.state?.model?.revision && h("span.muted", {}, "now")),
          h("span.detail", {}, [model.time && new Date(model.time).toLocaleString("en-GB"), model.labelledPixels && `${model.labelledPixels.toLocaleString("en-GB")} labelled pixels`, model.trees && `${model.trees} trees`].filter(Boolean).join(" · ")),
          name,
          h("div.row", {}, button("Compare", () => compare.open(model.revision, title), { "aria-label": `Compare with ${title}`, title: "Side by side with the model of now" }), button("Restore", () => act(() => api.post(`models/${model.revision}/restore`), `${title} is shown again, until the next training. Settings stay as they are.`), { "aria-label": `Restore ${title}` }),
            h("a.download", { href: api.address(`models/${model.revision}`), download: `model-${model.revision}.json`, "aria-label": `Download ${title}` }, "Download")));
      })));
  };
  live.on("complete", load);
  live.on("state", () => { panel.brief.textContent = live.state?.model ? `now ${live.state.model.revision}` : ""; });
  return panel;
}
