// @ts-check
// Elements are made here, and only here: texts become text nodes, so nothing that a
// model or a provider wrote is ever read as markup.

import { change, sign } from "./format.js";

/** @import { Maybe } from "./format.js" */

/**
 * A Child is a node or a text. false, null and undefined are left out.
 * @typedef {Node | string | number | false | null | undefined | Child[]} Child
 */

/**
 * An Attribute that is true has no value. One that is false, null or undefined is left out.
 * @typedef {string | number | boolean | null | undefined} Attribute
 */

/**
 * Attributes are those of an element E, and its listeners: the names that begin with "on".
 * @template {Element} E
 * @typedef {{
 *   [name: string]: Attribute | ((event: any) => void),
 *   onclick?: (event: MouseEvent & { currentTarget: E }) => void,
 *   onchange?: (event: Event & { currentTarget: E }) => void,
 *   onsubmit?: (event: SubmitEvent & { currentTarget: E }) => void,
 * }} Attributes
 */

/**
 * A Column aligns numbers to the right, and wraps long text.
 * @template R
 * @typedef {{ title: string, kind?: "number" | "long", cell: (row: R) => Child }} Column
 */

const tones = new Map([[-1, "bad"], [1, "good"]]); // by sign
const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes<E> | null} attributes
 * @param {Child[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children));
  return element;
}

/**
 * nodes is what an element can hold of some children.
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
export function nodes(children) {
  return children.flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    if (Array.isArray(child)) return nodes(child);
    return [child instanceof Node ? child : String(child)];
  });
}

/**
 * h makes an element of HTML.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes<HTMLElementTagNameMap[T]> | null} [attributes]
 * @param {Child[]} children
 */
export function h(tag, attributes = null, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * s makes an element of SVG.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes<SVGElementTagNameMap[T]> | null} [attributes]
 * @param {Child[]} children
 */
export function s(tag, attributes = null, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * table makes a table, which scrolls by itself where the screen is too narrow for it.
 * @template R
 * @param {string} caption
 * @param {Column<R>[]} columns
 * @param {R[]} rows
 * @param {(row: R, i: number) => Attributes<HTMLTableRowElement> | null} [rowAttributes]
 */
export function table(caption, columns, rows, rowAttributes) {
  const head = columns.map((c) => h("th", { scope: "col", class: c.kind }, c.title));
  /** @param {R} row */
  const cells = (row) => columns.map((c) => h("td", { class: c.kind }, c.cell(row)));
  const body = rows.map((row, i) => h("tr", rowAttributes?.(row, i), cells(row)));
  return h("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 },
    h("table", null, h("thead", null, h("tr", null, head)), h("tbody", null, body)));
}

/**
 * cards makes a list of titles with their values.
 * @param {[title: string, value: Child][]} entries
 */
export function cards(entries) {
  /** @param {[string, Child]} entry */
  const card = ([title, value]) => h("div", null, h("dt", null, title), h("dd", null, value));
  return h("dl", { class: "cards" }, entries.map(card));
}

/**
 * gain is a change in the colour of its sign.
 * @param {Maybe} value
 */
export function gain(value) {
  return h("span", { class: tones.get(sign(value)) }, change(value));
}

/**
 * alarm is an error, which screen readers announce.
 * @param {unknown} error
 */
export function alarm(error) {
  return h("p", { class: "error", role: "alert" }, error instanceof Error ? error.message : String(error));
}

/**
 * download hands a text or a blob to the browser as a file.
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
