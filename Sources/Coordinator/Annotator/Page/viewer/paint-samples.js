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

/** Tables of one display. */
export class SampleTables {
  /** @type {Map<string, Uint8Array>} */
  #tables = new Map();

  /** @param {import("./display.js").Display} display */
  set(display) {
    this.display = display;
    if (this.#tables.size > 64) this.#tables.clear();
  }

  /** Brightness (0…255) by sample, or by step from `low` to `high`. */
  table({ low, high, gamma }, count) {
    const { brightness, contrast } = this.display, key = [low, high, gamma, brightness, contrast, count].join();
    let table = this.#tables.get(key);
    if (!table) {
      table = new Uint8Array(count);
      const [from, span] = count === stepsOfFloat ? [0, count - 1] : [low, Math.max(high - low, 1e-9)];
      for (let index = 0; index < count; index++) {
        const value = Math.min(1, Math.max(0, (index - from) / span)) ** (1 / (gamma || 1));
        table[index] = Math.min(255, Math.max(0, Math.round(255 * ((value - 0.5) * contrast + 0.5 + brightness))));
      }
      this.#tables.set(key, table);
    }
    return table;
  }

  /** One number of a table for each sample, and the table. */
  indexed(plane, channel) {
    if (plane instanceof Uint8Array) return [plane, this.table(channel, 256)];
    if (plane instanceof Uint16Array) return [plane, this.table(channel, 65536)];
    const indices = new Uint16Array(plane.length), factor = (stepsOfFloat - 1) / Math.max(channel.high - channel.low, 1e-30), last = stepsOfFloat - 1;
    for (let i = 0; i < plane.length; i++) {
      const step = (plane[i] - channel.low) * factor;
      indices[i] = step >= last ? last : step > 0 ? step : 0;
    }
    return [indices, this.table(channel, stepsOfFloat)];
  }
}

/**
 * @param {ReturnType<typeof readSamples>} tile
 * @param {SampleTables} tables
 * @param {Uint32Array} pixels RGBA, to be filled
 */
export function paintSamples(tile, tables, pixels) {
  const shown = [];
  tile.planes.forEach((plane, index) => {
    const channel = tables.display.channels[index];
    if (channel?.isVisible) shown.push([...tables.indexed(plane, channel), parseColour(channel.colour)]);
  });
  if (shown.length === 1) paintOne(pixels, ...shown[0]);
  else if (isRedGreenBlue(shown)) paintColours(pixels, shown);
  else paintSum(pixels, shown);
  if (tile.mask) for (let i = 0; i < pixels.length; i++) if (!tile.mask[i]) pixels[i] = 0;
}

function paintOne(pixels, samples, table, [red, green, blue]) {
  const colours = new Uint32Array(table.length);
  for (let i = 0; i < table.length; i++) {
    const value = table[i] / 255;
    colours[i] = (0xff000000 | Math.round(value * blue) << 16 | Math.round(value * green) << 8 | Math.round(value * red)) >>> 0;
  }
  for (let i = 0; i < pixels.length; i++) pixels[i] = colours[samples[i]];
}

const isRedGreenBlue = (shown) => shown.length === 3 && shown.every(([, , colour], i) => colour.every((part, j) => part === (i === j ? 255 : 0)));

function paintColours(pixels, [[reds, red], [greens, green], [blues, blue]]) {
  for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | blue[blues[i]] << 16 | green[greens[i]] << 8 | red[reds[i]];
}

/** Sums of brightness × colour, each ≤ 255 × 255 a channel. */
function paintSum(pixels, shown) {
  const sums = [0, 1, 2].map((part) => {
    const sum = new Uint32Array(pixels.length);
    for (const [samples, table, colour] of shown) if (colour[part]) addChannel(sum, samples, table, colour[part]);
    return sum;
  });
  const [red, green, blue] = sums;
  for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | inByte(blue[i]) << 16 | inByte(green[i]) << 8 | inByte(red[i]);
}

function addChannel(sum, samples, table, weight) {
  for (let i = 0; i < sum.length; i++) sum[i] += table[samples[i]] * weight;
}

/** sum / 255, rounded, at most 255. */
const inByte = (sum) => (sum >= 65025 ? 255 : (sum + 127) * 0x8081 >>> 23);
