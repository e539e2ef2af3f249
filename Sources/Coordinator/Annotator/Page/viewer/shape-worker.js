/**
 * Draws committed shapes away from the page's thread: canvases put off their work, so that no clock on the page could cut it into slices.
 * In: `shapes {version, kept, added}`: the first `kept` shapes stay, the rest is replaced; `draw {view}`.
 * Out: `drawn {version, view, bitmap, changed}`: with the boxes of all that changed since the last picture.
 */
import { overlaps } from "./pyramid.js";
import { compileShape, drawShape, useImagePixels } from "./compile-shape.js";

let shapes = [], version = 0, changed = [];

onmessage = ({ data }) => {
  if (data.type === "shapes") {
    const added = data.added.map(compileShape);
    changed.push(...shapes.slice(data.kept).concat(added).map(({ box }) => box));
    shapes = shapes.slice(0, data.kept).concat(added);
    version = data.version;
    return;
  }
  const { view } = data, canvas = new OffscreenCanvas(view.widthDevice, view.heightDevice), context = canvas.getContext("2d");
  useImagePixels(context, view);
  for (const shape of shapes) if (overlaps(shape.box, view.bounds)) drawShape(context, shape, view.deviceScale);
  const bitmap = canvas.transferToImageBitmap();
  postMessage({ type: "drawn", version, view, bitmap, changed }, [bitmap]);
  changed = [];
};
