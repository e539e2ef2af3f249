/** A shape of the annotation document as a path to draw, with the box `[left, top, right, bottom]` that it touches, in image pixels. */

/**
 * @typedef {{colour: string|null, path: Path2D, width: number|null, box: number[]}} CompiledShape
 * `width` null: filled, even-odd. `colour` null: an eraser.
 */

const everywhere = [-Infinity, -Infinity, Infinity, Infinity];

const boxOf = (points, margin) => {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return [box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin];
};

const compilers = {
  /** Butt caps and miter joins of limit 4: nothing is farther from the line than twice its width. */
  stroke({ path, width }) {
    const numbers = (path.match(/-?[\d.]+(?:e[-+]?\d+)?/gi) ?? []).map(Number), points = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) points.push([numbers[i], numbers[i + 1]]);
    const isPlain = /^[MLQCZ\d\s.,e+-]*$/.test(path);
    return { path: new Path2D(path), width, box: isPlain ? boxOf(points, 2 * width) : everywhere };
  },

  area({ polygons }) {
    const path = new Path2D();
    for (const ring of polygons.flat()) {
      ring.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
      path.closePath();
    }
    return { path, width: null, box: boxOf(polygons.flat(2), 0) };
  },

  rectangle({ x, y, width, height }) {
    const path = new Path2D();
    path.rect(x, y, width, height);
    return { path, width: null, box: [x, y, x + width, y + height] };
  },

  ellipse({ x, y, width, height }) {
    const path = new Path2D();
    path.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
    return { path, width: null, box: [x, y, x + width, y + height] };
  },

  points({ points }) {
    const path = new Path2D(), corners = points.map(([x, y]) => [Math.floor(x), Math.floor(y)]);
    for (const [x, y] of corners) path.rect(x, y, 1, 1);
    return { path, width: null, box: boxOf(corners, 1) };
  },

  raster({ x, y, width, height, runs }) {
    const path = new Path2D();
    for (let i = 0; i < runs.length; i += 3) path.rect(x + runs[i + 1], y + runs[i], runs[i + 2] - runs[i + 1], 1);
    return { path, width: null, box: [x, y, x + width, y + height] };
  },
};

/** @returns {CompiledShape} */
export function compileShape({ shape, colour, isEraser }) {
  return { colour: isEraser ? null : colour ?? null, ...compilers[shape.type](shape) };
}

/** Draws a shape in a context whose transform is the image's. Lines are at least one device pixel wide, so that they are seen from afar. */
export function drawShape(context, { path, width, colour }, deviceScale) {
  context.globalCompositeOperation = colour ? "source-over" : "destination-out";
  if (width === null) {
    context.fillStyle = colour ?? "#000";
    context.fill(path, "evenodd");
  } else {
    Object.assign(context, { strokeStyle: colour ?? "#000", lineWidth: Math.max(width, 1 / deviceScale), lineCap: "butt", lineJoin: "miter", miterLimit: 4 });
    context.stroke(path);
  }
}

/** Makes image pixels the unit of a context. */
export const useImagePixels = (context, view) => context.setTransform(view.deviceScale, 0, 0, view.deviceScale, -view.originX, -view.originY);
