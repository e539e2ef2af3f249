/** Elements without markup in strings: nothing that a person wrote is ever parsed as HTML. */

/**
 * Makes an element.
 *
 * @param {string} tag its name, with classes behind dots: `button.quiet`
 * @param {Record<string, any>} [properties] `on…` are listeners, `aria-…`, `data-…`, `role` and `for` are attributes, the rest are properties
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any} the element
 */
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role" || key === "for" || key === "list") element.setAttribute(key, String(value));
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces what is in an element: focus stays, and so does what is being typed. */
export function fill(element, ...children) {
  const kept = /** @type {any} */ (document.activeElement);
  const key = kept && element.contains(kept) ? kept.getAttribute("data-key") : null;
  const typed = key && kept.matches("input[type=text]") ? [kept.value, kept.selectionStart, kept.selectionEnd] : null;
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
  const next = key && element.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!next) return;
  next.focus({ preventScroll: true });
  if (typed) {
    next.value = typed[0];
    next.setSelectionRange(typed[1], typed[2]);
  }
}

/** @param {string} id @returns {any} the element of the page with this id */
export const byId = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {Record<string, string|number>} attributes @returns {any} an element of SVG */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {string} name of a symbol in index.html @returns {SVGElement} a picture for a control that has a name of its own */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true", viewBox: "0 0 24 24" }, svg("use", { href: `#i-${name}` }));
}

/**
 * A labelled slider with its value in words beside it.
 *
 * @param {{label: string, min: number, max: number, step: number|"any", value: number, key?: string, text?: (value: number) => string,
 *   onInput: (value: number) => void, onDone?: (value: number) => void}} options
 */
export function slider({ label, min, max, step, value, key, text = String, onInput, onDone }) {
  // A reader hears `aria-valuetext`; an output would be read aloud at every step.
  const shownValue = h("span.value", { "aria-hidden": "true" }, text(value));
  const input = h("input", {
    type: "range", min: String(min), max: String(max), step: String(step), "data-key": key ?? label, "aria-valuetext": text(value),
    oninput: () => { show(Number(input.value)); onInput(Number(input.value)); },
    onchange: () => onDone?.(Number(input.value)),
  });
  input.value = String(value);
  const show = (/** @type {number} */ shown) => { shownValue.textContent = text(shown); input.setAttribute("aria-valuetext", text(shown)); };
  const row = h("label.slider", {}, h("span", {}, label), input, shownValue);
  /** Shows a value that was set elsewhere. */
  row.set = (/** @type {number} */ shown) => { input.value = String(shown); show(shown); };
  return row;
}

/** @param {string} label @param {boolean} isOn @param {(isOn: boolean) => void} onChange @param {string} [key] */
export function checkbox(label, isOn, onChange, key) {
  const input = h("input", { type: "checkbox", checked: isOn, "data-key": key ?? label, onchange: () => onChange(input.checked) });
  return h("label.check", {}, input, h("span", {}, label));
}

/** @param {string} label @param {[string, string][]} options value and name @param {string} value @param {(value: string) => void} onChange */
export function select(label, options, value, onChange) {
  const input = h("select", { "data-key": label, onchange: () => onChange(input.value) },
    ...options.map(([option, name]) => h("option", { value: option }, name)));
  input.value = value;
  const row = h("label.field", {}, h("span", {}, label), input);
  row.input = input;
  return row;
}

/** @param {string} text @param {() => void} onClick @param {Record<string, any>} [properties] */
export const button = (text, onClick, properties = {}) => h("button", { type: "button", onclick: onClick, "data-key": text, ...properties }, text);
