// The chart of returns over time, with the drawdowns below: SVG, drawn from
// {name, points: [{date, value}]}, value in percent since the beginning.

import { h, s, percent, download } from "./dom.js";

const TOP = 340, LOW = 110, GAP = 26, LEFT = 58, RIGHT = 10, HEIGHT = TOP + GAP + LOW + 24;

// Colours that are told apart in light and dark; the benchmark is dashed.
export const colour = (i) => `hsl(${(i * 137.5 + 210) % 360} 65% ${[48, 58, 40][Math.floor(i / 12) % 3]}%)`;

function ticks(low, high, count = 5) {
  const rough = (high - low || 1) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= rough);
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) out.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return out;
}

function drawdowns(points) {
  let high = -Infinity;
  return points.map((p) => {
    const worth = 1 + p.value / 100;
    high = Math.max(high, worth);
    return { date: p.date, value: high > 0 ? (worth / high - 1) * 100 : 0 };
  });
}

export function chart(series, title) {
  const hidden = new Set();
  let log = false, at = -1, width = 1000; // as wide as it is shown, so that texts keep their size
  const dates = [...new Set(series.flatMap((c) => c.points.map((p) => p.date)))].sort();
  const index = new Map(dates.map((d, i) => [d, i]));
  const x = (i) => LEFT + (dates.length > 1 ? i / (dates.length - 1) : 0.5) * (width - LEFT - RIGHT);
  const lines = series.map((c, i) => ({
    ...c, colour: c.benchmark ? "currentColor" : colour(i), falls: drawdowns(c.points), byDate: new Map(c.points.map((p) => [p.date, p.value])),
  }));
  const svg = s("svg", { role: "img", "aria-label": title, tabindex: 0 });
  const values = h("div", { class: "values", hidden: true, role: "status" });
  const cursor = s("line", { class: "cursor", y1: 8, y2: HEIGHT - 20, visibility: "hidden" });

  const shown = () => lines.filter((c) => !hidden.has(c.name));
  const scale = (v) => log ? Math.log(Math.max(1 + v / 100, 1e-6)) : v;

  function pane(offset, height, pick, transform, label) {
    const all = shown().flatMap((c) => pick(c).map((p) => transform(p.value)));
    let low = Math.min(0, ...bounds(all)), high = Math.max(0, ...bounds(all));
    if (low === high) high = low + 1;
    const y = (v) => offset + 8 + (high - v) / (high - low) * (height - 16);
    const out = [];
    const labels = transform === scale && log
      ? ticks((Math.exp(low) - 1) * 100, (Math.exp(high) - 1) * 100).map((v) => [v, scale(v)]) : ticks(low, high, height > 200 ? 6 : 3).map((v) => [v, v]);
    for (const [text, v] of labels) {
      out.push(s("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(v), y2: y(v) }), s("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end" }, decimalOf(text) + " %"));
    }
    out.push(s("text", { x: LEFT + 4, y: offset + 6 }, label));
    for (const c of shown()) {
      const d = pick(c).map((p, i) => `${i ? "L" : "M"}${x(index.get(p.date)).toFixed(1)} ${y(transform(p.value)).toFixed(1)}`).join("");
      out.push(s("path", { d, stroke: c.colour, "stroke-dasharray": c.benchmark && "6 4", "data-series": c.name, "data-pane": label }));
    }
    return out;
  }

  function draw() {
    const step = Math.max(1, Math.ceil(dates.length / Math.max(2, Math.floor(width / 140))));
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.replaceChildren(
      ...pane(8, TOP, (c) => c.points, scale, log ? "return, log scale" : "return"),
      ...pane(8 + TOP + GAP, LOW, (c) => c.falls, (v) => v, "drawdown"),
      ...dates.flatMap((d, i) => i % step ? [] : [s("text", { x: x(i), y: HEIGHT - 4, "text-anchor": i === 0 ? "start" : "middle" }, d)]),
      cursor);
  }

  function point(i) {
    at = Math.max(0, Math.min(dates.length - 1, i));
    const date = dates[at];
    cursor.setAttribute("x1", x(at));
    cursor.setAttribute("x2", x(at));
    cursor.setAttribute("visibility", "visible");
    const rows = shown().filter((c) => c.byDate.has(date)).sort((a, b) => b.byDate.get(date) - a.byDate.get(date));
    values.replaceChildren(h("strong", null, date), ...rows.map((c) => h("div", null, swatch(c), c.name, " ", percent(c.byDate.get(date)))));
    values.hidden = false;
    values.style[at < dates.length / 2 ? "right" : "left"] = ".5rem";
    values.style[at < dates.length / 2 ? "left" : "right"] = "auto";
  }

  function leave() {
    values.hidden = true;
    cursor.setAttribute("visibility", "hidden");
  }

  svg.addEventListener("pointermove", (e) => {
    const box = svg.getBoundingClientRect();
    point(Math.round(((e.clientX - box.left) / box.width * width - LEFT) / (width - LEFT - RIGHT) * (dates.length - 1)));
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (e) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[e.key];
    if (move) {
      e.preventDefault();
      point((at < 0 ? dates.length : at) + move);
    } else if (e.key === "Escape") leave();
  });

  const legend = h("div", { class: "bar legend", role: "group", "aria-label": "Curves that are shown" }, lines.map((c) => h("button", {
    type: "button", "aria-pressed": "true", onclick: (e) => {
      hidden.has(c.name) ? hidden.delete(c.name) : hidden.add(c.name);
      e.currentTarget.setAttribute("aria-pressed", String(!hidden.has(c.name)));
      leave();
      draw();
    },
  }, swatch(c), c.name)));
  const tools = h("div", { class: "bar" },
    h("label", null, h("input", { type: "checkbox", onchange: (e) => { log = e.target.checked; draw(); } }), " log scale"),
    h("button", { type: "button", onclick: () => download("returns.csv", csv(lines, dates), "text/csv") }, "CSV"),
    h("button", { type: "button", onclick: () => download("returns.svg", picture(svg), "image/svg+xml") }, "SVG"),
    h("button", { type: "button", onclick: () => png(svg) }, "PNG"));
  draw();
  new ResizeObserver(([entry]) => {
    const now = Math.max(320, Math.round(entry.contentRect.width));
    if (now !== width) {
      width = now;
      leave();
      draw();
    }
  }).observe(svg);
  return h("section", null, h("div", { class: "chart" }, svg, values), legend, tools);
}

const bounds = (all) => all.length ? [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))] : [];
const decimalOf = (v) => String(Math.round(v * 1000) / 1000);
const swatch = (c) => h("span", { class: "swatch", "aria-hidden": "true" }, s("svg", { viewBox: "0 0 10 10", width: "100%", height: "100%" }, s("rect", { width: 10, height: 10, fill: c.colour })));

function csv(lines, dates) {
  const cell = (text) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [["date", ...lines.map((c) => c.name)], ...dates.map((d) => [d, ...lines.map((c) => c.byDate.has(d) ? String(c.byDate.get(d)) : "")])]
    .map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

const size = (svg) => svg.getAttribute("viewBox").split(" ").slice(2).map(Number);

// picture writes the chart as a file of its own, with the styles that it has here.
function picture(svg) {
  const copy = svg.cloneNode(true);
  const here = svg.querySelectorAll("*"), there = copy.querySelectorAll("*");
  here.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of ["stroke", "stroke-width", "fill", "font"]) there[i].style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const [width, height] = size(svg);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.prepend(s("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  return new XMLSerializer().serializeToString(copy);
}

async function png(svg) {
  const image = new Image();
  image.src = "data:image/svg+xml," + encodeURIComponent(picture(svg));
  await image.decode();
  const [width, height] = size(svg).map((n) => n * 2);
  const canvas = h("canvas", { width, height });
  canvas.getContext("2d").drawImage(image, 0, 0, width, height);
  canvas.toBlob((blob) => download("returns.png", blob));
}
