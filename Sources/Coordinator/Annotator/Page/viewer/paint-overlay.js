/** Class numbers, probabilities and uncertainty of a tile to colours. Pixels without a class, and those of hidden classes, stay transparent. */
import { parseColour } from "./display.js";

/**
 * @typedef {{classes: {number: number, colour: string, isHidden?: boolean}[], mode: "fill"|"outline"|"hatch"}} OverlayStyle
 * @typedef {{kind: string, width: number, height: number, bytes: Uint8Array, classes?: number[]}} OverlayTile
 */

const pack = ([red, green, blue], alpha) => (alpha << 24 | blue << 16 | green << 8 | red) >>> 0;

function palette(style, alpha) {
  const colours = new Uint32Array(256);
  for (const { number, colour, isHidden } of style.classes) if (!isHidden) colours[number] = pack(parseColour(colour), alpha);
  return colours;
}

/**
 * @param {OverlayTile} tile
 * @param {OverlayStyle} style
 * @param {Uint32Array} pixels RGBA, to be filled
 * @param {(dx: number, dy: number) => OverlayTile|undefined} neighbour the tile beside it, for outlines that do not stop at its edge
 */
export function paintOverlay(tile, style, pixels, neighbour) {
  if (tile.kind === "probabilities") paintProbabilities(tile, style, pixels);
  else if (tile.kind === "uncertainty") paintUncertainty(tile, pixels);
  else if (style.mode === "outline" && tile.kind === "labels") paintOutline(tile, style, pixels, neighbour);
  else if (style.mode === "hatch" && tile.kind === "labels") paintHatch(tile, style, pixels);
  else {
    const colours = palette(style, 255), { bytes } = tile;
    for (let i = 0; i < pixels.length; i++) pixels[i] = colours[bytes[i]];
  }
}

/** Only pixels beside another class. */
function paintOutline({ bytes, width, height }, style, pixels, neighbour) {
  const colours = palette(style, 255);
  const beside = new Map([[-1, 0], [1, 0], [0, -1], [0, 1]].map(([dx, dy]) => [dx + 2 * dy, neighbour(dx, dy)]));
  const at = (x, y, own) => {
    if (x >= 0 && y >= 0 && x < width && y < height) return bytes[y * width + x];
    const dx = x < 0 ? -1 : x >= width ? 1 : 0, dy = y < 0 ? -1 : y >= height ? 1 : 0, other = beside.get(dx + 2 * dy);
    if (!other) return own;
    return other.bytes[(dy < 0 ? other.height - 1 : dy > 0 ? 0 : y) * other.width + (dx < 0 ? other.width - 1 : dx > 0 ? 0 : x)] ?? own;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const own = bytes[i], isInside = x > 0 && y > 0 && x < width - 1 && y < height - 1;
      const isAlone = isInside
        ? bytes[i - 1] === own && bytes[i + 1] === own && bytes[i - width] === own && bytes[i + width] === own
        : at(x - 1, y, own) === own && at(x + 1, y, own) === own && at(x, y - 1, own) === own && at(x, y + 1, own) === own;
      pixels[i] = isAlone ? 0 : colours[own];
    }
  }
}

/** Whether a pixel lies on a line of the pattern of a class; patterns repeat every 8 pixels, hence join at the edges of tiles. */
const patterns = [
  (x, y) => (x + y & 7) < 2, (x, y) => (x - y & 7) < 2, (x, y) => (y & 7) < 2, (x) => (x & 7) < 2,
  (x, y) => (x & 7) < 2 || (y & 7) < 2, (x, y) => (x + y & 7) < 2 || (x - y & 7) < 2, (x, y) => (x & 7) < 3 && (y & 7) < 3, (x, y) => (x >> 2 & 1) === (y >> 2 & 1),
];

/** Classes told apart without colour: each has its own pattern, by its number. */
function paintHatch({ bytes, width, height }, style, pixels) {
  const full = palette(style, 255), thin = palette(style, 90);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) pixels[i] = (patterns[(bytes[i] + 7) % 8](x, y) ? full : thin)[bytes[i]];
  }
}

/** The colours of all visible classes, each by its share. */
function paintProbabilities({ bytes, classes }, style, pixels) {
  const red = new Uint32Array(pixels.length), green = red.slice(), blue = red.slice(), alpha = red.slice();
  const numbers = classes ?? style.classes.map(({ number }) => number);
  numbers.forEach((number, index) => {
    const shown = style.classes.find((one) => one.number === number);
    if (!shown || shown.isHidden) return;
    const [r, g, b] = parseColour(shown.colour), from = index * pixels.length;
    for (let i = 0; i < pixels.length; i++) {
      const share = bytes[from + i];
      red[i] += share * r; green[i] += share * g; blue[i] += share * b; alpha[i] += share;
    }
  });
  for (let i = 0; i < pixels.length; i++) {
    const sum = alpha[i];
    pixels[i] = sum && pack([red[i] / sum, green[i] / sum, blue[i] / sum], Math.min(255, sum));
  }
}

/** From nothing (certain) over violet and orange to yellow (as likely one class as another). */
function paintUncertainty({ bytes }, pixels) {
  const stops = [[60, 0, 110], [200, 40, 90], [250, 150, 20], [255, 255, 130]], colours = new Uint32Array(256);
  for (let value = 0; value < 256; value++) {
    const place = value / 255 * (stops.length - 1), below = Math.min(stops.length - 2, Math.floor(place)), share = place - below;
    colours[value] = pack(stops[below].map((part, i) => part + (stops[below + 1][i] - part) * share), value);
  }
  for (let i = 0; i < pixels.length; i++) pixels[i] = colours[bytes[i]];
}
