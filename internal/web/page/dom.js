// Elements are made here, and only here: texts become text nodes, so nothing that a
// model or a provider wrote is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

// h makes an element of HTML, s one of SVG.
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// table makes a table. A column is {title, number, cell(row)}.
export function table(caption, columns, rows, rowAttributes) {
  return h("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 },
    h("table", null,
      h("thead", null, h("tr", null, columns.map((c) => h("th", { scope: "col", class: c.number && "number" }, c.title)))),
      h("tbody", null, rows.map((row, i) => h("tr", rowAttributes?.(row, i),
        columns.map((c) => h("td", { class: c.number && "number" }, c.cell(row))))))));
}

export const money = (v) => v === null || v === undefined ? "–" : Number(v).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
export const percent = (v, digits = 2) => v === null || v === undefined ? "–" : (v > 0 ? "+" : "") + Number(v).toFixed(digits) + " %";
export const decimal = (v, digits = 2) => v === null || v === undefined ? "–" : Number(v).toFixed(digits);
export const gain = (v, digits) => h("span", { class: v > 0 ? "good" : v < 0 ? "bad" : null }, percent(v, digits));

// download hands a text or a blob to the browser as a file.
export function download(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
