/**
 * All committed shapes as one picture, somewhat larger than the view, that a worker draws. Until it is drawn anew, the former one is shown moved and scaled,
 * so that thousands of shapes hold up no frame.
 * @typedef {{id: string, shape: object, colour: string|null, isEraser?: boolean}} Shape the shape of an id never changes; an eraser has no colour
 */
export class ShapeCache {
  #worker = new Worker(new URL("./shape-worker.js", import.meta.url), { type: "module" });
  /** @type {{id: string, colour: string|null}[]} */
  #known = [];
  #version = 0;
  #shown = null;
  #isBusy = false;
  #arrived = null;

  /** @param {() => void} onArrived a picture waits for `take` */
  constructor(onArrived) {
    this.#worker.onmessage = ({ data }) => {
      this.#arrived?.bitmap.close();
      this.#arrived = { ...data, changed: [...(this.#arrived?.changed ?? []), ...data.changed] };
      this.#isBusy = false;
      onArrived();
    };
  }

  /** @param {Shape[]} shapes all of them, in drawing order */
  set(shapes) {
    const next = shapes.map(({ id, colour, isEraser }) => ({ id, colour: isEraser ? null : colour ?? null }));
    let kept = 0;
    while (kept < next.length && this.#known[kept]?.id === next[kept].id && this.#known[kept].colour === next[kept].colour) kept++;
    if (kept === next.length && kept === this.#known.length) return;
    this.#known = next;
    this.#worker.postMessage({ type: "shapes", version: ++this.#version, kept, added: shapes.slice(kept) });
  }

  /** Whether there are no shapes. */
  get isEmpty() { return this.#known.length === 0; }

  /** Takes the newest picture, if one came: the boxes of all that changed in it, else null. */
  take() {
    const arrived = this.#arrived;
    if (!arrived) return null;
    this.#arrived = null;
    this.#shown?.bitmap.close();
    this.#shown = arrived;
    return arrived.changed;
  }

  /** Asks for a picture if the one shown is not all of this view; one at a time. */
  request(view) {
    const shown = this.#shown;
    if (this.#isBusy || (shown ? shown.version === this.#version && isWithin(view, shown.view) : !this.#known.length)) return;
    this.#isBusy = true;
    const margin = 128, { deviceScale } = view, originX = view.originX - margin, originY = view.originY - margin;
    const widthDevice = view.widthDevice + 2 * margin, heightDevice = view.heightDevice + 2 * margin;
    const bounds = [originX / deviceScale, originY / deviceScale, (originX + widthDevice) / deviceScale, (originY + heightDevice) / deviceScale];
    this.#worker.postMessage({ type: "draw", view: { originX, originY, deviceScale, widthDevice, heightDevice, bounds } });
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context, view) {
    if (!this.#shown) return;
    const { bitmap, view: own } = this.#shown, factor = view.deviceScale / own.deviceScale;
    context.drawImage(bitmap, own.originX * factor - view.originX, own.originY * factor - view.originY, bitmap.width * factor, bitmap.height * factor);
  }

  /** Whether all shapes, including the newest, are in the picture that is shown. */
  get hasAll() { return (this.#shown?.version ?? 0) === this.#version; }

  close() { this.#worker.terminate(); }
}

const isWithin = (view, own) => view.deviceScale === own.deviceScale && view.originX >= own.originX && view.originY >= own.originY
  && view.originX + view.widthDevice <= own.originX + own.widthDevice && view.originY + view.heightDevice <= own.originY + own.heightDevice;
