/** @import { Operation, PlacedShape, ClassRecord, ImageRecord } from "./operations.js" */

/**
 * What the log of operations comes to. The rules are the server's:
 *
 * 1. Operations count in order of their sequence; those that are not acknowledged yet come last.
 * 2. An operation is void if the last undo or redo that names it is an undo.
 * 3. The order of drawing is the order of the log.
 * 4. A deleted class keeps its number; its shapes label nothing while it is deleted.
 */
export class Fold {
  /** @type {Map<number, ClassRecord & {isDeleted: boolean}>} */
  classes = new Map();
  /** Numbers in the order in which they are shown. @type {number[]} */
  order = [];
  /** @type {Map<string, ImageRecord>} */
  images = new Map();
  /** Of each image, in drawing order. @type {Map<string, Map<string, PlacedShape>>} */
  shapes = new Map();
  /** Members that were changed by operations. @type {Record<string, any>} */
  settings = {};
  /** The image of each shape that was ever drawn, to find it by its id. @type {Map<string, string>} */
  #imageOf = new Map();

  /** @param {{classes: ClassRecord[], images: ImageRecord[]}} base what was there before the first operation */
  constructor(base = { classes: [], images: [] }) {
    for (const record of base.classes) { this.classes.set(record.number, { ...record, isDeleted: false }); this.order.push(record.number); }
    for (const record of base.images) this.images.set(record.id, { ...record });
  }

  /**
   * Folds a whole log.
   *
   * @param {Operation[]} log in order @param {{classes: ClassRecord[], images: ImageRecord[]}} base
   * @complexity linear in the length of the log
   */
  static of(log, base) {
    const fold = new Fold(base);
    const isVoid = voids(log);
    for (const operation of log) if (!isVoid.get(operation.id)) fold.apply(operation);
    return fold;
  }

  /** Whether `apply` can add the operation at the end; an undo changes what came before. @param {Operation} operation */
  static canAppend(operation) { return operation.kind !== "undo" && operation.kind !== "redo"; }

  /** @param {Operation} operation that holds and is newer than all before */
  apply(operation) { this[/** @type {"addShape"} */ (operation.kind)]?.(operation); }

  /** @param {string} image @returns {PlacedShape[]} what labels something, and erasers, in drawing order */
  shapesOf(image) {
    return [...(this.shapes.get(image)?.values() ?? [])].filter((shape) => shape.class === 0 || this.classes.get(shape.class)?.isDeleted === false);
  }

  /** @param {string} id @returns {PlacedShape|undefined} */
  shape(id) { return this.shapes.get(this.#imageOf.get(id) ?? "")?.get(id); }

  /** @returns {ClassRecord[]} in the order in which they are shown, without deleted ones */
  get visibleClasses() { return this.order.flatMap((number) => { const record = this.classes.get(number); return record && !record.isDeleted ? [record] : []; }); }

  addImage(/** @type {any} */ { image, path, name, id, kind, sequence, person, time, ...found }) {
    this.images.set(image, { id: image, path, name: name ?? path.split(/[\\/]/).at(-1), width: 0, height: 0, channels: 0, sampleType: "", depth: 1, times: 1, isSetAside: false, ...found });
  }

  removeImage(/** @type {any} */ { image }) { this.images.delete(image); this.shapes.delete(image); }

  relinkImage(/** @type {any} */ { image, path }) { const record = this.images.get(image); if (record) record.path = path; }

  addClass(/** @type {any} */ { number, name, colour }) {
    this.classes.set(number, { number, name, colour, isHidden: false, isDeleted: false });
    this.order.push(number);
  }

  changeClass(/** @type {any} */ { number, name, colour, isHidden }) {
    const record = this.classes.get(number);
    if (!record) return;
    if (name !== undefined) record.name = name;
    if (colour !== undefined) record.colour = colour;
    if (isHidden !== undefined) record.isHidden = isHidden;
  }

  /** Numbers that the order does not name (a class that was added meanwhile) stay behind it. */
  orderClasses(/** @type {any} */ { numbers }) { this.order = [...numbers.filter((/** @type {number} */ n) => this.classes.has(n)), ...this.order.filter((n) => !numbers.includes(n))]; }

  deleteClass(/** @type {any} */ { number }) { const record = this.classes.get(number); if (record) record.isDeleted = true; }

  addShape(/** @type {any} */ { id, image, class: number, shape, plane, person, time }) { this.#place({ id, image, class: number, shape, plane: plane ?? null, person: person ?? "", time: time ?? "", isSetAside: false }); }

  eraseShape(/** @type {any} */ { shapes }) { for (const id of shapes) this.#remove(id); }

  replaceShapes(/** @type {any} */ { image, plane, remove, add, person, time }) {
    for (const id of remove ?? []) this.#remove(id);
    for (const { id, class: number, shape, plane: own } of add ?? []) this.#place({ id, image, class: number, shape, plane: own ?? plane ?? null, person: person ?? "", time: time ?? "", isSetAside: false });
  }

  setSettings(/** @type {any} */ { settings }) { this.settings = mergedSettings(this.settings, settings); }

  setAside(/** @type {any} */ { shapes, image, isSetAside }) {
    for (const id of shapes ?? []) { const shape = this.shape(id); if (shape) shape.isSetAside = isSetAside; }
    const record = image && this.images.get(image);
    if (record) record.isSetAside = isSetAside;
  }

  #place(/** @type {PlacedShape} */ shape) {
    if (!this.shapes.has(shape.image)) this.shapes.set(shape.image, new Map());
    this.shapes.get(shape.image)?.set(shape.id, shape);
    this.#imageOf.set(shape.id, shape.image);
  }

  #remove(/** @type {string} */ id) { this.shapes.get(this.#imageOf.get(id) ?? "")?.delete(id); }
}

/** @param {Operation[]} log @returns {Map<string, boolean>} whether the operation that an undo or redo names is void */
export function voids(log) {
  const isVoid = new Map();
  for (const { kind, operation } of log) {
    if (kind === "undo") isVoid.set(operation, true);
    else if (kind === "redo") isVoid.set(operation, false);
  }
  return isVoid;
}

/** @param {Record<string, any>} settings @param {Record<string, any>} change @returns {Record<string, any>} the members given changed, in groups member by member */
export function mergedSettings(settings, change) {
  const merged = { ...settings };
  for (const [key, value] of Object.entries(change ?? {})) {
    merged[key] = value && typeof value === "object" && !Array.isArray(value) ? { ...merged[key], ...value } : value;
  }
  return merged;
}
