import { Emitter } from "../ui/emitter.js";
import { preferences } from "../ui/preferences.js";

/**
 * Which classes this browser shows. Hiding is no operation: it is kept here alone, and undo does not reach it.
 *
 * Event: `change`.
 */
export class Visibility extends Emitter {
  #project;
  /** What a person has chosen here, by the class's number: a number is never given twice. @type {Record<string, boolean>} */
  #chosen = {};
  #key = "";

  /** @param {import("./project.js").Project} project */
  constructor(project) {
    super();
    this.#project = project;
    project.on("about", () => {
      const key = `hidden.${project.about.id}`;
      if (key === this.#key) return;
      this.#key = key;
      this.#chosen = preferences.get(key, {});
      this.emit("change");
    });
  }

  /** A class that an operation has hidden begins hidden. @param {number} number of a class @returns {boolean} */
  isHidden(number) { return this.#chosen[number] ?? this.#project.fold.classes.get(number)?.isHidden ?? false; }

  /** @param {number} number of a class @param {boolean} isHidden */
  setHidden(number, isHidden) {
    // Another tab may have chosen meanwhile.
    this.#chosen = { ...preferences.get(this.#key, {}), [number]: isHidden };
    preferences.set(this.#key, this.#chosen);
    this.emit("change");
  }
}
