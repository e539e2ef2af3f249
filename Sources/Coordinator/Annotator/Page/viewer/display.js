/**
 * How samples become colours. A channel's samples from `low` to `high` become 0…1, to the power of 1/gamma, times its colour; channels are added;
 * then `(v − ½) · contrast + ½ + brightness`. `interpolation`: "auto" is smooth below a magnification of 2 and sharp from there on.
 * @typedef {{isVisible: boolean, colour: string, low: number, high: number, gamma: number}} ChannelDisplay
 * @typedef {{channels: ChannelDisplay[], brightness: number, contrast: number, interpolation: "auto"|"smooth"|"nearest"}} Display
 */

const colours = ["#ff0000", "#00ff00", "#0000ff", "#ffffff", "#00ffff", "#ff00ff", "#ffff00", "#ff8000"];

/** What an image looks like until somebody changes it: its own colours, its own range. */
export function defaultDisplay(info) {
  const isByte = /^u?int8$|^byte$/i.test(info.sampleType ?? "uint8");
  const isColour = isByte && info.channels >= 3 && !info.channelColours;
  const channels = Array.from({ length: info.channels }, (_, channel) => {
    const [low, high] = (isByte ? null : info.histogramRange?.[channel]) ?? [0, isByte ? 255 : 65535];
    const colour = info.channelColours?.[channel] ?? (info.channels === 1 ? "#ffffff" : colours[channel % colours.length]);
    return { isVisible: !isColour || channel < 3, colour, low, high, gamma: 1 };
  });
  return { channels, brightness: 0, contrast: 1, interpolation: "auto" };
}

/** Red, green and blue (0…255) of "#RRGGBB". */
export function parseColour(text) {
  const number = parseInt(text.slice(1), 16);
  return [number >> 16 & 255, number >> 8 & 255, number & 255];
}
