/** @import { Project } from "./project.js" */

/** Okabe and Ito's colours, which people with any colour vision tell apart; the first five are those of the app that Coppice began with. */
export const PALETTE = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000"];
export const PALETTE_NAMES = ["Orange", "Sky blue", "Green", "Yellow", "Blue", "Vermilion", "Purple", "Black"];
const NUMBER_MAX = 255;

/** @param {Project} project @returns {number|null} the first number that no class ever had; null when there is none left */
export function freeNumber(project) {
  const used = project.usedNumbers;
  for (let number = 1; number <= NUMBER_MAX; number += 1) if (!used.has(number)) return number;
  return null;
}

/** @param {Project} project @param {number} number @returns {string} the colour that a new class of this number gets */
export function freeColour(project, number) {
  const palette = project.about.palette?.length ? project.about.palette : PALETTE;
  const used = new Set(project.classes.map(({ colour }) => colour.toUpperCase()));
  return palette.find((/** @type {string} */ colour) => !used.has(colour.toUpperCase())) ?? palette[(number - 1) % palette.length];
}

/** @param {string} colour #RRGGBB @returns {string} black or white, whichever is read better on it */
export function textOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000000" : "#FFFFFF";
}
