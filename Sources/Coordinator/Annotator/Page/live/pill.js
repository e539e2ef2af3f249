import { api } from "../api/api.js";
import { keymap } from "../keys/keymap.js";
import { h, icon } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { messages } from "../ui/messages.js";
import { stateWords } from "./words.js";

/**
 * The state of the model over the image's corner, with the switch of live training.
 *
 * @param {HTMLElement} place @param {{live: import("./live.js").Live, project: import("../project/project.js").Project, workspace: import("../workspace.js").Workspace}} parts
 */
export function showPill(place, { live, project, workspace }) {
  const dot = h("span.dot");
  const toggle = h("button.bare.small", { type: "button", onclick: () => setLive(!(live.state?.isLive ?? true)) }, dot, "Live");
  const text = h("p");
  const share = h("span.share");
  const eye = h("button.bare.small", { type: "button", onclick: () => workspace.setOverlay({ isVisible: !workspace.overlay.isVisible }) });
  place.append(toggle, eye, text, share);
  const show = () => {
    const { state, coverage } = live;
    toggle.setAttribute("aria-pressed", String(state?.isLive ?? true));
    dot.className = `dot${!live.isOpen ? "" : state?.isTraining ? " is-busy" : state?.isLive ? " is-on" : ""}`;
    const { info } = workspace;
    text.textContent = stateWords(state, { isOpen: live.isOpen, waiting: project.outbox.waiting.length, prepared: info?.isReady === false ? info.progress ?? 0 : undefined });
    share.textContent = shareWords(coverage);
    share.hidden = share.textContent === "";
  };
  const showEye = () => {
    const isShown = workspace.overlay.isVisible;
    eye.replaceChildren(icon(isShown ? "eye" : "eye-off"));
    const name = isShown ? "Hide the result" : "Show the result";
    eye.title = keymap.titled(name, "overlay");
    eye.setAttribute("aria-label", name);
  };
  live.on("state coverage connection", show);
  project.on("waiting", show);
  workspace.on("image progress", show);
  workspace.on("overlay", showEye);
  const showKeys = () => { toggle.title = keymap.titled("Train after each stroke", "live"); showEye(); };
  keymap.on("change", showKeys);
  show();
  showKeys();
}

/** @param {{exact: number, live: number, preview: number}|null} coverage @returns {string} what of the view is exact, live or only a preview */
export function shareWords(coverage) {
  if (!coverage) return "";
  const { exact = 0, live = 0, preview = 0 } = coverage;
  if (exact + live + preview <= 0) return "";
  if (exact >= 1) return "exact";
  const parts = [];
  if (exact > 0) parts.push(`exact ${percent(exact)}`);
  if (live > 0) parts.push(live >= 1 ? "live" : `live ${percent(live)}`);
  if (preview > 0) parts.push(preview >= 1 ? "preview" : `preview ${percent(preview)}`);
  return parts.join(", ");
}

/** @param {boolean} isLive */
export async function setLive(isLive) {
  try { await api.put("live", { isLive }); messages.note(isLive ? "Live is on: the model follows each stroke." : keymap.keyOf("update") ? `Live is off: ${keymap.keyOf("update")} updates once.` : "Live is off."); } catch (error) { messages.error(error); }
}

/** One training now. */
export async function updateOnce() {
  try { await api.post("update"); messages.note("Updating once."); } catch (error) { messages.error(error); }
}
