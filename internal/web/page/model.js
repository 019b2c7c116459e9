// One model: its figures, holdings, trades, and its days.

import { h, table, money, gain, percent, decimal } from "./dom.js";
import { get, query } from "./api.js";
import { chart } from "./chart.js";
import { returns } from "./board.js";

export async function model({ experiment, signal }, name) {
  const range = await get("/results?" + query({ experiment, model: name, start_date: "1971-01-01", detail: "full", benchmark: true }), signal);
  const result = range.results[0];
  const [last, series, trades] = await Promise.all([
    get("/results?" + query({ experiment, model: name, date: result.end_date, detail: "full", reasoning: "none" }), signal),
    get("/portfolio/timeseries?" + query({ experiment, model: name }), signal),
    get("/trades?" + query({ experiment, model: name, limit: 5000 }), signal),
  ]);
  return [
    h("h1", null, name), chart(returns(range), "Returns of " + name), h("h2", null, "Figures"), figures(result.metrics),
    h("h2", null, `Holdings after ${result.end_date}`), holdings(last.results[0]),
    h("h2", null, "Days"), days(series.timeseries, name),
    h("h2", null, `Trades (${trades.trades.length}${trades.next ? ", the first ones" : ""})`), list(trades.trades, name),
  ];
}

const names = {
  total_return_pct: "Return", cagr_pct: "CAGR", volatility_pct: "Volatility", sharpe: "Sharpe", sortino: "Sortino", calmar: "Calmar", max_drawdown_pct: "Deepest drawdown",
  omega: "Omega", skew: "Skew", kurtosis: "Excess kurtosis", value_at_risk_pct: "Value at risk, a day", win_rate_pct: "Winning days", best_day_pct: "Best day",
  worst_day_pct: "Worst day", alpha_pct: "Alpha", beta: "Beta", information_ratio: "Information ratio", exposure_pct: "Exposure", concentration: "Concentration",
  turnover: "Turnover a year", hit_rate_pct: "Lots sold with profit", holding_days: "Days held",
};

// signed are gains and losses; the others are sizes.
const signed = new Set(["total_return_pct", "cagr_pct", "value_at_risk_pct", "best_day_pct", "worst_day_pct", "alpha_pct"]);

function figures(m) {
  return h("dl", { class: "cards" }, Object.entries(names).map(([key, title]) => h("div", null, h("dt", null, title),
    h("dd", null, m[key] === null ? h("span", { class: "quiet" }, m.undefined[key] ?? "–") : signed.has(key) ? percent(m[key]) : key.endsWith("_pct") ? decimal(m[key]) + " %" : decimal(m[key])))));
}

function holdings(day) {
  return table("Holdings", [
    { title: "Symbol", cell: (a) => a.symbol },
    { title: "Shares", number: true, cell: (a) => a.symbol === "CASH" ? "" : day.positions[a.symbol] },
    { title: "Value USD", number: true, cell: (a) => money(a.value) },
    { title: "Share", number: true, cell: (a) => a.share_pct === null ? "–" : decimal(a.share_pct, 1) + " %" },
    { title: "", cell: (a) => h("meter", { min: 0, max: 100, value: Math.max(0, a.share_pct ?? 0), "aria-label": "Share of " + a.symbol }) },
  ], day.allocation);
}

function days(points, name) {
  const rows = points.filter((p) => p.daily_return_pct !== null).reverse();
  return table("Days", [
    { title: "Date", cell: (p) => h("a", { href: `#/day/${p.date}/${encodeURIComponent(name)}` }, p.date) },
    { title: "Value USD", number: true, cell: (p) => money(p.portfolio_value) },
    { title: "Cash USD", number: true, cell: (p) => money(p.cash) },
    { title: "Day", number: true, cell: (p) => gain(p.daily_return_pct) },
    { title: "In all", number: true, cell: (p) => gain(p.cumulative_return_pct) },
  ], rows);
}

function list(trades, name) {
  if (trades.length === 0) return h("p", null, "None.");
  return table("Trades", [
    { title: "Date", cell: (t) => h("a", { href: `#/day/${t.date}/${encodeURIComponent(name)}` }, t.date) },
    { title: "What", cell: (t) => t.action },
    { title: "Symbol", cell: (t) => t.symbol },
    { title: "Shares", number: true, cell: (t) => t.amount },
    { title: "Price", number: true, cell: (t) => money(t.price) },
    { title: "Total", number: true, cell: (t) => money(t.total) },
    { title: "Cash after", number: true, cell: (t) => money(t.cash_after) },
  ], [...trades].reverse());
}
