/** Numbers as people read them. */

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** @param {number} value @returns {string} `812,400` */
export const count = (value) => whole.format(value);

/** @param {number} value @param {string} one @param {string} [many] @returns {string} `1 stroke`, `3 strokes` */
export const counted = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

const words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
/** @param {number} value @returns {string} `three`, `27` */
export const inWords = (value) => words[value] ?? count(value);

/** @param {number} share 0…1 @returns {string} `37 %`; never `100 %` for less than all, nor `0 %` for more than nothing */
export function percent(share) {
  if (!Number.isFinite(share)) return "–";
  const rounded = Math.round(share * 100);
  if (rounded >= 100 && share < 1) return "> 99 %";
  if (rounded <= 0 && share > 0) return "< 1 %";
  return `${rounded} %`;
}

/** @param {number} value @param {number} [digits] significant ones */
export function short(value, digits = 4) {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(digits)));
}

/** @param {number} bytes */
export function bytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
  return `${bytes >= 100 || unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

/** @param {string} time ISO 8601 @returns {string} `14:03`, or with the day where it is not today */
export function clock(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString("en-GB", isToday ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
