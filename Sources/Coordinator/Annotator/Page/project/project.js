/** @import { Operation, ClassRecord, ImageRecord, PlacedShape, Plane } from "./operations.js" */
import { api } from "../api/api.js";
import { debounced, Emitter } from "../ui/emitter.js";
import { Fold, mergedSettings, voids } from "./fold.js";
import { History } from "./history.js";
import { operation } from "./operations.js";
import { Outbox } from "./outbox.js";

const CATCH_UP_AGAIN_MS = 1000;

/**
 * The project as this tab sees it: the acknowledged log, then what waits to be acknowledged, folded.
 * What a person does is seen at once; the server's acknowledgement changes nothing of it.
 *
 * Events: `change` {kinds}: a set of the kinds of operations that changed something; `acknowledged`: the log has one more of ours; `history`; `about`: names, persons, settings; `waiting`;
 * `loading`: more of the log is here;
 * `other`: another project is served here now.
 */
export class Project extends Emitter {
  /** What the server said of the project itself. @type {any} */
  about = { id: "", name: "", person: { id: "", name: "" }, persons: [], families: [], presets: [], palette: [], settings: {}, classes: [], images: [] };
  /** @type {Operation[]} */
  #log = [];
  /** Own operations that the log does not have yet: also those that are acknowledged, until the stream brings them. @type {Operation[]} */
  #pending = [];
  /** The last operation that there is, as far as is known. */
  #known = 0;
  #isCatchingUp = false;
  fold = new Fold();
  #history = new History();
  #base = /** @type {{classes: ClassRecord[], images: ImageRecord[]}} */ ({ classes: [], images: [] });
  outbox = new Outbox();
  #refresh = debounced(() => { this.refresh().catch(() => {}); }, 120);

  /** @param {import("../stream/stream.js").Stream} stream */
  constructor(stream) {
    super();
    stream.on("hello", ({ sequence }) => this.#catchUp(sequence));
    stream.on("operation", ({ operation }) => this.#receive(operation));
    stream.on("connection", ({ isOpen }) => { if (isOpen) this.outbox.flush(); });
    stream.on("image", () => this.#refresh());
    stream.on("persons", ({ persons }) => this.#showPersons(persons));
    this.outbox.on("refused", ({ operation }) => { this.#pending = this.#pending.filter(({ id }) => id !== operation.id); this.#foldAgain(); });
    this.outbox.on("other", () => this.emit("other"));
    this.outbox.on("change", () => this.emit("waiting", this.outbox.waiting.length));
  }

  /** Asks who we are and what the project is. */
  async open() {
    await this.refresh();
    const left = await this.outbox.open(this.about.id);
    const known = new Set([...this.#log, ...this.#pending].map(({ id }) => id));
    this.#pending.unshift(...left.filter(({ id }) => !known.has(id)).map((own) => ({ ...own, person: this.person, time: new Date().toISOString() })));
    this.#foldAgain();
    this.outbox.flush();
    this.#catchUp(this.about.sequence);
    return left.length;
  }

  async refresh() {
    const about = await api.get("project");
    if (this.about.id && about.id !== this.about.id) { this.emit("other"); return; }
    this.about = about;
    this.emit("about");
  }

  #showPersons(/** @type {{id: string, name: string}[]} */ persons) {
    this.about = { ...this.about, persons, person: persons.find(({ id }) => id === this.person) ?? this.about.person };
    this.emit("about");
  }

  get person() { return this.about.person.id; }
  get sequence() { return this.#log.at(-1)?.sequence ?? 0; }
  /** @returns {ClassRecord[]} */
  get classes() { return this.fold.visibleClasses; }
  /** @returns {ImageRecord[]} */
  get images() { return [...this.fold.images.values()].map((image) => ({ ...this.about.images.find((/** @type {any} */ known) => known.id === image.id), ...image })); }
  /** What the server said last, with what the log has changed since. */
  get settings() { return mergedSettings(this.about.settings ?? {}, this.fold.settings); }

  /** @param {string} image @param {Plane} plane @returns {PlacedShape[]} in drawing order */
  shapesOn(image, plane) {
    return this.fold.shapesOf(image).filter((shape) => !shape.plane || ((shape.plane.z ?? plane.z) === plane.z && (shape.plane.t ?? plane.t) === plane.t));
  }

  /** @param {string} kind @param {Record<string, any>} fields @returns {Operation} which holds from now on */
  do(kind, fields) {
    const made = operation(kind, fields);
    const own = { ...made, person: this.person, time: new Date().toISOString() };
    this.#append(own);
    this.outbox.add(made);
    return made;
  }

  get canUndo() { return this.#history.done.length > 0; }
  get canRedo() { return this.#history.undone.length > 0; }
  /** @returns {Operation|undefined} what was taken back */
  undo() { const last = this.#history.done.at(-1); if (last) this.do("undo", { operation: last.id }); return last; }
  /** @returns {Operation|undefined} what holds again */
  redo() { const last = this.#history.undone.at(-1); if (last) this.do("redo", { operation: last.id }); return last; }

  /** Asks for operations that this tab lacks, a page at a time, and folds them together. */
  async #catchUp(/** @type {number} */ sequence) {
    this.#known = Math.max(this.#known, sequence);
    if (this.#isCatchingUp || this.sequence >= this.#known) return;
    this.#isCatchingUp = true;
    try {
      while (this.sequence < this.#known) {
        const { operations } = await api.get("operations", { after: this.sequence });
        if (operations.length === 0) break;
        for (const operation of operations) this.#log.push(operation);
        this.emit("loading");
      }
    } catch {
      // The stream says that the server is gone; its greeting, or this, asks again.
      setTimeout(() => this.#catchUp(0), CATCH_UP_AGAIN_MS);
    }
    this.#isCatchingUp = false;
    this.#acknowledgeAll();
    this.#foldAgain();
    this.emit("loading");
  }

  /** The share of the log that is here, 0…1. */
  get loaded() { return this.#isCatchingUp ? this.sequence / this.#known : 1; }

  #receive(/** @type {Operation & {sequence: number}} */ received) {
    if (received.sequence <= this.sequence) return;
    if (this.#isCatchingUp || received.sequence > this.sequence + 1) { this.#catchUp(received.sequence); return; }
    const isFirstWaiting = this.#pending[0]?.id === received.id;
    this.#log.push(received);
    if (isFirstWaiting) {
      this.#pending.shift();
      this.outbox.acknowledge(received.id);
      // The server knows more of an image than we did: its size, its channels.
      if (received.kind === "addImage") this.#foldAgain();
      this.emit("acknowledged");
    } else if (this.#pending.length === 0) this.#append(received, true);
    else { this.#pending = this.#pending.filter(({ id }) => id !== received.id); this.outbox.acknowledge(received.id); this.#foldAgain(); }
    if (!["addShape", "eraseShape", "replaceShapes", "changeClass"].includes(received.kind)) this.#refresh();
  }

  #append(/** @type {Operation} */ own, isLogged = false) {
    if (!isLogged) this.#pending.push(own);
    if (own.person === this.person) { this.#history.add(own); this.emit("history"); }
    if (!Fold.canAppend(own)) return this.#foldAgain();
    this.fold.apply(own);
    this.emit("change", { kinds: new Set([own.kind]), image: own.image });
  }

  #acknowledgeAll() {
    const known = new Set(this.#log.map(({ id }) => id));
    for (const { id } of [...this.outbox.waiting]) if (known.has(id)) this.outbox.acknowledge(id);
    this.#pending = this.#pending.filter(({ id }) => !known.has(id));
  }

  #foldAgain() {
    const all = [...this.#log, ...this.#pending];
    const added = new Set(all.map((entry) => (entry.kind === "addClass" ? entry.number : entry.kind === "addImage" ? entry.image : null)));
    this.#base = { classes: this.about.classes.filter((/** @type {any} */ entry) => !added.has(entry.number)), images: this.about.images.filter((/** @type {any} */ entry) => !added.has(entry.id)) };
    this.fold = Fold.of(all, this.#base);
    this.#history = History.of(all, this.person);
    this.emit("history");
    this.emit("change", { kinds: new Set(["all"]) });
  }

  /** Numbers that a class has or had, also of classes whose adding was undone: none is given twice. @returns {Set<number>} */
  get usedNumbers() {
    return new Set([...this.fold.classes.keys(), ...[...this.#log, ...this.#pending].flatMap(({ kind, number }) => (kind === "addClass" ? [number] : []))]);
  }

  /** @param {string} id @returns {boolean} whether the operation is undone */
  isVoid(id) { return voids([...this.#log, ...this.#pending]).get(id) ?? false; }
}
