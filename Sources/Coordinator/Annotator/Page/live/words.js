import { counted, inWords, percent } from "../ui/format.js";

/**
 * The state of the model in words: it never looks newer than it is.
 *
 * @param {any} state the stream's `state`, or null before the first
 * @param {{isOpen: boolean, waiting: number, prepared?: number}} now `prepared`: the share of the image that is prepared, until all of it is
 * @returns {string} such as `Model 41, three strokes newer, training…`
 */
export function stateWords(state, { isOpen, waiting, prepared }) {
  if (!isOpen) return waiting > 0 ? `Not connected. ${counted(waiting, "change")} kept here.` : "Not connected. Trying again…";
  if (!state) return "Connecting…";
  const { model, isTraining, isLive, stale = 0, message } = state;
  if (prepared !== undefined) return `Preparing the image: ${percent(prepared)}`;
  if (message) return message;
  if (!model) return isTraining ? "Training…" : isLive ? "No model yet" : "Live is off";
  const parts = [`Model ${model.revision}`];
  if (stale > 0) parts.push(`${inWords(stale)} ${stale === 1 ? "stroke" : "strokes"} newer`);
  if (isTraining) parts.push(model.trees < model.treesTotal && stale === 0 ? `${model.trees} of ${model.treesTotal} trees, training…` : "training…");
  else if (stale > 0 && !isLive) parts.push("live is off");
  // Settings are newer, or other edits that are no strokes.
  else if (state.labelSequence > model.labelSequence) parts.push("older than the last change");
  else if (stale === 0) parts.push("up to date");
  return parts.join(", ");
}

/** @param {any} model @returns {string} `20,000 of 812,400 labelled pixels` */
export function sampleWords(model) {
  if (!model?.labelledPixels) return "";
  const number = new Intl.NumberFormat("en-GB");
  return model.samples >= model.labelledPixels ? `All ${number.format(model.labelledPixels)} labelled pixels` : `${number.format(model.samples)} of ${number.format(model.labelledPixels)} labelled pixels`;
}
