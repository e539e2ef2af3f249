/** Samples of an image's tile to colours, by look-up tables: one table a channel, made again only when that channel's display changes. */
import { parseColour } from "./display.js";

/** Steps between `low` and `high` for samples that are too many for a table of all their values. */
const stepsOfFloat = 4096;

/**
 * Reads a tile as the server sends it: u16 width, u16 height, u8 channels, u8 bytes a sample, u8 isFloat, u8 hasMask, the planes, the mask.
 * @param {ArrayBuffer} buffer
 */
export function readSamples(buffer) {
  const header = new DataView(buffer), width = header.getUint16(0, true), height = header.getUint16(2, true);
  const [channels, bytesPerSample, isFloat, hasMask] = new Uint8Array(buffer, 4, 4);
  const count = width * height;
  if (buffer.byteLength < 8 + count * (channels * bytesPerSample + hasMask)) throw new Error(`a tile of ${width}×${height}×${channels} in ${buffer.byteLength} bytes`);
  const Samples = isFloat ? Float32Array : bytesPerSample === 1 ? Uint8Array : bytesPerSample === 2 ? Uint16Array : Uint32Array;
  const planes = Array.from({ length: channels }, (_, channel) => new Samples(buffer, 8 + channel * count * bytesPerSample, count));
  const mask = hasMask ? new Uint8Array(buffer, 8 + channels * count * bytesPerSample, count) : null;
  return { kind: "samples", width, height, planes, mask };
}

/**
 * Tables of one display: for each value of a sample what its channel adds to a pixel, red, green and blue in ten bits each, from the lowest bits on.
 * Four channels can be added before a sum of 255s overflows.
 */
export class SampleTables {
  /** @type {Map<string, Uint32Array>} */
  #tables = new Map();

  /** What each visible channel's table depends on, by the channel's index. */
  #keys = new Map();
  /** The channel that alone is changing, as while its slider is dragged, and what the sum of the others depends on. */
  moving = null;

  /** @param {import("./display.js").Display} display */
  set(display) {
    const former = this.#keys, { brightness, contrast } = display, keys = new Map();
    this.display = display;
    display.channels.forEach(({ isVisible, low, high, gamma, colour }, index) => isVisible && keys.set(index, [low, high, gamma, colour, brightness, contrast].join()));
    this.#keys = keys;
    const changed = [...keys.keys()].filter((index) => keys.get(index) !== former.get(index));
    if (changed.length === 1 && former.has(changed[0]) && former.size === keys.size) {
      const [index] = changed;
      this.moving = { index, others: [...keys].filter(([other]) => other !== index).join(";") };
    } else if (changed.length || former.size !== keys.size) this.moving = null;
    if (this.#tables.size > 64) this.#tables.clear();
  }

  #table(index, count) {
    const { channels, brightness, contrast } = this.display, { low, high, gamma, colour } = channels[index], key = `${this.#keys.get(index)},${count}`;
    let table = this.#tables.get(key);
    if (!table) {
      table = new Uint32Array(count);
      const [from, span] = count === stepsOfFloat ? [0, count - 1] : [low, Math.max(high - low, 1e-9)], [red, green, blue] = parseColour(colour), exponent = 1 / (gamma || 1);
      for (let index = 0; index < count; index++) {
        const linear = Math.min(1, Math.max(0, (index - from) / span)), value = exponent === 1 ? linear : linear ** exponent;
        const light = Math.min(1, Math.max(0, (value - 0.5) * contrast + 0.5 + brightness));
        table[index] = Math.round(light * red) | Math.round(light * green) << 10 | Math.round(light * blue) << 20;
      }
      this.#tables.set(key, table);
    }
    return table;
  }

  /** An index into a table for each sample, and the table. */
  indexed(plane, index) {
    if (plane instanceof Uint8Array) return [plane, this.#table(index, 256)];
    if (plane instanceof Uint16Array) return [plane, this.#table(index, 65536)];
    const channel = this.display.channels[index], indices = new Uint16Array(plane.length), factor = (stepsOfFloat - 1) / Math.max(channel.high - channel.low, 1e-30), last = stepsOfFloat - 1;
    for (let i = 0; i < plane.length; i++) {
      const step = (plane[i] - channel.low) * factor;
      indices[i] = step >= last ? last : step > 0 ? step : 0;
    }
    return [indices, this.#table(index, stepsOfFloat)];
  }
}

/**
 * While one channel alone changes, the sum of the others is kept with the tile (`rest`), so that dragging costs one channel however many there are.
 * @param {ReturnType<typeof readSamples> & {rest?: {key: string, sums: Uint32Array}}} tile
 * @param {SampleTables} tables
 * @param {Uint32Array} pixels RGBA, all 0, to be filled
 */
export function paintSamples(tile, tables, pixels) {
  const { channels } = tables.display, { moving } = tables;
  const shown = [...tile.planes.keys()].filter((index) => channels[index]?.isVisible);
  if (moving && shown.length > 2) {
    if (tile.rest?.key !== moving.others) {
      tile.rest = { key: moving.others, sums: new Uint32Array(pixels.length) };
      sum(tile, tables, shown.filter((index) => index !== moving.index), tile.rest.sums);
      limit(tile.rest.sums);
    }
    pixels.set(tile.rest.sums);
    addChannels(pixels, [tables.indexed(tile.planes[moving.index], moving.index)]);
  } else sum(tile, tables, shown, pixels);
  const { mask } = tile;
  for (let i = 0; i < pixels.length; i++) {
    const sum = pixels[i], red = sum & 1023, green = sum >>> 10 & 1023, blue = sum >>> 20;
    pixels[i] = 0xff000000 | (blue > 255 ? 255 : blue) << 16 | (green > 255 ? 255 : green) << 8 | (red > 255 ? 255 : red);
  }
  if (mask) for (let i = 0; i < pixels.length; i++) if (!mask[i]) pixels[i] = 0;
}

function sum(tile, tables, indices, sums) {
  for (let first = 0; first < indices.length; first += 3) {
    if (first) limit(sums);
    addChannels(sums, indices.slice(first, first + 3).map((index) => tables.indexed(tile.planes[index], index)));
  }
}

function addChannels(sums, channels) {
  if (channels.length === 3) {
    const [[a, ofA], [b, ofB], [c, ofC]] = channels;
    for (let i = 0; i < sums.length; i++) sums[i] += ofA[a[i]] + ofB[b[i]] + ofC[c[i]];
  } else for (const [samples, table] of channels) for (let i = 0; i < sums.length; i++) sums[i] += table[samples[i]];
}

/** Cuts each colour of the sums off at 255, so that three more channels can be added. */
function limit(sums) {
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i], red = sum & 1023, green = sum >>> 10 & 1023, blue = sum >>> 20;
    sums[i] = (red > 255 ? 255 : red) | (green > 255 ? 255 : green) << 10 | (blue > 255 ? 255 : blue) << 20;
  }
}
