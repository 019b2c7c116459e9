// Which prices are there: a calendar of the trading days, and the symbols.

import { h, table } from "./dom.js";
import { get } from "./api.js";

const days = ["Mo", "Tu", "We", "Th", "Fr"];

export async function prices({ signal }) {
  const c = await get("/prices/coverage", signal), t = c.totals;
  if (!t.symbols) return [h("h1", null, "Prices"), h("p", null, "There are none yet.")];
  return [
    h("h1", null, "Prices"),
    h("p", null, `${t.bars} bars of ${t.symbols} symbols, ${t.first_date} to ${t.last_date}, on ${t.dates_with_prices} trading days.`),
    h("p", { class: "quiet" }, "Green: all symbols that have begun. Amber: some are missing. Red: a trading day without any price."),
    h("div", { class: "months" }, months(c)),
    h("h2", null, "Symbols"), table("Symbols", [
      { title: "Symbol", cell: (s) => s.symbol }, { title: "From", cell: (s) => s.first_date }, { title: "To", cell: (s) => s.last_date },
      { title: "Bars", number: true, cell: (s) => s.bars }, { title: "Gaps", cell: (s) => s.gaps.length === 0 ? "–" : s.gaps.slice(0, 5).join(", ") + (s.gaps.length > 5 ? ", ..." : "") },
    ], c.symbols),
  ];
}

function months(c) {
  const gaps = new Map(), none = new Set(c.totals.missing), closed = new Set(c.totals.closed);
  for (const s of c.symbols) for (const d of s.gaps) gaps.set(d, (gaps.get(d) ?? 0) + 1);
  const out = [], last = c.totals.last_date;
  for (let at = new Date(c.totals.first_date.slice(0, 7) + "-01T00:00:00Z"); at.toISOString().slice(0, 10) <= last; at.setUTCMonth(at.getUTCMonth() + 1)) {
    out.push(month(at.getUTCFullYear(), at.getUTCMonth(), (d) => {
      if (d < c.totals.first_date || d > last) return {};
      if (closed.has(d)) return { class: "quiet", title: d + ": the exchanges are closed" };
      if (none.has(d)) return { class: "none", title: d + ": no prices" };
      return gaps.has(d) ? { class: "part", title: `${d}: ${gaps.get(d)} symbols are missing` } : { class: "full", title: d };
    }));
  }
  return out.reverse();
}

function month(year, number, mark) {
  const rows = [];
  let row = null;
  for (let at = new Date(Date.UTC(year, number, 1)); at.getUTCMonth() === number; at.setUTCDate(at.getUTCDate() + 1)) {
    const weekday = (at.getUTCDay() + 6) % 7;
    if (!row || weekday === 0) rows.push(row = days.map(() => h("td")));
    if (weekday < 5) row[weekday] = h("td", mark(at.toISOString().slice(0, 10)), at.getUTCDate());
  }
  return h("div", { class: "month" }, h("table", null, h("caption", null, `${year}-${String(number + 1).padStart(2, "0")}`),
    h("thead", null, h("tr", null, days.map((d) => h("th", { scope: "col" }, d)))), h("tbody", null, rows.map((r) => h("tr", null, r)))));
}
