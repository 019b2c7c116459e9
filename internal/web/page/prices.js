// @ts-check
// Which prices the service has: a calendar of the trading days, and the symbols.

import * as api from "./api.js";
import { months } from "./calendar.js";
import { h, table } from "./dom.js";
import { count, quantity } from "./format.js";

/** @import { Coverage, SymbolCoverage } from "../api.d.ts" */
/** @import { Month } from "./calendar.js" */
/** @import { Child } from "./dom.js" */
/** @import { Visit } from "./route.js" */

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"];
const LEGEND = "Green: prices for every symbol listed by then. Amber: some symbols missing. "
  + "Red: a trading day without prices.";
const LISTED = 5; // gaps per symbol

/**
 * @param {Visit} visit
 * @returns {Promise<Child[]>}
 */
export async function prices({ signal }) {
  const coverage = await api.coverage(signal);
  if (coverage.totals.symbols === 0) return [h("h1", null, "Prices"), h("p", null, "No prices yet.")];
  return [
    h("h1", null, "Prices"),
    h("p", null, totals(coverage)),
    h("p", { class: "quiet" }, LEGEND),
    h("div", { class: "months" }, months(coverage).map(month)),
    h("h2", null, "Symbols"),
    table("Symbols", [
      { title: "Symbol", cell: (s) => s.symbol },
      { title: "From", cell: (s) => s.first_date },
      { title: "To", cell: (s) => s.last_date },
      { title: "Bars", kind: "number", cell: (s) => count(s.bars) },
      { title: "Gaps", kind: "long", cell: gaps },
    ], coverage.symbols),
  ];
}

/** @param {Coverage} coverage */
function totals({ totals: t }) {
  const size = `${quantity(t.bars, "bar")} for ${quantity(t.symbols, "symbol")}`;
  return `${size} on ${quantity(t.dates_with_prices, "trading day")}, ${t.first_date} to ${t.last_date}.`;
}

/** @param {SymbolCoverage} symbol */
export function gaps({ gaps: dates }) {
  if (dates.length === 0) return "–";
  const more = dates.length - LISTED;
  return dates.slice(0, LISTED).join(", ") + (more > 0 ? `, and ${count(more)} more` : "");
}

/** @param {Month} m */
function month({ title, weeks }) {
  const head = WEEKDAYS.map((d) => h("th", { scope: "col" }, d));
  const rows = weeks.map((week) => h("tr", null,
    week.map((c) => c ? h("td", { class: c.tone, title: c.title }, c.day) : h("td"))));
  return h("div", { class: "month" },
    h("table", null, h("caption", null, title), h("thead", null, h("tr", null, head)), h("tbody", null, rows)));
}
