/**
 * Draws the histograms of channels, the chosen one in front, with the range that is shown and its curve.
 *
 * @param {HTMLCanvasElement} canvas @param {{min: number, max: number, start: number, step: number, counts: number[]}[]} channels @param {number} chosen
 * @param {{low: number, high: number, gamma: number, colour: string}} shown
 */
export function drawHistogram(canvas, channels, chosen, shown) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.max(1, Math.round((canvas.clientWidth || 292) * ratio)), Math.round(64 * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const channel = channels[chosen];
  if (!channel || !shown) return;
  const [left, right] = [Math.min(channel.min, shown.low), Math.max(channel.max, shown.high)];
  const across = (/** @type {number} */ value) => ((value - left) / (right - left || 1)) * (width - 1);
  // A square root shows small peaks beside a large background.
  const peak = Math.sqrt(Math.max(...channel.counts, 1));
  context.fillStyle = style.getPropertyValue("--muted") || "#777";
  channel.counts.forEach((one, index) => {
    if (one === 0) return;
    const from = channel.start + index * channel.step;
    const x = across(from);
    const tall = (Math.sqrt(one) / peak) * (height - 4);
    context.fillRect(x, height - tall, Math.max(1, across(from + channel.step) - x + 0.5), tall);
  });
  context.strokeStyle = style.getPropertyValue("--accent") || "#276749";
  context.lineWidth = 2 * ratio;
  context.beginPath();
  for (let index = 0; index <= 40; index += 1) {
    const value = shown.low + (index / 40) * (shown.high - shown.low);
    const y = height - 2 - (index / 40) ** (1 / shown.gamma) * (height - 4);
    if (index) context.lineTo(across(value), y);
    else context.moveTo(across(value), y);
  }
  context.stroke();
}
