// @ts-check
// The chart of returns over time, with the drawdowns below, drawn as SVG.

import { csv, datesOf, drawdowns } from "./curves.js";
import { download, h, s } from "./dom.js";
import { change } from "./format.js";
import { png, svgFile } from "./picture.js";
import { LINEAR, LOG, axis, colour, labelled, tickLabel, timeline } from "./scale.js";

/** @import { Curve, Point } from "./curves.js" */
/** @import { Transform } from "./scale.js" */

/**
 * A Line is a curve as it is drawn.
 * @typedef {Curve & { colour: string, drawdowns: Point[], byDate: Map<string, number> }} Line
 */

/**
 * A Pane is a plot within the chart.
 * @typedef {object} Pane
 * @property {string} name
 * @property {string} label
 * @property {number} top
 * @property {number} height with the label
 * @property {number} count about how many ticks the axis has
 * @property {(line: Line) => Point[]} pick
 * @property {Transform} transform
 */

// Pixels. The width follows the screen, so that texts keep their size.
const LEFT = 58;
const RIGHT = 10;
const LABEL = 16; // above the plot of a pane
const BELOW = 8; // and below it
const HEIGHT = 500;
const NARROWEST = 320;

const RETURN = { name: "return", top: 8, height: 340, count: 6, pick: (/** @type {Line} */ l) => l.points };
const DRAWDOWN = { name: "drawdown", top: 374, height: 110, count: 3, pick: (/** @type {Line} */ l) => l.drawdowns };

const steps = new Map([["ArrowLeft", -1], ["ArrowRight", 1], ["PageUp", -20], ["PageDown", 20]]);

/**
 * chart draws curves, with a legend that hides them, and downloads.
 * @param {Curve[]} curves
 * @param {string} title
 */
export function chart(curves, title) {
  const plot = new Plot(curves, title);
  return h("section", null, h("div", { class: "chart" }, plot.svg, plot.values), legend(plot), tools(plot));
}

class Plot {
  log = false;
  width = 1000;
  at = -1; // the index of the date that the cursor was last at
  /** @type {Set<string>} */
  hidden = new Set();

  /**
   * @param {Curve[]} curves
   * @param {string} title
   */
  constructor(curves, title) {
    this.dates = datesOf(curves);
    this.index = new Map(this.dates.map((date, i) => [date, i]));
    this.lines = curves.map(line);
    this.svg = s("svg", { role: "img", "aria-label": title, tabindex: 0 });
    this.values = h("div", { class: "values", hidden: true, role: "status" });
    this.cursor = s("line", { class: "cursor", y1: RETURN.top + LABEL, y2: HEIGHT - 20, visibility: "hidden" });
    this.#listen();
    this.draw();
  }

  shown() {
    return this.lines.filter((l) => !this.hidden.has(l.name));
  }

  get timeline() {
    return timeline(this.dates.length, { left: LEFT, right: this.width - RIGHT });
  }

  draw() {
    const label = this.log ? "Return (log scale)" : "Return";
    const transform = this.log ? LOG : LINEAR;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren(
      ...this.#pane({ ...RETURN, label, transform }),
      ...this.#pane({ ...DRAWDOWN, label: "Drawdown", transform: LINEAR }),
      ...this.#dates(),
      this.cursor,
    );
  }

  /** @param {Pane} pane */
  #pane({ name, label, top, height, count, pick, transform }) {
    const values = this.shown().flatMap((l) => pick(l).map((p) => p.value));
    const { y, ticks } = axis(values, transform, { top: top + LABEL, height: height - LABEL - BELOW, count });
    const grid = ticks.flatMap((v) => [
      s("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: y(v), y2: y(v) }),
      s("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end" }, tickLabel(v)),
    ]);
    const paths = this.shown().map((l) => s("path", {
      d: this.#path(pick(l), y),
      stroke: l.colour,
      "stroke-dasharray": l.benchmark && "6 4",
      "data-series": l.name,
      "data-pane": name,
    }));
    return [...grid, s("text", { x: LEFT, y: top + 8 }, label), ...paths];
  }

  /**
   * @param {Point[]} points
   * @param {(percentage: number) => number} y
   */
  #path(points, y) {
    const { x } = this.timeline;
    const at = points.map((p) => `${x(this.index.get(p.date) ?? 0).toFixed(1)} ${y(p.value).toFixed(1)}`);
    return at.length > 0 ? `M${at.join("L")}` : "";
  }

  #dates() {
    const { x } = this.timeline;
    const last = this.dates.length - 1;
    const anchors = new Map([[last, "end"], [0, "start"]]); // within the picture at both ends
    return labelled(this.dates.length, this.width).map((i) =>
      s("text", { x: x(i), y: HEIGHT - 4, "text-anchor": anchors.get(i) ?? "middle" }, this.dates[i]));
  }

  /**
   * point moves the cursor to a date, and shows its values.
   * @param {number} i
   */
  point(i) {
    if (this.dates.length === 0) return;
    this.at = Math.max(0, Math.min(this.dates.length - 1, i));
    const date = this.dates[this.at];
    const x = String(this.timeline.x(this.at));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", "visible");
    this.#list(date);
    const [near, far] = this.at < this.dates.length / 2 ? ["right", "left"] : ["left", "right"];
    this.values.style.setProperty(near, ".5rem");
    this.values.style.setProperty(far, "auto");
    this.values.hidden = false;
  }

  /**
   * list writes the values of a date, the highest first.
   * @param {string} date
   */
  #list(date) {
    const rows = this.shown().flatMap((l) => {
      const value = l.byDate.get(date);
      return value === undefined ? [] : [{ line: l, value }];
    });
    rows.sort((a, b) => b.value - a.value);
    this.values.replaceChildren(
      h("strong", null, date),
      ...rows.map((r) => h("div", null, swatch(r.line), r.line.name, " ", change(r.value))),
    );
  }

  leave() {
    this.values.hidden = true;
    this.cursor.setAttribute("visibility", "hidden");
  }

  /** redraw follows a change of what is shown. */
  redraw() {
    this.leave();
    this.draw();
  }

  #listen() {
    this.svg.addEventListener("pointermove", (e) => {
      const box = this.svg.getBoundingClientRect();
      this.point(this.timeline.at((e.clientX - box.left) / box.width * this.width));
    });
    this.svg.addEventListener("pointerleave", () => this.leave());
    this.svg.addEventListener("blur", () => this.leave());
    this.svg.addEventListener("keydown", (e) => this.#key(e));
    new ResizeObserver(([entry]) => {
      const width = Math.max(NARROWEST, Math.round(entry.contentRect.width));
      if (width === this.width) return;
      this.width = width;
      this.redraw();
    }).observe(this.svg);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = steps.get(event.key);
    if (step) {
      event.preventDefault();
      this.point((this.at < 0 ? this.dates.length : this.at) + step);
    } else if (event.key === "Escape") {
      this.leave();
    }
  }
}

/**
 * @param {Curve} curve
 * @param {number} i
 * @returns {Line}
 */
function line(curve, i) {
  return {
    ...curve,
    colour: curve.benchmark ? "currentColor" : colour(i),
    drawdowns: drawdowns(curve.points),
    byDate: new Map(curve.points.map((p) => [p.date, p.value])),
  };
}

/** @param {Line} l */
function swatch(l) {
  const square = s("rect", { width: 10, height: 10, fill: l.colour });
  return h("span", { class: "swatch", "aria-hidden": "true" },
    s("svg", { viewBox: "0 0 10 10", width: "100%", height: "100%" }, square));
}

/** @param {Plot} plot */
function legend(plot) {
  /** @param {Line} l */
  const button = (l) => h("button", {
    type: "button",
    "aria-pressed": "true",
    onclick: (e) => {
      if (!plot.hidden.delete(l.name)) plot.hidden.add(l.name);
      e.currentTarget.setAttribute("aria-pressed", String(!plot.hidden.has(l.name)));
      plot.redraw();
    },
  }, swatch(l), l.name);
  return h("div", { class: "bar legend", role: "group", "aria-label": "Visible curves" }, plot.lines.map(button));
}

/** @param {Plot} plot */
function tools(plot) {
  const log = h("input", {
    type: "checkbox",
    onchange: (e) => {
      plot.log = e.currentTarget.checked;
      plot.draw();
    },
  });
  /**
   * @param {string} format
   * @param {() => void} onclick
   */
  function button(format, onclick) {
    return h("button", { type: "button", "aria-label": `Download ${format}`, onclick }, format);
  }
  return h("div", { class: "bar" },
    h("label", { class: "line" }, log, "Log scale"),
    button("CSV", () => download("returns.csv", csv(plot.lines), "text/csv")),
    button("SVG", () => download("returns.svg", svgFile(plot.svg), "image/svg+xml")),
    button("PNG", async () => download("returns.png", await png(plot.svg), "image/png")));
}
